/** Leaving the guest on arm64, and coming back from the VMM. */
import { causeIndex } from '../../../recording/causes.js';
import { EventKind } from '../../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../../recording/record-batch.js';
import { ExceptionClass } from '../../arm/exception-classes.js';
import { DetailSort, Rank } from '../details.js';
import type { ExitReasons } from '../exit-reasons.js';
import { type Handler, type Handlers, KEEP_CAUSE, pushDetail, pushEvent } from '../handler.js';
import { OpenExit, type OpenExits } from '../open-exits.js';
import { slotOf } from '../tracepoints.js';
import type { VcpuThreads } from '../vcpu-threads.js';
import { Arm64Exits, Return } from './exit-reasons.js';

const RETURNED = slotOf('kvm_exit@esr_ec', 'ret');
const CLASS = slotOf('kvm_exit@esr_ec', 'esr_ec');
const COUNTER = slotOf('kvm_exit@esr_ec', 'vcpu_pc');
const MAP_VCPU = slotOf('kvm_get_timer_map', 'vcpu_id');
const TIMER = causeIndex('timer');

export function arm64WorldSwitches(reasons: ExitReasons, open: OpenExits, threads: VcpuThreads): Handlers {
  const exits = new Arm64Exits(reasons);
  return {
    'kvm_exit@esr_ec': (records, row, events) => {
      const { fields } = records;
      const at = row * FIELD_SLOTS;
      const thread = records.thread[row];
      const returned = fields[at + RETURNED];
      const exceptionClass = fields[at + CLASS];
      const reason = exits.index(returned, exceptionClass);
      threads.active = true;
      const vcpu = threads.number(thread);
      pushEvent(events, EventKind.Exit, records, row, reason, vcpu, fields[at + COUNTER], fields[at + COUNTER + 1]);
      open.set(thread, returned === Return.Trap ? sortOf(exceptionClass) : OpenExit.Other);
      if (returned === Return.Irq) pushInterrupt(records, row, events, threads);
      threads.leaveGuest(thread);
    },
    // Written first of all after the guest was left; kvm_exit follows when its state is saved and interrupts were served.
    kvm_arm_clear_debug: (records, row, events) => pushEvent(events, EventKind.Left, records, row, 0, 0, 0, 0),
    // Written by whatever loads or unloads the timers of a vCPU, and by the handler of its timer: always by its thread.
    kvm_get_timer_map: (records, row, events) => {
      const thread = records.thread[row];
      threads.active = true;
      threads.setNumber(thread, records.fields[row * FIELD_SLOTS + MAP_VCPU]);
      // KVM_RUN loads the timers first of all. In its VMM a thread has none that could be unloaded.
      if (threads.leaveVmm(thread)) pushEvent(events, EventKind.FromVmm, records, row, 0, 0, 0, 0);
    },
  };
}

function sortOf(exceptionClass: number): number {
  if (exceptionClass === ExceptionClass.Wait) return OpenExit.Halt;
  return exceptionClass === ExceptionClass.DataAbort ? OpenExit.DataAbort : OpenExit.Other;
}

/**
 * Interrupts are served before kvm_exit is written (since Linux 5.15 at least), so what came since the entry is what the
 * guest was left for: the timer that the guest itself set, whose handler tells the guest's interrupt, or one of the host.
 */
const pushInterrupt = (
  records: Parameters<Handler>[0],
  row: number,
  events: Parameters<Handler>[2],
  threads: VcpuThreads,
): void => {
  const thread = records.thread[row];
  const timer = threads.timer(thread);
  const handler = threads.handler(thread);
  if (timer >= 0) pushDetail(events, records, row, DetailSort.GuestTimer, timer, TIMER, Rank.Reason);
  else if (handler >= 0) pushDetail(events, records, row, DetailSort.HostIrq, handler, KEEP_CAUSE, Rank.Reason);
};
