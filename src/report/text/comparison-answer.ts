/** The first screen of a comparison: whether it is fair, and the answer. */

import { counted } from '../../base/quantities.js';
import type { Comparison, Difference, Pair } from '../../benchmarks/comparison/comparison.js';
import {
  doubtsOf,
  FACTS_HINT,
  factWord,
  fairness,
  formatFact,
  formatFactor,
  formatInterval,
  formatLevel,
  formatMedians,
  formatQ,
  issueText,
  type Loss,
  lossesOf,
  mechanismName,
  slowComputation,
  VM_BEATS_NATIVE,
  verdictCounts,
  whereToLook,
  withVerdict,
} from '../comparison-words.js';
import { printable, printableMessage } from '../untrusted.js';
import { namedPair } from './pair-table.js';
import type { Style } from './style.js';
import { type Column, tableLines } from './table.js';

/** Slowdowns that the first screen names, and how wide their names may be. */
const NAMED = 5;
const WIDEST_NAME = 40;

/** Before any number: what makes the comparison unfair, and what nobody knows. */
export function fairnessLines(comparison: Comparison, style: Style): string[] {
  const { differences } = comparison;
  const { alike, unknown } = fairness(comparison);
  const what = counted(differences.length, 'thing');
  return [
    ...doubtsOf(comparison).map((issue) => style.warn(`Fair? ${issueText(issue)}`)),
    ...(differences.length === 0
      ? []
      : [
          style.warn(`Fair? The sides differ in ${what} beside the virtualization:`),
          ...tableLines(differences, DIFFERENCE_COLUMNS, style).slice(1),
        ]),
    ...(alike.length === 0 ? [] : [style.dim(`Alike on both sides: ${alike.join(', ')}.`)]),
    ...(unknown.length === 0
      ? []
      : [style.dim(`Fair? Not known of both sides: ${unknown.join(', ')} (${FACTS_HINT}).`)]),
  ];
}

const WIDEST_FACT = 60;
const DIFFERENCE_COLUMNS: readonly Column<Difference>[] = [
  { title: '', align: 'left', cell: ({ fact }) => factWord(fact) },
  {
    title: '',
    align: 'left',
    cell: ({ fact, native }) => `native ${printable(formatFact(fact, native))}`,
    widest: WIDEST_FACT,
  },
  { title: '', align: 'left', cell: ({ fact, vm }) => `VM ${printable(formatFact(fact, vm))}`, widest: WIDEST_FACT },
  { title: '', align: 'left', cell: ({ why }) => why },
];

export function answerLines(comparison: Comparison, style: Style): string[] {
  const { pairs } = comparison;
  const counts = pairs.length === 0 ? 'nothing to compare' : verdictCounts(comparison);
  return [
    `Native against VM, ${counted(pairs.length, 'metric')}: ${style.bold(counts)}.`,
    ...suiteLines(comparison, style),
    '',
    ...slowerLines(comparison, style),
    ...fasterLines(comparison, style),
  ];
}

function suiteLines({ geomean, options }: Comparison, style: Style): string[] {
  if (geomean === null) return [];
  const interval =
    geomean.ciLow === null
      ? 'too few for an interval'
      : `${formatLevel(options.confidence)} interval ${formatInterval(geomean.ciLow, geomean.ciHigh)}`;
  const of = counted(geomean.pairs, 'primary metric');
  return [`All together: ${style.bold(formatFactor(geomean.slowdown))} (geometric mean of ${of}, ${interval}).`];
}

function slowerLines(comparison: Comparison, style: Style): string[] {
  const losses = lossesOf(withVerdict(comparison, 'slower'));
  if (losses.length === 0) return nothingSlower(comparison, style);
  const { confidence, falseDiscoveryRate } = comparison.options;
  const more = losses.length - NAMED;
  const advice = slowComputation(comparison);
  return [
    `Slower in the VM, worst first by the low end of the ${formatLevel(confidence)} interval (at most ${formatLevel(falseDiscoveryRate)} false alarms expected):`,
    ...tableLines(losses.slice(0, NAMED), LOSS_COLUMNS, style)
      .slice(1)
      .map((line) => style.bold(line)),
    ...(more > 0 ? [`  … and ${counted(more, 'more benchmark')}, in the table below`] : []),
    ...(advice === undefined ? [] : [style.warn(printableMessage(advice))]),
  ];
}

const LOSS_COLUMNS: readonly Column<Loss>[] = [
  { title: '', align: 'left', cell: ({ pair }) => namedPair(pair, WIDEST_NAME) },
  { title: '', align: 'right', cell: ({ pair }) => formatFactor(pair.slowdown) },
  { title: '', align: 'left', cell: ({ pair }) => bracketed(pair) },
  { title: '', align: 'left', cell: ({ pair }) => printable(formatMedians(pair)) },
  { title: '', align: 'left', cell: ({ pair }) => formatQ(pair) },
  {
    title: '',
    align: 'left',
    cell: ({ pair, tail }) => printable([mechanismName(pair.mechanism), tailText(tail)].filter(Boolean).join('; ')),
  },
];

const bracketed = ({ ciLow, ciHigh }: Pair): string => (ciLow === null ? '' : `(${formatInterval(ciLow, ciHigh)})`);

const tailText = (tail: Pair | undefined): string =>
  tail === undefined ? '' : `${tail.metric} even ${formatFactor(tail.slowdown)}`;

/** That nothing is called slower can have several reasons; what looks worst so far is shown. */
function nothingSlower(comparison: Comparison, style: Style): string[] {
  if (comparison.pairs.length === 0) return ['There is no metric that both sides measured.'];
  const undecided = withVerdict(comparison, 'inconclusive', 'not-testable');
  if (undecided.length === 0) return ['Nothing is slower in the VM.'];
  const worst = lossesOf(undecided.filter(({ slowdown }) => slowdown !== null && slowdown > 1)).slice(0, NAMED);
  return [
    `Nothing is surely slower in the VM, but ${counted(undecided.length, 'metric')} could not be decided. ${whyUndecided(comparison)}`,
    ...(worst.length === 0 ? [] : ['The worst of them so far:']),
    ...tableLines(worst, LOSS_COLUMNS, style).slice(1),
  ];
}

function whyUndecided(comparison: Comparison): string {
  if (withVerdict(comparison, 'inconclusive').length === 0) {
    const hasRatio = withVerdict(comparison, 'not-testable').some(({ slowdown }) => slowdown !== null);
    return hasRatio
      ? 'One run a side decides nothing: give at least 4, better 10.'
      : 'There is no ratio of their values, which are zero, negative or too far apart.';
  }
  const tooFew = comparison.issues.find(({ code }) => code === 'too-few-runs');
  return tooFew === undefined ? 'More runs are needed.' : issueText(tooFew);
}

function fasterLines(comparison: Comparison, style: Style): string[] {
  const faster = withVerdict(comparison, 'faster').toReversed();
  if (faster.length === 0) return [];
  const more = faster.length - NAMED;
  return [
    '',
    style.warn('The VM beats native, the surest first:'),
    ...tableLines(faster.slice(0, NAMED), GAIN_COLUMNS, style).slice(1),
    ...(more > 0 ? [`  … and ${counted(more, 'more metric')}, at the end of the table below`] : []),
    VM_BEATS_NATIVE,
  ];
}

const GAIN_COLUMNS: readonly Column<Pair>[] = [
  { title: '', align: 'left', cell: (pair) => namedPair(pair, WIDEST_NAME) },
  { title: '', align: 'right', cell: ({ slowdown }) => formatFactor(slowdown) },
  { title: '', align: 'left', cell: (pair) => bracketed(pair) },
  { title: '', align: 'left', cell: (pair) => printable(formatMedians(pair)) },
  { title: '', align: 'left', cell: (pair) => formatQ(pair) },
  { title: '', align: 'left', cell: ({ mechanism }) => lookAt(mechanism) },
];

const lookAt = (mechanism: string | null): string => {
  const place = whereToLook(mechanism);
  return place === '' ? '' : `look at ${place}`;
};
