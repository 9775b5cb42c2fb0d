/** One function a kind of event. */
import { type EventBatch, EventKind } from '../recording/event-batch.js';
import type { Host } from './host.js';
import type { Pcpu } from './pcpu.js';

/** Kinds are bytes. */
const EVENT_KINDS = 256;

/** What an event does that is in a row of the batch. A function a kind: the numbers of the row need not be boxed for it. */
export type Handler = (cpu: Pcpu, events: EventBatch, row: number) => void;

/** What each kind of event does to the host; kinds that are not known do nothing. */
export function handlersByKind(host: Host): Handler[] {
  const table = Array.from({ length: EVENT_KINDS }, (): Handler => () => {});
  const on = (kind: EventKind, handler: Handler) => {
    table[kind] = handler;
  };
  on(EventKind.Entry, (cpu, events, row) => entry(host, cpu, events, row));
  on(EventKind.Exit, (cpu, events, row) => exit(host, cpu, events, row));
  on(EventKind.Left, (cpu, { thread, time }, row) =>
    host.vcpuOn(cpu, thread[row], time[row], Number.NaN)?.left(time[row]),
  );
  on(EventKind.Detail, (cpu, events, row) => detail(host, cpu, events, row));
  on(EventKind.ToVmm, (cpu, { thread, time, b }, row) =>
    host.vcpuOn(cpu, thread[row], time[row], Number.NaN)?.toVmm(time[row], b[row] === 1),
  );
  on(EventKind.FromVmm, (cpu, { thread, time }, row) => host.cameFromVmm(cpu, thread[row], time[row]));
  on(EventKind.HaltEnd, (cpu, { thread, time, a, b, c, d }, row) =>
    host.halted(cpu, thread[row], time[row], d[row], a[row], b[row] === 1, c[row]),
  );
  on(EventKind.Switch, (cpu, { thread, time, a, b, c }, row) =>
    host.switch(cpu, thread[row], a[row], b[row], c[row], time[row]),
  );
  on(EventKind.Wake, (cpu, { time, a, b, c, d }, row) =>
    host.wake(cpu, a[row], b[row], c[row] === 1, d[row], time[row]),
  );
  on(EventKind.WaitChange, (cpu, { time, a, b, c, d }, row) =>
    host.waitChange(cpu, a[row], b[row], c[row], d[row], time[row]),
  );
  on(EventKind.Migrate, (_, { time, a, b }, row) => host.migrate(a[row], b[row], time[row]));
  on(EventKind.InterruptBegin, (cpu, { time, a }, row) => cpu.interruptBegins(a[row], time[row]));
  on(EventKind.InterruptEnd, (cpu, { time, a, b }, row) => {
    if (b[row] > 0) cpu.interruptBegins(a[row], time[row] - b[row]);
    cpu.interruptEnds(a[row], time[row]);
  });
  on(EventKind.Entering, (cpu, { thread, time, a }, row) =>
    host.vcpuOn(cpu, thread[row], time[row], a[row])?.entering(time[row], host.schedulerSeen),
  );
  on(EventKind.Visit, (cpu, { thread, time, a, b, c, d }, row) => {
    const now = time[row];
    host.vcpuOn(cpu, thread[row], now, c[row])?.visit(now, now - a[row], now - b[row], now - d[row]);
  });
  on(EventKind.NoVisit, (cpu, { thread, time }, row) =>
    host.vcpuOn(cpu, thread[row], time[row], Number.NaN)?.noVisit(time[row]),
  );
  on(EventKind.Partition, (cpu, { thread, a }, row) => host.joins(host.known(cpu, thread[row]), a[row]));
  on(EventKind.Budget, (_, { time, a, b }, row) => host.budget(a[row], b[row] === 1, time[row]));
  on(EventKind.VmmRuns, (_, { time, a, b }, row) => host.vmmRuns(a[row], b[row] === 1, time[row]));
  on(EventKind.Ended, (_, { time, a, b, c }, row) => host.end(a[row], b[row], c[row] === 1, time[row]));
  on(EventKind.Forget, (_, { a }, row) => host.forget(a[row]));
  on(EventKind.Missed, (_, { thread, time }, row) => host.misses(host.vcpus.get(thread[row]), time[row]));
  on(EventKind.Loss, (cpu, { time, a, b }, row) => {
    host.losses.note(cpu.number, b[row], a[row], time[row]);
    host.lose(cpu, a[row], time[row]);
  });
  return table;
}

export function entry(host: Host, cpu: Pcpu, { thread, time, a, b }: EventBatch, row: number): void {
  host.vcpuOn(cpu, thread[row], time[row], a[row])?.entry(time[row], host.schedulerSeen, b[row] !== 1);
}

export function exit(host: Host, cpu: Pcpu, { thread, time, a, b, c, d }: EventBatch, row: number): void {
  const reason = a[row] | 0;
  const vcpu = host.vcpuOn(cpu, thread[row], time[row], b[row]);
  vcpu?.exit(time[row], reason, host.causeOf(reason), c[row], d[row]);
  if (host.mayBeHalt(reason)) vcpu?.mayBeHalted();
}

export function detail(host: Host, cpu: Pcpu, { thread, a, b, c, d }: EventBatch, row: number): void {
  host.known(cpu, thread[row])?.detail(a[row] | 0, b[row], c[row] | 0, d[row] | 0);
}
