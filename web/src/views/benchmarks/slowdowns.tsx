/** Slowdowns with their intervals on a logarithmic axis, ranked. */

import type { Pair } from '../../../../src/benchmarks/comparison/comparison.js';
import { formatFactor, formatInterval, formatMedians, formatQ } from '../../../../src/report/comparison-words.js';
import { fitted, remPx, textWidth } from '../../design/measure.js';
import { Picture } from '../../design/picture.jsx';
import { shownText } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';
import { VerdictWord, verdictColour } from '../../design/verdicts.jsx';
import { type LogScale, logPlace, logScale, logTicks } from '../../drawing/log-axis.js';

export const pairKey = ({ benchmark, metric, unit }: Pair): string => `${benchmark}, ${metric}, ${unit}`;

interface SlowdownsProps {
  readonly pairs: readonly Pair[];
  readonly open: string | undefined;
  readonly onOpen: (key: string) => void;
  /** Slowdowns within ± this count as equal: the band in the picture. */
  readonly equivalence: number;
}

/** rem */
const ROW = 1.55;
const TEXT = 0.86;
const AXIS = 1.7;
const TICK_ROOM = 4.5;
/** Pairs that are drawn; the table has all. */
const DRAWN = 120;
/** Of the width. */
const WIDEST_NAME = 0.34;

export function Slowdowns(props: SlowdownsProps) {
  const drawn = props.pairs.filter(({ slowdown }) => slowdown !== null).slice(0, DRAWN);
  if (drawn.length === 0) return <p class="quiet">No metric here has a slowdown.</p>;
  return (
    <Picture
      name="slowdowns"
      label={`Slowdowns of ${drawn.length} metrics with their intervals`}
      draw={(width) => draw(props, drawn, width)}
    >
      <span class="quiet">
        Dot: slowdown, line: interval; right of ×1 the VM is worse. Shaded: within ±
        {(props.equivalence * 100).toFixed(0)} %.
        {drawn.length < props.pairs.length && ` ${drawn.length} of ${props.pairs.length} are drawn.`} Click for the
        samples.
      </span>
    </Picture>
  );
}

function draw({ open, onOpen, equivalence }: SlowdownsProps, pairs: readonly Pair[], width: number) {
  const rem = remPx();
  const names = pairs.map(({ benchmark, metric }) => shownText(`${benchmark}, ${metric}`));
  const widest = Math.max(...names.map((name) => textWidth(name, TEXT * rem)));
  const factorRoom = textWidth('×1,001 ', TEXT * rem) + 6;
  const left = Math.min(widest, width * WIDEST_NAME) + rem * 0.8;
  const right = width - factorRoom;
  const scale = logScale(
    pairs.flatMap(({ slowdown, ciLow, ciHigh }) => [slowdown!, ciLow ?? slowdown!, ciHigh ?? slowdown!, 1]),
  );
  const place = (value: number) => left + Math.min(1, Math.max(0, logPlace(value, scale))) * (right - left);
  const height = pairs.length * ROW * rem;
  return {
    height: Math.ceil(height + AXIS * rem),
    content: (
      <>
        <Axis scale={scale} place={place} height={height} wanted={Math.max(3, (right - left) / (TICK_ROOM * rem))} />
        <rect
          class="band"
          x={place(1 - equivalence)}
          width={Math.max(1, place(1 + equivalence) - place(1 - equivalence))}
          y="0"
          height={height}
        />
        {pairs.map((pair, index) => (
          <Row
            key={pairKey(pair)}
            pair={pair}
            name={fittedName(pair, left - rem * 0.8, TEXT * rem)}
            y={index * ROW * rem}
            width={width}
            place={place}
            isOpen={pairKey(pair) === open}
            onOpen={onOpen}
          />
        ))}
      </>
    ),
  };
}

/** What was measured tells metrics of one benchmark apart: the benchmark's name is cut first. */
function fittedName({ benchmark, metric }: Pair, room: number, size: number): string {
  const end = `, ${shownText(metric)}`;
  const start = fitted(shownText(benchmark), room - textWidth(end, size), size);
  return start === '' ? fitted(shownText(metric), room, size) : start + end;
}

interface AxisProps {
  readonly scale: LogScale;
  readonly place: (value: number) => number;
  readonly height: number;
  readonly wanted: number;
}

function Axis({ scale, place, height, wanted }: AxisProps) {
  return (
    <g class="axis">
      {logTicks(scale, wanted).map((tick) => (
        <g key={tick}>
          <line x1={place(tick)} x2={place(tick)} y1="0" y2={height} class={tick === 1 ? 'one' : undefined} />
          <text x={place(tick)} y={height + remPx() * 1.1} text-anchor="middle">
            ×{tick.toLocaleString('en')}
          </text>
        </g>
      ))}
    </g>
  );
}

interface RowProps {
  readonly pair: Pair;
  readonly name: string;
  readonly y: number;
  readonly width: number;
  readonly place: (value: number) => number;
  readonly isOpen: boolean;
  readonly onOpen: (key: string) => void;
}

function Row({ pair, name, y, width, place, isOpen, onOpen }: RowProps) {
  const rem = remPx();
  const middle = y + (ROW * rem) / 2;
  const { slowdown, ciLow, ciHigh, verdict } = pair;
  const colour = verdictColour(verdict);
  const isSure = verdict === 'slower' || verdict === 'faster';
  const open = () => onOpen(pairKey(pair));
  return (
    <g
      class={isOpen ? 'slowdown open' : 'slowdown'}
      role="button"
      tabIndex={0}
      aria-label={`${pairKey(pair)}: ${formatFactor(slowdown)}, ${formatInterval(ciLow, ciHigh)}, ${verdict}`}
      aria-pressed={isOpen}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        open();
      }}
      {...explains(() => <PairFacts pair={pair} />)}
    >
      <rect class="ground" x="0" y={y} width={width} height={ROW * rem} />
      <text x="0" y={middle + TEXT * rem * 0.35}>
        {name}
      </text>
      {ciLow !== null && ciHigh !== null && (
        <line x1={place(ciLow)} x2={place(ciHigh)} y1={middle} y2={middle} stroke={colour} class="interval" />
      )}
      <circle
        cx={place(slowdown!)}
        cy={middle}
        r={rem * 0.32}
        fill={isSure ? colour : 'var(--surface)'}
        stroke={colour}
        class="estimate"
      />
      <text x={width - 2} y={middle + TEXT * rem * 0.35} text-anchor="end">
        {formatFactor(slowdown)}
      </text>
    </g>
  );
}

export function PairFacts({ pair }: { pair: Pair }) {
  const { benchmark, metric, slowdown, ciLow, ciHigh, verdict, n } = pair;
  return (
    <>
      <b>
        {shownText(benchmark)}, {shownText(metric)}
      </b>{' '}
      <VerdictWord verdict={verdict} />
      <Facts
        rows={[
          ['slowdown', formatFactor(slowdown)],
          ['interval', formatInterval(ciLow, ciHigh)],
          ['medians, native → VM', formatMedians(pair)],
          ['runs', `${n[0]} and ${n[1]}`],
          ['sureness', formatQ(pair) || 'not tested'],
        ]}
      />
    </>
  );
}
