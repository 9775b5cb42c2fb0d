/** A Comparison as text for a terminal: the answer first, then the table, then what is unfair, missing and undecided. */
import type { Comparison, Pair } from '../../benchmarks/comparison/comparison.js';
import {
  FASTER_ADVICE,
  formatCertainty,
  formatFactor,
  formatInterval,
  formatValue,
  nameOf,
  undecidedBy,
  verdictCounts,
  withVerdict,
} from '../comparison-words.js';
import { counted, formatNs, formatPercent } from '../quantities.js';
import { printable, printableMessage } from '../untrusted.js';
import { drawIntervals } from './interval-plot.js';
import { COLOURED, PLAIN, type Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';

export interface ComparisonTextOptions {
  /** Rows per table. */
  readonly top?: number;
  readonly colour?: boolean;
}

/** Slowdowns that the first screen names. */
const NAMED = 3;

export function comparisonText(comparison: Comparison, { top = 24, colour = false }: ComparisonTextOptions = {}): string {
  const style = colour ? COLOURED : PLAIN;
  const sections = [
    differenceLines(comparison, style),
    answerLines(comparison, style),
    ruleLines(comparison, style),
    pairLines(comparison, top, style),
    runLines(comparison, top, style),
    undecidedLines(comparison, top, style),
    missingLines(comparison, top, style),
    issueLines(comparison, style),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** Before any number: what makes the comparison unfair. */
function differenceLines({ differences }: Comparison, style: Style): string[] {
  if (differences.length === 0) return [];
  const fact = (value: string | number) => printable(String(value));
  return [
    style.warn(`The two sides differ in ${counted(differences.length, 'thing')} beside the virtualization:`),
    ...differences.map(({ fact: name, native, vm, why }) => `  ${name}: native ${fact(native)}, VM ${fact(vm)}: ${why}`),
  ];
}

function answerLines(comparison: Comparison, style: Style): string[] {
  const { pairs, geomean, options } = comparison;
  const slower = withVerdict(comparison, 'slower');
  const confidence = formatPercent(options.confidence * 100);
  const suite =
    geomean === null
      ? []
      : [
          `All together: ${style.bold(formatFactor(geomean.slowdown))} (geometric mean of ${counted(geomean.pairs, 'primary metric')}, ${confidence} interval ${formatInterval(geomean.ciLow, geomean.ciHigh)})`,
        ];
  return [
    `Native against VM, ${counted(pairs.length, 'metric')}: ${verdictCounts(comparison)}.`,
    ...suite,
    '',
    ...(slower.length === 0
      ? ['Nothing is significantly slower in the VM.']
      : [`Significantly slower in the VM, the surest loss first:`, ...slower.slice(0, NAMED).map(namedLoss(style))]),
    ...fasterLines(comparison, style),
  ];
}

const namedLoss = (style: Style) => (pair: Pair, index: number) => {
  const lost = pair.lostNs === null ? '' : `, ${pair.lostNs < 0 ? '' : '+'}${formatNs(pair.lostNs)} each`;
  const name = style.bold(printable(nameOf(pair)));
  return `  ${index + 1}. ${name}: ${formatFactor(pair.slowdown)} (${formatInterval(pair.ciLow, pair.ciHigh)}, ${formatCertainty(pair)})${lost}`;
};

function fasterLines(comparison: Comparison, style: Style): string[] {
  const faster = withVerdict(comparison, 'faster');
  if (faster.length === 0) return [];
  const named = faster.slice(-NAMED).map((pair) => `${printable(nameOf(pair))} (${formatFactor(pair.slowdown)})`);
  return [style.warn(`Faster in the VM: ${named.join(', ')}. ${FASTER_ADVICE}`)];
}

function ruleLines({ mechanisms }: Comparison, style: Style): string[] {
  if (mechanisms.length === 0) return [];
  const columns: Column<Comparison['mechanisms'][number]>[] = [
    { title: 'what it exercises', align: 'left', cell: ({ name }) => name },
    { title: 'slowdown', align: 'right', cell: ({ slowdown }) => formatFactor(slowdown) },
    {
      title: 'from … to',
      align: 'left',
      cell: ({ pairs, least, most }) => (pairs === 1 ? '' : `${formatFactor(least)} … ${formatFactor(most)} (${pairs})`),
    },
    { title: 'the general rule: in a guest it costs', align: 'left', cell: ({ expectation }) => expectation },
  ];
  return [style.bold('By what the benchmarks exercise'), ...tableLines(mechanisms, columns, style)];
}

function pairLines({ pairs }: Comparison, top: number, style: Style): string[] {
  const shown = pairs.slice(0, top);
  const plot = drawIntervals(shown);
  const columns: Column<Pair>[] = [
    { title: '', align: 'right', cell: ({ rank }) => (rank === null ? '' : String(rank)) },
    { title: 'benchmark, metric', align: 'left', cell: (pair) => printable(nameOf(pair)), widest: 44 },
    { title: 'native', align: 'right', cell: ({ native, unit }) => printable(formatValue(native.median, unit)) },
    { title: 'VM', align: 'right', cell: ({ vm, unit }) => printable(formatValue(vm.median, unit)) },
    { title: 'slowdown', align: 'right', cell: ({ slowdown }) => formatFactor(slowdown) },
    { title: 'interval', align: 'left', cell: ({ ciLow, ciHigh }) => formatInterval(ciLow, ciHigh) },
    { title: plot.title, align: 'left', cell: (pair) => plot.draw(pair) },
    { title: 'verdict', align: 'left', cell: ({ verdict }) => verdict.replace('-', ' ') },
    { title: 'n', align: 'right', cell: ({ n }) => `${n[0]}+${n[1]}` },
  ];
  return [
    style.bold('All metrics: medians, slowdown (above 1 the VM is worse) and its interval'),
    ...tableLines(shown, columns, style),
    ...omitted(pairs.length - top, style),
  ];
}

/** Runs that do not look like draws from one distribution. */
function runLines({ pairs }: Comparison, top: number, style: Style): string[] {
  const remarks = pairs.flatMap((pair) =>
    (['native', 'vm'] as const).flatMap((side) => {
      const { outliers, changeAt, drift } = pair[side];
      const said = [
        ...(outliers.length > 0 ? [`run ${outliers.slice(0, 6).join(', ')} far from the others`] : []),
        ...(changeAt === null ? [] : [`another level from run ${changeAt} on`]),
        ...(drift === 'none' ? [] : [`later runs are ${drift}`]),
      ];
      if (said.length === 0) return [];
      return [`  ${printable(nameOf(pair))}, ${side === 'vm' ? 'VM' : 'native'}: ${said.join('; ')}`];
    }),
  );
  if (remarks.length === 0) return [];
  return [
    style.bold('Runs to look at: their order matters, so the intervals may be too narrow'),
    ...remarks.slice(0, top),
    ...omitted(remarks.length - top, style),
  ];
}

function undecidedLines(comparison: Comparison, top: number, style: Style): string[] {
  const undecided = withVerdict(comparison, 'inconclusive', 'not-testable');
  if (undecided.length === 0) return [];
  const line = (pair: Pair) => {
    const why =
      pair.verdict === 'inconclusive' ? undecidedBy(pair) : `${pair.n[0]} and ${pair.n[1]} runs: repeat the benchmark`;
    return `  ${printable(nameOf(pair))}: ${pair.verdict.replace('-', ' ')}, ${why}`;
  };
  return [
    style.bold('Undecided'),
    ...undecided.slice(0, top).map(line),
    ...omitted(undecided.length - top, style),
  ];
}

function missingLines({ unpaired }: Comparison, top: number, style: Style): string[] {
  if (unpaired.length === 0) return [];
  const line = ({ side, ...series }: Comparison['unpaired'][number]) =>
    `  ${printable(nameOf(series))} [${printable(series.unit)}]: only ${side === 'vm' ? 'in the VM' : 'natively'}`;
  return [
    style.bold('Measured on one side only, and in no number above'),
    ...unpaired.slice(0, top).map(line),
    ...omitted(unpaired.length - top, style),
  ];
}

function issueLines({ issues }: Comparison, style: Style): string[] {
  if (issues.length === 0) return [];
  return [
    style.bold('Remarks on the data'),
    ...issues.map(({ severity, source, message, hint }) => {
      const where = source === undefined || message.includes(source) ? '' : `${printable(source)}: `;
      const text = `  ${severity}: ${where}${printableMessage(message)}${hint === undefined ? '' : ` ${printableMessage(hint)}`}`;
      return severity === 'note' ? style.dim(text) : style.warn(text);
    }),
  ];
}
