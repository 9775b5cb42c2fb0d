/** What the pointer is on, in words and numbers. */
import { formatCount, formatPercent, formatTime, shownName } from '../../design/text.js';
import { Facts } from '../../design/tooltip.jsx';
import { clockText } from '../../drawing/time-axis.js';
import type { Lane, TimelineInfo } from '../../engine/engine.js';
import type { Hit } from './lane-view.js';
import { exactTime, kindMeaning, kindName, kindWord, segmentTitle } from './words.js';

interface HitTipProps {
  readonly hit: Hit;
  readonly lane: Lane;
  readonly info: TimelineInfo;
  /** Under the pointer. */
  readonly timeNs: number;
}

export function HitTip({ hit, lane, info, timeNs }: HitTipProps) {
  if (hit.isBin) return <BinTip hit={hit} lane={lane} timeNs={timeNs} />;
  const name = kindName(lane.type, hit.kind);
  const exit = lane.type === 'vcpu' ? info.exits[hit.label] : undefined;
  const rows: (readonly [string, string])[] = [];
  if (exit !== undefined) rows.push(['cause', exit.cause]);
  if (exit?.device != null) rows.push(['device', shownName(exit.device)]);
  rows.push(['from', clockText(hit.startNs)], ['duration', exactTime(hit.durationNs)]);
  return (
    <div class="hit-tip">
      <p class="hit-title">{segmentTitle(info, lane, hit.kind, hit.label)}</p>
      <p class="quiet">
        <Swatch lane={lane} kind={hit.kind} /> {kindWord(lane.type, hit.kind)}: {kindMeaning(name, lane.type)}
      </p>
      <Facts rows={rows} />
      {hit.merged > 1 && <p class="quiet">The longest of {formatCount(hit.merged)} that begin in this pixel</p>}
      {!hit.isAlone && <Shares hit={hit} lane={lane} />}
    </div>
  );
}

/** Where no single segment is known. */
function BinTip({ hit, lane, timeNs }: Omit<HitTipProps, 'info'>) {
  return (
    <div class="hit-tip">
      <p class="hit-title">{hit.isAlone ? `Only ${kindWord(lane.type, hit.kind)}` : 'Divided time'}</p>
      <Facts
        rows={[
          ['at', clockText(Math.floor(timeNs))],
          ['in a bin of', formatTime(hit.durationNs)],
        ]}
      />
      {!hit.isAlone && <Shares hit={hit} lane={lane} />}
    </div>
  );
}

function Shares({ hit, lane }: { hit: Hit; lane: Lane }) {
  const total = hit.sums.reduce((sum, ns) => sum + ns, 0);
  const parts = hit.sums
    .map((ns, kind) => ({ ns, kind }))
    .filter(({ ns }) => ns > 0)
    .sort((one, other) => other.ns - one.ns);
  if (total <= 0) return null;
  return (
    <>
      <p class="quiet hit-pixel">This pixel is {formatTime(total)}:</p>
      <Facts rows={parts.map(({ ns, kind }) => [kindWord(lane.type, kind), formatPercent((ns / total) * 100)])} />
    </>
  );
}

/** The colour of a kind, for beside its name. */
export function Swatch({ lane, kind }: { lane: Pick<Lane, 'type'>; kind: number }) {
  return <span class={`kind-swatch ${lane.type}-${kindName(lane.type, kind)}`} aria-hidden="true" />;
}
