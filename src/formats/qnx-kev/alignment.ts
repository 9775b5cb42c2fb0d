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

/** The first place from `from` on where enough events begin to be sure; -1 where there is none. */
export function findEvents(view: DataView, from: number, sorts: Uint8Array, littleEndian: boolean): number {
  const last = view.byteLength - CHECKED * EVENT_BYTES;
  for (let at = from; at <= last; at++) if (areEvents(view, at, sorts, littleEndian)) return at;
  return -1;
}
