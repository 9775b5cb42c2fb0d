/**
 * Whether the pCPUs' clocks differ, from what cannot happen: changes of a vCPU's runstate are a chain, where each begins with the
 * state that the one before it ended with. Where two links are of different pCPUs, the later one has the later time, or the
 * clocks are wrong by at least the difference. The smallest constant corrections with which all chains are in order are
 * given; that of no pCPU is negative. xenalyze finds skew by the same sign.
 */

/** Changes that are kept. */
const MOST_CHANGES = 1 << 18;
/** A single link out of order is damage or a race of the writers; so many are a clock. */
const ENOUGH_LINKS = 3;
const UNKNOWN_STATE = -1;

/** Of one vCPU on one pCPU, in order: time, old state, new state. */
interface Strand {
  readonly pcpu: number;
  readonly numbers: number[];
  next: number;
}
const NUMBERS = 3;

export interface Skews {
  /** What is to be added to the times of each pCPU, cycles; empty: nothing. */
  readonly byPcpu: ReadonlyMap<number, number>;
  /** Links that are out of order without correction. */
  readonly linksOutOfOrder: number;
  /** No constant correction brings all links into order. */
  readonly contradictory: boolean;
}

const NO_SKEW: ReadonlyMap<number, number> = new Map();

export class SkewSearch {
  /** By vCPU and pCPU. */
  readonly #strands = new Map<number, Map<number, Strand>>();
  #changes = 0;
  #isOver = false;
  #outOfOrder = 0;
  /** The least difference (second less first) of the corrections of two pCPUs, by `first * PAIR + second`. */
  readonly #bounds = new Map<number, number>();

  /** @param time cycles @param vcpu its number and its domain, as records have them */
  change(pcpu: number, time: number, vcpu: number, from: number, to: number): void {
    if (this.#isOver || Number.isNaN(time)) return;
    if (++this.#changes >= MOST_CHANGES) this.#isOver = true;
    const ofVcpu = this.#strands.get(vcpu) ?? new Map<number, Strand>();
    this.#strands.set(vcpu, ofVcpu);
    const strand = ofVcpu.get(pcpu) ?? { pcpu, numbers: [], next: 0 };
    ofVcpu.set(pcpu, strand);
    strand.numbers.push(time, from, to);
  }

  /** From here on chains have holes. */
  lose(): void {
    this.#isOver = true;
  }

  result(): Skews {
    for (const strands of this.#strands.values()) this.#follow([...strands.values()]);
    if (this.#outOfOrder < ENOUGH_LINKS) {
      return { byPcpu: NO_SKEW, linksOutOfOrder: this.#outOfOrder, contradictory: false };
    }
    const byPcpu = this.#corrections();
    return {
      byPcpu: byPcpu ?? NO_SKEW,
      linksOutOfOrder: this.#outOfOrder,
      contradictory: byPcpu === undefined,
    };
  }

  /** Strings the strands of one vCPU together: the next link is the earliest one that begins with the present state. */
  #follow(strands: readonly Strand[]): void {
    if (strands.length < 2) return;
    let state = UNKNOWN_STATE;
    let last: Strand | undefined;
    let lastTime = Number.NaN;
    for (;;) {
      const next = earliest(strands, state) ?? earliest(strands, UNKNOWN_STATE);
      if (next === undefined) return;
      const [time, from, to] = next.numbers.slice(next.next, next.next + NUMBERS);
      if (from === state && last !== undefined && last !== next) this.#link(last.pcpu, lastTime, next.pcpu, time);
      next.next += NUMBERS;
      [state, last, lastTime] = [to, next, time];
    }
  }

  #link(first: number, firstTime: number, second: number, secondTime: number): void {
    const least = firstTime - secondTime;
    if (least > 0) this.#outOfOrder++;
    const pair = first * PAIR + second;
    this.#bounds.set(pair, Math.max(this.#bounds.get(pair) ?? Number.NEGATIVE_INFINITY, least));
  }

  /** The smallest ones that satisfy all bounds, none negative; undefined where none do. */
  #corrections(): Map<number, number> | undefined {
    const pcpus = new Set([...this.#bounds.keys()].flatMap((pair) => [Math.floor(pair / PAIR), pair % PAIR]));
    const corrections = new Map([...pcpus].map((pcpu) => [pcpu, 0]));
    // Each round carries corrections one pCPU further: after as many rounds as pCPUs all is settled, or never will be.
    for (let round = 0; round <= pcpus.size; round++) {
      let hasChanged = false;
      for (const [pair, least] of this.#bounds) {
        const needed = corrections.get(Math.floor(pair / PAIR))! + least;
        if (needed <= corrections.get(pair % PAIR)!) continue;
        corrections.set(pair % PAIR, needed);
        hasChanged = true;
      }
      if (!hasChanged) return corrections;
    }
    return undefined;
  }
}

const PAIR = 1 << 16;

/** The strand with the earliest next link that begins with `state`; with any state where that is unknown. */
function earliest(strands: readonly Strand[], state: number): Strand | undefined {
  let found: Strand | undefined;
  for (const strand of strands) {
    if (strand.next >= strand.numbers.length) continue;
    if (state !== UNKNOWN_STATE && strand.numbers[strand.next + 1] !== state) continue;
    if (found === undefined || strand.numbers[strand.next] < found.numbers[found.next]) found = strand;
  }
  return found;
}
