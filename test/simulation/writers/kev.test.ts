/** The binary writer against words that were written down by hand, from the documentation. */
import { describe, expect, test } from 'vitest';
import type { Trace } from '../../../src/simulation/qnx/trace-event.js';
import { kevBytes } from '../../../src/simulation/qnx/writers/kev.js';
import { DOCUMENTED_SAMPLE, DOCUMENTED_WORDS } from '../../support/qnx-sample.js';

const words = (bytes: Uint8Array, start: number, littleEndian: boolean): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  return Array.from({ length: view.byteLength / 4 }, (_, index) => view.getUint32(index * 4, littleEndian));
};

/** Header and system page end where the events begin. */
function headerOf(bytes: Uint8Array): string {
  const text = new TextDecoder('latin1').decode(bytes);
  const end = 'TRACE_HEADER_END::';
  return text.slice(0, text.indexOf(end) + end.length);
}

test("the documented sample is what the kernel's documentation says, word for word", () => {
  const syspage = new Uint8Array(16);
  const bytes = kevBytes(DOCUMENTED_SAMPLE, { openedBefore: 16, syspage });
  const header = headerOf(bytes);
  expect(words(bytes, header.length + syspage.length, true)).toEqual(DOCUMENTED_WORDS);
  expect(header).toMatch(/^TRACE_HEADER_BEGIN::TRACE_FILE_NAME::\/dev\/shmem\/tracebuffer\.kevTRACE_DATE::/);
  expect(header).toContain('TRACE_LITTLE_ENDIAN::TRUETRACE_ENCODING::16 byte eventsTRACE_BOOT_DATE::');
  expect(header).toContain('TRACE_CYCLES_PER_SEC::31250000TRACE_CPU_NUM::1TRACE_SYSNAME::');
  expect(header).toMatch(/TRACE_SYSPAGE_LEN::16TRACE_HEADER_END::$/);
});

const state = (cycles: bigint, cpu: number): Trace['events'][number] => ({
  cycles,
  cpu,
  body: { kind: 'thread-state', thread: { pid: 9, tid: cpu + 1 }, state: 'RUNNING', priority: 10, policy: 2 },
});
const traceOf = (release: string, events: Trace['events']): Trace => ({
  host: { release, architecture: 'aarch64le', cyclesPerSecond: 1e9, cpus: 2, clusters: [] },
  events,
});
const eventsOf = (trace: Trace, options = {}): number[][] => {
  const bytes = kevBytes(trace, { wide: false, ...options });
  const all = words(bytes, headerOf(bytes).length, true);
  return Array.from({ length: all.length / 4 }, (_, index) => all.slice(index * 4, index * 4 + 4));
};

describe('buffers', () => {
  test('up to 7.x: one chain, and the time of each CPU anew', () => {
    const events = [state(5n, 0), state(6n, 1), state(7n, 0)];
    expect(eventsOf(traceOf('7.1.0', events))).toEqual([
      [0x0000_0402, 5, 1, 6],
      [0x0000_0401, 5, 0, 5],
      [0x0000_1001, 5, 9, 1],
      [0x0100_0401, 6, 0, 6],
      [0x0100_1001, 6, 9, 2],
      [0x0000_1001, 7, 9, 1],
    ]);
  });

  test('from 8.0 on: one for each CPU, with sequences of their own and an end', () => {
    const events = [state(5n, 0), state(6n, 1), state(7n, 0)];
    expect(eventsOf(traceOf('8.0.0', events))).toEqual([
      [0x0000_0402, 5, 1, 5],
      [0x0000_0401, 5, 0, 5],
      [0x0000_1001, 5, 9, 1],
      [0x0000_1001, 7, 9, 1],
      [0x0000_0404, 7, 0xe6e6_e6e6, 0xe6e6_e6e6],
      [0x0100_0402, 6, 1, 4],
      [0x0100_0401, 6, 0, 6],
      [0x0100_1001, 6, 9, 2],
      [0x0100_0404, 6, 0xe6e6_e6e6, 0xe6e6_e6e6],
    ]);
  });

  test('the time is told when its high half changes, and a lost buffer leaves a gap in the sequence', () => {
    const events = [state(0xffff_fffen, 0), state(0x1_0000_0003n, 0), state(0x1_0000_0004n, 0)];
    const trace = traceOf('7.1.0', events);
    expect(eventsOf(trace).map(([head, time, high]) => [head, time, high])).toEqual([
      [0x402, 0xffff_fffe, 1],
      [0x401, 0xffff_fffe, 0],
      [0x1001, 0xffff_fffe, 9],
      [0x401, 3, 1],
      [0x1001, 3, 9],
      [0x1001, 4, 9],
    ]);
    const small = { bufferEvents: 4, lostBuffers: [{ cpu: 0, sequence: 2 }] };
    expect(eventsOf(trace, small).map(([head, , first]) => [head, first])).toEqual([
      [0x402, 1],
      [0x401, 0],
      [0x1001, 9],
      [0x402, 3],
      [0x401, 1],
      [0x1001, 9],
    ]);
  });
});
