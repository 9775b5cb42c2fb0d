/** Entering and leaving the guest, and leaving for the VMM. */
import { type Cause, causeIndex } from '../../recording/causes.js';
import { EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import { DetailSort, Rank } from './details.js';
import { type ExitDetailer, exitDetailerOf } from './exit-details.js';
import { type ExitReasons, Vocabulary } from './exit-reasons.js';
import { type Handler, type Handlers, pushDetail, pushEvent } from './handler.js';
import { OpenExit, type OpenExits } from './open-exits.js';
import { slotOf } from './tracepoints.js';
import { guestAsked } from './vmm-reasons.js';

const ENTRY_VCPU = slotOf('kvm_entry', 'vcpu_id');
const REASON = slotOf('kvm_exit', 'exit_reason');
const ISA = slotOf('kvm_exit', 'isa');
const VCPU = slotOf('kvm_exit', 'vcpu_id');
const INFO1 = slotOf('kvm_exit', 'info1');
const INFO2 = slotOf('kvm_exit', 'info2');
const RIP = slotOf('kvm_exit', 'guest_rip');
const INTERRUPTION = slotOf('kvm_exit', 'intr_info');
const NESTED_REASON = slotOf('kvm_nested_vmexit', 'exit_reason');
const NESTED_ISA = slotOf('kvm_nested_vmexit', 'isa');
const VMM_REASON = slotOf('kvm_userspace_exit', 'reason');
const VMM_ERRNO = slotOf('kvm_userspace_exit', 'errno');
const FPU_LOAD = slotOf('kvm_fpu', 'load');
const IOCTL_COMMAND = slotOf('sys_enter_ioctl', 'cmd');
const CALL_NUMBER = slotOf('sys_enter', 'id');
const CALL_COMMAND = slotOf('sys_enter', 'cmd');

/** The system call KVM_RUN. Source: the kernel's include/uapi/linux/kvm.h, _IO(0xAE, 0x80). */
const KVM_RUN = 0xae80;
/** The number of ioctl on x86-64. Source: the kernel's arch/x86/entry/syscalls/syscall_64.tbl. */
const IOCTL = 16;
const NESTED = causeIndex('nested');
/** Causes after which an injected interrupt is a part of the story. */
const INTERRUPT_CAUSES: readonly Cause[] = ['interrupt', 'interrupt-control', 'timer'];

export function worldSwitchHandlers(reasons: ExitReasons, open: OpenExits): Handlers {
  return {
    kvm_entry: entryHandler(open),
    kvm_exit: exitHandler(reasons, open),
    kvm_nested_vmexit: nestedExitHandler(reasons),
    kvm_userspace_exit: toVmm,
    // KVM_RUN loads the registers of the guest's FPU first of all, and unloads them on its way out.
    kvm_fpu: (records, row, events) => {
      if (records.fields[row * FIELD_SLOTS + FPU_LOAD] === 1) pushFromVmm(records, row, events);
    },
    sys_enter_ioctl: (records, row, events) => {
      if (records.fields[row * FIELD_SLOTS + IOCTL_COMMAND] === KVM_RUN) pushFromVmm(records, row, events);
    },
    sys_enter: (records, row, events) => {
      const at = row * FIELD_SLOTS;
      if (records.fields[at + CALL_COMMAND] !== KVM_RUN || records.fields[at + CALL_NUMBER] !== IOCTL) return;
      pushFromVmm(records, row, events);
    },
  };
}

const entryHandler =
  (open: OpenExits): Handler =>
  (records, row, events) => {
    open.set(records.thread[row], OpenExit.Other);
    pushEvent(events, EventKind.Entry, records, row, records.fields[row * FIELD_SLOTS + ENTRY_VCPU], 0, 0, 0);
  };

function exitHandler(reasons: ExitReasons, open: OpenExits): Handler {
  // By reason index, filled as reasons are met.
  const detailers: (ExitDetailer | undefined)[] = [];
  const sorts: number[] = [];

  return (records, row, events) => {
    const fields = records.fields;
    const at = row * FIELD_SLOTS;
    const reason = reasons.index(fields[at + REASON], fields[at + ISA]);
    while (reason >= sorts.length) {
      detailers.push(exitDetailerOf(reasons.vocabularies[sorts.length], reasons.codes[sorts.length]));
      sorts.push(sortOf(reasons, sorts.length));
    }
    pushEvent(events, EventKind.Exit, records, row, reason, fields[at + VCPU], fields[at + RIP], fields[at + RIP + 1]);
    open.set(records.thread[row], sorts[reason]);
    const detailer = detailers[reason];
    if (detailer === undefined) return;
    const info2 = fields[at + INFO2];
    const interruption = fields[at + INTERRUPTION];
    // Before Linux 5.10 info2 held the interruption information on Intel.
    detailer(
      events,
      records,
      row,
      reasons.codes[reason],
      fields[at + INFO1],
      info2,
      Number.isNaN(interruption) ? info2 : interruption,
    );
  };
}

const VMX_EPT_VIOLATION = 48;
const SVM_NESTED_FAULT = 0x400;

function sortOf(reasons: ExitReasons, index: number): number {
  const reason = reasons.table.get(index);
  if (reason.cause === 'halt') return OpenExit.Halt;
  if (INTERRUPT_CAUSES.includes(reason.cause)) return OpenExit.Interrupt;
  const vocabulary = reasons.vocabularies[index];
  const code = reasons.codes[index];
  if (vocabulary === Vocabulary.Vmx && code === VMX_EPT_VIOLATION) return OpenExit.EptViolation;
  return vocabulary === Vocabulary.Svm && code === SVM_NESTED_FAULT ? OpenExit.NestedFault : OpenExit.Other;
}

/** The exit before was that of a guest within the guest: it is kept apart from the exits of the guest itself. */
const nestedExitHandler =
  (reasons: ExitReasons): Handler =>
  (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const reason = reasons.index(records.fields[at + NESTED_REASON], records.fields[at + NESTED_ISA]);
    pushDetail(events, records, row, DetailSort.NestedExit, reason, NESTED, Rank.Nested);
  };

const toVmm: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  const asked = guestAsked(records.fields[at + VMM_REASON], records.fields[at + VMM_ERRNO]);
  pushEvent(events, EventKind.ToVmm, records, row, 0, asked ? 1 : 0, 0, 0);
};

const pushFromVmm: Handler = (records, row, events) => pushEvent(events, EventKind.FromVmm, records, row, 0, 0, 0, 0);
