/**
 * The order of runs: randomised interleaved blocks. Every block runs each benchmark once on both sides, one right after
 * the other, so that slow drift hits both alike; which benchmark comes when is random, and which side goes first is random
 * but balanced over the blocks. (Abedi and Brecht, ICPE 2017, doi 10.1145/3030207.3030229: other orders report differences
 * between equal systems.)
 */
import { Random } from '../statistics/random.js';
import { type Plan, SIDE_NAMES, type SideName } from './plan.js';

/** One run that is to be made. */
export interface Slot {
  /** From 0; warm-up blocks come first. */
  readonly block: number;
  readonly isWarmup: boolean;
  /** Name of the benchmark. */
  readonly benchmark: string;
  readonly side: SideName;
}

/** All runs of a plan in order: the same for the same plan and seed. A pair of runs, one per side, is never split. */
export function scheduleOf({ benchmarks, warmup, repeats }: Plan, seed: number): Slot[] {
  const random = Random.fromSeed(seed);
  const blocks = warmup + repeats;
  const goesFirst = new Map(
    benchmarks.map(({ name }) => [name, [...balanced(warmup, random), ...balanced(repeats, random)]]),
  );
  return Array.from({ length: blocks }, (_, block) =>
    shuffled(benchmarks, random).flatMap(({ name: benchmark }) => {
      const first = goesFirst.get(benchmark)![block];
      const order = [first, SIDE_NAMES.find((side) => side !== first)!];
      return order.map((side) => ({ block, isWarmup: block < warmup, benchmark, side }));
    }),
  ).flat();
}

/** The runs that are made one right after the other. */
export const pairsOf = (schedule: readonly Slot[]): Slot[][] =>
  Array.from({ length: schedule.length / 2 }, (_, index) => schedule.slice(2 * index, 2 * index + 2));

/** `count` sides in random order, each as often as the other; of an odd count the odd one is random as well. */
function balanced(count: number, random: Random): SideName[] {
  const odd = random.below(2);
  return shuffled(
    Array.from({ length: count }, (_, index) => SIDE_NAMES[(index + odd) % 2]),
    random,
  );
}

/** Fisher-Yates. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}
