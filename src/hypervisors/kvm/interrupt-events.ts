/** Handlers of host interrupts and softirqs that run on top of a thread. */
import { EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import { type Handler, type Handlers, pushEvent } from './handler.js';
import { InterruptIndex, irqIndex, softirqIndex, VECTOR_EVENTS } from './interrupt-names.js';
import { slotOf, type TracepointName } from './tracepoints.js';
import type { VcpuThreads } from './vcpu-threads.js';

const IRQ = slotOf('irq_handler_entry', 'irq');

/** @param threads where it is remembered what the guest was left for */
export function interruptHandlers(threads?: VcpuThreads): Handlers {
  const handlers: Handlers = {
    irq_handler_entry: (records, row, events) => {
      const irq = records.fields[row * FIELD_SLOTS + IRQ];
      if (threads?.active === true) threads.noteHandler(records.thread[row], irq);
      pushEvent(events, EventKind.InterruptBegin, records, row, irqIndex(irq), 0, 0, 0);
    },
    irq_handler_exit: numbered(EventKind.InterruptEnd, 'irq_handler_exit', 'irq', irqIndex),
    softirq_entry: numbered(EventKind.InterruptBegin, 'softirq_entry', 'vec', softirqIndex),
    softirq_exit: numbered(EventKind.InterruptEnd, 'softirq_exit', 'vec', softirqIndex),
    ipi_entry: fixed(EventKind.InterruptBegin, InterruptIndex.Ipi),
    ipi_exit: fixed(EventKind.InterruptEnd, InterruptIndex.Ipi),
  };
  VECTOR_EVENTS.forEach(([name], position) => {
    handlers[`${name}_entry`] = fixed(EventKind.InterruptBegin, InterruptIndex.Vector + position);
    handlers[`${name}_exit`] = fixed(EventKind.InterruptEnd, InterruptIndex.Vector + position);
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
