/**
 * Names of host interrupts.
 *
 * Sources: the kernel's `include/linux/interrupt.h` (softirqs), `arch/x86/include/asm/irq_vectors.h` (vectors).
 */
import type { InterruptNames } from '../../recording/interrupt-names.js';

/** By softirq number; the names that the tracepoints print. */
export const SOFTIRQ_NAMES: readonly string[] = [
  'HI',
  'TIMER',
  'NET_TX',
  'NET_RX',
  'BLOCK',
  'IRQ_POLL',
  'TASKLET',
  'SCHED',
  'HRTIMER',
  'RCU',
];

/**
 * Interrupts that have tracepoints of their own, by the first part of the tracepoint's name.
 * The position in this list is part of the interrupt index, see InterruptIndex.
 */
export const VECTOR_EVENTS = [
  ['local_timer', 'local timer'],
  ['reschedule', 'reschedule IPI'],
  ['call_function', 'function call IPI'],
  ['call_function_single', 'single function call IPI'],
  ['irq_work', 'irq work'],
  ['x86_platform_ipi', 'platform IPI'],
  ['thermal_apic', 'thermal event'],
  ['spurious_apic', 'spurious interrupt'],
  ['error_apic', 'APIC error'],
  ['threshold_apic', 'machine check threshold'],
  ['deferred_error_apic', 'deferred machine check'],
] as const;

/** Vectors of a Linux host that have not moved since Linux 4.17, and what they are for. */
export const HOST_VECTOR_NAMES: Readonly<Record<number, string>> = {
  236: 'local timer',
  244: 'deferred machine check',
  246: 'irq work',
  247: 'platform IPI',
  248: 'reboot IPI',
  249: 'machine check threshold',
  250: 'thermal event',
  251: 'single function call IPI',
  252: 'function call IPI',
  253: 'reschedule IPI',
  254: 'APIC error',
  255: 'spurious interrupt',
};

/** Index of an interrupt: one number range for each sort. */
export const InterruptIndex = {
  /** + softirq number, 0..62; 63 where the recording lacks the number. */
  Softirq: 0,
  /** + position in VECTOR_EVENTS. */
  Vector: 64,
  /** From another CPU, on arm64, where they have tracepoints without a number. */
  Ipi: 127,
  /** + 1 + interrupt number; + 0 where the recording lacks the number. */
  Irq: 128,
} as const;
const UNKNOWN_SOFTIRQ = 63;

export const softirqIndex = (softirq: number): number =>
  softirq >= 0 && softirq < UNKNOWN_SOFTIRQ ? softirq : UNKNOWN_SOFTIRQ;

export const irqIndex = (irq: number): number => InterruptIndex.Irq + (irq >= 0 ? irq + 1 : 0);

/** For people: "IRQ 24 (nvme0q1)"; the number alone where the recording does not tell what serves it. */
export function irqText(irq: number, names: InterruptNames | undefined): string {
  const text = names?.text(irq);
  return text === undefined ? `IRQ ${irq}` : `IRQ ${irq} (${text})`;
}

/**
 * For people: for example "softirq TIMER", "IRQ 24 (nvme0q1)", "local timer".
 * @param names of handlers, as the recording gives them: untrusted text
 */
export function interruptName(index: number, names?: InterruptNames): string {
  if (index > InterruptIndex.Irq) return irqText(index - InterruptIndex.Irq - 1, names);
  if (index === InterruptIndex.Irq) return 'IRQ of unknown number';
  if (index === InterruptIndex.Ipi) return 'IPI';
  if (index >= InterruptIndex.Vector) return VECTOR_EVENTS[index - InterruptIndex.Vector]?.[1] ?? 'unknown interrupt';
  if (index === UNKNOWN_SOFTIRQ) return 'softirq of unknown number';
  return `softirq ${SOFTIRQ_NAMES[index] ?? index}`;
}
