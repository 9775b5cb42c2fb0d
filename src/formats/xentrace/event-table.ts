/** What to do with each record: how often each event came, and from where in the record the wanted fields are copied. */
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import type { TracepointCatalog, TracepointSpec } from '../../recording/tracepoint.js';
import { type FieldPlace, RECORD_LAYOUTS, type RecordLayout } from './record-layouts.js';
import { EVENT_INDICES, indexOfEvent } from './record-words.js';

/** Instead of the index of a word. */
const CONSTANT = -1;
const ABSENT = -2;
const ALL_BITS = 0xffff_ffff;

/** How the wanted fields of one event are copied: an entry per slot. */
interface Copying {
  /** Slots that are copied. */
  readonly slots: number;
  readonly word: Int32Array;
  readonly shift: Int32Array;
  readonly mask: Uint32Array;
  readonly constant: Float64Array;
}

const NO_FIELDS: Copying = {
  slots: 0,
  word: new Int32Array(0),
  shift: new Int32Array(0),
  mask: new Uint32Array(0),
  constant: new Float64Array(0),
};

/** Events are counted in pages: nearly all of the numbers belong to no event, and need not be looked through. */
const PAGE_SHIFT = 8;
const PAGE_EVENTS = 1 << PAGE_SHIFT;

/** In a catalog: all events that are not in it, of which only the time is wanted. */
export const OTHER_EVENTS = 'trace:other';

export class EventTable {
  /** By page, and by index within it: how often an event came. */
  readonly #counts: (Float64Array | undefined)[] = Array.from({ length: EVENT_INDICES >> PAGE_SHIFT });
  /** By index of the event (indexOfEvent): the kind of its record in batches; 0: it is not wanted. */
  readonly kinds = new Uint8Array(EVENT_INDICES);
  /** Likewise: which copying is its own. */
  readonly #copyings = new Uint8Array(EVENT_INDICES);
  readonly #list: Copying[] = [];

  constructor(catalog: TracepointCatalog) {
    const specs = new Map(catalog.map((spec) => [`${spec.system}:${spec.event}`, spec]));
    const other = specs.get(OTHER_EVENTS);
    if (other !== undefined) this.kinds.fill(other.kind);
    this.#list.push(NO_FIELDS);
    for (const layout of RECORD_LAYOUTS) {
      const spec = specs.get(layout.name);
      if (spec === undefined) continue;
      const index = indexOfEvent(layout.event);
      this.kinds[index] = spec.kind;
      this.#copyings[index] = this.#list.push(copyingOf(layout, spec)) - 1;
    }
  }

  count(index: number): void {
    let page = this.#counts[index >> PAGE_SHIFT];
    if (page === undefined) {
      page = new Float64Array(PAGE_EVENTS);
      this.#counts[index >> PAGE_SHIFT] = page;
    }
    page[index & (PAGE_EVENTS - 1)]++;
  }

  /** The events that came: index, and how often. */
  *counts(): Generator<readonly [number, number]> {
    for (const [page, counts] of this.#counts.entries()) {
      if (counts === undefined) continue;
      for (const [at, count] of counts.entries()) if (count > 0) yield [(page << PAGE_SHIFT) | at, count];
    }
  }

  /** Copies the fields of an event that is wanted. @param first the first word of its own @param extra how many it has */
  copy(index: number, words: Uint32Array, first: number, extra: number, fields: Float64Array, at: number): void {
    const { slots, word, shift, mask, constant } = this.#list[this.#copyings[index]];
    for (let slot = 0; slot < slots; slot++) {
      const from = word[slot];
      if (from >= 0 && from < extra) fields[at + slot] = ((words[first + from] >>> shift[slot]) & mask[slot]) >>> 0;
      else fields[at + slot] = from === CONSTANT ? constant[slot] : Number.NaN;
    }
  }
}

function copyingOf({ fields }: RecordLayout, spec: TracepointSpec): Copying {
  const word = new Int32Array(FIELD_SLOTS).fill(ABSENT);
  const shift = new Int32Array(FIELD_SLOTS);
  const mask = new Uint32Array(FIELD_SLOTS).fill(ALL_BITS);
  const constant = new Float64Array(FIELD_SLOTS);
  let slots = 0;
  const put = (place: FieldPlace | undefined, half: 'low' | 'high'): void => {
    const slot = slots++;
    if (place === undefined) return;
    if ('constant' in place || (half === 'high' && place.isShort === true)) {
      word[slot] = CONSTANT;
      constant[slot] = 'constant' in place ? place.constant : 0;
      return;
    }
    word[slot] = place.word + (half === 'high' ? 1 : 0);
    shift[slot] = place.shift ?? 0;
    if (place.bits !== undefined) mask[slot] = 2 ** place.bits - 1;
  };
  for (const { name, type } of spec.fields) {
    const place = fields[name];
    if (type === 'u64') put(place, 'high');
    put(place, 'low');
  }
  return { slots, word, shift, mask, constant };
}
