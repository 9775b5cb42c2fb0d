/**
 * The numbers of a reconciliation with their intervals.
 *
 * With N and V the costs of an operation on the two sides and e the share of V's time that the ledger shows as lost:
 * lost L = V − N, explained E = e·V, coverage E / L, rest L − E. N is uncertain by its runs, V by its runs (or repetitions),
 * e by the pieces of the window; the three are taken as independent. In one and the same run V and e rise together, which
 * makes the interval of E / L rather too wide than too narrow.
 */
import { fiellerInterval } from '../../benchmarks/statistics/fieller.js';
import {
  combined,
  criticalT,
  intervalAround,
  meanEstimate,
  type VariancePart,
} from '../../benchmarks/statistics/mean-estimate.js';
import type { Estimate, Outcome } from './reconciliation.js';

export const CONFIDENCE = 0.95;

/** The mean of the samples; of a single one nobody knows how far it may be off. */
export interface Side {
  readonly mean: number;
  readonly uncertainty: VariancePart | null;
}

export function sideEstimate(samples: readonly number[]): Side {
  if (samples.length < 2) return { mean: samples[0], uncertainty: null };
  const estimate = meanEstimate(samples);
  return { mean: estimate.mean, uncertainty: estimate };
}

/** The share of V's time that is explained. */
export interface Share {
  readonly share: number;
  readonly uncertainty: VariancePart;
}

const CERTAIN: VariancePart = { variance: 0, degrees: Infinity };

const scaled = ({ variance, degrees }: VariancePart, factor: number): VariancePart => ({
  variance: variance * factor * factor,
  degrees,
});

const pointOnly = (value: number): Estimate => ({ value, low: null, high: null });

/** Times that are not negative have no negative bounds. */
function around(value: number, parts: readonly VariancePart[], least = -Infinity): Estimate {
  const { low, high } = intervalAround(value, parts, CONFIDENCE);
  return { value, low: Math.max(least, low), high };
}

export const costEstimate = ({ mean, uncertainty }: Side): Estimate =>
  uncertainty === null ? pointOnly(mean) : around(mean, [uncertainty], 0);

/** b − a. */
export function differenceEstimate(a: Side, b: Side): Estimate {
  const value = b.mean - a.mean;
  if (a.uncertainty === null || b.uncertainty === null) return pointOnly(value);
  return around(value, [a.uncertainty, b.uncertainty]);
}

/** The VM's only value is exact for its window, so that only the native side needs several. */
export function lostEstimate(native: Side, vm: Side): Estimate {
  return differenceEstimate(native, { ...vm, uncertainty: vm.uncertainty ?? CERTAIN });
}

export function outcomeOf({ low, high }: Estimate): Outcome {
  if (low === null || high === null) return 'not-testable';
  if (low > 0) return 'lost';
  return high < 0 ? 'gained' : 'not-significant';
}

export function explainedEstimate({ mean, uncertainty }: Side, { share, uncertainty: ofShare }: Share): Estimate {
  return around(share * mean, [scaled(ofShare, mean), scaled(uncertainty ?? CERTAIN, share)], 0);
}

export function restEstimate(native: Side, vm: Side, { share, uncertainty }: Share): Estimate {
  const value = vm.mean * (1 - share) - native.mean;
  if (native.uncertainty === null) return pointOnly(value);
  const parts = [scaled(vm.uncertainty ?? CERTAIN, 1 - share), scaled(uncertainty, vm.mean), native.uncertainty];
  return around(value, parts);
}

/** E / L; null where nothing was lost, or where that is not certain. Its interval is Fieller's. */
export function coverageEstimate(
  native: Side,
  vm: Side,
  { share, uncertainty }: Share,
  outcome: Outcome,
): Estimate | null {
  const lost = vm.mean - native.mean;
  const explained = share * vm.mean;
  if (!(lost > 0) || outcome === 'gained' || outcome === 'not-significant') return null;
  const value = explained / lost;
  if (native.uncertainty === null) return pointOnly(value);
  const [ofShare, ofVm, ofNative] = [scaled(uncertainty, vm.mean), vm.uncertainty ?? CERTAIN, native.uncertainty];
  const error = combined([ofShare, scaled(ofVm, share - value), scaled(ofNative, value)]);
  const interval = fiellerInterval(
    {
      numerator: explained,
      denominator: lost,
      varianceOfNumerator: ofShare.variance + share * share * ofVm.variance,
      varianceOfDenominator: ofVm.variance + ofNative.variance,
      covariance: share * ofVm.variance,
    },
    criticalT(error, CONFIDENCE),
  );
  return interval === null ? null : { value, low: Math.max(0, interval.low), high: interval.high };
}
