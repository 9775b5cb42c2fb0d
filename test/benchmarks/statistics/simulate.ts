/** Experiments whose truth is known, as the comparison gets them. */
import type { SeriesPair } from '../../../src/benchmarks/comparison/pair.js';
import { DEFAULT_OPTIONS } from '../../../src/benchmarks/comparison/suite.js';
import type { Run, Series } from '../../../src/benchmarks/model.js';
import type { Random } from '../../../src/benchmarks/statistics/random.js';
import { normal, sample, skewed, uniform } from './noise.js';

export const OPTIONS = DEFAULT_OPTIONS;

/** Mean 0. */
export type Noise = (random: Random) => number;

/** One value in twenty comes from a distribution four times as wide: something else ran on the machine. */
const disturbed: Noise = (random) => normal(random) * (uniform(random) < 0.05 ? 4 : 1);

export const NOISES = { normal, skewed, disturbed } as const;
export type NoiseName = keyof typeof NOISES;

/** Runs of one value each. */
export const flatRuns = (logs: readonly number[]): Run[] => logs.map((log) => ({ values: [Math.exp(log)] }));

/** How the logarithms of values spread: between boots, and between the runs of one boot. */
export interface Spread {
  readonly boots: number;
  readonly runs: number;
  readonly between: number;
  readonly within: number;
}

/** Runs within boots around `center`, a logarithm. */
export function nestedRuns(
  { boots, runs, between, within }: Spread,
  center: number,
  noise: Noise,
  random: Random,
): Run[] {
  return sample(boots, (boot) => {
    const ofBoot = center + between * noise(random);
    return sample(runs, () => ({ values: [Math.exp(ofBoot + within * noise(random))], boot: `boot ${boot}` }));
  }).flat();
}

/** @param name tells the pairs of a suite apart */
export function pairOf(native: readonly Run[], vm: readonly Run[], name = 'simulated'): SeriesPair {
  const series = (runs: readonly Run[]): Series => ({
    benchmark: name,
    metric: 'time',
    unit: 'ns',
    better: 'lower',
    role: 'primary',
    runs,
  });
  return { native: series(native), vm: series(vm), mechanism: null };
}

/** By how much the share of `tries` that hit with probability `share` may miss it by chance: 3 standard errors. */
export const byChance = (share: number, tries: number): number => 3 * Math.sqrt((share * (1 - share)) / tries);
