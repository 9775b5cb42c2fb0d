/**
 * What it costs to get into the guest and out of it, where the recording shows that: on the way in, from the event that
 * announces it until the guest runs; on the way out, from the end of the guest's time until the event that reports it.
 */
import { Histogram } from '../base/histogram.js';

export class WorldSwitches {
  /** Time in the guest, of one visit. */
  readonly visits = new Histogram();
  /** Time in the account `hypervisor` of each way, ns: handlers and other threads on the way are not its cost. */
  readonly entries = new Histogram();
  readonly exits = new Histogram();
  /** The first part of each way out: until the event that tells how long the guest ran. */
  readonly exitsToTold = new Histogram();
  /** Ways in that ended without having been in the guest. */
  notEntered = 0;
  /** Visits whose times are missing or contradict each other: their time is unknown. */
  broken = 0;
}
