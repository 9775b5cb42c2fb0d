/** A Comparison as text for a terminal: the answer first, then the tables, then what is unfair, missing and undecided. */

import type { Issue } from '../../base/issue.js';
import { formatCount } from '../../base/quantities.js';
import type { Comparison, Pair } from '../../benchmarks/comparison/comparison.js';
import {
  doubtsOf,
  formatFactor,
  formatLevel,
  gapsOf,
  issueText,
  nameOf,
  onlyOn,
  undecidedBy,
  withVerdict,
} from '../comparison-words.js';
import { printable } from '../untrusted.js';
import { answerLines, fairnessLines } from './comparison-answer.js';
import { pairTable } from './pair-table.js';
import { runLines } from './run-remarks.js';
import { COLOURED, PLAIN, type Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';
import { wrapped } from './wrap.js';

export interface ComparisonTextOptions {
  /** Rows per table. */
  readonly top?: number;
  readonly colour?: boolean;
  /** Characters per line that tables should fit into; they are never narrower than some 90. */
  readonly width?: number;
  /** Whether longer lines are broken between words, for a terminal. */
  readonly wrap?: boolean;
}

export const DEFAULT_WIDTH = 120;
export const DEFAULT_TOP = 24;

export function comparisonText(comparison: Comparison, options: ComparisonTextOptions = {}): string {
  const { top = DEFAULT_TOP, colour = false, width = DEFAULT_WIDTH, wrap = false } = options;
  const style = colour ? COLOURED : PLAIN;
  const sections = [
    fairnessLines(comparison, style),
    answerLines(comparison, style),
    ruleLines(comparison, width, style),
    metricLines(comparison, top, width, style),
    tailLines(comparison, top, width, style),
    runLines(comparison, top, style),
    undecidedLines(comparison, top, style),
    missingLines(comparison, top, style),
    issueLines(comparison, top, style),
  ];
  const text = `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
  return wrap ? wrapped(text, width) : text;
}

type Mechanism = Comparison['mechanisms'][number];

/** So wide that the general rule fits into its line beside the spread of slowdowns. */
const WIDE = 116;

function ruleLines({ mechanisms }: Comparison, width: number, style: Style): string[] {
  if (mechanisms.length === 0) return [];
  const spread: Column<Mechanism> = { title: 'least … most', align: 'left', cell: spreadText };
  const columns: Column<Mechanism>[] = [
    { title: 'what it exercises', align: 'left', cell: ({ name }) => printable(name), widest: 30 },
    { title: 'slowdown', align: 'right', cell: ({ slowdown }) => formatFactor(slowdown) },
    ...(width >= WIDE ? [spread] : []),
    { title: 'slower', align: 'right', cell: ({ slower, pairs }) => `${formatCount(slower)} of ${formatCount(pairs)}` },
    { title: 'the general rule: in a guest it costs', align: 'left', cell: ({ expectation }) => expectation ?? '' },
  ];
  return [style.bold('By what the benchmarks exercise'), ...tableLines(mechanisms, columns, style)];
}

const spreadText = ({ pairs, least, most }: Mechanism): string =>
  pairs === 1 ? '' : `${formatFactor(least)} … ${formatFactor(most)}`;

function metricLines({ pairs, options }: Comparison, top: number, width: number, style: Style): string[] {
  const metrics = pairs.filter(({ role }) => role !== 'tail');
  if (metrics.length === 0) return [];
  return [
    style.bold(
      `All metrics, worst first: slowdown (above 1 the VM is worse) and its ${formatLevel(options.confidence)} interval`,
    ),
    ...pairTable(metrics.slice(0, top), width, style),
    ...omitted(metrics.length - top, style),
  ];
}

/** What one run measured besides its mean: by benchmark, the worst first, from the middle of the distribution to its end. */
function tailLines({ pairs }: Comparison, top: number, width: number, style: Style): string[] {
  const tails = pairs.filter(({ role }) => role === 'tail');
  if (tails.length === 0) return [];
  const firstOf = new Map<string, number>();
  for (const { benchmark } of tails) if (!firstOf.has(benchmark)) firstOf.set(benchmark, firstOf.size);
  const ordered = tails.toSorted((a, b) => firstOf.get(a.benchmark)! - firstOf.get(b.benchmark)! || byQuantile(a, b));
  return [
    style.bold('Tails: percentiles and maxima within a run, by benchmark'),
    ...pairTable(ordered.slice(0, top), width, style),
    ...omitted(tails.length - top, style),
  ];
}

/** `read latency p99` before `read latency p99.9` before `read latency max`. */
function byQuantile(a: Pair, b: Pair): number {
  const [kindOfA, quantileOfA] = quantileIn(a.metric);
  const [kindOfB, quantileOfB] = quantileIn(b.metric);
  if (kindOfA !== kindOfB) return kindOfA < kindOfB ? -1 : 1;
  return quantileOfA - quantileOfB;
}

function quantileIn(metric: string): readonly [kind: string, quantile: number] {
  const [found, digits] = /\bp?(\d{1,3}(?:\.\d{1,6})?)(?:th)?\b/.exec(metric) ?? [];
  return found === undefined
    ? [metric.replace(/\bmax(?:imum)?\b/, ''), 100]
    : [metric.replace(found, ''), Number(digits)];
}

function undecidedLines(comparison: Comparison, top: number, style: Style): string[] {
  const undecided = withVerdict(comparison, 'inconclusive', 'not-testable');
  if (undecided.length === 0) return [];
  return [
    style.bold('Undecided, which does not mean equal'),
    ...undecided.slice(0, top).map((pair) => `  ${printable(nameOf(pair))}: ${undecidedBy(pair)}`),
    ...omitted(undecided.length - top, style),
  ];
}

function missingLines({ unpaired }: Comparison, top: number, style: Style): string[] {
  const gaps = gapsOf(unpaired);
  if (gaps.length === 0) return [];
  return [
    style.bold('Measured on one side only, and in no number above'),
    ...gaps
      .slice(0, top)
      .map(
        ({ benchmark, side, metrics }) =>
          `  ${printable(benchmark)}, ${onlyOn(side)}: ${printable(metrics.join(', '))}`,
      ),
    ...omitted(gaps.length - top, style),
  ];
}

const SEVERITIES: readonly Issue['severity'][] = ['error', 'warning', 'note'];

/** Those that are not on the first screen, the worst first. */
function issueLines(comparison: Comparison, top: number, style: Style): string[] {
  const doubts = doubtsOf(comparison);
  const issues = SEVERITIES.flatMap((severity) =>
    comparison.issues.filter((issue) => issue.severity === severity && !doubts.includes(issue)),
  );
  if (issues.length === 0) return [];
  return [
    style.bold('Remarks on the data'),
    ...issues.slice(0, top).map((issue) => {
      const text = `  ${issue.severity}: ${issueText(issue)}`;
      return issue.severity === 'note' ? style.dim(text) : style.warn(text);
    }),
    ...omitted(issues.length - top, style),
  ];
}
