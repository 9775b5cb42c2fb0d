/** The lengths of episodes on a logarithmic axis that all rows share. */
import type { Distribution } from '../../../../src/explain/explanation.js';
import { remPx } from '../../design/measure.js';
import { formatCount, formatTime, timeUnit } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';
import { type LogScale, logPlace } from '../../drawing/log-axis.js';
import { latencyTicks } from '../../drawing/value-axis.js';

/** Of a strip, rem: as in its style. */
const WIDTH = 10;
/** Between two labels of the axis, and between two lines, rem. */
const LABEL_GAP = 3;
const LINE_GAP = 0.9;

interface StripProps {
  readonly distribution: Distribution;
  readonly scale: LogScale;
}

/** Ticks with their places in percent. */
function ticksOf({ least, most }: LogScale, gap: number) {
  const ticks = latencyTicks(least, most, WIDTH, timeUnit(), gap);
  return ticks.map(({ y, label }) => ({ left: (y / WIDTH) * 100, label }));
}

/** Below the title of the column: the axis of all strips. */
export function DistributionScale({ scale }: { scale: LogScale }) {
  const isInside = ({ left }: { left: number }) => left < 92;
  return (
    // A label stands on the middle of its tick, close to the left end more and more beside it.
    <span class="strip-scale" aria-hidden="true">
      {ticksOf(scale, LABEL_GAP)
        .filter(isInside)
        .map(({ left, label }) => (
          <span key={label} style={{ left: `${left}%`, translate: `${-Math.min(50, left * 5)}%` }}>
            {label}
          </span>
        ))}
    </span>
  );
}

export function DistributionStrip({ distribution, scale }: StripProps) {
  const { minNs, p50Ns, p90Ns, p99Ns, maxNs } = distribution;
  if (minNs === null || p50Ns === null || p90Ns === null || p99Ns === null || maxNs === null) return null;
  // On a logarithmic axis nothing has no place.
  if (maxNs === 0) return null;
  const width = WIDTH * remPx();
  const at = (ns: number): number => Math.min(width - 1, logPlace(Math.max(ns, scale.least), scale) * width);
  const bar = (name: string, from: number, to: number, y: number, height: number) => (
    <rect class={name} x={at(from)} y={y} width={Math.max(1, at(to) - at(from))} height={height} />
  );
  const facts = factsOf(distribution);
  const words = facts.map(([name, value]) => `${name} ${value}`).join(', ');
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${width} 14`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`distribution: ${words}`}
      {...explains(() => <Facts rows={facts} />)}
    >
      {ticksOf(scale, LINE_GAP).map(({ left, label }) => (
        <rect key={label} class="line" x={(left / 100) * width} y="0" width="1" height="14" />
      ))}
      {bar('reach', minNs, maxNs, 6.5, 1)}
      {bar('box', p50Ns, p99Ns, 3, 8)}
      {bar('inner', p50Ns, p90Ns, 3, 8)}
      <rect class="median" x={Math.max(0, at(p50Ns) - 1)} y="1" width="2" height="12" />
      <rect class="reach" x={at(minNs)} y="4" width="1" height="6" />
      <rect class="reach" x={at(maxNs)} y="4" width="1" height="6" />
    </svg>
  );
}

const factsOf = ({ timed, minNs, p50Ns, p90Ns, p99Ns, p999Ns, maxNs }: Distribution) =>
  [
    ['episodes timed', formatCount(timed)],
    ['shortest', formatTime(minNs)],
    ['median', formatTime(p50Ns)],
    ['p90', formatTime(p90Ns)],
    ['p99', formatTime(p99Ns)],
    ['p99.9', formatTime(p999Ns)],
    ['longest', formatTime(maxNs)],
  ] as const;
