/** A Comparison as Markdown, for a pull request: the answer and the table, the rest folded up. */

import { counted } from '../../base/quantities.js';
import type { Comparison, Pair } from '../../benchmarks/comparison/comparison.js';
import {
  doubtsOf,
  FACTS_HINT,
  factWord,
  fairness,
  formatFact,
  formatFactor,
  formatInterval,
  formatLevel,
  formatValue,
  gapsOf,
  issueText,
  nameOf,
  onlyOn,
  slowComputation,
  undecidedBy,
  VM_BEATS_NATIVE,
  verdictCounts,
  whereToLook,
  withVerdict,
} from '../comparison-words.js';
import { printable, printableMessage } from '../untrusted.js';

/** Rows of a table, and items of a list; the rest is counted. */
const MOST_ROWS = 60;

const MARK: Readonly<Record<Pair['verdict'], string>> = {
  slower: '🔴 slower',
  faster: '🔵 faster',
  equivalent: '⚪ equivalent',
  inconclusive: '❔ inconclusive',
  'not-testable': '– not testable',
};

export function comparisonMarkdown(comparison: Comparison): string {
  const { pairs, unpaired } = comparison;
  const doubts = doubtsOf(comparison);
  const issues = comparison.issues.filter((issue) => !doubts.includes(issue));
  const tails = pairs.filter(({ role }) => role === 'tail');
  const undecided = withVerdict(comparison, 'inconclusive', 'not-testable');
  const gaps = gapsOf(unpaired);
  const blocks = [
    fairnessBlock(comparison),
    `**Native against VM**, ${counted(pairs.length, 'metric')}: **${verdictCounts(comparison) || 'nothing to compare'}**.${suite(comparison)}`,
    sentence(slowComputation(comparison)),
    fasterBlock(comparison),
    pairTable(pairs.filter(({ role }) => role !== 'tail')),
    details('Tails: percentiles and maxima within a run', tails.length, pairTable(tails)),
    ruleBlock(comparison),
    details(
      `${counted(undecided.length, 'metric')} undecided, which does not mean equal`,
      undecided.length,
      list(undecided.map((pair) => `${text(nameOf(pair))}: ${undecidedBy(pair)}`)),
    ),
    details(
      `${counted(unpaired.length, 'metric')} on one side only, and in no number here`,
      gaps.length,
      list(
        gaps.map(({ benchmark, side, metrics }) => `${text(benchmark)}, ${onlyOn(side)}: ${text(metrics.join(', '))}`),
      ),
    ),
    details(
      `${counted(issues.length, 'remark')} on the data`,
      issues.length,
      list(issues.map((issue) => `${issue.severity}: ${escaped(issueText(issue))}`)),
    ),
    legend(comparison),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function fairnessBlock(comparison: Comparison): string {
  const { differences } = comparison;
  const { unknown } = fairness(comparison);
  const rows = differences.map(
    ({ fact, native, vm, why }) =>
      `| ${factWord(fact)} | ${text(formatFact(fact, native))} | ${text(formatFact(fact, vm))} | ${why} |`,
  );
  const table = [
    '⚠️ The sides differ in more than the virtualization:',
    '',
    '| | native | VM | what that can do |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
  const asked = unknown.length === 0 ? '' : `Not known of both sides: ${unknown.join(', ')} (${escaped(FACTS_HINT)}).`;
  const doubts = doubtsOf(comparison).map((issue) => `⚠️ ${escaped(issueText(issue))}`);
  return [...doubts, differences.length === 0 ? '' : table, asked].filter((block) => block !== '').join('\n\n');
}

function suite({ geomean, options }: Comparison): string {
  if (geomean === null) return '';
  const interval =
    geomean.ciLow === null
      ? ''
      : `, ${formatLevel(options.confidence)} interval ${formatInterval(geomean.ciLow, geomean.ciHigh)}`;
  return ` All together **${formatFactor(geomean.slowdown)}** (geometric mean of ${counted(geomean.pairs, 'primary metric')}${interval}).`;
}

const sentence = (words: string | undefined): string => (words === undefined ? '' : escaped(printableMessage(words)));

function fasterBlock(comparison: Comparison): string {
  const faster = withVerdict(comparison, 'faster').toReversed();
  if (faster.length === 0) return '';
  const items = faster.map((pair) => {
    const place = whereToLook(pair.mechanism);
    return `${text(nameOf(pair))}: ${formatFactor(pair.slowdown)}${place === '' ? '' : `; look at ${escaped(place)}`}`;
  });
  return `**The VM beats native**. ${VM_BEATS_NATIVE}\n\n${list(items)}`;
}

function pairTable(pairs: readonly Pair[]): string {
  if (pairs.length === 0) return '';
  const row = (pair: Pair) =>
    [
      pair.rank ?? '',
      text(nameOf(pair)),
      text(formatValue(pair.native.median, pair.unit)),
      text(formatValue(pair.vm.median, pair.unit)),
      formatFactor(pair.slowdown),
      formatInterval(pair.ciLow, pair.ciHigh),
      pair.q === null ? '' : pair.q.toPrecision(2),
      MARK[pair.verdict],
      `${pair.n[0]} + ${pair.n[1]}`,
    ].join(' | ');
  const lines = [
    '| # | benchmark, metric | native | VM | slowdown | interval | q | verdict | runs |',
    '| --: | --- | --: | --: | --: | --- | --: | --- | --: |',
    ...pairs.slice(0, MOST_ROWS).map((pair) => `| ${row(pair)} |`),
  ];
  const more = pairs.length - MOST_ROWS;
  return [...lines, ...(more > 0 ? ['', `… and ${counted(more, 'more row')}.`] : [])].join('\n');
}

function ruleBlock({ mechanisms }: Comparison): string {
  const rows = mechanisms.map(({ name, slowdown, slower, pairs, expectation }) =>
    [text(name), formatFactor(slowdown), `${slower} of ${pairs}`, expectation ?? ''].join(' | '),
  );
  const table = [
    '| what it exercises | slowdown | slower | the general rule: in a guest it costs |',
    '| --- | --: | --: | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
  return details('By what the benchmarks exercise', mechanisms.length, table);
}

const legend = ({ options }: Comparison): string =>
  `A slowdown above 1 means that the VM is worse. Intervals hold with ${formatLevel(options.confidence)}; of all "slower" and "faster" ` +
  `at most ${formatLevel(options.falseDiscoveryRate)} are expected to be false alarms; "equivalent" is within ± ${formatLevel(options.equivalence)}.`;

function list(items: readonly string[]): string {
  const more = items.length - MOST_ROWS;
  return [...items.slice(0, MOST_ROWS), ...(more > 0 ? [`… and ${more} more`] : [])]
    .map((item) => `- ${item}`)
    .join('\n');
}

const details = (summary: string, count: number, body: string): string =>
  count === 0 ? '' : `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;

const text = (value: string | number): string => escaped(printable(String(value)));

/** Names are untrusted: nothing in them may become markup, a link, a mention or another cell. */
const escaped = (value: string): string =>
  value.replace(/[\\`*_[\]<>#|~@&$]|:(?=\/\/)|(?<=www)\./gi, (character) => `&#${character.charCodeAt(0)};`);
