/** Leaving the guest on RISC-V, and what it was for. */
import { causeIndex } from '../../../recording/causes.js';
import { type EventBatch, EventKind } from '../../../recording/event-batch.js';
import { FIELD_SLOTS, type RecordBatch } from '../../../recording/record-batch.js';
import { csrCause } from '../../riscv/control-registers.js';
import { csrOf, isCsrAccess, isCsrWrite, WAITS_ON_MEMORY, WFI } from '../../riscv/instructions.js';
import { Exception, isInterruptCause, trapCode } from '../../riscv/trap-causes.js';
import { accessClass, DetailSort, FaultFlag, Rank } from '../details.js';
import type { ExitReasons } from '../exit-reasons.js';
import { type Handlers, KEEP_CAUSE, pushDetail, pushEvent } from '../handler.js';
import { OpenExit, type OpenExits } from '../open-exits.js';
import { slotOf } from '../tracepoints.js';
import type { VcpuThreads } from '../vcpu-threads.js';
import { RiscvExits } from './exit-reasons.js';

const CAUSE = slotOf('kvm_exit@scause', 'scause');
const COUNTER = slotOf('kvm_exit@scause', 'sepc');
/** Its low half: the instruction of an exit that was one. */
const VALUE_LOW = slotOf('kvm_exit@scause', 'stval') + 1;

const HALT = causeIndex('halt');
const PAUSE = causeIndex('pause');
const PAGE_FAULT = causeIndex('page-fault');

export function riscvHandlers(reasons: ExitReasons, open: OpenExits, threads: VcpuThreads): Handlers {
  const exits = new RiscvExits(reasons);
  return {
    'kvm_exit@scause': (records, row, events) => {
      const { fields } = records;
      const at = row * FIELD_SLOTS;
      const thread = records.thread[row];
      const isInterrupt = isInterruptCause(fields[at + CAUSE], fields[at + CAUSE + 1]);
      const code = trapCode(fields[at + CAUSE + 1]);
      const reason = exits.index(isInterrupt, code);
      threads.active = true;
      const vcpu = threads.number(thread);
      pushEvent(events, EventKind.Exit, records, row, reason, vcpu, fields[at + COUNTER], fields[at + COUNTER + 1]);
      open.set(thread, isInterrupt ? OpenExit.Other : sortOf(code));
      if (isInterrupt) pushHandler(events, records, row, threads.handler(thread));
      else pushException(events, records, row, code, fields[at + VALUE_LOW]);
      threads.leaveGuest(thread);
    },
    // Follows kvm_exit where the kernel has it, with the number that kvm_exit lacks.
    kvm_vcpu_exit: (records, row) =>
      threads.setNumber(records.thread[row], records.fields[row * FIELD_SLOTS + slotOfVcpu]),
  };
}

const slotOfVcpu = slotOf('kvm_vcpu_exit', 'vcpu_id');

function sortOf(code: number): number {
  if (code === Exception.VirtualInstruction) return OpenExit.VirtualInstruction;
  return code === Exception.GuestLoadFault || code === Exception.GuestStoreFault ? OpenExit.DataAbort : OpenExit.Other;
}

function pushHandler(events: EventBatch, records: RecordBatch, row: number, handler: number): void {
  if (handler >= 0) pushDetail(events, records, row, DetailSort.HostIrq, handler, KEEP_CAUSE, Rank.Reason);
}

function pushException(events: EventBatch, records: RecordBatch, row: number, code: number, value: number): void {
  switch (code) {
    case Exception.VirtualInstruction:
      pushInstruction(events, records, row, value);
      break;
    case Exception.GuestInstructionFault:
      pushDetail(events, records, row, DetailSort.Fault | FaultFlag.Fetch, 0, PAGE_FAULT, Rank.Fault);
      break;
    case Exception.GuestLoadFault:
      pushDetail(events, records, row, DetailSort.Fault, 0, PAGE_FAULT, Rank.Fault);
      break;
    case Exception.GuestStoreFault:
      pushDetail(events, records, row, DetailSort.Fault | FaultFlag.Write, 0, PAGE_FAULT, Rank.Fault);
      break;
    default:
      break;
  }
}

/** @param instruction its code; 0 where the CPU does not tell */
function pushInstruction(events: EventBatch, records: RecordBatch, row: number, instruction: number): void {
  if (!(instruction > 0)) return;
  if (instruction === WFI) {
    pushDetail(events, records, row, DetailSort.Wait, 0, HALT, Rank.Wait);
  } else if (WAITS_ON_MEMORY.includes(instruction)) {
    pushDetail(events, records, row, DetailSort.Instruction, instruction, PAUSE, Rank.Reason);
  } else if (isCsrAccess(instruction)) {
    const csr = csrOf(instruction);
    const detail = accessClass(DetailSort.Csr, isCsrWrite(instruction), 0);
    pushDetail(events, records, row, detail, csr, causeIndex(csrCause(csr)), Rank.Register);
  } else {
    pushDetail(events, records, row, DetailSort.Instruction, instruction, KEEP_CAUSE, Rank.Reason);
  }
}
