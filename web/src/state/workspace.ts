/** What is open, which part of it is looked at, and its books. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { CostKind } from '../books/measures.js';
import type { Comparison, Difference, Engine, Explanation, ExplanationQuery, Workspace } from '../engine/engine.js';
import { address, goTo, setParameters } from './address.js';
import { failed, LOADING, type Loadable, latest, ready } from './loading.js';

/** A part of T: nanoseconds since its start. */
export interface Range {
  readonly fromNs: number;
  readonly toNs: number;
}

const currentEngine = signal<Engine | undefined>(undefined);
const opened = signal<Loadable<Workspace>>(LOADING);
const whole = signal<Loadable<Explanation>>(LOADING);
const asked = signal<Loadable<Explanation>>(LOADING);
const compared = signal<Loadable<Comparison | undefined>>(LOADING);
const differing = signal<Loadable<Difference | undefined>>(LOADING);

/** undefined: nothing is open, the page waits for files. */
export const engine: ReadonlySignal<Engine | undefined> = currentEngine;
export const workspace: ReadonlySignal<Loadable<Workspace>> = opened;
/** The books of all of T and all vCPUs. */
export const wholeExplanation: ReadonlySignal<Loadable<Explanation>> = whole;
export const comparison: ReadonlySignal<Loadable<Comparison | undefined>> = compared;
export const difference: ReadonlySignal<Loadable<Difference | undefined>> = differing;

/** Which recording is looked at: 0, or 1 where two are open. */
export const recording = computed<number>(() => (address.value.parameters['recording'] === '1' ? 1 : 0));

export const lengthNs = computed<number>(() => latest(opened.value)?.recordings[recording.value]?.lengthNs ?? 0);

/** The part of T that is selected; undefined: all of it. */
export const range = computed<Range | undefined>(() => {
  const { from, to } = address.value.parameters;
  const [fromNs, toNs] = [wholeNumber(from), wholeNumber(to)];
  if (fromNs === undefined || toNs === undefined || toNs <= fromNs) return undefined;
  return { fromNs, toNs };
});

/** The part of T that the books count: all of it where there are no others. */
const countedRange = computed<Range | undefined>(() =>
  latest(opened.value)?.ranges === false ? undefined : range.value,
);

export const machine = computed<string | undefined>(() => address.value.parameters['machine']);
export const vcpu = computed<number | undefined>(() =>
  machine.value === undefined ? undefined : wholeNumber(address.value.parameters['vcpu']),
);

/** Whose time counts. */
export const costKind = computed<CostKind>(() => (address.value.parameters['cost'] === 'host' ? 'host' : 'delay'));

/** Whether the books are asked for by part or by vCPU. */
const isPart = computed<boolean>(() => countedRange.value !== undefined || machine.value !== undefined);

/** The books of the part and the vCPUs that are chosen. */
export const explanation = computed<Loadable<Explanation>>(() => (isPart.value ? asked.value : whole.value));

const past: (Range | undefined)[] = [];

/** Every view then counts this part only; null: all of T. */
export function selectRange(wanted: Range | null): void {
  past.push(range.value);
  setRange(wanted);
}

/** The part that was selected before. */
export function undoRange(): void {
  if (past.length > 0) setRange(past.pop() ?? null);
}

function setRange(wanted: Range | null): void {
  setParameters({
    from: wanted === null ? null : Math.floor(wanted.fromNs),
    to: wanted === null ? null : Math.ceil(wanted.toNs),
  });
}

/** Opens what the engine has; what another had is let go. */
export async function openEngine(next: Engine): Promise<void> {
  currentEngine.value?.close();
  past.length = 0;
  currentEngine.value = next;
  opened.value = LOADING;
  whole.value = LOADING;
  asked.value = LOADING;
  compared.value = LOADING;
  differing.value = LOADING;
  try {
    const space = await next.open((progress) => {
      if (currentEngine.value === next) opened.value = { state: 'loading', progress };
    });
    if (currentEngine.value !== next) return;
    opened.value = ready(space);
    // Without a recording there is nothing on the other views.
    if (space.recordings.length === 0 && space.hasComparison) goTo('benchmarks');
  } catch (error) {
    if (currentEngine.value === next) opened.value = failed(error);
  }
}

/** Keeps the books in step with what is chosen. */
export function startWorkspace(): void {
  follow(whole, () => ({ recording: recording.value }));
  follow(asked, () => {
    const all = latest(whole.value);
    if (!isPart.value || all === undefined) return undefined;
    return {
      recording: recording.value,
      ...partOf(countedRange.value, all.recording.fromNs),
      ...(machine.value !== undefined && { machine: machine.value }),
      ...(vcpu.value !== undefined && { vcpu: vcpu.value }),
    };
  });
  effect(() => {
    const [space, asking] = [opened.value, currentEngine.value];
    if (space.state !== 'ready' || asking === undefined) return;
    load(compared, asking, space.value.hasComparison ? asking.comparison() : Promise.resolve(undefined));
    load(differing, asking, space.value.hasDifference ? asking.difference() : Promise.resolve(undefined));
  });
}

/** The same part, since the first event of the recording. */
function partOf(part: Range | undefined, startNs: number): Pick<ExplanationQuery, 'fromNs' | 'toNs'> {
  return part === undefined ? {} : { fromNs: part.fromNs + startNs, toNs: part.toNs + startNs };
}

/** Asks again whenever the query changes; an answer that is no longer wanted is dropped. */
function follow(into: typeof asked, query: () => ExplanationQuery | undefined): void {
  const wanted = computed(() => {
    const space = opened.value;
    if (space.state !== 'ready' || space.value.recordings.length === 0) return undefined;
    const asking = query();
    return asking === undefined ? undefined : JSON.stringify(asking);
  });
  effect(() => {
    const [question, asking] = [wanted.value, currentEngine.value];
    if (question === undefined || asking === undefined) return undefined;
    const abort = new AbortController();
    const before = latest(into.peek());
    into.value = { state: 'loading', ...(before !== undefined && { before }) };
    asking.explanation(JSON.parse(question) as ExplanationQuery, abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) into.value = ready(value);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) into.value = failed(error);
      },
    );
    return () => abort.abort();
  });
}

function load<Value>(into: { value: Loadable<Value> }, asking: Engine, answer: Promise<Value>): void {
  answer.then(
    (value) => {
      if (currentEngine.value === asking) into.value = ready(value);
    },
    (error: unknown) => {
      if (currentEngine.value === asking) into.value = failed(error);
    },
  );
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
