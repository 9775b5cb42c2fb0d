/** The ledger of every vCPU as a bar that adds up to T. */
import { COST_ACCOUNTS, type CostKind } from '../../books/measures.js';
import { PARTS, type PartName, partsOf, type VcpuParts } from '../../books/parts.js';
import { textOnAccount } from '../../design/accounts.js';
import { fitted, remPx, textWidth } from '../../design/measure.js';
import { Legend, PART_MEANINGS, PartPatterns, partColour } from '../../design/parts.jsx';
import { Picture } from '../../design/picture.jsx';
import { formatShare, formatTime, shownName } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';
import type { Explanation } from '../../engine/engine.js';
import { linkTo } from '../../state/address.js';

/** rem */
const BAR = 1.5;
const GAP = 0.45;
const HEADING = 1.6;
const AXIS = 1.5;
const TEXT = 0.86;

/** vCPUs that are drawn; the table has all. */
const DRAWN = 64;

interface BarsProps {
  readonly explanation: Explanation;
  readonly kind: CostKind;
}

export function LedgerBars({ explanation, kind }: BarsProps) {
  const rows = partsOf(explanation);
  const present = PARTS.filter((name) => rows.some(({ parts }) => parts.some((part) => part.name === name)));
  const counts = (name: PartName): boolean => name !== 'kept out' && COST_ACCOUNTS[kind].includes(name);
  const { durationNs } = explanation.recording;
  return (
    <>
      <Legend names={present} counts={(name) => counts(name) || name === 'guest'} />
      <Picture
        name="ledger"
        label={`The ledger of ${rows.length} vCPUs: each bar is T, ${formatTime(durationNs)}`}
        draw={(width) => drawBars(rows.slice(0, DRAWN), durationNs, counts, width)}
      >
        <span class="quiet">
          {rows.length > DRAWN && `The first ${DRAWN} of ${rows.length} vCPUs. `}
          Each bar is T = {formatTime(durationNs)}; full colour: {kind === 'delay' ? 'guest delay' : 'host cost'}
        </span>
      </Picture>
    </>
  );
}

type Counts = (name: PartName) => boolean;

function drawBars(rows: readonly VcpuParts[], durationNs: number, counts: Counts, width: number) {
  const rem = remPx();
  const labels = rows.map(({ vcpu }) => `vCPU ${vcpu.id}`);
  const left = Math.ceil(Math.max(...labels.map((label) => textWidth(label, TEXT * rem)))) + rem * 0.7;
  const room = width - left - 1;
  let y = 0;
  const content = rows.map((row, index) => {
    const isFirst = index === 0 || rows[index - 1].machine !== row.machine;
    const heading = isFirst ? y + HEADING * rem * 0.68 : undefined;
    if (isFirst) y += HEADING * rem;
    const top = y;
    y += (BAR + GAP) * rem;
    return (
      <g key={`${row.machine.id} ${row.vcpu.id}`}>
        {heading !== undefined && <MachineName row={row} y={heading} width={width} />}
        <text x="0" y={top + BAR * rem * 0.68} class="label">
          {labels[index]}
        </text>
        <Bar row={row} durationNs={durationNs} counts={counts} x={left} y={top} width={room} />
      </g>
    );
  });
  const axis = <ShareAxis x={left} y={y} width={room} />;
  return {
    height: Math.ceil(y + AXIS * rem),
    content: (
      <>
        <PartPatterns />
        {content}
        {axis}
      </>
    ),
  };
}

function MachineName({ row: { machine }, y, width }: { row: VcpuParts; y: number; width: number }) {
  const name = machine.name === machine.id ? machine.id : `${machine.id} · ${machine.name}`;
  return (
    <text x="0" y={y} class="label strong">
      {fitted(shownName(name), width, TEXT * remPx(), 650)}
    </text>
  );
}

interface BarProps {
  readonly row: VcpuParts;
  readonly durationNs: number;
  readonly counts: Counts;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function Bar({ row, durationNs, counts, x, y, width }: BarProps) {
  const rem = remPx();
  const { machine, vcpu, parts } = row;
  let at = 0;
  const words = parts.map(({ name, ns }) => `${name} ${formatShare(ns, durationNs)}`).join(', ');
  return (
    <a
      href={linkTo('exits', { machine: machine.id, vcpu: vcpu.id })}
      aria-label={`${machine.id} vCPU ${vcpu.id}: ${words}`}
    >
      {parts.map(({ name, ns }) => {
        const left = x + (at / durationNs) * width;
        at += ns;
        const length = (ns / durationNs) * width;
        const share = formatShare(ns, durationNs);
        const isFaint = !counts(name) && name !== 'guest';
        return (
          <g
            key={name}
            class={isFaint ? 'part faint' : 'part'}
            data-part={name}
            data-ns={ns}
            {...explains(() => <PartFacts row={row} name={name} ns={ns} durationNs={durationNs} />)}
          >
            <rect x={left} y={y} width={Math.max(length, 0.75)} height={BAR * rem} fill={partColour(name)} />
            {textWidth(share, TEXT * rem) + 8 < length && name !== 'unknown' && name !== 'kept out' && (
              <text
                x={left + length / 2}
                y={y + BAR * rem * 0.68}
                class="inside"
                fill={isFaint ? undefined : textOnAccount(name)}
                text-anchor="middle"
              >
                {share}
              </text>
            )}
          </g>
        );
      })}
      <rect x={x} y={y} width={width} height={BAR * rem} class="outline" />
    </a>
  );
}

interface PartFactsProps {
  readonly row: VcpuParts;
  readonly name: PartName;
  readonly ns: number;
  readonly durationNs: number;
}

function PartFacts({ row: { machine, vcpu }, name, ns, durationNs }: PartFactsProps) {
  return (
    <>
      <b>{name}</b> <span class="quiet">{PART_MEANINGS[name]}</span>
      <Facts
        rows={[
          ['vCPU', `${vcpu.id} of ${shownName(machine.id)}`],
          ['time', formatTime(ns)],
          ['of T', formatShare(ns, durationNs)],
        ]}
      />
    </>
  );
}

const QUARTERS = [0, 25, 50, 75, 100];

function ShareAxis({ x, y, width }: { x: number; y: number; width: number }) {
  const rem = remPx();
  return (
    <g class="axis">
      {QUARTERS.map((percent) => {
        const at = x + (width * percent) / 100;
        const anchor = percent === 0 ? 'start' : percent === 100 ? 'end' : 'middle';
        return (
          <g key={percent}>
            <line x1={at} x2={at} y1={y - GAP * rem} y2={y} />
            <text x={at} y={y + rem} text-anchor={anchor}>
              {percent} %
            </text>
          </g>
        );
      })}
    </g>
  );
}
