/** A rule: data in, findings out. One file a rule, one line in the registry. */
import type { AccountName } from '../ledger/accounts.js';
import type { Evidence, Machine } from './evidence.js';
import type { Finding, Knob } from './finding.js';

export interface Rule {
  /** Words with hyphens, for --ignore. */
  readonly id: string;
  /** What it looks for, a phrase of one line. */
  readonly title: string;
  /** Paragraphs for `vmtoll rules NAME` and its page: what happens there, and why it costs. */
  readonly explanation: readonly string[];
  /** When it fires, and what the recording or the user must give for that, in words. */
  readonly firesWhen: string;
  /** All that it may advise, with example values. */
  readonly knobs: readonly Knob[];
  readonly sources: readonly string[];
  /** @param others what the rules before it in the registry have found and is worth telling */
  find(evidence: Evidence, others: readonly Draft[]): readonly Draft[];
}

/** A finding before what follows from its rule and from the recording as a whole is added; knobs of other hosts are left out then. */
export interface Draft extends Omit<Finding, 'share' | 'sources'> {
  readonly accounts: readonly AccountName[];
  /**
   * It is told although it promises no gain. `always`: it is not about time, or is the answer that nothing is to be gained.
   * `unless limited`: only a threshold that the user sets leaves it out, and that is compared with the most it can bring.
   */
  readonly told?: 'always' | 'unless limited';
  /** Without what it asks for nobody can say what most of the loss is: it comes first, though it promises no gain. */
  readonly isPremise?: boolean;
}

/** What a rule finds that judges one machine at a time. @param hypervisor the only one that it is about; every one without it */
export const inEachMachine =
  (
    findIn: (evidence: Evidence, machine: Machine, others: readonly Draft[]) => readonly Draft[],
    hypervisor?: string,
  ): Rule['find'] =>
  (evidence, others) =>
    hypervisor === undefined || evidence.recording.hypervisor === hypervisor
      ? evidence.machines.flatMap((machine) => findIn(evidence, machine, others))
      : [];
