/** The worst episodes of one vCPU: those that kept the guest waiting longest. */
import { Account, type AccountSums, accountSums } from './accounts.js';
import type { Culprit, Culprits } from './culprits.js';

/** How many are kept per vCPU. */
export const WORST_KEPT = 16;
/** Of each of them so many culprits. */
const CULPRITS_KEPT = 8;

export interface Episode {
  /** When the guest was left, and when it was entered again: ns since the origin of the recording. */
  readonly exitNs: number;
  readonly entryNs: number;
  /** Time the guest wanted to run and did not: see GUEST_DELAY. */
  readonly delayNs: number;
  readonly ledgerNs: AccountSums;
  /**
   * Who had the pCPU while it waited in this episode, in the order of first appearance: those who had it longest. Of an
   * episode of very many pieces only the last ones; none where its waits cannot be told from those outside of it.
   */
  readonly culprits: readonly Culprit[];
  readonly reason: number;
  readonly cause: number;
  readonly detailClass: number;
  readonly detailValue: number;
  readonly pcpu: number;
  /** Guest instruction address, high and low 32 bits; NaN where not recorded. */
  readonly addressHigh: number;
  readonly addressLow: number;
}

export class WorstEpisodes {
  /** Sorted, worst first. */
  readonly list: Episode[] = [];
  /** Only a longer delay than this gets in. */
  threshold = 0;
  readonly #culprits: Culprits;

  /** @param culprits of the same vCPU: the waits of an episode are settled when it is added */
  constructor(culprits: Culprits) {
    this.#culprits = culprits;
  }

  add(episode: Omit<Episode, 'ledgerNs' | 'culprits'>, sums: ArrayLike<number>): void {
    const kept: Episode = { ...episode, ledgerNs: accountSums(sums), culprits: this.#culpritsWithin(sums) };
    const position = this.list.findIndex((other) => other.delayNs < kept.delayNs);
    this.list.splice(position < 0 ? this.list.length : position, 0, kept);
    if (this.list.length > WORST_KEPT) this.list.pop();
    if (this.list.length === WORST_KEPT) this.threshold = this.list[WORST_KEPT - 1].delayNs;
  }

  /** While the VMM keeps a vCPU out of the guest it can wait as well: that is no part of the episode's own sums. */
  #culpritsWithin(sums: ArrayLike<number>): readonly Culprit[] {
    const waited = sums[Account.wakeup] + sums[Account.preempted];
    const all = waited > 0 ? this.#culprits.latest() : [];
    if (all.reduce((total, { ns }) => total + ns, 0) > waited) return [];
    if (all.length <= CULPRITS_KEPT) return all;
    const least = all.toSorted((a, b) => b.ns - a.ns)[CULPRITS_KEPT - 1].ns;
    return all.filter(({ ns }) => ns >= least).slice(0, CULPRITS_KEPT);
  }
}
