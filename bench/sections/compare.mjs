// Judging a large benchmark suite: the statistics of `vmtoll compare`, without reading files.
import { comparePairs, DEFAULT_OPTIONS } from '../../dist/benchmarks/comparison/suite.js';
import { spread } from '../measure.mjs';
import { spreadText } from '../table.mjs';

export const id = 'compare';
export const title = 'Comparing two sides of a benchmark suite';

const PAIRS = 500;
const QUICK_PAIRS = 50;
const RUNS_PER_SIDE = 30;
const REPETITIONS = 3;
const MOST_SECONDS = 2;
/** Relative noise of a run, and the slowdown of every second metric. */
const NOISE = 0.05;
const SLOWDOWN = 1.1;
/** Of the clock, for the half of the metrics in which values are equal now and then. */
const RESOLUTION = 10;

/** Reproducible numbers between 0 and 1 (Lehmer's generator, "minimal standard"). */
function lehmer(/** @type {number} */ seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** One side of a metric: odd ones are nested, every second couple is measured by a coarse clock. */
function series(/** @type {number} */ index, /** @type {number} */ factor, /** @type {() => number} */ random) {
  const value = () => {
    const exact = 1000 * factor * Math.exp(NOISE * (random() + random() + random() + random() - 2));
    return index % 4 < 2 ? exact : Math.round(exact / RESOLUTION) * RESOLUTION;
  };
  const runs = Array.from({ length: RUNS_PER_SIDE }, () => ({
    values: Array.from({ length: index % 2 === 1 ? REPETITIONS : 1 }, value),
  }));
  return { benchmark: `benchmark ${index}`, metric: 'time', unit: 'ns', better: 'lower', role: 'primary', runs };
}

/** @param {{ quick: boolean, runs: number }} options */
export function run({ quick, runs }) {
  const random = lehmer(1);
  const count = quick ? QUICK_PAIRS : PAIRS;
  const pairs = Array.from({ length: count }, (_, index) => ({
    native: series(index, 1, random),
    vm: series(index, index % 8 < 4 ? 1 : SLOWDOWN, random),
    mechanism: null,
  }));
  const seconds = [];
  for (let repetition = 0; repetition <= runs; repetition++) {
    const start = performance.now();
    comparePairs(/** @type {any} */ (pairs), DEFAULT_OPTIONS);
    // The first one compiles.
    if (repetition > 0) seconds.push((performance.now() - start) / 1000);
  }
  const time = spread(seconds);
  const what = `seconds for ${count} metrics, 2 × ${RUNS_PER_SIDE} runs, ${DEFAULT_OPTIONS.resamples} resamples`;
  return {
    head: ['metrics', 'runs', 'time'],
    rows: [[String(count), `2 × ${RUNS_PER_SIDE}, every second with ${REPETITIONS} repetitions`, spreadText(time)]],
    notes: ['In one process, after a warm-up; half of the metrics have equal values.'],
    targets: [{ what, wanted: `≤ ${MOST_SECONDS}`, value: time.median, met: time.median <= MOST_SECONDS }],
    data: { pairs: count, seconds: time },
  };
}
