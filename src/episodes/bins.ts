/**
 * What happened in equal slices of T: bins of one lane at one resolution. In each the nanoseconds by kind, the longest segment
 * that is not background (the earliest of several as long ones), how many such segments begin there, and how many exits.
 * Two neighbours can be made one without losing anything of that.
 */
import { grown } from '../ledger/grown.js';
import { BACKGROUND, NO_KIND, NO_LABEL } from './lanes.js';

const FIRST_BINS = 16;

export class Bins {
  /** Those that have been touched: all after are empty. */
  count = 0;
  readonly kinds: number;
  sums: Float64Array;
  start: Float64Array;
  duration: Float64Array;
  kind: Uint8Array;
  label: Int32Array;
  merged: Uint32Array;
  exits: Uint32Array;

  constructor(kinds: number, room = FIRST_BINS) {
    this.kinds = kinds;
    this.sums = new Float64Array(room * kinds);
    this.start = new Float64Array(room);
    this.duration = new Float64Array(room);
    this.kind = new Uint8Array(room).fill(NO_KIND);
    this.label = new Int32Array(room).fill(NO_LABEL);
    this.merged = new Uint32Array(room);
    this.exits = new Uint32Array(room);
  }

  /**
   * Adds a segment, not before the last one.
   * @param binNs length of a bin
   * @param origin where the first bin begins
   * @param most bins that there may be: what lies beyond them, or before the origin, is left out
   */
  add(kind: number, label: number, from: number, to: number, binNs: number, origin = 0, most = Infinity): void {
    const first = Math.max(0, Math.floor((from - origin) / binNs));
    const end = Math.min(most, Math.ceil((to - origin) / binNs));
    if (end <= first) return;
    if (end > this.count) this.#touch(end);
    const { kinds, sums } = this;
    const length = to - from;
    for (let bin = first; bin < end; bin++) {
      const binStart = origin + bin * binNs;
      const since = from > binStart ? from : binStart;
      const until = to < binStart + binNs ? to : binStart + binNs;
      sums[bin * kinds + kind] += until - since;
      if (kind === BACKGROUND || length <= this.duration[bin]) continue;
      this.start[bin] = from;
      this.duration[bin] = length;
      this.kind[bin] = kind;
      this.label[bin] = label;
    }
    if (kind !== BACKGROUND && from >= origin) this.merged[first]++;
  }

  addExit(time: number, binNs: number): void {
    const bin = Math.floor(time / binNs);
    if (bin >= this.count) this.#touch(bin + 1);
    this.exits[bin]++;
  }

  /** Half as many, each twice as long. */
  halved(): Bins {
    const half = new Bins(this.kinds, Math.max(1, Math.ceil(this.count / 2)));
    this.#mergeInto(half);
    return half;
  }

  /** Becomes half as many. */
  halve(): void {
    const before = this.count;
    this.#mergeInto(this);
    for (let bin = this.count; bin < before; bin++) this.#clear(bin);
  }

  #mergeInto(target: Bins): void {
    const { count, kinds } = this;
    const pairs = Math.ceil(count / 2);
    for (let bin = 0; bin < pairs; bin++) {
      const [first, second] = [2 * bin, 2 * bin + 1];
      const isPair = second < count;
      for (let kind = 0; kind < kinds; kind++) {
        const other = isPair ? this.sums[second * kinds + kind] : 0;
        target.sums[bin * kinds + kind] = this.sums[first * kinds + kind] + other;
      }
      const winner = isPair && this.duration[second] > this.duration[first] ? second : first;
      target.start[bin] = this.start[winner];
      target.duration[bin] = this.duration[winner];
      target.kind[bin] = this.kind[winner];
      target.label[bin] = this.label[winner];
      target.merged[bin] = this.merged[first] + (isPair ? this.merged[second] : 0);
      target.exits[bin] = this.exits[first] + (isPair ? this.exits[second] : 0);
    }
    target.count = pairs;
  }

  #clear(bin: number): void {
    this.sums.fill(0, bin * this.kinds, (bin + 1) * this.kinds);
    this.start[bin] = 0;
    this.duration[bin] = 0;
    this.kind[bin] = NO_KIND;
    this.label[bin] = NO_LABEL;
    this.merged[bin] = 0;
    this.exits[bin] = 0;
  }

  #touch(count: number): void {
    if (count > this.start.length) this.#grow(count);
    this.count = count;
  }

  #grow(least: number): void {
    let size = this.start.length;
    const before = size;
    while (size < least) size *= 2;
    this.sums = grown(this.sums, new Float64Array(size * this.kinds));
    this.start = grown(this.start, new Float64Array(size));
    this.duration = grown(this.duration, new Float64Array(size));
    this.kind = grown(this.kind, new Uint8Array(size)).fill(NO_KIND, before);
    this.label = grown(this.label, new Int32Array(size)).fill(NO_LABEL, before);
    this.merged = grown(this.merged, new Uint32Array(size));
    this.exits = grown(this.exits, new Uint32Array(size));
  }
}
