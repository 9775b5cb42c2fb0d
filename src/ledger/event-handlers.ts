/** One function a kind of event. */
import { EventColumn, EventKind } from '../recording/event-batch.js';
import type { Host } from './host.js';
import type { Pcpu } from './pcpu.js';

/** More than there are kinds. */
const EVENT_KINDS = 256;

const { time: TIME, thread: THREAD, a: A, b: B, c: C, d: D } = EventColumn;

/**
 * What an event does that is at `at` in the numbers of its batch. It takes them from there: numbers that are handed over one by
 * one would be boxed.
 */
export type Handler = (cpu: Pcpu, events: Float64Array, at: number) => void;

/**
 * What each kind of event does to the host but the three most frequent ones, which are not looked up: see below. Kinds that are
 * not known do nothing.
 */
export function handlersByKind(host: Host): Handler[] {
  const table = Array.from({ length: EVENT_KINDS }, (): Handler => () => {});
  const on = (kind: EventKind, handler: Handler) => {
    table[kind] = handler;
  };
  on(EventKind.Left, (cpu, events, at) =>
    host.vcpuOn(cpu, events[at + THREAD] | 0, events[at + TIME], Number.NaN)?.left(events[at + TIME]),
  );
  on(EventKind.ToVmm, (cpu, events, at) =>
    host
      .vcpuOn(cpu, events[at + THREAD] | 0, events[at + TIME], Number.NaN)
      ?.toVmm(events[at + TIME], events[at + B] === 1),
  );
  on(EventKind.FromVmm, (cpu, events, at) => host.cameFromVmm(cpu, events[at + THREAD] | 0, events[at + TIME]));
  on(EventKind.HaltEnd, (cpu, events, at) =>
    host.halted(
      cpu,
      events[at + THREAD] | 0,
      events[at + TIME],
      events[at + D],
      events[at + A],
      events[at + B] === 1,
      events[at + C],
    ),
  );
  on(EventKind.Switch, (cpu, events, at) =>
    host.switch(cpu, events[at + THREAD] | 0, events[at + A], events[at + B], events[at + C], events[at + TIME]),
  );
  on(EventKind.Wake, (cpu, events, at) =>
    host.wake(cpu, events[at + A], events[at + B], events[at + C] === 1, events[at + D], events[at + TIME]),
  );
  on(EventKind.WaitChange, (cpu, events, at) =>
    host.waitChange(cpu, events[at + A], events[at + B], events[at + C], events[at + D], events[at + TIME]),
  );
  on(EventKind.Migrate, (_, events, at) => host.migrate(events[at + A], events[at + B], events[at + TIME]));
  on(EventKind.InterruptBegin, (cpu, events, at) => cpu.interruptBegins(events[at + A], events[at + TIME]));
  on(EventKind.InterruptEnd, (cpu, events, at) => {
    if (events[at + B] > 0) cpu.interruptBegins(events[at + A], events[at + TIME] - events[at + B]);
    cpu.interruptEnds(events[at + A], events[at + TIME]);
  });
  on(EventKind.Entering, (cpu, events, at) =>
    host
      .vcpuOn(cpu, events[at + THREAD] | 0, events[at + TIME], events[at + A])
      ?.entering(events[at + TIME], host.schedulerSeen),
  );
  on(EventKind.Visit, (cpu, events, at) => {
    const now = events[at + TIME];
    host
      .vcpuOn(cpu, events[at + THREAD] | 0, now, events[at + C])
      ?.visit(now, now - events[at + A], now - events[at + B], now - events[at + D]);
  });
  on(EventKind.NoVisit, (cpu, events, at) =>
    host.vcpuOn(cpu, events[at + THREAD] | 0, events[at + TIME], Number.NaN)?.noVisit(events[at + TIME]),
  );
  on(EventKind.Partition, (cpu, events, at) => host.joins(host.known(cpu, events[at + THREAD] | 0), events[at + A]));
  on(EventKind.Budget, (_, events, at) => host.budget(events[at + A], events[at + B] === 1, events[at + TIME]));
  on(EventKind.VmmRuns, (_, events, at) => host.vmmRuns(events[at + A], events[at + B] === 1, events[at + TIME]));
  on(EventKind.Ended, (_, events, at) =>
    host.end(events[at + A], events[at + B], events[at + C] === 1, events[at + TIME]),
  );
  on(EventKind.Forget, (_, events, at) => host.forget(events[at + A]));
  on(EventKind.Missed, (_, events, at) => host.misses(host.vcpus.get(events[at + THREAD] | 0), events[at + TIME]));
  on(EventKind.Loss, (cpu, events, at) => {
    host.losses.note(cpu.number, events[at + B], events[at + A], events[at + TIME]);
    host.lose(cpu, events[at + A], events[at + TIME]);
  });
  return table;
}

export function entry(host: Host, cpu: Pcpu, events: Float64Array, at: number): void {
  host
    .vcpuOn(cpu, events[at + THREAD] | 0, events[at + TIME], events[at + A])
    ?.entry(events[at + TIME], host.schedulerSeen, events[at + B] !== 1);
}

export function exit(host: Host, cpu: Pcpu, events: Float64Array, at: number): void {
  const reason = events[at + A] | 0;
  const vcpu = host.vcpuOn(cpu, events[at + THREAD] | 0, events[at + TIME], events[at + B]);
  vcpu?.exit(events[at + TIME], reason, host.causeOf(reason), events[at + C], events[at + D]);
  if (host.mayBeHalt(reason)) vcpu?.mayBeHalted();
}

export function detail(host: Host, cpu: Pcpu, events: Float64Array, at: number): void {
  host
    .known(cpu, events[at + THREAD] | 0)
    ?.detail(events[at + A] | 0, events[at + B], events[at + C] | 0, events[at + D] | 0);
}
