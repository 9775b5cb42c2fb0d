/** All metrics in numbers. */
import type { Pair } from '../../../../src/benchmarks/comparison/comparison.js';
import { formatFactor, formatRange, formatValue, mechanismName } from '../../../../src/report/comparison-words.js';
import { type Column, Table } from '../../design/table.jsx';
import { formatTime, shownText } from '../../design/text.js';
import { VerdictWord } from '../../design/verdicts.jsx';
import { pairKey } from './slowdowns.jsx';

const COLUMNS: readonly Column<Pair>[] = [
  {
    id: 'rank',
    title: 'rank',
    room: 'narrow',
    align: 'number',
    value: ({ rank }) => rank,
    show: ({ rank }) => rank ?? '–',
  },
  {
    id: 'benchmark',
    title: 'benchmark',
    value: ({ benchmark }) => benchmark,
    show: ({ benchmark }) => shownText(benchmark),
  },
  { id: 'metric', title: 'metric', value: ({ metric }) => metric, show: ({ metric }) => shownText(metric) },
  {
    id: 'slowdown',
    title: 'slowdown',
    hint: 'Above ×1 the VM is worse',
    align: 'number',
    value: ({ slowdown }) => slowdown,
    show: ({ slowdown }) => formatFactor(slowdown),
  },
  {
    id: 'ciLow',
    room: 'narrow',
    title: 'interval',
    align: 'number',
    value: ({ ciLow }) => ciLow,
    show: ({ ciLow, ciHigh }) => formatRange(ciLow, ciHigh),
  },
  {
    id: 'verdict',
    title: 'verdict',
    value: ({ verdict }) => verdict,
    show: ({ verdict }) => <VerdictWord verdict={verdict} />,
  },
  {
    id: 'q',
    room: 'medium',
    title: 'q',
    hint: 'Corrected for all metrics',
    align: 'number',
    value: ({ q }) => q,
    show: ({ q }) => q?.toPrecision(2) ?? '–',
  },
  {
    id: 'native',
    room: 'narrow',
    title: 'native',
    hint: 'Median',
    align: 'number',
    value: ({ native }) => native.median,
    show: ({ native, unit }) => formatValue(native.median, unit),
  },
  {
    id: 'vm',
    room: 'narrow',
    title: 'VM',
    hint: 'Median',
    align: 'number',
    value: ({ vm }) => vm.median,
    show: ({ vm, unit }) => formatValue(vm.median, unit),
  },
  {
    id: 'lost',
    room: 'wide',
    title: 'lost',
    hint: 'Time lost per value, where it is a time',
    unit: 'ns',
    align: 'number',
    value: ({ lostNs }) => lostNs,
    show: ({ lostNs }) => formatTime(lostNs),
  },
  {
    id: 'runs',
    title: 'runs',
    room: 'wide',
    align: 'number',
    value: ({ n }) => n[0] + n[1],
    show: ({ n }) => `${n[0]} + ${n[1]}`,
  },
  { id: 'mechanism', title: 'mechanism', room: 'wide', value: ({ mechanism }) => mechanismName(mechanism) },
];

interface PairTableProps {
  readonly pairs: readonly Pair[];
  readonly open: string | undefined;
  readonly onOpen: (key: string) => void;
}

export function PairTable({ pairs, open, onOpen }: PairTableProps) {
  return (
    <Table
      name="pairs"
      label="Benchmarks in numbers"
      columns={COLUMNS}
      rows={pairs}
      keyOf={pairKey}
      order={{ column: 'rank', isDescending: false }}
      onOpen={(pair) => onOpen(pairKey(pair))}
      isOpen={(pair) => pairKey(pair) === open}
      empty="No metric is like that."
    />
  );
}
