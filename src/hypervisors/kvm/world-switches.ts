/** Entering and leaving the guest, and leaving for the VMM. */
import { type Cause, causeIndex } from '../../recording/causes.js';
import { EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import type { HostFacts } from '../../recording/recording.js';
import { DetailSort, Rank } from './details.js';
import { type ExitDetailer, exitDetailerOf } from './exit-details.js';
import { type ExitReasons, Vocabulary } from './exit-reasons.js';
import { type Handler, type Handlers, pushDetail, pushEvent } from './handler.js';
import { isArm64, isRiscv } from './host-architecture.js';
import { OpenExit, type OpenExits } from './open-exits.js';
import { slotOf } from './tracepoints.js';
import type { VcpuThreads } from './vcpu-threads.js';
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
/**
 * The number of ioctl. Sources: the kernel's arch/x86/entry/syscalls/syscall_64.tbl for x86-64, and
 * include/uapi/asm-generic/unistd.h for arm64 and RISC-V.
 */
const IOCTL_X86 = 16;
const IOCTL_ELSEWHERE = 29;
/** KVM_EXIT_MMIO: the guest used an address of a device that the VMM emulates. */
const VMM_MMIO = 6;
const DEVICE_MMIO = causeIndex('device-mmio');
const NESTED = causeIndex('nested');
/** Causes after which an injected interrupt is a part of the story. */
const INTERRUPT_CAUSES: readonly Cause[] = ['interrupt', 'interrupt-control', 'timer'];

export function worldSwitchHandlers(
  reasons: ExitReasons,
  open: OpenExits,
  threads: VcpuThreads,
  host: HostFacts,
): Handlers {
  const ioctl = isArm64(host) || isRiscv(host) ? IOCTL_ELSEWHERE : IOCTL_X86;
  const pushFromVmm: Handler = (records, row, events) => {
    threads.leaveVmm(records.thread[row]);
    pushEvent(events, EventKind.FromVmm, records, row, 0, 0, 0, 0);
  };
  return {
    kvm_entry: entryHandler(open, threads),
    kvm_exit: exitHandler(reasons, open),
    kvm_nested_vmexit: nestedExitHandler(reasons),
    kvm_userspace_exit: toVmmHandler(open, threads),
    // KVM_RUN loads the registers of the guest's FPU first of all, and unloads them on its way out.
    kvm_fpu: (records, row, events) => {
      if (records.fields[row * FIELD_SLOTS + FPU_LOAD] === 1) pushFromVmm(records, row, events);
    },
    sys_enter_ioctl: (records, row, events) => {
      if (records.fields[row * FIELD_SLOTS + IOCTL_COMMAND] === KVM_RUN) pushFromVmm(records, row, events);
    },
    sys_enter: (records, row, events) => {
      const at = row * FIELD_SLOTS;
      if (records.fields[at + CALL_COMMAND] !== KVM_RUN || records.fields[at + CALL_NUMBER] !== ioctl) return;
      pushFromVmm(records, row, events);
    },
  };
}

const entryHandler =
  (open: OpenExits, threads: VcpuThreads): Handler =>
  (records, row, events) => {
    const thread = records.thread[row];
    open.set(thread, OpenExit.Other);
    threads.enterGuest(thread);
    const told = records.fields[row * FIELD_SLOTS + ENTRY_VCPU];
    pushEvent(events, EventKind.Entry, records, row, told >= 0 ? told : threads.number(thread), 0, 0, 0);
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

const toVmmHandler =
  (open: OpenExits, threads: VcpuThreads): Handler =>
  (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const reason = records.fields[at + VMM_REASON];
    const asked = guestAsked(reason, records.fields[at + VMM_ERRNO]);
    const thread = records.thread[row];
    // Where nothing else told that the address is a device's.
    if (asked && reason === VMM_MMIO && open.get(thread) === OpenExit.DataAbort) {
      pushDetail(events, records, row, DetailSort.UnknownDevice, 0, DEVICE_MMIO, Rank.Reason);
    }
    threads.enterVmm(thread);
    pushEvent(events, EventKind.ToVmm, records, row, 0, asked ? 1 : 0, 0, 0);
  };
