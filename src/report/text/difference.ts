/** A Difference as text: what changed and whether that is sure, then the tables. */

import { counted, formatNs, formatPercent } from '../../base/quantities.js';
import { isSure, weightOf } from '../../differences/compare.js';
import type { Difference, SideName, Untellable, Untold } from '../../differences/difference.js';
import { notRecordedText } from '../../differences/words.js';
import { printable, printableMessage } from '../untrusted.js';
import { rowTable } from './difference-rows.js';
import { type Style, styleFor } from './style.js';
import { wrapped } from './wrap.js';

export interface DifferenceTextOptions {
  readonly colour?: boolean;
  /** Characters of a line: of the terminal, or 100. */
  readonly width?: number;
  /** Rows per table. */
  readonly top?: number;
}

/** Rows of each kind on the first screen. */
const SHOWN = 4;

export function differenceText(
  difference: Difference,
  { colour = false, width, top = 12 }: DifferenceTextOptions = {},
) {
  const style = styleFor(colour, width);
  const sections = [
    answerLines(difference, style),
    ...mainLines(difference, style),
    placementLines(difference, style),
    findingLines(difference, style),
    allLines(difference, top, style),
    endLines(difference, style),
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
  return `${wrapped(text, style.width)}\n`;
}

function answerLines(difference: Difference, style: Style): string[] {
  const { rows, method, issues } = difference;
  const sure = rows.filter(isSure).length;
  const level = formatLevel(method.level);
  const sentence =
    method.tests === 0
      ? 'Nothing could be tested: these recordings do not tell how much they vary by themselves.'
      : sure === 0
        ? 'Nothing differs by more than what varies within the recordings.'
        : `${counted(sure, 'row')} of ${rows.length} ${sure === 1 ? 'differs' : 'differ'} by more than what varies within the recordings (the chance that any of them is a false alarm is at most ${level}).`;
  return [
    ...lostLines(difference, style),
    sure === 0 ? style.bold(sentence) : sentence,
    ...issues.map(({ message }) => style.warn(printableMessage(message))),
  ];
}

/** "5 %". */
const formatLevel = (level: number): string => `${Number((level * 100).toPrecision(3))} %`;

function lostLines({ lost, method, issues }: Difference, style: Style): string[] {
  if (lost === null) return ['On a side no guest wanted to run, as far as is known.'];
  const untested = issues.some(({ code }) => code === 'events-differ')
    ? ', which cannot be compared: the sides recorded different events'
    : '';
  const points = (lost.after - lost.before) * 100;
  const by = `${Math.abs(points).toFixed(1)} points ${points > 0 ? 'more' : 'less'}`;
  const range =
    lost.correctedLow === null || lost.correctedHigh === null
      ? ''
      : ` (${formatLevel(1 - method.level)} interval, corrected for ${counted(method.tests, 'comparison')}: ${signed(lost.correctedLow * 100)} to ${signed(lost.correctedHigh * 100)})`;
  const judgement =
    lost.p === null ? untested : lost.p <= method.level ? ', which is more than variation' : ', which can be variation';
  const share = (value: number) => formatPercent(value * 100);
  return [
    `Of the time in which they wanted to run the guests lost ${style.bold(`${share(lost.before)} before and ${share(lost.after)} after`)}: ${by}${range}${judgement}.`,
  ];
}

const signed = (value: number): string => (value > 0 ? `+${value.toFixed(1)}` : value.toFixed(1));

/** What is sure, by what it is; or else what is largest. */
function mainLines(difference: Difference, style: Style): string[][] {
  const main = difference.rows.filter(({ kind, vcpu }) => kind !== 'detail' && vcpu === null);
  const details = difference.rows.filter(({ kind }) => kind === 'detail');
  // A detail stands for itself only where its cause does not show it.
  const shownCauses = new Set(main.filter(isSure).map(({ machine, cause }) => `${machine} ${cause}`));
  const alone = details.filter((row) => isSure(row) && !shownCauses.has(`${row.machine} ${row.cause}`));
  const known = [...main.filter(isSure), ...alone];
  // Where only single vCPUs differ for sure, these rows stand for themselves.
  const sure = known.length > 0 ? known : difference.rows.filter(isSure);
  if (sure.length === 0) {
    const largest = main.filter((row) => weightOf(row) > 0).slice(0, SHOWN);
    if (largest.length === 0) return [];
    return [[style.bold('The largest changes, none of them sure'), ...rowTable(largest, difference, style)]];
  }
  const titles = [
    ['Better', ['better', 'gone']],
    ['Worse', ['worse', 'new']],
    ['Changed: neither good nor bad in itself, or share, time per guest time and exits do not agree', ['changed']],
  ] as const;
  return titles.map(([title, verdicts]) => {
    const rows = sure.filter(({ verdict }) => verdicts.some((one) => one === verdict));
    if (rows.length === 0) return [];
    const more = rows.length - SHOWN;
    return [
      style.bold(title),
      ...rowTable(rows.slice(0, SHOWN), difference, style),
      ...(more > 0 ? [style.dim(`  … and ${more} more below`)] : []),
    ];
  });
}

function placementLines({ placement, alignment }: Difference, style: Style): string[] {
  const moved = placement.filter(({ moves, pcpus }) => moves.before !== moves.after || pcpus.before !== pcpus.after);
  if (moved.length === 0) return [];
  const name = (machine: string, vcpu: number) =>
    alignment.machines.length > 1 ? `${printable(machine)} vCPU ${vcpu}` : `vCPU ${vcpu}`;
  const lines = moved.map(
    ({ machine, vcpu, moves, movesPerSecond, pcpus }) =>
      `  ${name(machine, vcpu)}: ${moves.before} (${movesPerSecond.before.toFixed(1)} /s) on ${counted(pcpus.before, 'pCPU')} → ${moves.after} (${movesPerSecond.after.toFixed(1)} /s) on ${counted(pcpus.after, 'pCPU')}`,
  );
  return [
    style.bold('Moves of vCPUs to another pCPU (counted, not tested)'),
    ...lines.slice(0, 2 * SHOWN),
    ...(lines.length > 2 * SHOWN ? [style.dim(`  … and ${lines.length - 2 * SHOWN} more vCPUs (--json)`)] : []),
  ];
}

function findingLines({ findings }: Difference, style: Style): string[] {
  const { gone, appeared, untoldAfter, untoldBefore, cannotTellAfter, cannotTellBefore } = findings;
  const all = [gone, appeared, untoldAfter, untoldBefore, cannotTellAfter, cannotTellBefore];
  if (all.every((some) => some.length === 0)) return [];
  return [
    style.bold('Findings'),
    ...gone.map(({ title }) => `  gone: ${printableMessage(title)}`),
    ...untoldAfter.map((one) => `  ${untoldText(one, 'after')}`),
    ...untoldBefore.map((one) => `  ${untoldText(one, 'before')}`),
    ...cannotTellAfter.map((one) => `  ${untellableText(one, 'after')}`),
    ...cannotTellBefore.map((one) => `  ${untellableText(one, 'before')}`),
    ...appeared.map(({ title }) => style.warn(`  new: ${printableMessage(title)}`)),
  ];
}

const UNTOLD_WORDS: Readonly<Record<Untold['because'], string>> = {
  threshold: 'below the threshold',
  'other findings': 'counted by others',
  'rule is silent': 'not told',
};

/** "below the threshold after: vm1 … (after: 1.20 ms, 0.12 %)". */
function untoldText({ finding, there, because, by }: Untold, side: SideName): string {
  const others = by.length > 0 ? `, in ${by.join(', ')}` : '';
  const cost = `${formatNs(there.costNs)}, ${formatPercent(100 * there.share)}${others}`;
  return `${UNTOLD_WORDS[because]} ${side}: ${printableMessage(finding.title)} (${side}: ${cost})`;
}

/** "cannot be told after: vm1 set its timer … (after: how long exits took was not recorded)". */
function untellableText({ finding, notRecorded }: Untellable, side: SideName): string {
  return `cannot be told ${side}: ${printableMessage(finding.title)} (${side}: ${notRecordedText(notRecorded)})`;
}

function allLines(difference: Difference, top: number, style: Style): string[] {
  const { rows } = difference;
  if (rows.length === 0) return [];
  const more = rows.length - top;
  return [
    style.bold('All rows, sure ones first'),
    ...rowTable(rows.slice(0, top), difference, style, true),
    ...(more > 0 ? [style.dim(`  … and ${more} more (--top, or --json for all)`)] : []),
  ];
}

function endLines({ before, after, alignment, method }: Difference, style: Style): string[] {
  const side = ({ sources, durationNs, exits, awakeNs, windows, grade }: Difference['before']) =>
    `${sources.map(printable).join(', ')}: ${formatNs(durationNs)}, ${counted(exits, 'exit')}, vCPUs awake ${formatNs(awakeNs)}, ${counted(windows, 'window')}, quality ${grade}`;
  const machines = alignment.machines.map((pair) => `${pair.before.id} = ${pair.after.id} by ${pair.by}`);
  const why = alignment.machines.some(({ by }) => by === 'order')
    ? ' (no name is the same on both sides; numbers of threads and processes are no names)'
    : '';
  return [
    style.bold('What was compared'),
    `  before: ${side(before)}`,
    `  after: ${side(after)}`,
    `  machines: ${machines.length === 0 ? 'none on both sides' : machines.join(', ')}${why}`,
    style.dim(
      `  Times are shares, and rates are per second, of the time in which vCPUs were awake: T without time kept out by the VMM and unknown time. ${method.tests} comparisons, block bootstrap with ${method.resamples} resamples, seed ${method.seed} (docs/differences.md).`,
    ),
  ];
}
