/** The flame graph of exits, from the top down: the width is the cost, the stripe below tells its accounts. */
import type { ExitNode } from '../../books/exit-tree.js';
import { COST_ACCOUNTS, type CostKind, costOf } from '../../books/measures.js';
import { accountColour } from '../../design/accounts.js';
import { fitted, remPx } from '../../design/measure.js';
import { Legend } from '../../design/parts.jsx';
import { Picture } from '../../design/picture.jsx';
import { formatCount, formatShare, formatTime, shownName } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';
import { parameter, setParameters } from '../../state/address.js';

interface IcicleProps {
  readonly roots: readonly ExitNode[];
  readonly kind: CostKind;
  /** Said beside the picture: it is no exit's cost. */
  readonly keptOutNs: number;
}

/** rem */
const ROW = 1.75;
const TEXT = 0.86;
/** Narrower ones are drawn together, px. */
const LEAST_WIDTH = 1.5;
const STRIPE = 3;

interface Placed {
  readonly node: ExitNode;
  readonly x: number;
  readonly width: number;
  readonly depth: number;
}

export function Icicle({ roots, kind, keptOutNs }: IcicleProps) {
  const focus = parameter('focus');
  const path = focus === undefined ? [] : pathTo(roots, focus);
  const focused = path.at(-1);
  const total = roots.reduce((sum, node) => sum + costOfNode(node, kind), 0);
  return (
    <>
      <div class="crumbs">
        <button
          type="button"
          class="plain"
          disabled={focused === undefined}
          onClick={() => setParameters({ focus: null })}
        >
          all exits
        </button>
        {path.map((node) => (
          <button type="button" class="plain" key={node.key} onClick={() => setParameters({ focus: node.key })}>
            › {shownName(node.name)}
          </button>
        ))}
        <span class="spring" />
        <Legend names={COST_ACCOUNTS[kind]} counts={() => true} />
      </div>
      {total === 0 && <p class="quiet">No exit cost anything here.</p>}
      {total > 0 && (
        <Picture
          name="exits"
          label={`${kind === 'delay' ? 'Guest delay' : 'Host cost'} by exits, ${formatTime(total)} in all`}
          draw={(width) => drawIcicle(focused === undefined ? roots : [focused], kind, total, width)}
        >
          <span class="quiet">
            Width: {kind === 'delay' ? 'guest delay' : 'host cost'}, {formatTime(total)} in all. Click to look closer.
            {keptOutNs > 0 && ` Not in it: ${formatTime(keptOutNs)} in which the VMM kept vCPUs out of the guest.`}
          </span>
        </Picture>
      )}
    </>
  );
}

const costOfNode = ({ ledgerNs, guestDelayNs }: ExitNode, kind: CostKind): number =>
  ledgerNs === null ? (kind === 'delay' ? guestDelayNs : 0) : costOf(ledgerNs, kind);

function pathTo(nodes: readonly ExitNode[], key: string): ExitNode[] {
  const next = nodes.find((node) => key === node.key || key.startsWith(`${node.key}/`));
  return next === undefined ? [] : [next, ...pathTo(next.children, key)];
}

function drawIcicle(roots: readonly ExitNode[], kind: CostKind, totalNs: number, width: number) {
  const rem = remPx();
  const shownNs = roots.reduce((sum, node) => sum + costOfNode(node, kind), 0);
  const placed = place(roots, kind, 0, width / Math.max(1, shownNs), 0);
  const depth = Math.max(...placed.map((one) => one.depth)) + 1;
  return {
    height: Math.ceil(depth * ROW * rem),
    content: placed.map((one) => <Cell key={one.node.key} placed={one} kind={kind} totalNs={totalNs} />),
  };
}

function place(nodes: readonly ExitNode[], kind: CostKind, left: number, pxPerNs: number, depth: number): Placed[] {
  let x = left;
  return nodes
    .toSorted((a, b) => costOfNode(b, kind) - costOfNode(a, kind))
    .flatMap((node) => {
      const width = costOfNode(node, kind) * pxPerNs;
      const own = { node, x, width, depth };
      x += width;
      return width < LEAST_WIDTH ? [] : [own, ...place(node.children, kind, own.x, pxPerNs, depth + 1)];
    });
}

interface CellProps {
  readonly placed: Placed;
  readonly kind: CostKind;
  readonly totalNs: number;
}

function Cell({ placed: { node, x, width, depth }, kind, totalNs }: CellProps) {
  const rem = remPx();
  const [y, height] = [depth * ROW * rem, ROW * rem - 1];
  const cost = costOfNode(node, kind);
  const zoom = () => setParameters({ focus: node.key });
  const label = fitted(shownName(node.name), width - 8, TEXT * rem);
  return (
    <g
      class="cell"
      role="button"
      tabIndex={0}
      aria-label={`${shownName(node.name)}: ${formatTime(cost)}, ${formatShare(cost, totalNs)}`}
      onClick={zoom}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        zoom();
      }}
      {...explains(() => <CellFacts node={node} cost={cost} totalNs={totalNs} />)}
    >
      <rect class="face" x={x} y={y} width={Math.max(1, width - 1)} height={height} />
      <Stripe node={node} kind={kind} x={x} y={y + height - STRIPE} width={Math.max(1, width - 1)} />
      {label !== '' && (
        <text x={x + 4} y={y + height * 0.6}>
          {label}
        </text>
      )}
    </g>
  );
}

interface StripeProps {
  readonly node: ExitNode;
  readonly kind: CostKind;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function Stripe({ node: { ledgerNs }, kind, x, y, width }: StripeProps) {
  if (ledgerNs === null) return null;
  const sums = { guest: 0, ...ledgerNs };
  const total = costOf(ledgerNs, kind);
  let at = x;
  return (
    <>
      {COST_ACCOUNTS[kind].map((account) => {
        const length = (sums[account] / total) * width;
        const left = at;
        at += length;
        return length < 0.3 ? null : (
          <rect key={account} x={left} y={y} width={length} height={STRIPE} fill={accountColour(account)} />
        );
      })}
    </>
  );
}

function CellFacts({ node, cost, totalNs }: { node: ExitNode; cost: number; totalNs: number }) {
  const { name, level, device, count, distribution } = node;
  return (
    <>
      <b>{shownName(name)}</b> <span class="quiet">{level}</span>
      <Facts
        rows={[
          ...(device === null ? [] : [['device', shownName(device)] as const]),
          ['cost', `${formatTime(cost)}, ${formatShare(cost, totalNs)}`],
          ['exits', formatCount(count)],
          ...(distribution === null
            ? []
            : [
                [
                  'p50 · p99 · max',
                  `${formatTime(distribution.p50Ns)} · ${formatTime(distribution.p99Ns)} · ${formatTime(distribution.maxNs)}`,
                ] as const,
              ]),
        ]}
      />
    </>
  );
}
