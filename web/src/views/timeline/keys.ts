/** Keys of the timeline. They are about the one that is shown. */
import type { KeyGroup } from '../../state/keys.js';
import type { TimelineController } from './controller.js';
import { undoSpan } from './state.js';

let shown: TimelineController | undefined;

/** @returns takes it back */
export function keysGoTo(controller: TimelineController): () => void {
  shown = controller;
  return () => {
    if (shown === controller) shown = undefined;
  };
}

export const TIMELINE_KEYS: KeyGroup = {
  title: 'Timeline',
  bindings: [
    { keys: ['w'], does: 'Zoom in around the pointer (so does the wheel)', run: () => shown?.zoomByKey(true) },
    { keys: ['s'], does: 'Zoom out', run: () => shown?.zoomByKey(false) },
    {
      keys: ['a', 'ArrowLeft'],
      does: 'Earlier (so do dragging and Shift with the wheel)',
      run: () => shown?.panByKey(-1),
    },
    { keys: ['d', 'ArrowRight'], does: 'Later', run: () => shown?.panByKey(1) },
    { keys: ['ArrowUp'], does: 'The lane above', run: () => shown?.moveFocus(-1) },
    { keys: ['ArrowDown'], does: 'The lane below', run: () => shown?.moveFocus(1) },
    { keys: ['f'], does: 'Fit: the selected episode, then the range, then all of T', run: () => shown?.fitNext() },
    { keys: ['Backspace'], does: 'Undo the last zoom', run: () => undoSpan() },
    { keys: ['e'], does: 'Select the longest segment in view on this lane', run: () => shown?.selectLongest() },
    { keys: ['.'], does: 'Next episode on this lane', run: () => void shown?.step(1) },
    { keys: [','], does: 'Previous episode on this lane', run: () => void shown?.step(-1) },
    {
      keys: ['r'],
      does: 'Count only what is in view, in every view (or drag with Shift)',
      run: () => shown?.selectView(),
    },
    { keys: ['m'], does: 'Mark the time under the pointer, or take the mark away', run: () => shown?.mark() },
    { keys: ['['], does: 'Measure from here (A)', run: () => shown?.setMark('a') },
    { keys: [']'], does: 'Measure to here (B)', run: () => shown?.setMark('b') },
    { keys: ['Escape'], does: 'Deselect', run: () => shown?.deselect() },
  ],
};
