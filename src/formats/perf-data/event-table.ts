/**
 * Which event a sample belongs to: identifier → attribute → tracepoint.
 *
 * A file has all tables before its records are read; a pipe brings them as records, so the table is worked out anew
 * whenever something was added, in practice once before the first sample.
 */
import { specFor, specsByName, type TracepointCatalog, type TracepointSpec } from '../../recording/tracepoint.js';
import { type FieldExtractor, fieldExtractor } from '../tracefs/field-extractor.js';
import type { Attribute } from './attribute.js';
import { ATTR_TYPE_TRACEPOINT } from './constants.js';
import { PlainSources } from './plain-samples.js';
import { SampleLayout, sampleIdOffset, type TrailerLayout, trailerLayout } from './sample-layout.js';
import type { TracingData } from './tracing-data.js';

/** Identifiers are handed out one after the other: a plain array serves ranges up to this. */
const LARGEST_ID_RANGE = 1 << 20;
const TWO_32 = 2 ** 32;
const NO_TRAILER: TrailerLayout = { size: 0, time: 0, cpu: 0 };

/** Tells the samples of one tracepoint that several attributes recorded from their repetitions. */
class RepetitionFilter {
  readonly #last = new Map<number, { time: number; source: EventSource }>();

  /** True where another attribute has reported an event of this CPU and time just before. */
  isRepeated(source: EventSource, cpu: number, time: number): boolean {
    const last = this.#last.get(cpu);
    if (last === undefined) {
      this.#last.set(cpu, { time, source });
      return false;
    }
    if (last.time === time && last.source !== source) return true;
    last.time = time;
    last.source = source;
    return false;
  }
}

/** One attribute, ready for reading its samples. */
export class EventSource {
  count = 0;
  /** `system:name`, or what perf calls an event that is no tracepoint. */
  readonly name: string;
  readonly layout: SampleLayout;
  /** Reads the fields; undefined where nobody wants the event. */
  readonly extractor: FieldExtractor | undefined;
  readonly kind: number;
  /** Only where several attributes recorded the same wanted tracepoint. */
  repetitions: RepetitionFilter | undefined;

  constructor(name: string, layout: SampleLayout, extractor: FieldExtractor | undefined) {
    this.name = name;
    this.layout = layout;
    this.extractor = extractor;
    this.kind = extractor?.spec.kind ?? 0;
  }
}

export class EventTable {
  /** Byte order of the file's own structures. */
  readonly #littleEndian: boolean;
  readonly #wanted: ReadonlyMap<string, readonly TracepointSpec[]>;
  readonly #attributes: Attribute[] = [];
  readonly #names = new Map<number, string>();
  #tracing: TracingData | undefined;
  #stale = true;

  #sources: EventSource[] = [];
  /** Counts of sources that have been worked out anew since. */
  readonly #earlierCounts = new Map<string, number>();
  #idOffset = -1;
  #smallestId = 0;
  #byId: (EventSource | undefined)[] = [];
  #byLargeId = new Map<number, EventSource>();
  #byTracepoint = new Map<number, EventSource>();
  #only: EventSource | undefined;
  #trailer = NO_TRAILER;
  #plain: PlainSources | undefined;

  constructor(catalog: TracepointCatalog, littleEndian: boolean) {
    this.#littleEndian = littleEndian;
    this.#wanted = specsByName(catalog);
  }

  get attributes(): readonly Attribute[] {
    return this.#attributes;
  }

  get hasTracingData(): boolean {
    return this.#tracing !== undefined;
  }

  /** Whether any attribute is a tracepoint whose description is missing. */
  get lacksFormats(): boolean {
    return this.#attributes.some(
      ({ type, config }) => type === ATTR_TYPE_TRACEPOINT && !this.#tracing?.formats.has(config),
    );
  }

  addAttribute(attribute: Attribute): void {
    this.#attributes.push(attribute);
    this.#stale = true;
  }

  addNames(names: Iterable<readonly [number, string]>): void {
    for (const [id, name] of names) this.#names.set(id, name);
    this.#stale = true;
  }

  setTracingData(tracing: TracingData): void {
    this.#tracing = tracing;
    this.#stale = true;
  }

  get trailer(): TrailerLayout {
    if (this.#stale) this.#rebuild();
    return this.#trailer;
  }

  /** The events whose samples can be read the fast way; undefined where samples do not name their event. */
  get plain(): PlainSources | undefined {
    if (this.#stale) this.#rebuild();
    return this.#plain;
  }

  /** The event of the sample at `start`; undefined where the file does not describe it. */
  sourceOf(view: DataView, start: number, end: number): EventSource | undefined {
    if (this.#stale) this.#rebuild();
    if (this.#only !== undefined) return this.#only;
    const littleEndian = this.#littleEndian;
    if (this.#idOffset < 0) return this.#sourceByRecord(view, start, end);
    const at = start + this.#idOffset;
    if (at + 8 > end) return undefined;
    const first = view.getUint32(at, littleEndian);
    const second = view.getUint32(at + 4, littleEndian);
    const id = littleEndian ? second * TWO_32 + first : first * TWO_32 + second;
    const index = id - this.#smallestId;
    if (index >= 0 && index < this.#byId.length) return this.#byId[index];
    return this.#byLargeId.get(id);
  }

  /** Events by name, those of all attributes together. */
  counts(): Map<string, number> {
    const counts = new Map(this.#earlierCounts);
    this.#sources.forEach(({ name, count }, index) => {
      const all = count + (this.#plain?.counts[index] ?? 0);
      if (all > 0) counts.set(name, (counts.get(name) ?? 0) + all);
    });
    return counts;
  }

  /** Samples that do not name their event: the record itself begins with the identifier of its tracepoint. */
  #sourceByRecord(view: DataView, start: number, end: number): EventSource | undefined {
    const layout = this.#sources[0]?.layout;
    const raw = layout ? layout.rawAt(view, start, end, this.#littleEndian) : -1;
    if (raw < 0 || raw + 6 > end) return undefined;
    return this.#byTracepoint.get(view.getUint16(raw + 4, this.#tracing?.littleEndian ?? this.#littleEndian));
  }

  #rebuild(): void {
    this.#stale = false;
    for (const [name, count] of this.counts()) this.#earlierCounts.set(name, count);
    this.#sources = this.#attributes.map((attribute) => this.#sourceFor(attribute));
    this.#markRepetitions();
    const first = this.#attributes[0];
    this.#idOffset = first === undefined ? -1 : sampleIdOffset(first.sampleType);
    this.#trailer = first === undefined ? NO_TRAILER : trailerLayout(first);
    this.#only = this.#sources.length === 1 ? this.#sources[0] : undefined;
    this.#byTracepoint = new Map(
      this.#attributes.flatMap(({ type, config }, index) =>
        type === ATTR_TYPE_TRACEPOINT ? [[config, this.#sources[index]] as const] : [],
      ),
    );
    this.#indexIds();
    const canBePlain = this.#littleEndian && this.#idOffset >= 0 && this.#byId.length > 0;
    this.#plain = canBePlain
      ? new PlainSources(this.#idOffset, this.#smallestId, this.#byId, this.#sources)
      : undefined;
  }

  #sourceFor(attribute: Attribute): EventSource {
    const layout = new SampleLayout(attribute);
    const name = this.#names.get(attribute.ids[0] ?? -1);
    if (attribute.type !== ATTR_TYPE_TRACEPOINT) {
      return new EventSource(name ?? `event ${attribute.type}/${attribute.config}`, layout, undefined);
    }
    const found = this.#tracing?.formats.get(attribute.config);
    if (found === undefined) return new EventSource(name ?? `tracepoint ${attribute.config}`, layout, undefined);
    const full = `${found.system}:${found.format.name}`;
    const spec = specFor(this.#wanted.get(full), found.format.fields);
    const littleEndian = this.#tracing?.littleEndian ?? this.#littleEndian;
    return new EventSource(full, layout, spec && fieldExtractor(spec, found.format, littleEndian));
  }

  #markRepetitions(): void {
    const firstOfKind = new Map<number, EventSource>();
    for (const source of this.#sources) {
      if (source.kind === 0) continue;
      const first = firstOfKind.get(source.kind);
      if (first === undefined) {
        firstOfKind.set(source.kind, source);
      } else {
        first.repetitions ??= new RepetitionFilter();
        source.repetitions = first.repetitions;
      }
    }
  }

  #indexIds(): void {
    this.#smallestId = Infinity;
    for (const { ids } of this.#attributes) {
      for (const id of ids) if (id < this.#smallestId) this.#smallestId = id;
    }
    this.#byId = [];
    this.#byLargeId = new Map();
    this.#attributes.forEach((attribute, index) => {
      for (const id of attribute.ids) {
        const place = id - this.#smallestId;
        if (place < LARGEST_ID_RANGE) this.#byId[place] = this.#sources[index];
        else this.#byLargeId.set(id, this.#sources[index]);
      }
    });
  }
}
