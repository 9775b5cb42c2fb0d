/** The same as the picture shows, as a list: for screen readers, and for whoever would rather read. */

import type { LaneTile } from '../../../../src/episodes/tile.js';
import { type Column, Table } from '../../design/table.jsx';
import { formatCount, formatMoment, formatTime, shownName } from '../../design/text.js';
import type { Lane, TimelineInfo } from '../../engine/engine.js';
import type { TimelineController } from './controller.js';
import type { InView } from './given.js';
import type { LaneView } from './lane-view.js';
import { type LaneRow, PCPUS } from './rows.js';
import { kindWord, segmentTitle } from './words.js';

/** Segments of one lane that are listed. */
const MOST_SEGMENTS = 25;
/** Kinds of a lane that are listed. */
const MOST_KINDS = 4;

interface ListProps {
  readonly controller: TimelineController;
  readonly inView: InView;
}

export function TimelineList({ controller, inView }: ListProps) {
  const { info } = controller.data;
  const { scene } = inView;
  const rows = scene.rows.filter((row): row is LaneRow => row.type === 'lane');
  const lane = controller.focused.value ?? rows[0]?.lane;
  const view = lane === undefined ? undefined : scene.views.get(lane);
  return (
    <div class="timeline-list">
      <section class="card" aria-label="Lanes in view">
        <h2>Lanes in view</h2>
        <ul class="timeline-lanes">
          {rows.map((row) => (
            <li key={row.lane}>
              <button
                type="button"
                class="plain"
                aria-pressed={row.lane === lane}
                onClick={() => controller.focus(row.lane)}
              >
                {shownName(info.lanes[row.lane].name)}
              </button>
              <span class="quiet">{sharesText(info.lanes[row.lane], scene.views.get(row.lane))}</span>
            </li>
          ))}
        </ul>
        {rows.length === 0 && <p class="quiet">All groups are closed, among them {PCPUS}.</p>}
      </section>
      {lane !== undefined && view !== undefined && (
        <section class="card" aria-label="Longest segments in view">
          <h2>Longest in view on {shownName(info.lanes[lane].name)}</h2>
          <Longest lane={lane} view={view} inView={inView} info={info} controller={controller} />
        </section>
      )}
    </div>
  );
}

function sharesText(lane: Lane, view: LaneView | undefined): string {
  if (view === undefined) return '';
  const { sums, kinds } = view.columns;
  const totals = Array.from({ length: kinds }, () => 0);
  for (let i = 0; i < sums.length; i++) totals[i % kinds] += sums[i];
  const whole = totals.reduce((sum, ns) => sum + ns, 0);
  if (whole === 0) return 'nothing loaded yet';
  return totals
    .map((ns, kind) => ({ kind, share: ns / whole }))
    .filter(({ share }) => share >= 0.0005)
    .sort((one, other) => other.share - one.share)
    .slice(0, MOST_KINDS)
    .map(({ kind, share }) => `${kindWord(lane.type, kind)}\u00a0${(share * 100).toFixed(1)}\u00a0%`)
    .join(', ');
}

/** A segment that is drawn, as a row of the table. */
interface Segment {
  readonly startNs: number;
  readonly durationNs: number;
  readonly what: string;
  readonly of: string;
}

const COLUMNS: readonly Column<Segment>[] = [
  {
    id: 'from',
    title: 'from',
    unit: 'ns',
    value: ({ startNs }) => startNs,
    show: ({ startNs }) => formatMoment(startNs),
  },
  { id: 'what', title: 'what', value: ({ what }) => what },
  { id: 'of', title: 'of', value: ({ of }) => of },
  {
    id: 'duration',
    title: 'duration',
    unit: 'ns',
    align: 'number',
    value: ({ durationNs }) => durationNs,
    show: ({ durationNs }) => formatTime(durationNs),
  },
];

interface LongestProps {
  readonly lane: number;
  readonly view: LaneView;
  /** Another one whenever `view`, which stays the same, shows something else. */
  readonly inView: InView;
  readonly info: TimelineInfo;
  readonly controller: TimelineController;
}

function Longest({ lane, view, info, controller }: LongestProps) {
  const { segments, count } = longestSegments(view, info, lane);
  return (
    <>
      <Table
        name="longest"
        label={`Longest in view on ${shownName(info.lanes[lane].name)}`}
        columns={COLUMNS}
        rows={segments}
        keyOf={({ startNs }) => String(startNs)}
        order={{ column: 'duration', isDescending: true }}
        onOpen={({ startNs, durationNs }) => controller.show(lane, startNs, startNs + durationNs)}
        empty={`Nothing but ${kindWord(info.lanes[lane].type, 0)}.`}
      />
      {count > segments.length && (
        <p class="quiet">
          The {segments.length} longest of {formatCount(count)} that are drawn.
        </p>
      )}
    </>
  );
}

function longestSegments(
  view: LaneView,
  info: TimelineInfo,
  lane: number,
): { segments: readonly Segment[]; count: number } {
  const byStart = new Map<number, { rows: LaneTile; row: number }>();
  view.eachRun((_from, _until, rows, row) => byStart.set(rows.start[row], { rows, row }));
  const all = [...byStart.values()].sort((one, other) => other.rows.duration[other.row] - one.rows.duration[one.row]);
  const segments = all.slice(0, MOST_SEGMENTS).map(({ rows, row }) => ({
    startNs: rows.start[row],
    durationNs: rows.duration[row],
    what: kindWord(info.lanes[lane].type, rows.kind[row]),
    of: segmentTitle(info, info.lanes[lane], rows.kind[row], rows.label[row]),
  }));
  return { segments, count: all.length };
}
