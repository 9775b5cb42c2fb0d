/** Hand-built records, and their events as plain objects. */

import { kindOf, slotOf, type TracepointName } from '../../../src/hypervisors/kvm/tracepoints.js';
import { KvmTranslator } from '../../../src/hypervisors/kvm/translator.js';
import { CAUSES, type Cause } from '../../../src/recording/causes.js';
import { EVENTS_PER_RECORD, EventBatch, EventKind } from '../../../src/recording/event-batch.js';
import { FIELD_SLOTS, LOSS_RECORD, RecordBatch } from '../../../src/recording/record-batch.js';
import type { HostFacts } from '../../../src/recording/recording.js';
import { SymbolTable, symbolToField } from '../../../src/recording/symbols.js';
import { ThreadTable } from '../../../src/recording/threads.js';

export type Fields = Readonly<Record<string, number | string | undefined>>;

export interface PlainEvent {
  readonly kind: string;
  readonly time: number;
  readonly pcpu: number;
  readonly thread: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

export interface PlainDetail {
  readonly text: string | undefined;
  readonly cause: Cause | 'own';
  readonly rank: number;
}

const KIND_NAMES = new Map<number, string>(Object.entries(EventKind).map(([name, kind]) => [kind, name]));
export const INTEL: HostFacts = { cpuid: 'GenuineIntel,6,85,4' };
export const AMD: HostFacts = { cpuid: 'AuthenticAMD,23,1,2' };

/** A translator with a batch: each record is 1 µs after the one before, on pCPU 1, by thread 100. */
export class Host {
  readonly symbols = new SymbolTable();
  readonly translator: KvmTranslator;
  #time = 0;

  constructor(host: HostFacts = {}) {
    this.translator = new KvmTranslator({ host, symbols: this.symbols, threads: new ThreadTable() });
  }

  /** Translates one record. Fields that are not given are missing in the recording; text becomes a symbol. */
  record(event: TracepointName | 'loss', fields: Fields = {}, thread = 100): PlainEvent[] {
    const batch = new RecordBatch();
    this.#time += 1000;
    batch.count = 1;
    batch.time[0] = this.#time;
    batch.pcpu[0] = 1;
    batch.thread[0] = thread;
    batch.kind[0] = event === 'loss' ? LOSS_RECORD : kindOf(event);
    batch.fields.fill(Number.NaN, 0, FIELD_SLOTS);
    for (const [name, value] of Object.entries(fields)) {
      const slot = event === 'loss' ? Number(name) : slotOf(event, name);
      if (value !== undefined) {
        batch.fields[slot] = typeof value === 'string' ? symbolToField(this.symbols.intern(value)) : value;
      }
    }
    const events = new EventBatch(EVENTS_PER_RECORD);
    this.translator.translate(batch, events);
    return plain(events);
  }

  /** The only event of a record that must make exactly one. */
  one(event: TracepointName | 'loss', fields: Fields = {}, thread = 100): PlainEvent {
    const events = this.record(event, fields, thread);
    if (events.length !== 1) throw new Error(`${event} made ${events.length} events`);
    return events[0];
  }

  /** The detail that a record makes, after the Exit event if it is an exit. */
  detail(event: TracepointName, fields: Fields = {}, thread = 100): PlainDetail | undefined {
    const row = this.record(event, fields, thread).find((candidate) => candidate.kind === 'Detail');
    if (row === undefined) return undefined;
    return { text: this.text(row), cause: row.c === -1 ? 'own' : CAUSES[row.c], rank: row.d };
  }

  text(detail: PlainEvent): string | undefined {
    return this.translator.details.text(detail.a, detail.b);
  }

  /** The reason of an exit. */
  exitName(code: number | string, isa?: number): string {
    const exit = this.record('kvm_exit', { exit_reason: code, isa })[0];
    return this.translator.reasons.get(exit.a).name;
  }
}

export function plain(events: EventBatch): PlainEvent[] {
  return Array.from({ length: events.count }, (_, row) => ({
    ...events.event(row),
    kind: KIND_NAMES.get(events.event(row).kind)!,
  }));
}
