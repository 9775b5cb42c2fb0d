/** The selected episode: what it was about, what happened in it one after the other, who was in the way and what woke it. */
import { KINDS_OF, NO_LABEL } from '../../../../src/episodes/lanes.js';
import { GUEST_DELAY } from '../../../../src/ledger/accounts.js';
import { formatTime, shownName } from '../../design/text.js';
import { Facts } from '../../design/tooltip.jsx';
import { clockText } from '../../drawing/time-axis.js';
import type { EpisodeChain, EpisodePart, Lane, OutsideGuest, TimelineInfo, WakeLink } from '../../engine/engine.js';
import type { Loadable } from '../../state/loading.js';
import type { TimelineController } from './controller.js';
import { Swatch } from './hit-tip.jsx';
import { select } from './state.js';
import { exactTime, exitText, kindMeaning, occupantName } from './words.js';

/** Parts that are listed; the rest is counted. */
const MOST_PARTS = 60;

interface ChainPanelProps {
  readonly chain: Loadable<EpisodeChain | undefined>;
  readonly info: TimelineInfo;
  readonly controller: TimelineController;
}

export function ChainPanel({ chain, info, controller }: ChainPanelProps) {
  return (
    <section class="card chain" aria-label="Selected episode">
      <div class="chain-tools">
        <button type="button" onClick={() => void controller.step(-1)} title="Previous episode on this lane (,)">
          ‹ Previous
        </button>
        <button type="button" onClick={() => void controller.step(1)} title="Next episode on this lane (.)">
          Next ›
        </button>
        <span class="spring" />
        <button type="button" class="plain" onClick={() => select(undefined)} aria-label="Deselect">
          ✕
        </button>
      </div>
      <Body chain={chain} info={info} controller={controller} />
    </section>
  );
}

function Body({ chain, info, controller }: ChainPanelProps) {
  if (chain.state === 'loading') return <p class="quiet">Looking it up …</p>;
  if (chain.state === 'failed') return <p role="alert">{shownName(chain.fault.message)}</p>;
  if (chain.value === undefined) return <p class="quiet">There is no episode at this moment.</p>;
  return <Chain chain={chain.value} info={info} controller={controller} />;
}

interface Known {
  readonly chain: EpisodeChain;
  readonly info: TimelineInfo;
  readonly controller: TimelineController;
}

function Chain({ chain, info, controller }: Known) {
  const lane = info.lanes[chain.lane];
  const span = { fromNs: chain.startNs, toNs: chain.endNs };
  const shown = chain.parts.slice(0, MOST_PARTS);
  return (
    <>
      <h2>{titleOf(chain, lane, info)}</h2>
      <Facts rows={factsOf(chain, lane, info)} />
      <PartsBar chain={chain} lane={lane} />
      <p>
        <button type="button" onClick={() => controller.zoomTo(span)}>
          Zoom to it
        </button>
      </p>
      {!chain.complete && (
        <p class="quiet">A summary: what happened in it one after the other was not kept, or not recorded.</p>
      )}
      {shown.length > 0 && (
        <ol class="chain-parts">
          {shown.map((part) => (
            <Part key={part.startNs} part={part} chain={chain} lane={lane} info={info} />
          ))}
        </ol>
      )}
      {chain.parts.length > shown.length && <p class="quiet">and {chain.parts.length - shown.length} more parts</p>}
      {chain.wakes.length > 0 && (
        <>
          <h3>What woke it</h3>
          <ul class="chain-wakes">
            {chain.wakes.slice(0, MOST_PARTS).map((wake) => (
              <Wake
                key={`${wake.timeNs}/${wake.occupant}`}
                wake={wake}
                chain={chain}
                info={info}
                controller={controller}
              />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function titleOf(chain: EpisodeChain, lane: Lane, info: TimelineInfo): string {
  if (lane.type === 'pcpu') return occupantName(info.occupants[chain.label]);
  const exit = chain.label === NO_LABEL ? undefined : info.exits[chain.label];
  return exit === undefined ? 'Exit not recorded' : exitText(exit);
}

function factsOf(chain: EpisodeChain, lane: Lane, info: TimelineInfo): (readonly [string, string])[] {
  const rows: (readonly [string, string])[] = [['on', shownName(lane.name)]];
  const exit = lane.type === 'vcpu' ? info.exits[chain.label] : undefined;
  if (exit !== undefined) {
    rows.push(['cause', exit.cause], ['reason', shownName(exit.reason)]);
    if (exit.detail !== null) rows.push(['detail', shownName(exit.detail)]);
    if (exit.device !== null) rows.push(['device', shownName(exit.device)]);
  }
  rows.push(['from', clockText(chain.startNs)], ['duration', exactTime(chain.endNs - chain.startNs)]);
  if (chain.ledgerNs !== null) rows.push(['guest delay', exactTime(delayOf(chain.ledgerNs))]);
  if (chain.guestFunction !== null) rows.push(['guest function', shownName(chain.guestFunction)]);
  if (chain.guestAddress !== null) rows.push(['guest address', shownName(chain.guestAddress)]);
  if (lane.type === 'vcpu') rows.push(['reached the VMM', chain.reachedVmm ? 'yes' : 'no']);
  return rows;
}

const delayOf = (ledger: OutsideGuest): number => GUEST_DELAY.reduce((sum, account) => sum + ledger[account], 0);

const kindIndex = (lane: Lane, kind: EpisodePart['kind']): number =>
  (KINDS_OF[lane.type] as readonly EpisodePart['kind'][]).indexOf(kind);

/** The parts to scale. */
function PartsBar({ chain, lane }: { chain: EpisodeChain; lane: Lane }) {
  if (chain.parts.length === 0) return null;
  return (
    <div class="chain-bar" aria-hidden="true">
      {chain.parts.map(({ startNs, endNs, kind }) => (
        <span key={startNs} class={`${lane.type}-${kind}`} style={{ flexGrow: endNs - startNs }} />
      ))}
    </div>
  );
}

interface PartProps {
  readonly part: EpisodePart;
  readonly chain: EpisodeChain;
  readonly lane: Lane;
  readonly info: TimelineInfo;
}

function Part({ part, chain, lane, info }: PartProps) {
  const { kind, startNs, endNs, pcpu, keptOut, others } = part;
  const place = pcpu >= 0 && lane.type === 'vcpu' ? ` · pCPU ${pcpu}` : '';
  return (
    <li title={kindMeaning(kind, lane.type)}>
      <span class="part-offset quiet">+{formatTime(startNs - chain.startNs)}</span>
      <span>
        <Swatch lane={lane} kind={kindIndex(lane, kind)} /> {kind}
        <span class="quiet">
          {place}
          {keptOut && ' · kept out by the VMM'}
        </span>
      </span>
      <span class="number">{formatTime(endNs - startNs)}</span>
      {others.length > 0 && (
        <ul class="part-others">
          {others.map(({ occupant, kind: other, ns }) => (
            <li key={`${occupant} ${other}`}>
              {kind === 'interrupt' ? '' : 'meanwhile '}
              {other === 'idle' ? 'nobody: the pCPU was idle' : occupantName(info.occupants[occupant])}{' '}
              <span class="quiet">{formatTime(ns)}</span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function Wake({ wake, chain, info, controller }: Known & { wake: WakeLink }) {
  const waker = info.occupants[wake.occupant];
  // Where the pCPU was idle, nothing that was recorded ran there when it woke the vCPU.
  const who = waker === undefined || waker.kind === 'idle' ? 'nobody that was recorded' : occupantName(waker);
  const lane = wake.fromVcpuLane >= 0 ? wake.fromVcpuLane : wake.fromLane;
  const from = wake.fromLane >= 0 ? ` on ${shownName(info.lanes[wake.fromLane].name)}` : '';
  return (
    <li>
      <span class="part-offset quiet">+{formatTime(wake.timeNs - chain.startNs)}</span>
      <span>
        {who}
        <span class="quiet">{from}</span>
      </span>
      {lane >= 0 && (
        <button type="button" class="plain" onClick={() => controller.show(lane, wake.timeNs, wake.timeNs + 1)}>
          Go there
        </button>
      )}
    </li>
  );
}
