/** Interrupts of the host that nobody needs: what they are, and which part of all. */
import type { Evidence } from './evidence.js';
import type { Draft } from './rule.js';

/** The finding about them. */
export const NEEDLESS_RULE = 'unhandled-interrupts';

/** Fewer are no pattern. Own judgement. */
export const LEAST_NEEDLESS = 100;
/** Devices that share an interrupt each look whether it was theirs: of two, every second look is in vain. Own judgement. */
export const MOSTLY_UNHANDLED = 0.9;
/** Names of interrupts that the CPU itself raises where something is wrong (see hypervisors/kvm/interrupt-names.ts). */
const BY_THE_CPU: readonly string[] = ['spurious interrupt', 'APIC error'];

type InterruptCount = Evidence['interrupts'][number];

export interface NeedlessInterrupts {
  /** Those for which no handler finds anything to do. */
  readonly unhandled: readonly InterruptCount[];
  readonly spurious: readonly InterruptCount[];
  /** Of all interrupts of the recording, by number, 0 to 1. */
  readonly share: number;
}

export function needlessInterrupts({ interrupts }: Evidence): NeedlessInterrupts {
  const unhandled = interrupts.filter(
    (one) => one.count >= LEAST_NEEDLESS && one.unhandled >= MOSTLY_UNHANDLED * one.count,
  );
  const spurious = interrupts.filter(({ name, count }) => BY_THE_CPU.includes(name) && count >= LEAST_NEEDLESS);
  const needless =
    unhandled.reduce((total, one) => total + one.unhandled, 0) +
    spurious.reduce((total, { count }) => total + count, 0);
  const all = interrupts.reduce((total, { count }) => total + count, 0);
  return { unhandled, spurious, share: needless > 0 ? needless / all : 0 };
}

/** What is left of a cost of all interrupts, ns, if another finding counts those that nobody needs. */
export const withoutNeedless = (ns: number, evidence: Evidence, others: readonly Draft[]): number =>
  others.some(({ rule }) => rule === NEEDLESS_RULE) ? Math.floor(ns * (1 - needlessInterrupts(evidence).share)) : ns;
