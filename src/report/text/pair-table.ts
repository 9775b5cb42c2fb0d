/** Pairs of a comparison in rows, with their intervals drawn. */
import type { Pair } from '../../benchmarks/comparison/comparison.js';
import { formatFactor, formatRange, formatValue } from '../comparison-words.js';
import { printable } from '../untrusted.js';
import { drawIntervals } from './interval-plot.js';
import type { Style } from './style.js';
import { type Column, tableLines } from './table.js';

/** How a table can be laid out, the widest first: characters of the name and the plot, and whether it has the medians. */
const LAYOUTS = [
  { name: 50, plot: 40, hasMedians: true },
  { name: 44, plot: 28, hasMedians: true },
  { name: 36, plot: 22, hasMedians: true },
  { name: 30, plot: 16, hasMedians: true },
  { name: 26, plot: 12, hasMedians: true },
  { name: 36, plot: 22, hasMedians: false },
  { name: 30, plot: 16, hasMedians: false },
  { name: 24, plot: 12, hasMedians: false },
] as const;
type Layout = (typeof LAYOUTS)[number];

/** @param width of the terminal, in characters: the widest layout that fits is taken, else the narrowest */
export function pairTable(pairs: readonly Pair[], width: number, style: Style): string[] {
  let table: string[] = [];
  for (const layout of LAYOUTS) {
    table = tableLines(pairs, columnsOf(pairs, layout), style);
    // The title line may hold colours, and is never the longest.
    if (table.slice(1).every((line) => Array.from(line).length <= width)) break;
  }
  return table;
}

function columnsOf(pairs: readonly Pair[], { name, plot, hasMedians }: Layout): Column<Pair>[] {
  const intervals = drawIntervals(pairs, plot);
  const medians: Column<Pair>[] = [
    {
      title: 'native',
      align: 'right',
      cell: ({ native, unit }) => printable(formatValue(native.median, unit)),
      widest: 20,
    },
    { title: 'VM', align: 'right', cell: ({ vm, unit }) => printable(formatValue(vm.median, unit)), widest: 20 },
  ];
  return [
    { title: '#', align: 'right', cell: ({ rank }) => (rank === null ? '' : String(rank)) },
    { title: 'benchmark, metric', align: 'left', cell: (pair) => namedPair(pair, name) },
    ...(hasMedians ? medians : []),
    { title: 'slowdown', align: 'right', cell: ({ slowdown }) => formatFactor(slowdown) },
    { title: 'interval', align: 'left', cell: ({ ciLow, ciHigh }) => formatRange(ciLow, ciHigh) },
    { title: intervals.title, align: 'left', cell: (pair) => intervals.draw(pair) },
    { title: 'verdict', align: 'left', cell: ({ verdict }) => verdict.replace('-', ' ') },
    { title: 'runs', align: 'right', cell: ({ n }) => `${n[0]}+${n[1]}` },
  ];
}

/** The least that is left of the name of a benchmark, however long its metric's is. */
const LEAST_NAME = 8;

/** `benchmark, metric` in so many characters: of a long benchmark its beginning and its end, where parameters stand. */
export function namedPair({ benchmark, metric }: Pick<Pair, 'benchmark' | 'metric'>, width: number): string {
  const ofMetric = shortened(printable(metric), width - LEAST_NAME - 2);
  return `${shortened(printable(benchmark), width - Array.from(ofMetric).length - 2)}, ${ofMetric}`;
}

function shortened(text: string, width: number): string {
  const characters = Array.from(text);
  if (characters.length <= width) return text;
  const end = Math.floor((width - 1) / 3);
  return `${characters.slice(0, width - 1 - end).join('')}…${end === 0 ? '' : characters.slice(-end).join('')}`;
}
