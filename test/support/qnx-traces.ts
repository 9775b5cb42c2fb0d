/** Random traces of QNX hosts, which need not make sense, and what must be read of them: written without the readers. */
import * as fc from 'fast-check';
import { THREAD_STATES, type ThreadState } from '../../src/formats/qnx/thread-states.js';
import type { ThreadId, Trace, TraceEvent, TraceEventBody } from '../../src/simulation/qnx/trace-event.js';

export const RELEASES = ['6.5.0', '7.1.0', '8.0.0'] as const;
export type ReleaseName = (typeof RELEASES)[number];

const majorOf = (release: string): number => Number(release[0]);
/** Facts of the documentation, not of the readers' tables. */
const ONLY_UP_TO_7: readonly ThreadState[] = ['STACK', 'WAITTHREAD', 'NET_SEND', 'NET_REPLY'];
const ONLY_FROM_8: readonly ThreadState[] = [
  'MQ_SEND',
  'MQ_RECEIVE',
  'RWLOCK_READ',
  'RWLOCK_WRITE',
  'BARRIER',
  'PIPE',
  'MUON_MUTEX',
  'TRACEBUFFER',
  'INTR_ATTACH_EVENT',
  'TIMER_DELEGATE',
  'SEND_NOTIFY',
];
const statesOf = (release: string): ThreadState[] =>
  THREAD_STATES.filter((state) => !(majorOf(release) >= 8 ? ONLY_UP_TO_7 : ONLY_FROM_8).includes(state));

const word = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: 0xffff_ffff }));
const long = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const thread: fc.Arbitrary<ThreadId> = fc.record({
  pid: fc.constantFrom(1, 2, 7, 4101, 12_345_678),
  tid: fc.integer({ min: 1, max: 9 }),
});
const text = (max: number): fc.Arbitrary<string> =>
  fc.stringMatching(/^[a-z0-9_./-]+$/).map((found) => found.slice(0, max));

function body(release: string): fc.Arbitrary<TraceEventBody> {
  const scheduling = {
    thread,
    priority: fc.integer({ min: 0, max: 255 }),
    policy: fc.constantFrom(1, 2),
  };
  const state = fc.oneof(
    fc.constantFrom<ThreadState>('RUNNING', 'READY', 'CREATE', 'DESTROY'),
    fc.constantFrom(...statesOf(release)),
  );
  const kind = <Kind extends string>(name: Kind) => fc.constant(name);
  const interrupts =
    majorOf(release) >= 8
      ? fc.record({ kind: kind('interrupt-deliver'), interrupt: fc.nat(2000) })
      : fc.record({ kind: fc.constantFrom('interrupt-entry', 'interrupt-exit'), interrupt: fc.nat(2000) });
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: kind('thread-state'), state, ...scheduling }) },
    fc.record({ kind: kind('thread-state'), state, ...scheduling, partition: fc.nat(7) }),
    fc.record({ kind: kind('process-name'), parent: fc.nat(9), pid: fc.constantFrom(1, 2, 7, 4101), name: text(90) }),
    fc.record({ kind: kind('thread-name'), thread, name: text(40) }),
    fc.record({ kind: kind('guest-enter'), guestIp: long }),
    fc.record({ kind: kind('guest-cycles'), atEntry: long, atExit: long }),
    fc.record({
      kind: kind('guest-exit'),
      status: word,
      reason: word,
      clockCyclesOffset: long,
      guestIp: long,
      payload: long,
    }),
    fc.record({ kind: kind('create-vcpu-thread'), vcpu: fc.nat(63) }),
    fc.record({ kind: fc.constantFrom('interrupt-raise', 'interrupt-lower'), interrupt: word, vcpu: fc.nat(9) }),
    interrupts,
    fc.record({ kind: fc.constantFrom('kernel-call', 'kernel-exit'), call: fc.nat(127) }),
    fc.record({ kind: kind('partition-bankruptcy'), thread, partition: fc.nat(7) }),
    fc.record({ kind: kind('marker'), id: fc.nat(1023), text: text(50) }),
  );
}

/** Cycles from one event to the next one of any CPU. */
export const shortStep = fc.integer({ min: 1, max: 100_000 });
/** Now and then a wrap of 32 bits, or several. */
const anyStep = fc.oneof(
  { weight: 20, arbitrary: shortStep },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 31, 2 ** 32, 3 * 2 ** 32 + 5) },
);

/** Events so few cycles after the last one, one on each CPU: as tracelogger leaves them, no CPU ends in a pause. */
export function withoutPauseAtEnd(trace: Trace): Trace {
  const last = trace.events[trace.events.length - 1].cycles;
  const events = Array.from(
    { length: trace.host.cpus },
    (_, cpu): TraceEvent => ({
      cycles: last + BigInt(cpu + 1),
      cpu,
      body: { kind: 'thread-state', thread: { pid: 7, tid: 1 }, state: 'READY', priority: 10, policy: 1 },
    }),
  );
  return { ...trace, events: [...trace.events, ...events] };
}

export function anyTrace(release: ReleaseName, longest = 80, steps = anyStep): fc.Arbitrary<Trace> {
  return fc
    .record({
      cpus: fc.integer({ min: 1, max: 8 }),
      cyclesPerSecond: fc.constantFrom(31_250_000, 19_200_000, 1_000_000_000, 2_712_000_000),
      start: fc.oneof(fc.constantFrom(0n, 0xffff_0000n), fc.bigInt({ min: 0n, max: 1n << 50n })),
      steps: fc.array(fc.record({ step: steps, cpu: fc.nat(7), body: body(release) }), {
        minLength: 1,
        maxLength: longest,
      }),
    })
    .map(({ cpus, cyclesPerSecond, start, steps }) => {
      let cycles = start;
      const events = steps.map((each): TraceEvent => {
        cycles += BigInt(each.step);
        return { cycles, cpu: each.cpu % cpus, body: each.body };
      });
      return { host: { release, architecture: 'aarch64le', cyclesPerSecond, cpus, clusters: [] }, events };
    });
}
