/** Exits in numbers: counts, costs, percentiles, and how their lengths are distributed. */
import type { Distribution } from '../../../../src/explain/explanation.js';
import type { ExitNode } from '../../books/exit-tree.js';
import { COST_NAMES, type CostKind, costOf } from '../../books/measures.js';
import { type Column, Table } from '../../design/table.jsx';
import { formatCount, formatRate, formatShare, formatTime, shownName } from '../../design/text.js';
import { explains } from '../../design/tooltip.jsx';
import type { LogScale } from '../../drawing/log-axis.js';
import type { Explanation } from '../../engine/engine.js';
import { AccountStrip } from './account-strip.jsx';
import { DistributionScale, DistributionStrip } from './distribution-strip.jsx';

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
      tools={
        <span class="quiet">
          {nodes.some(isTimed)
            ? 'Percentiles are of the time from an exit to the next entry.'
            : 'How long single episodes were is not known here.'}
        </span>
      }
    />
  );
}

/** Time in which the VMM kept vCPUs out is no exit's cost: it comes last. */
const isKeptOut = ({ cause, level }: ExitNode): boolean => level === 'cause' && cause === 'vm-control';

/** Of functions only guest delay is known. */
const costOfNode = ({ ledgerNs, guestDelayNs }: ExitNode, kind: CostKind): number | null =>
  ledgerNs === null ? (kind === 'delay' ? guestDelayNs : null) : costOf(ledgerNs, kind);

/** Where nothing but the number of exits was recorded, a cost of 0 is none. */
const shownCost = (node: ExitNode, kind: CostKind): number | null =>
  node.ledgerNs !== null && node.count > 0 && !isTimed(node) && Object.values(node.ledgerNs).every((ns) => ns === 0)
    ? null
    : costOfNode(node, kind);

function columnsOf(explanation: Explanation, nodes: readonly ExitNode[], kind: CostKind): Column<ExitNode>[] {
  const { totals, recording, reasons } = explanation;
  const scale = scaleOf(nodes);
  const meaningOf = new Map(reasons.map(({ name, meaning }) => [name, meaning]));
  const largest = Math.max(1, ...nodes.map((node) => (isKeptOut(node) ? 0 : (costOfNode(node, kind) ?? 0))));
  const hasLengths = nodes.some(isTimed);
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
      room: 'wide',
      value: ({ count }) => (count * 1e9) / recording.durationNs,
      show: ({ count }) => formatRate(count, recording.durationNs),
    },
    {
      id: 'cost',
      title: COST_NAMES[kind],
      unit: 'ns',
      align: 'number',
      value: (node) => costOfNode(node, kind),
      show: (node) => formatTime(shownCost(node, kind)),
    },
    {
      id: 'share',
      title: 'of all T',
      hint: 'Of T × vCPUs',
      align: 'number',
      value: (node) => (costOfNode(node, kind) ?? 0) / totals.durationNs,
      show: (node) => {
        const cost = shownCost(node, kind);
        return cost === null ? '–' : formatShare(cost, totals.durationNs);
      },
    },
    {
      id: 'accounts',
      title: 'accounts',
      hint: 'Which accounts that time is in; the length is the cost',
      room: 'narrow',
      value: () => null,
      show: ({ ledgerNs, cause }) =>
        ledgerNs !== null && (
          <AccountStrip ledgerNs={ledgerNs} kind={kind} largestNs={largest} isKeptOut={cause === 'vm-control'} />
        ),
    },
    ...(hasLengths ? lengthColumns(scale) : []),
  ];
}

function lengthColumns(scale: LogScale): Column<ExitNode>[] {
  const percentile = (
    id: string,
    title: string,
    room: NonNullable<Column<ExitNode>['room']>,
    value: (distribution: Distribution) => number | null,
  ): Column<ExitNode> => ({
    id,
    title,
    unit: 'ns',
    align: 'number',
    room,
    value: ({ distribution }) => distribution && value(distribution),
    show: ({ distribution }) => formatTime(distribution && value(distribution)),
  });
  return [
    percentile('p50', 'p50', 'narrow', ({ p50Ns }) => p50Ns),
    percentile('p90', 'p90', 'wide', ({ p90Ns }) => p90Ns),
    percentile('p99', 'p99', 'narrow', ({ p99Ns }) => p99Ns),
    percentile('p999', 'p99.9', 'wide', ({ p999Ns }) => p999Ns),
    percentile('max', 'max', 'wide', ({ maxNs }) => maxNs),
    {
      id: 'distribution',
      title: 'distribution',
      hint: 'Logarithmic, the same axis in all rows: line from shortest to longest, box from the median to p99, bar at the median',
      room: 'medium',
      head: <DistributionScale scale={scale} />,
      value: () => null,
      show: ({ distribution }) =>
        distribution !== null && <DistributionStrip distribution={distribution} scale={scale} />,
    },
  ];
}

/** Whether the length of any of its episodes is known. */
const isTimed = ({ distribution, children }: ExitNode): boolean =>
  (distribution?.timed ?? 0) > 0 || children.some(isTimed);

/** The shortest and the longest of all. */
function scaleOf(nodes: readonly ExitNode[]): LogScale {
  let [leastNs, mostNs] = [Infinity, 1];
  const visit = ({ distribution, children }: ExitNode): void => {
    const { minNs, p50Ns, p90Ns, p99Ns, maxNs } = distribution ?? {};
    // From the shortest on that has a length at all.
    for (const ns of [minNs, p50Ns, p90Ns, p99Ns, maxNs]) if (ns) leastNs = Math.min(leastNs, ns);
    if (maxNs) mostNs = Math.max(mostNs, maxNs);
    for (const child of children) visit(child);
  };
  for (const node of nodes) visit(node);
  return { least: Math.max(1, Math.min(leastNs, mostNs / 2)), most: mostNs };
}
