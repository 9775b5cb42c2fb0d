/** A Comparison as Markdown, for a pull request. */
import type { Comparison, Pair } from '../../benchmarks/comparison/comparison.js';
import {
  FASTER_ADVICE,
  formatFactor,
  formatInterval,
  formatValue,
  nameOf,
  undecidedBy,
  verdictCounts,
  withVerdict,
} from '../comparison-words.js';
import { counted, formatPercent } from '../quantities.js';
import { printable, printableMessage } from '../untrusted.js';

/** Rows of the table; the rest is counted. */
const MOST_ROWS = 60;

const MARK: Record<Pair['verdict'], string> = {
  slower: '🔴 slower',
  faster: '🟢 faster',
  equivalent: '⚪ equivalent',
  inconclusive: '❔ inconclusive',
  'not-testable': '– not testable',
};

export function comparisonMarkdown(comparison: Comparison): string {
  const { geomean, options, differences, pairs, unpaired, issues } = comparison;
  const faster = withVerdict(comparison, 'faster');
  const undecided = withVerdict(comparison, 'inconclusive');
  const blocks = [
    `**Native against VM**, ${counted(pairs.length, 'metric')}: ${verdictCounts(comparison)}.`,
    geomean === null
      ? ''
      : `Geometric mean of ${counted(geomean.pairs, 'primary metric')}: **${formatFactor(geomean.slowdown)}** (${formatPercent(options.confidence * 100)} interval ${formatInterval(geomean.ciLow, geomean.ciHigh)}). Above 1 the VM is worse.`,
    list(
      'The two sides differ beside the virtualization:',
      differences.map(({ fact, native, vm, why }) => `${fact}: native ${text(native)}, VM ${text(vm)}: ${why}`),
    ),
    pairTable(pairs.slice(0, MOST_ROWS)),
    pairs.length > MOST_ROWS ? `… and ${pairs.length - MOST_ROWS} more metrics.` : '',
    faster.length === 0 ? '' : FASTER_ADVICE,
    details(
      `${counted(undecided.length, 'metric')} undecided`,
      undecided.map((pair) => `${text(nameOf(pair))}: ${undecidedBy(pair)}`),
    ),
    details(
      `${counted(unpaired.length, 'metric')} measured on one side only`,
      unpaired.map(({ side, ...series }) => `${text(nameOf(series))}: ${side}`),
    ),
    details(
      counted(issues.length, 'remark'),
      issues.map(({ message, hint }) => escaped(printableMessage(`${message}${hint === undefined ? '' : ` ${hint}`}`))),
    ),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function pairTable(pairs: readonly Pair[]): string {
  const row = (pair: Pair) =>
    [
      pair.rank ?? '',
      text(nameOf(pair)),
      text(formatValue(pair.native.median, pair.unit)),
      text(formatValue(pair.vm.median, pair.unit)),
      formatFactor(pair.slowdown),
      formatInterval(pair.ciLow, pair.ciHigh),
      MARK[pair.verdict],
      `${pair.n[0]} + ${pair.n[1]}`,
    ].join(' | ');
  return [
    '| # | benchmark, metric | native | VM | slowdown | interval | verdict | runs |',
    '| --: | --- | --: | --: | --: | --- | --- | --: |',
    ...pairs.map((pair) => `| ${row(pair)} |`),
  ].join('\n');
}

const list = (title: string, items: readonly string[]): string =>
  items.length === 0 ? '' : [title, '', ...items.map((item) => `- ${item}`)].join('\n');

const details = (summary: string, items: readonly string[]): string =>
  items.length === 0
    ? ''
    : `<details><summary>${summary}</summary>\n\n${items.map((item) => `- ${item}`).join('\n')}\n\n</details>`;

const text = (value: string | number): string => escaped(printable(String(value)));

/** Names are untrusted: nothing in them may become markup, a link, a mention or another cell. */
const escaped = (value: string): string =>
  value.replace(/[\\`*_[\]<>#|~@&]|:(?=\/\/)|(?<=www)\./gi, (character) => `&#${character.charCodeAt(0)};`);
