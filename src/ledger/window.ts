/** The interval T that is accounted: all of the recording, or the part that the user asked for. */
export class Window {
  readonly from: number;
  readonly to: number;

  /**
   * Nanoseconds since the origin of the recording.
   * @param from not before the first event of the recording
   * @param to Infinity for the end of the recording, which is not known before it is reached
   */
  constructor(from: number, to = Infinity) {
    this.from = from;
    this.to = to;
  }

  /** How much of [from, to) lies inside, ns. */
  overlap(from: number, to: number): number {
    const start = from > this.from ? from : this.from;
    const end = to < this.to ? to : this.to;
    return end > start ? end - start : 0;
  }

  contains(time: number): boolean {
    return time >= this.from && time < this.to;
  }
}
