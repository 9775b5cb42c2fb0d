/**
 * The sample of one visit to a guest in the documentation of the QNX hypervisor, as a trace and as the words of a file.
 * Three of its lines are documented; the rest, and the words, were written down by hand.
 */
import type { Trace } from '../../src/simulation/qnx/trace-event.js';

export const DOCUMENTED_SAMPLE: Trace = {
  host: { release: '7.1.0', architecture: 'aarch64le', cyclesPerSecond: 31_250_000, cpus: 1, clusters: [] },
  events: [
    {
      cycles: 0x2_ebe7_b010n,
      cpu: 0,
      body: { kind: 'thread-state', thread: { pid: 4101, tid: 2 }, state: 'RUNNING', priority: 10, policy: 2 },
    },
    { cycles: 0x2_ebe7_b16bn, cpu: 0, body: { kind: 'guest-enter', guestIp: 0xfe08_7700n } },
    {
      cycles: 0x2_ebe7_c20cn,
      cpu: 0,
      body: { kind: 'guest-cycles', atEntry: 0x68ed_5b7fn, atExit: 0x68ed_620en },
    },
    {
      cycles: 0x2_ebe7_c6f7n,
      cpu: 0,
      body: {
        kind: 'guest-exit',
        status: 0,
        reason: 0x07e0_0000,
        clockCyclesOffset: 0xffff_fffd_7d05_a4ebn,
        guestIp: 0xfc40_47f0n,
        payload: 0n,
      },
    },
  ],
};

export const DOCUMENTED_WORDS: readonly number[] = `
  00000402 ebe7b000 00000001 0000000b
  00000401 ebe7b001 00000002 ebe7b000
  40001001 ebe7b010 00001005 00000002
  c0001001 ebe7b010 0000000a 00000002
  00002800 ebe7b16b fe087700 00000000
  40002807 ebe7c20c 68ed5b7f 00000000
  c0002807 ebe7c20c 68ed620e 00000000
  40002801 ebe7c6f7 00000000 07e00000
  80002801 ebe7c6f7 7d05a4eb fffffffd
  80002801 ebe7c6f7 fc4047f0 00000000
  c0002801 ebe7c6f7 00000000 00000000`
  .trim()
  .split(/\s+/)
  .map((word) => Number.parseInt(word, 16));
