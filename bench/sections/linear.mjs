// Work grows linearly: time per event for files of very different sizes.
import { compare } from '../measure.mjs';
import { vmtoll } from '../peers.mjs';
import { copiesOf, hasRoomFor, isMade, makeOfSize } from '../recordings.mjs';
import { millions, size } from '../table.mjs';

export const id = 'linear';
export const title = 'Time per event by size';

const MILLIONS = [1, 3, 10, 30];
const QUICK_MILLIONS = [1, 3];
/** The largest file may take so many times as long per event as the file that takes least. */
const MOST_GROWTH = 1.15;

/** @param {{ quick: boolean, runs: number }} options */
export function run({ quick, runs }) {
  const rows = [];
  const notes = [];
  const targets = [];
  const data = [];
  for (const kind of /** @type {const} */ (['trace-dat', 'perf-data'])) {
    const perEvent = [];
    for (const count of quick ? QUICK_MILLIONS : MILLIONS) {
      const bytes = copiesOf(kind).bytesFor(count * 1e6);
      if (!isMade(kind, bytes) && !hasRoomFor(bytes)) {
        notes.push(`**Not measured: ${kind}, ${count} million events.** The disk has no room for ${size(bytes)}.`);
        continue;
      }
      const file = makeOfSize(kind, bytes);
      const [{ wallSeconds }] = compare([vmtoll(file.path)], runs);
      const nanoseconds = (/** @type {number} */ value) => `${Math.round((value / file.events) * 1e9)} ns`;
      const { median, min, max } = wallSeconds;
      const range = `${nanoseconds(median)} (${nanoseconds(min)}–${nanoseconds(max)})`;
      rows.push([kind, millions(file.events), size(file.bytes), range]);
      perEvent.push((median / file.events) * 1e9);
      data.push({ kind, events: file.events, wallSeconds });
    }
    if (perEvent.length < 2) continue;
    const growth = perEvent[perEvent.length - 1] / Math.min(...perEvent);
    const what = `time per event of ${kind}, largest file over the best`;
    targets.push({ what, wanted: `≤ ${MOST_GROWTH}`, value: growth, met: growth <= MOST_GROWTH });
  }
  return { head: ['format', 'events', 'file', 'wall time per event'], rows, notes, targets, data };
}
