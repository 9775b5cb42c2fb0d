/** The worst episodes of one vCPU: those that kept the guest waiting longest. */
import { type AccountSums, accountSums } from './accounts.js';

/** How many are kept per vCPU. */
export const WORST_KEPT = 16;

export interface Episode {
  /** When the guest was left, and when it was entered again: ns since the origin of the recording. */
  readonly exitNs: number;
  readonly entryNs: number;
  /** Time the guest wanted to run and did not: see GUEST_DELAY. */
  readonly delayNs: number;
  readonly ledgerNs: AccountSums;
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

  add(episode: Omit<Episode, 'ledgerNs'>, sums: ArrayLike<number>): void {
    const kept: Episode = { ...episode, ledgerNs: accountSums(sums) };
    const position = this.list.findIndex((other) => other.delayNs < kept.delayNs);
    this.list.splice(position < 0 ? this.list.length : position, 0, kept);
    if (this.list.length > WORST_KEPT) this.list.pop();
    if (this.list.length === WORST_KEPT) this.threshold = this.list[WORST_KEPT - 1].delayNs;
  }
}
