/** Events by the name that a line gives them: how many, and how their text is read. */
import type { RecordingTotals } from '../../recording/recording.js';
import type { TracepointCatalog } from '../../recording/tracepoint.js';
import { detached } from './detached.js';
import { type NameTables, PatternMatcher, type Vocabulary } from './pattern-matcher.js';

/** A kernel numbers its events with 16 bits: more names are no events. */
const MAX_NAMES = 65_536;
const REST = 'other';

/** How an event is read that is wanted: as one of the tracepoints of its name, which architectures may have different. */
export interface EventForm {
  readonly kind: number;
  readonly matcher: PatternMatcher;
  /** Its text is a marker: the first group. */
  readonly marker?: RegExp;
}

export interface EventName {
  /** `system:event` where either the line or the catalog says the system. */
  readonly name: string;
  count: number;
  /** Tried in this order; none for events that nobody wants. */
  readonly forms: readonly EventForm[];
}

export class EventNames {
  readonly #names = new Map<string, EventName>();
  readonly #rest: EventName = { name: REST, count: 0, forms: [] };

  constructor(catalog: TracepointCatalog, vocabulary: Vocabulary, names: NameTables) {
    for (const spec of catalog) {
      const name = `${spec.system}:${spec.event}`;
      const matcher = new PatternMatcher(spec, vocabulary, names);
      const marker = spec.markerText === undefined ? undefined : spec.text?.[0].pattern;
      const form: EventForm = { kind: spec.kind, matcher, ...(marker && { marker }) };
      const others = this.#names.get(name)?.forms ?? [];
      const event: EventName = { name, count: 0, forms: [...others, form] };
      this.#names.set(name, event);
      this.#names.set(spec.event, event);
    }
  }

  /** Looks `name` up, which is `event` or `system:event`. */
  find(name: string): EventName {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    if (this.#names.size >= MAX_NAMES) return this.#rest;
    const kept = detached(name);
    const event: EventName = { name: kept, count: 0, forms: [] };
    this.#names.set(kept, event);
    return event;
  }

  /** Writes the counts down. */
  report(totals: RecordingTotals): void {
    for (const event of [...this.#names.values(), this.#rest]) {
      if (event.count > 0) totals.eventCounts.set(event.name, event.count);
    }
  }
}
