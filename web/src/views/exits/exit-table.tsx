/** Exits in numbers: counts, costs, percentiles, and how their lengths are distributed. */
import type { ExitNode } from '../../books/exit-tree.js';
import { COST_NAMES, type CostKind, costOf } from '../../books/measures.js';
import { type Column, Table } from '../../design/table.jsx';
import { formatCount, formatRate, formatShare, formatTime, shownName } from '../../design/text.js';
import { explains } from '../../design/tooltip.jsx';
import type { Explanation } from '../../engine/engine.js';
import { AccountStrip } from './account-strip.jsx';
import { DistributionStrip, type TimeScale } from './distribution-strip.jsx';

interface ExitTableProps {
  readonly explanation: Explanation;
  readonly nodes: readonly ExitNode[];
  readonly kind: CostKind;
}

export function ExitTable({ explanation, nodes, kind }: ExitTableProps) {
  return (
    <Table
      name="exits"
      label="Exits"
      columns={columnsOf(explanation, nodes, kind)}
      rows={nodes}
      keyOf={({ key }) => key}
      order={{ column: 'cost', isDescending: true }}
      isLast={isKeptOut}
      childrenOf={({ children }) => children}
      empty="No exits are like that."
      tools={<span class="quiet">Percentiles are of the time from an exit to the next entry.</span>}
    />
  );
}

/** Time in which the VMM kept vCPUs out is no exit's cost: it comes last. */
const isKeptOut = ({ cause, level }: ExitNode): boolean => level === 'cause' && cause === 'vm-control';

/** Of functions only guest delay is known. */
const costOfNode = ({ ledgerNs, guestDelayNs }: ExitNode, kind: CostKind): number | null =>
  ledgerNs === null ? (kind === 'delay' ? guestDelayNs : null) : costOf(ledgerNs, kind);

function columnsOf(explanation: Explanation, nodes: readonly ExitNode[], kind: CostKind): Column<ExitNode>[] {
  const { totals, recording, reasons } = explanation;
  const scale = scaleOf(nodes);
  const meaningOf = new Map(reasons.map(({ name, meaning }) => [name, meaning]));
  const largest = Math.max(1, ...nodes.map((node) => (isKeptOut(node) ? 0 : (costOfNode(node, kind) ?? 0))));
  const percentile = (id: string, title: string, value: (node: ExitNode) => number | null): Column<ExitNode> => ({
    id,
    title,
    unit: 'ns',
    align: 'number',
    value,
    show: (node) => formatTime(value(node)),
  });
  return [
    {
      id: 'name',
      title: 'exits',
      value: ({ name }) => name,
      show: ({ name, level, reason, device }) => {
        const meaning = level === 'reason' || level === 'detail' ? meaningOf.get(reason ?? '') : undefined;
        return (
          <span class="exit-name" {...(meaning !== undefined && explains(() => meaning))}>
            {shownName(name)}
            {level === 'detail' && device !== null && <span class="quiet"> {shownName(device)}</span>}
          </span>
        );
      },
    },
    {
      id: 'count',
      title: 'count',
      align: 'number',
      value: ({ count }) => count,
      show: ({ count }) => formatCount(count),
    },
    {
      id: 'rate',
      title: 'rate',
      unit: '1/s',
      align: 'number',
      value: ({ count }) => (count * 1e9) / recording.durationNs,
      show: ({ count }) => formatRate(count, recording.durationNs),
    },
    {
      id: 'cost',
      title: COST_NAMES[kind],
      unit: 'ns',
      align: 'number',
      value: (node) => costOfNode(node, kind),
      show: (node) => formatTime(costOfNode(node, kind)),
    },
    {
      id: 'share',
      title: 'of all T',
      hint: 'Of T × vCPUs',
      align: 'number',
      value: (node) => (costOfNode(node, kind) ?? 0) / totals.durationNs,
      show: (node) => formatShare(costOfNode(node, kind) ?? 0, totals.durationNs),
    },
    {
      id: 'accounts',
      title: 'accounts',
      hint: 'Which accounts that time is in; the length is the cost',
      value: () => null,
      show: ({ ledgerNs }) => ledgerNs !== null && <AccountStrip ledgerNs={ledgerNs} kind={kind} largestNs={largest} />,
    },
    percentile('p50', 'p50', ({ distribution }) => distribution?.p50Ns ?? null),
    percentile('p99', 'p99', ({ distribution }) => distribution?.p99Ns ?? null),
    percentile('max', 'max', ({ distribution }) => distribution?.maxNs ?? null),
    {
      id: 'distribution',
      title: 'distribution',
      hint: 'Logarithmic, the same axis in all rows: line from shortest to longest, box from the median to p99, bar at the median',
      value: () => null,
      show: ({ distribution }) =>
        distribution !== null && <DistributionStrip distribution={distribution} scale={scale} />,
    },
  ];
}

/** The shortest and the longest of all. */
function scaleOf(nodes: readonly ExitNode[]): TimeScale {
  let [leastNs, mostNs] = [Infinity, 1];
  const visit = ({ distribution, children }: ExitNode): void => {
    if (distribution?.minNs) leastNs = Math.min(leastNs, distribution.minNs);
    if (distribution?.maxNs) mostNs = Math.max(mostNs, distribution.maxNs);
    for (const child of children) visit(child);
  };
  for (const node of nodes) visit(node);
  return { leastNs: Math.max(1, Math.min(leastNs, mostNs / 2)), mostNs };
}
