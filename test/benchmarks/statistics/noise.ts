/** Random samples for simulations. */
import type { Random } from '../../../src/benchmarks/statistics/random.js';

/** Between 0 and 1, neither of them. */
export const uniform = (random: Random): number => (random.uint32() + 0.5) / 2 ** 32;

/** Mean 0, standard deviation 1; after Box and Muller. */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(uniform(random))) * Math.cos(2 * Math.PI * uniform(random));

/** Mean 0, standard deviation 1, with a long tail upwards: gamma distribution of shape 2, skewness 1.4. */
export const skewed = (random: Random): number =>
  (-Math.log(uniform(random)) - Math.log(uniform(random)) - 2) / Math.SQRT2;

/** Shape 1: the exponential distribution, skewness 2. */
export const verySkewed = (random: Random): number => -Math.log(uniform(random)) - 1;

export const sample = <T = number>(count: number, one: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => one(index));

/** From `least` to `most`. */
export const whole = (random: Random, least: number, most: number): number => least + random.below(most - least + 1);
