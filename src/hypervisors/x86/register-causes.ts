/** Causes that depend on which register was used. Numbers: see msr-names.ts and apic-registers.ts for the sources. */
import { causeIndex } from '../../recording/causes.js';
import { isApicTimer } from './apic-registers.js';

export const REGISTER = causeIndex('register');
export const TIMER = causeIndex('timer');
export const INTERRUPT_CONTROL = causeIndex('interrupt-control');

const TSC_DEADLINE = 0x6e0;
const X2APIC_FIRST = 0x800;
const X2APIC_LAST = 0x8ff;
/** Hyper-V: end of interrupt, interrupt command, task priority, APIC assist page. */
const HYPERV_APIC_FIRST = 0x40000070;
const HYPERV_APIC_LAST = 0x40000073;
/** Hyper-V synthetic interrupt controller: control … end of message, and the sixteen sources. */
const HYPERV_SYNIC_FIRST = 0x40000080;
const HYPERV_SYNIC_LAST = 0x4000009f;
/** Hyper-V synthetic timers: four times configuration and count. */
const HYPERV_TIMER_FIRST = 0x400000b0;
const HYPERV_TIMER_LAST = 0x400000b7;
const KVM_PV_EOI = 0x4b564d04;
const AMD_AVIC_DOORBELL = 0xc001011b;

/** The APIC register that an x2APIC MSR stands for, as an offset in the APIC page. */
const x2apicOffset = (msr: number): number => (msr - X2APIC_FIRST) * 16;

/** Cause index of an access to a model-specific register. */
export function msrCause(msr: number): number {
  if (msr === TSC_DEADLINE) return TIMER;
  if (msr >= X2APIC_FIRST && msr <= X2APIC_LAST) return apicCause(x2apicOffset(msr));
  if (msr >= HYPERV_TIMER_FIRST && msr <= HYPERV_TIMER_LAST) return TIMER;
  if (msr >= HYPERV_APIC_FIRST && msr <= HYPERV_APIC_LAST) return INTERRUPT_CONTROL;
  if (msr >= HYPERV_SYNIC_FIRST && msr <= HYPERV_SYNIC_LAST) return INTERRUPT_CONTROL;
  return msr === KVM_PV_EOI || msr === AMD_AVIC_DOORBELL ? INTERRUPT_CONTROL : REGISTER;
}

/** Cause index of an access to a register of the local APIC. */
export const apicCause = (offset: number): number => (isApicTimer(offset) ? TIMER : INTERRUPT_CONTROL);
