/** Finds the window in which a benchmark ran, and looks at it alone. */
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import type { Repetitions } from './costs.js';
import { type FoundWindow, findWindow, type View } from './window.js';

/** Explains a part of the recording again; times since its first event. */
export type LookAgain = (fromNs: number, toNs: number) => Promise<Result<View>>;

/** The window, and a view of nothing else. */
export interface Located {
  readonly window: FoundWindow;
  readonly view: View;
}

/** A stretch is found to the slice: if it has fewer than these it is looked for again, closer. */
const LEAST_SLICES = 50;
const MOST_LOOKS = 4;
/** Slices around the stretch that the closer look takes in. */
const MARGIN = 2;

/** @param lookAgain undefined where the recording cannot be read twice: then all of the view is the window */
export async function locate(
  first: View,
  repetitions: Repetitions,
  isAsked: boolean,
  lookAgain: LookAgain | undefined,
): Promise<Result<Located>> {
  const fixed = isAsked ? 'asked' : lookAgain === undefined ? 'whole' : undefined;
  let view = first;
  let awakeNs: number | undefined;
  for (let look = 1; ; look++) {
    const window = findWindow(view, { ...repetitions, fixed });
    if (window === undefined) return failure(nothingRan());
    const { recording } = view.explanation;
    const length = window.toNs - window.fromNs;
    if (lookAgain === undefined || length === recording.durationNs) return success({ window, view });
    const { sliceNs } = view.observation.timeline;
    const isClose = window.basis !== 'busiest-stretch' || length >= LEAST_SLICES * sliceNs || look === MOST_LOOKS;
    const margin = isClose ? 0 : MARGIN * sliceNs;
    const from = Math.max(0, window.fromNs - margin);
    const to = Math.min(recording.durationNs, window.toNs + margin);
    const part = await lookAgain(recording.fromNs + from, recording.fromNs + to);
    if (!part.ok) return part;
    if (isClose) return success({ window: { ...window, awakeNs: awakeNs ?? window.awakeNs }, view: part.value });
    awakeNs ??= window.awakeNs;
    view = part.value;
  }
}

const nothingRan = (): Issue => ({
  code: 'nothing-ran',
  severity: 'error',
  message: 'No vCPU did anything in what is explained: there is nothing that a benchmark could be reconciled with.',
  hint: 'Choose another interval, machine or vCPU.',
});
