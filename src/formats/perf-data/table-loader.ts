/** Takes up the tables of a recording, be they sections of a file or records of a pipe. */
import type { ByteSource } from '../../base/byte-source.js';
import type { IssueLog } from '../../base/issue.js';
import { parseAttribute, SMALLEST_ATTRIBUTE } from './attribute.js';
import { ByteCursor, textUpToNul } from './byte-cursor.js';
import { Feature, RECORD_HEADER_BYTES, RecordType } from './constants.js';
import type { EventTable } from './event-table.js';
import type { Features } from './features.js';
import { type FileLayout, parseIds, readSection } from './file-header.js';
import { parseTracingData } from './tracing-data.js';

/** `type` of an EVENT_UPDATE record that carries the name of an event. */
const UPDATE_NAME = 2;

export class TableLoader {
  readonly #source: string;
  readonly #littleEndian: boolean;
  readonly #table: EventTable;
  readonly #features: Features;
  readonly #issues: IssueLog;

  constructor(source: string, littleEndian: boolean, table: EventTable, features: Features, issues: IssueLog) {
    this.#source = source;
    this.#littleEndian = littleEndian;
    this.#table = table;
    this.#features = features;
    this.#issues = issues;
  }

  async loadFile(source: ByteSource, layout: FileLayout): Promise<void> {
    for (const issue of layout.issues) this.#issues.add(issue);
    for (const attribute of layout.attributes) this.#table.addAttribute(attribute);
    for (const section of layout.features) {
      const bytes = await readSection(source, section);
      if (bytes === undefined) this.#damaged(`Feature ${section.feature} lies outside the file`, section.offset);
      else if (section.feature === Feature.TracingData) this.addTracingData(bytes, section.offset);
      else this.#addFeature(section.feature, bytes, section.offset);
    }
  }

  addTracingData(bytes: Uint8Array, offset: number): void {
    const tracing = parseTracingData(bytes);
    for (const issue of tracing.issues) this.#issues.add({ ...issue, source: this.#source, offset });
    this.#table.setTracingData(tracing);
  }

  /** A record of the pipe form, header included, that carries a table; others are passed over. */
  addRecord(type: number, record: Uint8Array, offset: number): void {
    const body = record.subarray(RECORD_HEADER_BYTES);
    if (type === RecordType.HeaderAttr) this.#addAttribute(body, offset);
    else if (type === RecordType.HeaderFeature) this.#addFeatureRecord(body, offset);
    else if (type === RecordType.EventUpdate) this.#addUpdate(body);
  }

  #addAttribute(body: Uint8Array, offset: number): void {
    // The attribute states its own size in its second word.
    const size = body.length >= 8 ? new ByteCursor(body.subarray(4), this.#littleEndian).u32() : 0;
    if (size < SMALLEST_ATTRIBUTE || size > body.length) {
      this.#damaged('The description of an event is cut', offset);
      return;
    }
    const ids = parseIds(body.subarray(size), this.#littleEndian);
    this.#table.addAttribute(parseAttribute(body.subarray(0, size), this.#littleEndian, ids));
  }

  #addFeatureRecord(body: Uint8Array, offset: number): void {
    if (body.length < 8) return;
    this.#addFeature(new ByteCursor(body, this.#littleEndian).u64(), body.subarray(8), offset);
  }

  #addFeature(feature: number, bytes: Uint8Array, offset: number): void {
    if (!this.#features.add(feature, bytes, this.#littleEndian)) {
      this.#damaged(`Feature ${feature} ends too early`, offset);
    }
    if (feature === Feature.EventDesc) this.#table.addNames(this.#features.eventNames);
  }

  #addUpdate(body: Uint8Array): void {
    if (body.length <= 16) return;
    const cursor = new ByteCursor(body, this.#littleEndian);
    if (cursor.u64() !== UPDATE_NAME) return;
    const id = cursor.u64();
    this.#table.addNames([[id, textUpToNul(cursor.bytes(cursor.remaining))]]);
  }

  #damaged(message: string, offset: number): void {
    this.#issues.add({ code: 'bad-table', severity: 'warning', message, source: this.#source, offset });
  }
}
