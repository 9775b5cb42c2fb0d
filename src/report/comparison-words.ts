/** Words and numbers of a Comparison, the same in every report. */
import type { Comparison, Pair, Verdict } from '../benchmarks/comparison/comparison.js';
import { counted, formatCount, formatNs } from './quantities.js';

/** For example "×1.04", "×512", "×0.31". */
export function formatFactor(factor: number | null): string {
  if (factor === null || !Number.isFinite(factor)) return '–';
  if (factor >= 999.5) return `×${formatCount(factor)}`;
  return `×${factor >= 9.995 ? factor.toPrecision(3) : factor.toFixed(factor < 0.0995 ? 3 : 2)}`;
}

/** For example "×1.02 to ×1.09"; "–" where the runs are too few for an interval. */
export const formatInterval = (low: number | null, high: number | null): string =>
  low === null || high === null ? '–' : `${formatFactor(low)} to ${formatFactor(high)}`;

/** A value in its unit; times in the unit that suits them. */
export function formatValue(value: number, unit: string): string {
  if (unit === 'ns') return formatNs(value);
  if (unit.startsWith('ns/')) return `${formatNs(value)}/${unit.slice(3)}`;
  return `${formatNumber(value)} ${unit}`;
}

const PREFIXES = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e4, 'k'],
] as const;

function formatNumber(value: number): string {
  const [, prefix] = PREFIXES.find(([size]) => Math.abs(value) >= size) ?? [1, ''];
  const scaled = value / { T: 1e12, G: 1e9, M: 1e6, k: 1e3, '': 1 }[prefix];
  return `${Math.abs(scaled) >= 999.5 ? formatCount(scaled) : Number(scaled.toPrecision(3))}${prefix === '' ? '' : ` ${prefix}`}`;
}

export const nameOf = ({ benchmark, metric }: Pick<Pair, 'benchmark' | 'metric'>): string => `${benchmark}, ${metric}`;

/** How sure: "p 0.0022, q 0.011". */
export function formatCertainty({ p, q }: Pair): string {
  return p === null || q === null ? '' : `p ${p.toPrecision(2)}, q ${q.toPrecision(2)}`;
}

export const withVerdict = ({ pairs }: Comparison, ...verdicts: readonly Verdict[]): Pair[] =>
  pairs.filter(({ verdict }) => verdicts.includes(verdict));

/** For example "3 slower, 1 equivalent, 12 inconclusive". */
export function verdictCounts(comparison: Comparison): string {
  const verdicts: readonly Verdict[] = ['slower', 'faster', 'equivalent', 'inconclusive', 'not-testable'];
  return verdicts
    .map((verdict) => [withVerdict(comparison, verdict).length, verdict.replace('-', ' ')] as const)
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${formatCount(count)} ${verdict}`)
    .join(', ');
}

/** What an undecided pair would need. */
export function undecidedBy({ moreRuns, n }: Pair): string {
  const runs = `${n[0]} and ${n[1]} runs`;
  if (moreRuns === null) return `${runs}; no sensible number of runs would decide`;
  return `${runs}; about ${counted(moreRuns, 'more run')} per side would decide (estimate)`;
}

/** What to say first where V beats N. */
export const FASTER_ADVICE =
  'Where the VM is faster, look at the native side first: clock rate, mitigations, background work, cache of the disk, or another kernel.';
