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

  get isOpen(): boolean {
    return !Number.isNaN(this.since);
  }

  tell(time: number): void {
    this.since = Number.NaN;
    this.toldAt = time;
  }

  /** Nobody will tell which part of it was the guest's. */
  forget(segments: Segments): void {
    if (!this.isOpen) return;
    segments.cutUnknown(this.since, segments.last);
    this.since = Number.NaN;
  }

  /**
   * What the host itself did on the way in and on the way out, of ways that lie in T as a whole. The guest ran from `from`
   * to `to`, and now it is `time`.
   */
  measure(segments: Segments, window: Window, costs: WorldSwitches, from: number, to: number, time: number): void {
    if (!this.isOpen) return;
    if (this.since >= window.from && from <= window.to) {
      costs.entries.add(segments.timeIn(Account.hypervisor, this.since, from));
    }
    if (to >= window.from && time <= window.to) {
      costs.exits.add(segments.timeIn(Account.hypervisor, to, time));
    }
  }
}
