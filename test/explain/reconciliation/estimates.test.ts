/** The intervals keep their promise: simulated experiments of which the truth is known. */
import { describe, expect, test } from 'vitest';
import { meanEstimate } from '../../../src/benchmarks/statistics/mean-estimate.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import {
  coverageEstimate,
  explainedEstimate,
  lostEstimate,
  outcomeOf,
  restEstimate,
  sideEstimate,
} from '../../../src/explain/reconciliation/estimates.js';
import type { Estimate } from '../../../src/explain/reconciliation/reconciliation.js';
import { normal, sample } from '../../benchmarks/statistics/noise.js';

interface World {
  readonly native: number;
  readonly nativeSpread: number;
  readonly vm: number;
  readonly vmSpread: number;
  /** Of V, lost as the ledger shows it. */
  readonly share: number;
  readonly shareSpread: number;
}

const EXPERIMENTS = 2000;
const PIECES = 20;

function experiment({ native, nativeSpread, vm, vmSpread, share, shareSpread }: World, random: Random) {
  const around = (count: number, center: number, spread: number) =>
    sample(count, () => center + spread * normal(random));
  const n = sideEstimate(around(6, native, nativeSpread));
  const v = sideEstimate(around(12, vm, vmSpread));
  const pieces = meanEstimate(around(PIECES, share, shareSpread));
  const ofV = { share: pieces.mean, uncertainty: pieces };
  const lost = lostEstimate(n, v);
  const outcome = outcomeOf(lost);
  return {
    lost,
    outcome,
    explained: explainedEstimate(v, ofV),
    rest: restEstimate(n, v, ofV),
    coverage: coverageEstimate(n, v, ofV, outcome),
  };
}

const holds = ({ low, high }: Estimate, truth: number): boolean => low! <= truth && truth <= high!;

/** How many of all intervals hold the truth. */
function shareOfTrue(world: World, seed: number) {
  const { native, vm, share } = world;
  const random = Random.fromSeed(seed);
  const experiments = sample(EXPERIMENTS, () => experiment(world, random));
  const [lost, explained] = [vm - native, share * vm];
  const covered = experiments.flatMap(({ coverage }) => (coverage === null ? [] : [coverage]));
  const part = (count: number, of: number) => count / of;
  return {
    told: part(covered.length, EXPERIMENTS),
    lost: part(experiments.filter((each) => holds(each.lost, lost)).length, EXPERIMENTS),
    explained: part(experiments.filter((each) => holds(each.explained, explained)).length, EXPERIMENTS),
    rest: part(experiments.filter((each) => holds(each.rest, lost - explained)).length, EXPERIMENTS),
    coverage: part(covered.filter((each) => holds(each, explained / lost)).length, covered.length),
  };
}

/** Three standard errors of a share of 2,000 around 95 %. */
const [LEAST, MOST] = [0.93, 0.97];

describe.each<readonly [string, World]>([
  ['an exit each', { native: 70, nativeSpread: 60, vm: 46_000, vmSpread: 2000, share: 0.9, shareSpread: 0.02 }],
  ['a timer', { native: 350, nativeSpread: 40, vm: 650, vmSpread: 90, share: 0.43, shareSpread: 0.05 }],
  ['certain costs', { native: 100, nativeSpread: 0.1, vm: 200, vmSpread: 0.1, share: 0.3, shareSpread: 0.1 }],
  ['certain share', { native: 100, nativeSpread: 8, vm: 200, vmSpread: 10, share: 0.3, shareSpread: 0 }],
])('%s', (_, world) => {
  const shares = shareOfTrue(world, 7);

  test.each(['lost', 'explained', 'rest', 'coverage'] as const)('95 %% intervals: %s', (what) => {
    expect(shares.told).toBeGreaterThan(0.99);
    expect(shares[what]).toBeGreaterThan(LEAST);
    expect(shares[what]).toBeLessThan(MOST);
  });
});

describe('where nothing is lost', () => {
  test('a share is told in no more cases than the confidence admits', () => {
    const { told, lost } = shareOfTrue(
      { native: 200, nativeSpread: 35, vm: 200, vmSpread: 25, share: 0.05, shareSpread: 0.02 },
      11,
    );
    expect(lost).toBeGreaterThan(LEAST);
    expect(told).toBeLessThan(0.04);
  });

  test('and none where V is below N', () => {
    const [n, v] = [sideEstimate([200, 201, 199]), sideEstimate([100, 101, 99])];
    const lost = lostEstimate(n, v);
    expect(outcomeOf(lost)).toBe('gained');
    const share = { share: 0.5, uncertainty: { variance: 0.001, degrees: 19 } };
    expect(coverageEstimate(n, v, share, outcomeOf(lost))).toBeNull();
  });
});
