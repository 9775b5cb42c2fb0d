/** Where events begin, after bytes have been lost: nothing in the file marks it, but that what is there can be events. */
import { CLASS_SHIFT, EVENT_BYTES } from '../qnx/trace-classes.js';
import { SORT_MASK, Sort } from './event-sorts.js';

/** So many events in a row are none by chance. */
const CHECKED = 12;
/** Among them, their times change this often at least: events of several parts have one time. */
const LEAST_TIMES = 3;
const HALF = 2 ** 31;

/** Whether events begin at `at`: as many as can be seen, and one at least. */
export function areEvents(view: DataView, at: number, sorts: Uint8Array, littleEndian: boolean): boolean {
  const count = Math.min(CHECKED, Math.floor((view.byteLength - at) / EVENT_BYTES));
  if (count < 1) return false;
  let times = 1;
  let last = view.getUint32(at + 4, littleEndian);
  for (let event = 0; event < count; event++) {
    const head = view.getUint32(at + event * EVENT_BYTES, littleEndian);
    if (sorts[(head >>> CLASS_SHIFT) & SORT_MASK] >= Sort.Unknown) return false;
    const time = view.getUint32(at + event * EVENT_BYTES + 4, littleEndian);
    if (time === last) continue;
    // The times of all CPUs together mostly go forward.
    if ((time - last) >>> 0 < HALF) times++;
    last = time;
  }
  return count < CHECKED || times >= LEAST_TIMES;
}

/**
 * The first place from `from` on where enough events begin to be sure; -1 where there is none. What follows may look like events
 * also a few bytes too early, where bytes of one field fill the place of another: at the right place times differ least.
 */
export function findEvents(view: DataView, from: number, sorts: Uint8Array, littleEndian: boolean): number {
  const last = view.byteLength - CHECKED * EVENT_BYTES;
  let first = from;
  while (first <= last && !areEvents(view, first, sorts, littleEndian)) first++;
  if (first > last) return -1;
  let best = first;
  for (let at = first + 1; at < first + EVENT_BYTES && at <= last; at++) {
    const isBetter = spread(view, at, littleEndian) < spread(view, best, littleEndian);
    if (isBetter && areEvents(view, at, sorts, littleEndian)) best = at;
  }
  return best;
}

/** How far the times of the events that may begin at `at` are from one to the next, in cycles, all together. */
function spread(view: DataView, at: number, littleEndian: boolean): number {
  let sum = 0;
  for (let event = 1; event < CHECKED; event++) {
    const place = at + event * EVENT_BYTES + 4;
    sum += Math.abs((view.getUint32(place, littleEndian) - view.getUint32(place - EVENT_BYTES, littleEndian)) | 0);
  }
  return sum;
}
