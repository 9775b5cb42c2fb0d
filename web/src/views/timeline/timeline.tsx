/** The timeline: what every vCPU and pCPU did, from all of T down to single exits. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { OCCUPANTS } from '../../../../src/episodes/lanes.js';
import { ACCOUNTS } from '../../../../src/ledger/accounts.js';
import { PART_MEANINGS } from '../../design/parts.jsx';
import { FailedState, LoadingState } from '../../design/states.jsx';
import { formatTime, shownName, shownText } from '../../design/text.js';
import { theme } from '../../design/theme.js';
import { lengthOf } from '../../drawing/span.js';
import type { Engine, TimelineInfo } from '../../engine/engine.js';
import { useKeys } from '../../state/keys.js';
import { failed, LOADING, type Loadable, latest, ready } from '../../state/loading.js';
import { engine, recording, wholeExplanation, workspace } from '../../state/workspace.js';
import { needsRecording, type View } from '../view.js';
import { ChainPanel } from './chain-panel.jsx';
import { occupantColour, VCPU_TINTS } from './colours.js';
import { TimelineController } from './controller.js';
import type { InView } from './given.js';
import { Swatch } from './hit-tip.jsx';
import { InViewPanel } from './in-view-panel.jsx';
import { keysGoTo, TIMELINE_KEYS } from './keys.js';
import { TimelineList } from './list.jsx';
import { savePicture } from './save.js';
import { kindMeaning, kindWord, PCPU_KINDS } from './words.js';

export const timelineView: View = {
  id: 'timeline',
  title: 'Timeline',
  about: 'what every vCPU and pCPU did, from all of T down to single exits',
  missing: needsRecording,
  Content: TimelineContent,
};

function TimelineContent() {
  useKeys(TIMELINE_KEYS);
  const asking = engine.value;
  const number = recording.value;
  const info = useSignal<Loadable<TimelineInfo>>(LOADING);
  useEffect(() => {
    if (asking === undefined) return undefined;
    const abort = new AbortController();
    info.value = LOADING;
    asking.timeline(number, abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) info.value = ready(value);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) info.value = failed(error);
      },
    );
    return () => abort.abort();
  }, [asking, number]);
  if (info.value.state === 'failed') return <FailedState fault={info.value.fault} />;
  if (info.value.state === 'loading' || asking === undefined) return <LoadingState />;
  return <Timeline key={number} asking={asking} number={number} info={info.value.value} />;
}

interface TimelineProps {
  readonly asking: Engine;
  readonly number: number;
  readonly info: TimelineInfo;
}

function Timeline({ asking, number, info }: TimelineProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const minimap = useRef<HTMLCanvasElement>(null);
  const made = useSignal<TimelineController | undefined>(undefined);
  const machines = latest(wholeExplanation.value)?.machines;
  useOccupantColours();
  useLayoutEffect(() => {
    const names = new Map((machines ?? []).map(({ id, name }) => [id, shownName(name)]));
    const unit = latest(workspace.peek())?.recordings[number]?.timeUnit ?? 'ns';
    const controller = new TimelineController(
      { engine: asking, recording: number, info, unit, names },
      {
        scroller: scroller.current!,
        sheet: sheet.current!,
        stage: stage.current!,
        base: base.current!,
        overlay: overlay.current!,
        minimap: minimap.current!,
      },
    );
    const release = keysGoTo(controller);
    made.value = controller;
    return () => {
      release();
      made.value = undefined;
      controller.close();
    };
  }, [asking, number, info, machines]);
  const controller = made.value;
  return (
    <div class="timeline" data-length-ns={info.lengthNs}>
      <Tools controller={controller} info={info} />
      <div class="timeline-main">
        <div class="timeline-column">
          <div class="timeline-picture">
            <canvas class="timeline-minimap" ref={minimap} />
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <div class="timeline-scroller" ref={scroller} tabIndex={0} role="application" aria-label={labelOf(info)}>
              <div class="timeline-sheet" ref={sheet}>
                <div class="timeline-stage" ref={stage}>
                  <canvas ref={base} />
                  <canvas class="timeline-overlay" ref={overlay} />
                </div>
              </div>
            </div>
            {controller !== undefined && <Below controller={controller} info={info} />}
          </div>
          {controller !== undefined && <List controller={controller} />}
        </div>
        <aside class="timeline-side">{controller !== undefined && <Side controller={controller} info={info} />}</aside>
      </div>
    </div>
  );
}

const labelOf = ({ lanes }: TimelineInfo): string => {
  const vcpus = lanes.filter(({ type }) => type === 'vcpu').length;
  return `Timeline of ${vcpus} vCPUs and ${lanes.length - vcpus} pCPUs; all keys are listed with ?, and all that is in view below as a list`;
};

/** The accounts have their custom properties; what has a pCPU gets its own here. */
function useOccupantColours(): void {
  useSignalEffect(() => {
    for (const occupant of OCCUPANTS) {
      document.documentElement.style.setProperty(`--occupant-${occupant}`, occupantColour(theme.value, occupant));
    }
    VCPU_TINTS[theme.value].slice(0, 3).forEach((tint, number) => {
      document.documentElement.style.setProperty(`--tint-${number}`, tint);
    });
  });
}

function Tools({ controller, info }: { controller: TimelineController | undefined; info: TimelineInfo }) {
  const hasPcpus = info.lanes.some(({ type }) => type === 'pcpu');
  return (
    <div class="timeline-tools">
      <div class="timeline-legends">
        <ul class="legend" aria-label="Colours of vCPU lanes">
          {ACCOUNTS.map((account, kind) => (
            <li key={account} title={kindMeaning(account, 'vcpu')}>
              <Swatch lane={{ type: 'vcpu' }} kind={kind} />
              {account}
            </li>
          ))}
          <li title={PART_MEANINGS['kept out']}>
            <span class="kind-swatch kept-out" aria-hidden="true" />
            kept out
          </li>
        </ul>
        {hasPcpus && (
          <ul class="legend" aria-label="Colours of pCPU lanes, beside these">
            <li class="quiet">pCPUs:</li>
            <li title={kindMeaning('vcpu', 'pcpu')}>
              <span class="kind-swatch vcpu-tints" aria-hidden="true" />
              vCPU, in tints
            </li>
            {PCPU_KINDS.map((kind) => (
              <li key={kind} title={kindMeaning(OCCUPANTS[kind], 'pcpu')}>
                <Swatch lane={{ type: 'pcpu' }} kind={kind} />
                {kindWord('pcpu', kind)}
              </li>
            ))}
          </ul>
        )}
      </div>
      <span class="timeline-buttons">
        <button type="button" onClick={() => controller?.zoomByKey(true)} title="Zoom in (W)" aria-label="Zoom in">
          +
        </button>
        <button type="button" onClick={() => controller?.zoomByKey(false)} title="Zoom out (S)" aria-label="Zoom out">
          −
        </button>
        <button type="button" onClick={() => controller?.fitAll()} title="Show all of T">
          All of T
        </button>
        <button type="button" class="plain" onClick={() => controller && void savePicture(controller, 'svg')}>
          SVG
        </button>
        <button type="button" class="plain" onClick={() => controller && void savePicture(controller, 'png')}>
          PNG
        </button>
      </span>
    </div>
  );
}

function Below({ controller, info }: { controller: TimelineController; info: TimelineInfo }) {
  const inView = controller.inView.value;
  const fault = controller.fault.value;
  return (
    <div class="timeline-below">
      <span
        data-depth={inView === undefined ? '' : inView.binNs === 0 ? 'segments' : 'bins'}
        data-complete={inView?.isComplete === true}
      >
        {inView === undefined ? ' ' : depthText(inView)}
      </span>
      {info.limit !== '' && <span>{shownText(info.limit)}</span>}
      {!info.schedulerSeen && <span>No scheduler events were recorded: pCPU lanes show where vCPUs were met.</span>}
      {fault !== undefined && <span role="alert">A piece is missing: {shownText(fault.message)}</span>}
      <span class="visually-hidden" aria-live="polite">
        {controller.said.value}
      </span>
    </div>
  );
}

function depthText({ columnNs, binNs, isComplete, scene }: InView): string {
  const pixel = formatTime(columnNs * scene.scale);
  const what =
    binNs === 0
      ? 'every single segment is drawn'
      : 'lanes are stacked by how their time is divided; the band on top is the longest segment of each pixel';
  // Bins are no longer than a pixel, unless nothing finer is kept.
  const finest = isComplete && binNs > columnNs * 1.01 ? ` Nothing finer than ${formatTime(binNs)} is kept here.` : '';
  return `${isComplete ? '' : 'Loading … '}${formatTime(lengthOf(scene.span))} in view, a pixel is ${pixel}: ${what}.${finest}`;
}

function Side({ controller, info }: { controller: TimelineController; info: TimelineInfo }) {
  const chain = controller.chain.value;
  return (
    <>
      {chain !== undefined && <ChainPanel chain={chain} info={info} controller={controller} />}
      <InViewPanel controller={controller} />
    </>
  );
}

function List({ controller }: { controller: TimelineController }) {
  const settled = controller.settled.value;
  return (
    <details class="timeline-details" open>
      <summary>What is in view, as a list</summary>
      {settled !== undefined && <TimelineList controller={controller} inView={settled} />}
    </details>
  );
}
