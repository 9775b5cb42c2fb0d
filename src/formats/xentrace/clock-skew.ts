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
/** Corrections are made better so often at most. */
const MOST_ROUNDS = 6;

/** Of one vCPU on one pCPU, in order: time, old state, new state. */
interface Strand {
  readonly pcpu: number;
  readonly numbers: number[];
}
const NUMBERS = 3;
/** With wrong clocks the first change that is seen on one pCPU may come before the first on another: so many may be left out. */
const MOST_LEFT_OUT = 24;
/** How strands fit is tried with so many changes of each; and not at all for vCPUs on more pCPUs. */
const TRIED_CHANGES = 500;
const MOST_STRANDS = 16;

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

  /** @param time cycles @param vcpu its number and its domain, as records have them */
  change(pcpu: number, time: number, vcpu: number, from: number, to: number): void {
    if (this.#isOver || Number.isNaN(time)) return;
    if (++this.#changes >= MOST_CHANGES) this.#isOver = true;
    const ofVcpu = this.#strands.get(vcpu) ?? new Map<number, Strand>();
    this.#strands.set(vcpu, ofVcpu);
    const strand = ofVcpu.get(pcpu) ?? { pcpu, numbers: [] };
    ofVcpu.set(pcpu, strand);
    strand.numbers.push(time, from, to);
  }

  /** From here on chains have holes. */
  lose(): void {
    this.#isOver = true;
  }

  result(): Skews {
    const byPcpu = new Map<number, number>();
    let found = 0;
    // Where clocks differ by more than a vCPU stays in one state, links are taken for others: with nearly right times they are not.
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { links, misfits } = this.#allLinks();
      if (round === 0) found = links.outOfOrder;
      if (links.outOfOrder < (round === 0 ? ENOUGH_LINKS : 1)) break;
      const corrections = misfits > 0 && links.bounds.size === 0 ? undefined : correctionsFor(links);
      if (corrections === undefined && round === 0) {
        return { byPcpu: NO_SKEW, linksOutOfOrder: found, contradictory: true };
      }
      if (corrections === undefined) break;
      for (const [pcpu, cycles] of corrections) byPcpu.set(pcpu, (byPcpu.get(pcpu) ?? 0) + cycles);
      this.#move(corrections);
    }
    return { byPcpu, linksOutOfOrder: found, contradictory: false };
  }

  #allLinks(): { readonly links: Links; readonly misfits: number } {
    const links = new Links();
    let misfits = 0;
    for (const strands of this.#strands.values()) {
      if (strands.size < 2) continue;
      const own = bestFit([...strands.values()]);
      if (own === undefined) misfits++;
      else links.addAll(own);
    }
    return { links, misfits };
  }

  #move(corrections: ReadonlyMap<number, number>): void {
    for (const strand of [...this.#strands.values()].flatMap((strands) => [...strands.values()])) {
      const cycles = corrections.get(strand.pcpu) ?? 0;
      for (let at = 0; at < strand.numbers.length; at += NUMBERS) strand.numbers[at] += cycles;
    }
  }
}

/** The smallest ones that satisfy all bounds, none negative; undefined where none do. */
function correctionsFor({ bounds }: Links): Map<number, number> | undefined {
  const pcpus = new Set([...bounds.keys()].flatMap((pair) => [Math.floor(pair / PAIR), pair % PAIR]));
  const corrections = new Map([...pcpus].map((pcpu) => [pcpu, 0]));
  // Each round carries corrections one pCPU further: after as many rounds as pCPUs all is settled, or never will be.
  for (let round = 0; round <= pcpus.size; round++) {
    let hasChanged = false;
    for (const [pair, least] of bounds) {
      const needed = corrections.get(Math.floor(pair / PAIR))! + least;
      if (needed <= corrections.get(pair % PAIR)!) continue;
      corrections.set(pair % PAIR, needed);
      hasChanged = true;
    }
    if (!hasChanged) return corrections;
  }
  return undefined;
}

const PAIR = 1 << 16;

/** What links of different pCPUs demand. */
class Links {
  outOfOrder = 0;
  /** The least difference (second less first) of the corrections of two pCPUs, by `first * PAIR + second`. */
  readonly bounds = new Map<number, number>();

  add(first: number, firstTime: number, second: number, secondTime: number): void {
    if (firstTime > secondTime) this.outOfOrder++;
    // At least a cycle apart: at one time their order would be that of the pCPUs' numbers.
    const least = firstTime - secondTime + 1;
    const pair = first * PAIR + second;
    this.bounds.set(pair, Math.max(this.bounds.get(pair) ?? Number.NEGATIVE_INFINITY, least));
  }

  addAll(others: Links): void {
    this.outOfOrder += others.outOfOrder;
    for (const [pair, least] of others.bounds) {
      this.bounds.set(pair, Math.max(this.bounds.get(pair) ?? Number.NEGATIVE_INFINITY, least));
    }
  }

  /** Whether no two pCPUs contradict each other. */
  get isPossible(): boolean {
    return [...this.bounds].every(([pair, least]) => {
      const back = this.bounds.get((pair % PAIR) * PAIR + Math.floor(pair / PAIR)) ?? Number.NEGATIVE_INFINITY;
      return least + back <= 0;
    });
  }

  get largest(): number {
    return Math.max(0, ...this.bounds.values());
  }
}

/**
 * The links of one vCPU's strands, as they are or without some changes at the beginning of one of them, whichever fits with the
 * least correction; undefined where nothing fits.
 */
function bestFit(strands: readonly Strand[]): Links | undefined {
  let best: Links | undefined;
  let chosen = { of: 0, leftOut: 0 };
  const attempts = strands.length > MOST_STRANDS ? 0 : MOST_LEFT_OUT;
  for (let leftOut = 0; leftOut <= attempts; leftOut++) {
    for (let of = 0; of < (leftOut === 0 ? 1 : strands.length); of++) {
      const links = new Links();
      followChain(strands, links, of, leftOut);
      if (!links.isPossible || (best !== undefined && links.largest >= best.largest)) continue;
      if (links.outOfOrder === 0 && leftOut === 0) return links;
      best = links;
      chosen = { of, leftOut };
    }
  }
  if (best === undefined) return undefined;
  // What fits is followed to its end: shorter waits than those that were tried bound the correction more closely.
  const whole = new Links();
  followChain(strands, whole, chosen.of, chosen.leftOut, Number.POSITIVE_INFINITY);
  return whole.isPossible ? whole : best;
}

/** The next link is the earliest one that begins with the present state; any one, where there is none. */
function followChain(
  strands: readonly Strand[],
  links: Links,
  leftOutOf: number,
  leftOut: number,
  most = TRIED_CHANGES * strands.length,
): void {
  const next = strands.map((_, index) => (index === leftOutOf ? leftOut * NUMBERS : 0));
  let state = UNKNOWN_STATE;
  let last = -1;
  let lastTime = Number.NaN;
  for (let count = 0; count < most; count++) {
    const fitting = earliest(strands, next, state);
    const index = fitting < 0 ? earliest(strands, next, UNKNOWN_STATE) : fitting;
    if (index < 0) return;
    const { pcpu, numbers } = strands[index];
    const at = next[index];
    if (fitting >= 0 && last >= 0 && last !== index) links.add(strands[last].pcpu, lastTime, pcpu, numbers[at]);
    [state, last, lastTime] = [numbers[at + 2], index, numbers[at]];
    next[index] = at + NUMBERS;
  }
}

/** The strand with the earliest next change that begins with `state`, whatever state if that is unknown; -1: there is none. */
function earliest(strands: readonly Strand[], next: readonly number[], state: number): number {
  let found = -1;
  let time = Number.POSITIVE_INFINITY;
  for (const [index, { numbers }] of strands.entries()) {
    const at = next[index];
    if (at >= numbers.length || (state !== UNKNOWN_STATE && numbers[at + 1] !== state) || numbers[at] >= time) continue;
    time = numbers[at];
    found = index;
  }
  return found;
}
