/** Heat maps: what averages hide. Lengths of episodes over time, and when within a period they come. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { FailedState } from '../../design/states.jsx';
import { formatTime, timeUnit } from '../../design/text.js';
import { lengthOf, type Span } from '../../drawing/span.js';
import type { HeatMap, HeatRequest, TimelineInfo } from '../../engine/engine.js';
import { parameter, setParameters } from '../../state/address.js';
import { failed, LOADING, type Loadable, latest, ready } from '../../state/loading.js';
import { engine, lengthNs, machine, range, recording, vcpu } from '../../state/workspace.js';
import { needsRecording, type View } from '../view.js';
import { HeatMapPicture } from './heat-map.jsx';

export const heatView: View = {
  id: 'heat',
  title: 'Heat maps',
  about: 'how long episodes are over time, and when within a period they come',
  missing: needsRecording,
  Content: HeatMaps,
};

/** Columns that a map may have: about four pixels each on a wide screen. */
const MOST_COLUMNS = 360;
const OFFSET_ROWS = 50;
/** From a second down to ticks of guests and hosts (1000, 300, 250, 100 a second) and frames. */
const PERIODS_NS = [1e9, 1e8, 2e7, 16_666_667, 1e7, 4e6, 3_333_333, 1e6];
/** A period is a good first choice where there are more than so many. */
const FEWEST_PERIODS = 24;

export function HeatMaps() {
  const isZoomed = parameter('zoomed') === '1' && range.value !== undefined;
  const span: Span = isZoomed ? range.value! : { fromNs: 0, toNs: Math.max(1, lengthNs.value) };
  const info = useInfo();
  if (info.state === 'failed') return <FailedState fault={info.fault} />;
  const known = latest(info);
  const lanes = known === undefined ? undefined : chosenLanes(known);
  return (
    <div class="heat">
      {range.value !== undefined && (
        <p>
          <button type="button" aria-pressed={isZoomed} onClick={() => setParameters({ zoomed: isZoomed ? null : 1 })}>
            {isZoomed ? 'Show all of T' : 'Show only the selected range'}
          </button>
        </p>
      )}
      {isOnlyKept() && machine.value !== undefined && (
        <p class="quiet">These maps are of all vCPUs: single ones need vmtoll open.</p>
      )}
      {lanes !== undefined && <Latency span={span} lanes={lanes} />}
      {lanes !== undefined && <Offsets span={span} lanes={lanes} />}
    </div>
  );
}

interface MapProps {
  readonly span: Span;
  readonly lanes: readonly number[];
}

/** Whether there are only the maps that were made when the page was exported: of all vCPUs, of some periods. */
const isOnlyKept = (): boolean => engine.value?.kind === 'report';

function Latency({ span, lanes }: MapProps) {
  const map = useHeat({ kind: 'latency', lanes, ...span, columns: MOST_COLUMNS });
  return (
    <section class="card" aria-label="Lengths of episodes over time">
      <h2>How long episodes are</h2>
      <p class="quiet">
        Each episode where it begins and by its length from exit to entry, on a logarithmic scale. Bands are modes; what
        lies far above them is what averages hide.
      </p>
      <Drawn map={map} span={span} unit="exits" name="latency" title="Lengths of episodes over time" />
    </section>
  );
}

function Offsets({ span, lanes }: MapProps) {
  const isKept = isOnlyKept();
  const wantedNs = chosenPeriod(lengthOf(span));
  const count = parameter('heat.count') === 'delay' && !isKept ? 'delay' : 'exits';
  const map = useHeat({
    kind: 'offset',
    lanes,
    ...span,
    columns: MOST_COLUMNS,
    rows: OFFSET_ROWS,
    periodNs: wantedNs,
    count,
  });
  const shownPeriod = latest(map)?.columnNs ?? wantedNs;
  // Where nobody asked for one, that of the map that is there is as good.
  const isAsked = !isKept || parameter('heat.period') !== undefined || !PERIODS_NS.includes(shownPeriod);
  const periodNs = isAsked ? wantedNs : shownPeriod;
  return (
    <section class="card" aria-label="When within a period exits come">
      <h2>When within a period they come</h2>
      <p class="quiet">
        Each column is a period, from bottom to top; the next column goes on above its end. What comes with a tick is a
        horizontal line, what comes with another period a slope.
      </p>
      <div class="heat-choices">
        <label>
          Period{' '}
          <select
            value={periodNs}
            onChange={({ currentTarget: { value } }) => setParameters({ 'heat.period': value }, true)}
          >
            {PERIODS_NS.map((ns) => (
              <option key={ns} value={ns}>
                {formatTime(ns)}
              </option>
            ))}
          </select>
        </label>
        {!isKept && (
          <label>
            Count{' '}
            <select
              value={count}
              onChange={({ currentTarget: { value } }) =>
                setParameters({ 'heat.count': value === 'exits' ? null : value }, true)
              }
            >
              <option value="exits">exits</option>
              <option value="delay">guest delay</option>
            </select>
          </label>
        )}
        {shownPeriod !== periodNs && (
          <span class="quiet">
            {isKept
              ? `A period of ${formatTime(shownPeriod)} is the nearest that this page carries.`
              : `There are too many periods of ${formatTime(periodNs)} to draw: a column is ${formatTime(shownPeriod)}. Select a range and show only that.`}
          </span>
        )}
      </div>
      <Drawn
        map={map}
        span={span}
        unit={count === 'exits' ? 'exits' : 'ns'}
        name="offset"
        title="When within a period exits come"
      />
    </section>
  );
}

interface DrawnProps {
  readonly map: Loadable<HeatMap>;
  readonly span: Span;
  readonly unit: 'exits' | 'ns';
  readonly name: string;
  readonly title: string;
}

function Drawn({ map, span, unit, name, title }: DrawnProps) {
  if (map.state === 'failed') return <FailedState fault={map.fault} />;
  const shown = latest(map);
  if (shown === undefined) return <p class="quiet heat-waiting">Counting …</p>;
  return (
    <div aria-busy={map.state === 'loading'}>
      {shown.most === 0 && <p class="quiet">There is nothing to count here.</p>}
      <HeatMapPicture map={shown} unit={unit} span={span} timeUnit={timeUnit()} title={title} name={name} />
      {shown.errorNs > 0 && (
        <p class="quiet">
          Times are right to {formatTime(shown.errorNs)}: here episodes are counted by the bin in which they are.
        </p>
      )}
    </div>
  );
}

function chosenPeriod(length: number): number {
  const asked = Number(parameter('heat.period'));
  if (PERIODS_NS.includes(asked)) return asked;
  return PERIODS_NS.find((ns) => length / ns >= FEWEST_PERIODS) ?? PERIODS_NS[PERIODS_NS.length - 1];
}

/** Lanes of the chosen machine or vCPU; all vCPUs where none is. */
function chosenLanes({ lanes }: TimelineInfo): readonly number[] {
  return lanes.flatMap((lane, position) => {
    const isChosen =
      lane.type === 'vcpu' &&
      (machine.value === undefined || lane.machine === machine.value) &&
      (vcpu.value === undefined || lane.number === vcpu.value);
    return isChosen ? [position] : [];
  });
}

function useInfo(): Loadable<TimelineInfo> {
  const info = useSignal<Loadable<TimelineInfo>>(LOADING);
  const [asking, number] = [engine.value, recording.value];
  useEffect(() => {
    const abort = new AbortController();
    info.value = LOADING;
    asking?.timeline(number, abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) info.value = ready(value);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) info.value = failed(error);
      },
    );
    return () => abort.abort();
  }, [asking, number]);
  return info.value;
}

/** Asks again whenever the question changes; the map before stays until the next is there. */
function useHeat(question: Omit<HeatRequest, 'recording'>): Loadable<HeatMap> {
  const map = useSignal<Loadable<HeatMap>>(LOADING);
  const asking = engine.value;
  const request: HeatRequest = { recording: recording.value, ...question };
  const text = JSON.stringify(request);
  useEffect(() => {
    if (asking === undefined) return undefined;
    const abort = new AbortController();
    const before = latest(map.peek());
    map.value = { state: 'loading', ...(before !== undefined && { before }) };
    asking.heat(JSON.parse(text) as HeatRequest, abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) map.value = ready(value);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) map.value = failed(error);
      },
    );
    return () => abort.abort();
  }, [asking, text]);
  return map.value;
}
