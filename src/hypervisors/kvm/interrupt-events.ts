/** Handlers of host interrupts and softirqs that run on top of a thread. */
import { EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import { type Handler, type Handlers, pushEvent } from './handler.js';
import type { InterruptCounts } from './interrupt-counts.js';
import { InterruptIndex, irqIndex, softirqIndex, VECTOR_EVENTS } from './interrupt-names.js';
import { slotOf, type TracepointName } from './tracepoints.js';
import type { VcpuThreads } from './vcpu-threads.js';

const IRQ = slotOf('irq_handler_entry', 'irq');
const ENDED_IRQ = slotOf('irq_handler_exit', 'irq');
const RETURNED = slotOf('irq_handler_exit', 'ret');
/** IRQ_NONE of the kernel's include/linux/irqreturn.h. */
const NOT_MINE = 0;

/** @param threads where it is remembered what the guest was left for */
export function interruptHandlers(counts: InterruptCounts, threads?: VcpuThreads): Handlers {
  const handlers: Handlers = {
    irq_handler_entry: (records, row, events) => {
      const irq = records.fields[row * FIELD_SLOTS + IRQ];
      if (threads?.active === true) threads.noteHandler(records.thread[row], irq);
      counts.began(irqIndex(irq));
      pushEvent(events, EventKind.InterruptBegin, records, row, irqIndex(irq), 0, 0, 0);
    },
    irq_handler_exit: (records, row, events) => {
      const at = row * FIELD_SLOTS;
      const index = irqIndex(records.fields[at + ENDED_IRQ]);
      if (records.fields[at + RETURNED] === NOT_MINE) counts.foundNothing(index);
      pushEvent(events, EventKind.InterruptEnd, records, row, index, 0, 0, 0);
    },
    softirq_entry: numbered(EventKind.InterruptBegin, 'softirq_entry', 'vec', softirqIndex),
    softirq_exit: numbered(EventKind.InterruptEnd, 'softirq_exit', 'vec', softirqIndex),
    ipi_entry: fixed(EventKind.InterruptBegin, InterruptIndex.Ipi),
    ipi_exit: fixed(EventKind.InterruptEnd, InterruptIndex.Ipi),
  };
  VECTOR_EVENTS.forEach(([name], position) => {
    const index = InterruptIndex.Vector + position;
    handlers[`${name}_entry`] = (records, row, events) => {
      counts.began(index);
      pushEvent(events, EventKind.InterruptBegin, records, row, index, 0, 0, 0);
    };
    handlers[`${name}_exit`] = fixed(EventKind.InterruptEnd, index);
  });
  return handlers;
}

function numbered(kind: EventKind, event: TracepointName, field: string, indexOf: (number: number) => number): Handler {
  const slot = slotOf(event, field);
  return (records, row, events) =>
    pushEvent(events, kind, records, row, indexOf(records.fields[row * FIELD_SLOTS + slot]), 0, 0, 0);
}

const fixed =
  (kind: EventKind, index: number): Handler =>
  (records, row, events) =>
    pushEvent(events, kind, records, row, index, 0, 0, 0);
