/** The lengths of episodes on a logarithmic axis that all rows share. */
import type { Distribution } from '../../../../src/explain/explanation.js';
import { formatCount, formatTime } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';

export interface TimeScale {
  readonly leastNs: number;
  readonly mostNs: number;
}

interface StripProps {
  readonly distribution: Distribution;
  readonly scale: TimeScale;
}

/** Units of the picture, which is drawn as wide as its cell. */
const WIDTH = 100;

export function DistributionStrip({ distribution, scale }: StripProps) {
  const { timed, minNs, p50Ns, p90Ns, p99Ns, p999Ns, maxNs } = distribution;
  if (minNs === null || p50Ns === null || p90Ns === null || p99Ns === null || maxNs === null) return null;
  const at = (ns: number): number =>
    (Math.log(Math.max(ns, scale.leastNs) / scale.leastNs) / Math.log(scale.mostNs / scale.leastNs)) * WIDTH;
  const facts = () => (
    <Facts
      rows={[
        ['episodes timed', formatCount(timed)],
        ['shortest', formatTime(minNs)],
        ['median', formatTime(p50Ns)],
        ['p90', formatTime(p90Ns)],
        ['p99', formatTime(p99Ns)],
        ['p99.9', formatTime(p999Ns)],
        ['longest', formatTime(maxNs)],
      ]}
    />
  );
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${WIDTH} 14`}
      preserveAspectRatio="none"
      role="img"
      aria-label="distribution"
      {...explains(facts)}
    >
      <rect class="reach" x={at(minNs)} y="6.5" width={Math.max(1, at(maxNs) - at(minNs))} height="1" />
      <rect class="box" x={at(p50Ns)} y="3" width={Math.max(0.8, at(p99Ns) - at(p50Ns))} height="8" />
      <rect class="inner" x={at(p50Ns)} y="3" width={Math.max(0.8, at(p90Ns) - at(p50Ns))} height="8" />
      <rect class="median" x={at(p50Ns) - 0.6} y="1" width="1.6" height="12" />
      <rect class="reach" x={Math.min(WIDTH - 0.8, at(maxNs))} y="4" width="0.8" height="6" />
    </svg>
  );
}
