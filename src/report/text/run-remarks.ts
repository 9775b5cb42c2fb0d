/** Runs that do not look like draws from one distribution. */
import type { Comparison, Pair, SideSummary } from '../../benchmarks/comparison/comparison.js';
import { formatFactor } from '../comparison-words.js';
import { namedPair } from './pair-table.js';
import { profile } from './profile.js';
import type { Style } from './style.js';
import { omitted } from './table.js';

const WIDEST_NAME = 60;
/** Remarks take less room than tables: of each kind this part of their rows. */
const SHARE_OF_TOP = 1 / 3;
/** Positions of outliers that one line names. */
const MOST_POSITIONS = 6;

/** Each kind of remark with the benchmarks that it is about. */
export function runLines({ pairs }: Comparison, top: number, style: Style): string[] {
  return [
    ...remarks(
      pairs,
      orderText,
      'Order matters: later runs differ from earlier ones, so intervals may be too narrow; run both sides in turns',
      top,
      style,
    ),
    ...remarks(
      pairs,
      warmUpText,
      'Warm-up: the first repetition inside a run is slower, and is in the numbers (--skip-first 1 leaves it out)',
      top,
      style,
    ),
    ...remarks(
      pairs,
      outlierText,
      'Runs far from the others, kept in all numbers: look at what happened there',
      top,
      style,
    ),
  ];
}

type Remark = (side: SideSummary) => string;

const orderText: Remark = ({ changeAt, drift, values }) => {
  const found = [
    ...(changeAt === null ? [] : [`another level from run ${changeAt} on`]),
    ...(drift === 'none' ? [] : [`later runs are ${drift}`]),
  ];
  return found.length === 0 ? '' : `${found.join(', ')} ${profile(values)}`;
};

const warmUpText: Remark = ({ firstRepetition }) => (firstRepetition === null ? '' : formatFactor(firstRepetition));

const outlierText: Remark = ({ outliers }) => {
  if (outliers.length === 0) return '';
  const more = outliers.length > MOST_POSITIONS ? ', …' : '';
  return `run ${outliers.slice(0, MOST_POSITIONS).join(', ')}${more}`;
};

/** A line for each pair that there is something to say of; none, and no title, where there is nothing. */
function remarks(pairs: readonly Pair[], textOf: Remark, title: string, top: number, style: Style): string[] {
  const lines = pairs.flatMap((pair) => {
    const ofSides = [
      ['native', textOf(pair.native)],
      ['VM', textOf(pair.vm)],
    ].filter(([, text]) => text !== '');
    if (ofSides.length === 0) return [];
    return [`  ${namedPair(pair, WIDEST_NAME)}: ${ofSides.map(([side, text]) => `${side} ${text}`).join('; ')}`];
  });
  if (lines.length === 0) return [];
  const most = Math.ceil(top * SHARE_OF_TOP);
  return [style.bold(title), ...lines.slice(0, most), ...omitted(lines.length - most, style)];
}
