/** What the timeline shows, as far as it is in the address: span, selected episode, marks, closed groups. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { keptWithin, type Span, sameSpan } from '../../drawing/span.js';
import { address, setParameters } from '../../state/address.js';
import { lengthNs } from '../../state/workspace.js';

/** A moment on a lane: the episode there. */
export interface Moment {
  /** Position in the list of lanes. */
  readonly lane: number;
  readonly timeNs: number;
}

export interface Marks {
  /** Ends of a measurement; null where not set. */
  readonly a: number | null;
  readonly b: number | null;
  /** Others, in the order of time. */
  readonly flags: readonly number[];
}

/** Further marks than these are refused: an address has an end. */
export const MOST_FLAGS = 20;
/** A zoom or pan after a pause of so many milliseconds is a step of its own for the back button. */
const STEP_PAUSE_MS = 900;
/** The address is written no more often than this: browsers refuse too many changes. */
const WRITE_MS = 250;

const number = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : null;

export const whole = computed<Span>(() => ({ fromNs: 0, toNs: Math.max(1, lengthNs.value) }));

const addressed = computed<Span>(() => {
  const [, from, to] = /^(\d{1,16})-(\d{1,16})$/.exec(address.value.parameters['view'] ?? '') ?? [];
  const span = { fromNs: Number(from), toNs: Number(to) };
  return span.toNs > span.fromNs ? keptWithin(span, whole.value) : whole.value;
});

const shown = signal<Span | undefined>(undefined);

/** The span in view. */
export const view: ReadonlySignal<Span> = computed(() => shown.value ?? addressed.value);

export const selected = computed<Moment | undefined>(() => {
  const { lane, at } = address.value.parameters;
  const [position, timeNs] = [number(lane), number(at)];
  return position === null || timeNs === null ? undefined : { lane: position, timeNs };
});

export const marks = computed<Marks>(() => {
  const { a, b, flags } = address.value.parameters;
  const times = (flags ?? '').split('.').map(number);
  return {
    a: number(a),
    b: number(b),
    flags: times.filter((time) => time !== null).slice(0, MOST_FLAGS),
  };
});

export const closed = computed<ReadonlySet<string>>(() => {
  const ids = (address.value.parameters['closed'] ?? '').split('.').filter((id) => id !== '');
  return new Set(ids.map(decodeURIComponent));
});

const past: Span[] = [];
const MOST_PAST = 100;
let lastChange = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows another span. Changes that follow each other quickly are one step for undo and the back button. */
export function showSpan(span: Span): void {
  const now = view.peek();
  if (sameSpan(span, now)) return;
  const time = performance.now();
  if (time - lastChange > STEP_PAUSE_MS) {
    writeSpan();
    past.push(now);
    if (past.length > MOST_PAST) past.shift();
    // The step begins where the last one ended; what follows replaces it.
    setParameters({ view: viewText(span) });
  }
  lastChange = time;
  shown.value = span;
  timer ??= setTimeout(writeSpan, WRITE_MS);
}

/** Back to the span before the last zoom or pan. */
export function undoSpan(): void {
  const before = past.pop();
  if (before === undefined) return;
  shown.value = before;
  lastChange = 0;
  writeSpan();
}

function writeSpan(): void {
  clearTimeout(timer);
  timer = undefined;
  const span = shown.peek();
  if (span !== undefined) setParameters({ view: viewText(span) }, true);
}

/** null where it is all of T. */
function viewText(span: Span): string | null {
  if (sameSpan(span, whole.peek())) return null;
  return `${Math.max(0, Math.floor(span.fromNs))}-${Math.ceil(span.toNs)}`;
}

/** Follows the address: back, forward, links. @returns stops it */
export function followAddress(): () => void {
  const stop = effect(() => {
    const wanted = addressed.value;
    const now = shown.peek();
    // The address has whole nanoseconds: what differs by less is the page's own writing.
    const isOwn = now !== undefined && (timer !== undefined || viewText(now) === viewText(wanted));
    if (!isOwn) shown.value = wanted;
  });
  return () => {
    stop();
    // The address is another view's by now: what was not written yet is not for it.
    clearTimeout(timer);
    timer = undefined;
    shown.value = undefined;
  };
}

export const select = (moment: Moment | undefined): void =>
  setParameters({ lane: moment?.lane ?? null, at: moment === undefined ? null : Math.floor(moment.timeNs) });

export const setMark = (name: 'a' | 'b', timeNs: number | null): void =>
  setParameters({ [name]: timeNs === null ? null : Math.round(timeNs) }, true);

/** Adds a mark, or takes away the one that is there. @param near nanoseconds within which it is the same one */
export function toggleFlag(timeNs: number, near: number): void {
  const { flags } = marks.peek();
  const without = flags.filter((flag) => Math.abs(flag - timeNs) > near);
  const next = without.length < flags.length ? without : [...flags, Math.round(timeNs)].sort((a, b) => a - b);
  setParameters({ flags: next.length === 0 ? null : next.slice(0, MOST_FLAGS).join('.') }, true);
}

export function toggleGroup(id: string): void {
  const next = new Set(closed.peek());
  if (!next.delete(id)) next.add(id);
  setParameters({ closed: next.size === 0 ? null : [...next].map((one) => encodeURIComponent(one)).join('.') }, true);
}
