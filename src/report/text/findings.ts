/** What to change: the first lines on the first screen, and all of it at the end. */

import { formatNs, formatShare } from '../../base/quantities.js';
import type { Explanation } from '../../explain/explanation.js';
import { lostTimeNs } from '../../explain/sources.js';
import { wantedNs } from '../../findings/costs.js';
import type { Finding, Reference } from '../../findings/finding.js';
import { printableMessage } from '../untrusted.js';
import { proseWidth, type Style } from './style.js';
import { wrapped } from './wrap.js';

/** Findings that the first screen names. */
const FIRST_SHOWN = 3;

/** For the first screen: what is likely to gain time; of what asks to look closer or to record more, only the very first. */
export function adviceLines(explanation: Explanation, style: Style): string[] {
  const { findings } = explanation;
  if (findings.length === 0) return [];
  const shown = withOneAdvice(findings.filter(({ gain }, index) => index === 0 || gain.likelyNs > 0)).slice(
    0,
    FIRST_SHOWN,
  );
  const lines = shown.map((finding, index) => {
    const gain = finding.gain.likelyNs > 0 ? ` (likely gain ${gainText(finding, ofAll(explanation))})` : '';
    return `  ${index + 1}. ${style.bold(printableMessage(firstSentence(finding.remedy)))}${gain}`;
  });
  return [
    '',
    'What to change first (evidence and commands at the end):',
    ...lines.map((line) => wrapped(line, proseWidth(style))),
  ];
}

/** One finding for each first sentence of advice, with the gains of all that have it: several machines can need the same. */
function withOneAdvice(findings: readonly Finding[]): Finding[] {
  const byAdvice = new Map<string, Finding>();
  for (const finding of findings) {
    const advice = firstSentence(finding.remedy);
    const before = byAdvice.get(advice);
    const likelyNs = (before?.gain.likelyNs ?? 0) + finding.gain.likelyNs;
    byAdvice.set(advice, { ...(before ?? finding), gain: { ...finding.gain, likelyNs } });
  }
  return [...byAdvice.values()];
}

const firstSentence = (text: string): string => /^.*?[.;](?= |$)/.exec(text)?.[0].slice(0, -1) ?? text;

/** @param top findings shown in full */
export function findingLines(explanation: Explanation, top: number, style: Style): string[] {
  const { findings } = explanation;
  if (findings.length === 0) return [];
  const shown = findings.slice(0, top);
  const left = findings.length - shown.length;
  return [
    style.bold('Findings, by what changing them is likely to bring'),
    ...shown.flatMap((finding, index) => [...(index > 0 ? [''] : []), ...inFull(explanation, finding, index, style)]),
    ...(left > 0 ? [`  … and ${left} more (--top, or --json for all)`] : []),
  ];
}

function inFull(explanation: Explanation, finding: Finding, index: number, style: Style): string[] {
  const { gain } = finding;
  const most = `at most ${formatNs(gain.mostNs)}`;
  return [
    ...indented(style, `${index + 1}. `, finding.title, (line) => style.bold(line)),
    ...entry(
      style,
      'gain',
      gain.likelyNs > 0
        ? `likely ${gainText(finding, ofOwn(explanation, finding))}, ${most}. ${gain.reasoning}`
        : gain.reasoning,
    ),
    ...entry(style, 'seen', `${finding.evidence}${whereText(finding.references)}`),
    ...entry(style, 'change', finding.remedy),
    ...finding.knobs.flatMap(({ tool, text, does }) => [
      ...entry(style, '', `${tool}, ${does}:`),
      ...text.split('\n').map((line) => `${' '.repeat(INDENT + 2)}${style.bold(printableMessage(line))}`),
    ]),
    ...entry(style, 'risk', finding.risk),
    ...entry(style, 'verify', finding.verify),
    ...entry(style, 'rule', `${finding.rule}, confidence ${finding.confidence}: vmtoll rules ${finding.rule}`),
  ];
}

const INDENT = 11;

const entry = (style: Style, name: string, text: string): string[] => indented(style, name.padEnd(INDENT - 3), text);

function indented(style: Style, lead: string, text: string, paint = (line: string) => line): string[] {
  const first = `  ${lead}`;
  const rest = ' '.repeat(first.length);
  return wrapped(printableMessage(text), proseWidth(style) - first.length)
    .split('\n')
    .map((line, index) => `${index === 0 ? first : rest}${paint(line.trimStart())}`);
}

/** The time of which a gain is a share. */
interface GainBase {
  readonly wantedNs: number;
  /** For several machines, whose time that is. */
  readonly whose: string;
}

/** The denominator of the first screen: the time in which the guests wanted to run. */
function ofAll({ totals, sources, machines }: Explanation): GainBase {
  const whose = machines.length > 1 ? ' of the time in which all machines wanted to run' : '';
  return { wantedNs: totals.ledgerNs.guest + lostTimeNs(sources), whose };
}

/** The denominator of the title of a finding: the time in which its machine wanted to run. */
function ofOwn(explanation: Explanation, { machine: id }: Finding): GainBase {
  const machine = explanation.machines.find((one) => one.id === id);
  if (machine === undefined || explanation.machines.length === 1) return ofAll(explanation);
  return { wantedNs: wantedNs(machine), whose: ` of the time in which ${machine.id} wanted to run` };
}

const gainText = ({ gain }: Finding, { wantedNs: wanted, whose }: GainBase): string =>
  `${formatNs(gain.likelyNs)}, ${formatShare(gain.likelyNs, wanted)}${whose}`;

function whereText(references: readonly Reference[]): string {
  const places = references.map((reference) => placeOf(reference)).filter((place) => place !== undefined);
  return places.length === 0 ? '' : ` See ${places.join(', ')}.`;
}

function placeOf(reference: Reference): string | undefined {
  switch (reference.kind) {
    case 'configuration':
      return `${reference.source} line ${reference.line}`;
    case 'worst':
      return `the worst episode ${(reference.atNs / 1e9).toFixed(9)} s after the first event`;
    default:
      // Rows of the tables above, which the sentence before names.
      return undefined;
  }
}
