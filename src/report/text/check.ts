/** A checked budget as text: whether it holds, then one line a limit. */

import { counted } from '../../base/quantities.js';
import type { Check, CheckedLimit } from '../../budgets/check.js';
import { formatAmounts } from '../limit-amounts.js';
import { printable, printableMessage } from '../untrusted.js';
import { COLOURED, PLAIN, type Style } from './style.js';
import { type Column, tableLines } from './table.js';
import { wrapped } from './wrap.js';

export interface CheckTextOptions {
  readonly colour?: boolean;
  /** Columns of the terminal; without it no line is broken. */
  readonly width?: number;
}

export function checkText(check: Check, { colour = false, width }: CheckTextOptions = {}): string {
  const style = colour ? COLOURED : PLAIN;
  const lines = [
    headline(check, style),
    '',
    ...limitLines(check, style),
    ...brokenLines(check, style),
    ...unjudgedLines(check, style),
  ];
  const text = `${lines.join('\n')}\n`;
  return width === undefined ? text : wrapped(text, width);
}

function headline({ verdict, counts, budget, recordings, limits }: Check, style: Style): string {
  const about = `${printable(budget)} on ${recordings.map(printable).join(', ')}`;
  const parts = [
    ...(counts.broken > 0
      ? [`${counts.broken} of ${counted(limits.length, 'limit')} ${areOrIs(counts.broken)} broken`]
      : []),
    ...(counts.unjudged > 0 ? [`${counts.unjudged} cannot be judged`] : []),
    ...(counts.broken === 0
      ? [counts.unjudged === 0 ? allHold(limits.length) : `${counts.ok} ${counts.ok === 1 ? 'holds' : 'hold'}`]
      : []),
  ];
  const word = verdict === 'ok' ? 'Within budget' : counts.broken > 0 ? 'Over budget' : 'Not judged';
  const text = `${word}: ${parts.join(', ')}`;
  return `${verdict === 'ok' ? style.bold(text) : style.bold(style.warn(text))} (${about}).`;
}

const areOrIs = (count: number): string => (count === 1 ? 'is' : 'are');
const allHold = (count: number): string => (count === 1 ? 'its only limit holds' : `all ${count} limits hold`);

const WORDS = { ok: 'ok', broken: 'BROKEN', unjudged: 'NOT JUDGED' } as const;
const WIDEST_NAME = 52;

/** In the order of the budget: one line a limit. */
function limitLines({ limits }: Check, style: Style): string[] {
  const columns: Column<CheckedLimit>[] = [
    { title: '', align: 'left', cell: ({ verdict }) => WORDS[verdict] },
    { title: 'limit', align: 'left', cell: limitName, widest: WIDEST_NAME },
    { title: 'measured', align: 'right', cell: measuredText },
    { title: '', align: 'left', cell: limitText },
  ];
  const [title, ...rows] = tableLines(limits, columns, style);
  return [title, ...rows.map((row, index) => (limits[index].verdict === 'ok' ? row : style.warn(row)))];
}

function limitName({ name, machine }: CheckedLimit): string {
  return machine === null ? printable(name) : `${printable(machine)}: ${printable(name)}`;
}

function measuredText(limit: CheckedLimit): string {
  const { measured, lowest, highest, verdict } = limit;
  if (measured === null) return verdict === 'ok' ? 'none' : '–';
  const [text] = formatAmounts(measured, limit.limit, limit.unit);
  if (typeof measured !== 'number' || (lowest === measured && highest === measured)) return text;
  if (lowest === measured) return highest === null ? `at least ${text}` : `${text} or more`;
  return highest === measured ? `at most ${text}` : `roughly ${text}`;
}

function limitText({ sense, measured, limit, unit, verdict, note }: CheckedLimit): string {
  const remark = verdict === 'ok' && note !== null ? `, ${printableMessage(note)}` : '';
  const [, text] = formatAmounts(measured ?? limit, limit, unit);
  return `at ${sense} ${text}${remark}`;
}

/** What makes most of the numbers that are too large. */
function brokenLines({ limits }: Check, style: Style): string[] {
  const explained = limits.filter(({ verdict, note }) => verdict === 'broken' && note !== null);
  if (explained.length === 0) return [];
  return ['', style.bold('What is behind it'), ...explained.map(noteLine)];
}

const noteLine = (limit: CheckedLimit): string =>
  `  ${limitName(limit)} (line ${limit.line}): ${printableMessage(limit.note ?? '')}`;

/** Why, and what to do about it. */
function unjudgedLines({ limits, counts, allowsUnjudged }: Check, style: Style): string[] {
  const unjudged = limits.filter(({ verdict }) => verdict === 'unjudged');
  if (unjudged.length === 0) return [];
  const effect = allowsUnjudged
    ? 'That is allowed here (--allow-unjudged).'
    : `That breaks the gate${counts.broken > 0 ? ' as well' : ''}: what nobody measured is not known to hold (--allow-unjudged lets it pass).`;
  const remedies = new Set(unjudged.flatMap(({ remedy }) => remedy ?? []));
  return [
    '',
    style.bold('Not judged, for this recording does not tell'),
    ...unjudged.map(noteLine),
    ...[...remedies].map((remedy) => `  ${printableMessage(remedy)}`),
    `  ${effect}`,
  ];
}
