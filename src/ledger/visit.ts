/** A visit to the guest that is told afterwards: until then it is known only since when the vCPU has been on its way. */
import { Account } from './accounts.js';
import type { Segments } from './segments.js';
import type { Window } from './window.js';
import type { WorldSwitches } from './world-switches.js';

export class VisitInProgress {
  /** Since when it has been on its way into the guest; NaN where it is not. */
  since = Number.NaN;
  /** When a visit was told whose exit reason comes next. */
  toldAt = Number.NaN;
  /** When the last visit was told: from then on the host is done with the way out. */
  endedAt = Number.NaN;

  get isOpen(): boolean {
    return !Number.isNaN(this.since);
  }

  tell(time: number): void {
    this.since = Number.NaN;
    this.toldAt = time;
    this.endedAt = time;
  }

  /** Nobody will tell which part of it was the guest's. */
  forget(segments: Segments): void {
    if (!this.isOpen) return;
    segments.cutUnknown(this.since, segments.last);
    this.since = Number.NaN;
  }

  /**
   * How long the guest ran, and what the host itself did on the way in and on the way out, of what lies in T as a whole. The
   * guest ran from `from` to `to`; that was told at `told` (NaN: it was not), and now it is `time`.
   */
  measure(
    segments: Segments,
    window: Window,
    costs: WorldSwitches,
    from: number,
    to: number,
    told: number,
    time: number,
  ): void {
    if (!this.isOpen) return;
    if (from >= window.from && to <= window.to) costs.visits.add(segments.timeIn(Account.guest, from, to));
    if (this.since >= window.from && from <= window.to) {
      costs.entries.add(segments.timeIn(Account.hypervisor, this.since, from));
    }
    if (to >= window.from && time <= window.to) {
      costs.exits.add(segments.timeIn(Account.hypervisor, to, time));
      if (told >= to) costs.exitsToTold.add(segments.timeIn(Account.hypervisor, to, told));
    }
  }
}
