/** Writes perf.data files for tests: both forms, both byte orders, any records, damage included. */

import { ByteWriter } from './byte-writer.js';

/** sample_type of all events here: IP | TID | TIME | CPU | PERIOD | RAW | IDENTIFIER, as perf record has it for tracepoints. */
export const USUAL_SAMPLE_TYPE = 0x10587;
const ATTRIBUTE_BYTES = 128;
const HEADER_BYTES = 104;
const FEATURE = { TracingData: 1, Hostname: 3, Compressed: 27 };
const SAMPLE_ID_ALL = 18;

export interface SyntheticEvent {
  /** PERF_TYPE_TRACEPOINT is 2. */
  readonly type?: number;
  readonly config: number;
  readonly sampleType?: number;
  readonly readFormat?: number;
  readonly ids: readonly number[];
}

export interface SyntheticSample {
  readonly id: number;
  readonly time: bigint;
  readonly cpu: number;
  readonly pid?: number;
  readonly tid?: number;
  readonly raw: Uint8Array;
}

export class PerfDataWriter {
  readonly littleEndian: boolean;
  readonly #events: readonly SyntheticEvent[];
  readonly #formats: ReadonlyMap<string, readonly string[]>;
  #records: Uint8Array[] = [];

  /** `formats`: the texts of tracepoint descriptions by system. */
  constructor(
    littleEndian: boolean,
    events: readonly SyntheticEvent[],
    formats: ReadonlyMap<string, readonly string[]>,
  ) {
    this.littleEndian = littleEndian;
    this.#events = events;
    this.#formats = formats;
  }

  writer(): ByteWriter {
    return new ByteWriter(this.littleEndian);
  }

  record(type: number, body: Uint8Array, misc = 0, size = body.length + 8): Uint8Array {
    return this.writer().u32(type).u16(misc).u16(size).bytes(body).finish();
  }

  sampleRecord({ id, time, cpu, pid = 100, tid = 101, raw }: SyntheticSample): Uint8Array {
    const body = this.writer()
      .u64(id)
      .u64(0xffff_ffff_8100_0000n)
      .u32(pid >>> 0)
      .u32(tid >>> 0)
      .u64(time)
      .u32(cpu)
      .u32(0)
      .u64(1);
    const padding = 8 - ((raw.length + 4) % 8 || 8);
    body
      .u32(raw.length + padding)
      .bytes(raw)
      .bytes(new Uint8Array(padding));
    return this.record(9, body.finish(), 1);
  }

  add(...records: Uint8Array[]): this {
    this.#records.push(...records);
    return this;
  }

  sample(sample: SyntheticSample): this {
    return this.add(this.sampleRecord(sample));
  }

  finishedRound(): this {
    return this.add(this.record(68, new Uint8Array(0)));
  }

  lost(id: number, count: number, time: bigint, cpu: number): this {
    const body = this.writer().u64(id).u64(count);
    return this.add(this.record(2, this.#trailer(body, time, cpu, id).finish()));
  }

  lostSamples(count: number, misc = 0): this {
    return this.add(this.record(13, this.#trailer(this.writer().u64(count), 0n, 0, 0).finish(), misc));
  }

  comm(pid: number, tid: number, name: string): this {
    const body = this.writer()
      .u32(pid >>> 0)
      .u32(tid >>> 0)
      .text(name.padEnd(16, '\0'));
    return this.add(this.record(3, this.#trailer(body, 1n, 0, 0).finish()));
  }

  fork(pid: number, tid: number): this {
    const body = this.writer().u32(pid).u32(1).u32(tid).u32(1).u64(1);
    return this.add(this.record(7, this.#trailer(body, 1n, 0, 0).finish()));
  }

  /** The zstd stream of `perf record -z` (without compression: raw blocks), cut into records of `pieces` each. */
  compressed(content: Uint8Array, pieces: number): this {
    const size = Math.ceil(content.length / pieces);
    for (let piece = 0; piece < pieces; piece++) {
      const block = content.subarray(piece * size, (piece + 1) * size);
      const body = new ByteWriter(true);
      // Magic, frame header without sizes, window of 2 MiB; then block headers: (size << 3) | raw, not the last one.
      if (piece === 0) body.u32(0xfd2fb528).u8(0).u8(0x58);
      const header = block.length << 3;
      body
        .u16(header & 0xffff)
        .u8(header >> 16)
        .bytes(block);
      this.add(this.record(81, body.finish()));
    }
    return this;
  }

  /** The tracing data as perf writes them; the byte order of raw records is that of the file. */
  tracingData(): Uint8Array {
    const out = this.writer()
      .bytes(Uint8Array.of(0x17, 0x08, 0x44))
      .text('tracing')
      .text('0.6\0');
    out
      .u8(this.littleEndian ? 0 : 1)
      .u8(8)
      .u32(4096);
    out.text('header_page\0').u64(0).text('header_event\0').u64(0);
    out.u32(0).u32(this.#formats.size);
    for (const [system, texts] of this.#formats) {
      out.text(`${system}\0`).u32(texts.length);
      for (const text of texts) out.u64(text.length).text(text);
    }
    return out.u32(0).u32(0).u64(0).finish();
  }

  /** `dataSize` as the header shall state it, where that is to be wrong. */
  fileForm(dataSize?: number): Uint8Array {
    const entry = ATTRIBUTE_BYTES + 16;
    const idBytes = this.#events.map(({ ids }) => ids.length * 8);
    const tableAt = HEADER_BYTES + idBytes.reduce((sum, size) => sum + size, 0);
    const dataAt = tableAt + this.#events.length * entry;
    const data = this.#data();
    const features: [number, Uint8Array][] = [
      [FEATURE.TracingData, this.tracingData()],
      [FEATURE.Hostname, this.#hostname()],
      [FEATURE.Compressed, this.#compressedFeature()],
    ];
    const bits = features.reduce((sum, [feature]) => sum | (1n << BigInt(feature)), 0n);
    const out = this.#magic()
      .u64(HEADER_BYTES)
      .u64(entry)
      .u64(tableAt)
      .u64(this.#events.length * entry);
    out
      .u64(dataAt)
      .u64(dataSize ?? data.length)
      .u64(0)
      .u64(0)
      .u64(bits)
      .u64(0)
      .u64(0)
      .u64(0);
    for (const { ids } of this.#events) for (const id of ids) out.u64(id);
    let idsAt = HEADER_BYTES;
    this.#events.forEach((event, index) => {
      out.bytes(this.#attribute(event)).u64(idsAt).u64(idBytes[index]);
      idsAt += idBytes[index];
    });
    out.bytes(data);
    let sectionAt = out.length + features.length * 16;
    for (const [, section] of features) {
      out.u64(sectionAt).u64(section.length);
      sectionAt += section.length;
    }
    for (const [, section] of features) out.bytes(section);
    return out.finish();
  }

  pipeForm(): Uint8Array {
    const out = this.#magic().u64(16);
    for (const event of this.#events) {
      const body = this.writer().bytes(this.#attribute(event));
      for (const id of event.ids) body.u64(id);
      out.bytes(this.record(64, body.finish()));
    }
    out.bytes(this.record(80, this.writer().u64(FEATURE.Hostname).bytes(this.#hostname()).finish()));
    out.bytes(this.record(80, this.writer().u64(FEATURE.Compressed).bytes(this.#compressedFeature()).finish()));
    out.bytes(tracingRecord(this.writer(), this.tracingData()));
    return out.bytes(this.#data()).finish();
  }

  #data(): Uint8Array {
    const out = this.writer();
    for (const record of this.#records) out.bytes(record);
    return out.finish();
  }

  #magic(): ByteWriter {
    return this.writer().text(this.littleEndian ? 'PERFILE2' : '2ELIFREP');
  }

  #hostname(): Uint8Array {
    return this.writer().u32(64).text('testhost'.padEnd(64, '\0')).finish();
  }

  #compressedFeature(): Uint8Array {
    return this.writer()
      .u32(1)
      .u32(1)
      .u32(1)
      .u32(1)
      .u32(1 << 20)
      .finish();
  }

  #attribute({ type = 2, config, sampleType = USUAL_SAMPLE_TYPE, readFormat = 0 }: SyntheticEvent): Uint8Array {
    const out = this.writer().u32(type).u32(ATTRIBUTE_BYTES).u64(config).u64(1).u64(sampleType).u64(readFormat);
    const flags = new Uint8Array(8);
    const bit = SAMPLE_ID_ALL & 7;
    flags[SAMPLE_ID_ALL >> 3] = 1 << (this.littleEndian ? bit : 7 - bit);
    out.bytes(flags);
    return out.bytes(new Uint8Array(ATTRIBUTE_BYTES - out.length)).finish();
  }

  /** The fields that sample_id_all appends: TID, TIME, CPU, IDENTIFIER. */
  #trailer(body: ByteWriter, time: bigint, cpu: number, id: number): ByteWriter {
    return body.u32(100).u32(101).u64(time).u32(cpu).u32(0).u64(id);
  }
}

function tracingRecord(out: ByteWriter, tracing: Uint8Array): Uint8Array {
  const padding = (8 - (tracing.length % 8)) % 8;
  return out
    .u32(66)
    .u16(0)
    .u16(12)
    .u32(tracing.length + padding)
    .bytes(tracing)
    .bytes(new Uint8Array(padding))
    .finish();
}

/** The pipe form of a real little-endian recording in the file form: the same tables and records, in the other dress. */
export function toPipeForm(file: Buffer): Buffer {
  const u64 = (at: number): number => Number(file.readBigUInt64LE(at));
  const section = (at: number): Buffer => file.subarray(u64(at), u64(at) + u64(at + 8));
  const out: Uint8Array[] = [Buffer.from('PERFILE2\x10\0\0\0\0\0\0\0', 'latin1')];
  const entrySize = u64(16);
  for (let at = u64(24); at < u64(24) + u64(32); at += entrySize) {
    const attribute = file.subarray(at, at + entrySize - 16);
    out.push(littleRecord(64, attribute, section(at + entrySize - 16)));
  }
  let entry = u64(40) + u64(48);
  for (let feature = 0; feature < 64; feature++) {
    if (!((file.readBigUInt64LE(72) >> BigInt(feature)) & 1n)) continue;
    const bytes = section(entry);
    entry += 16;
    if (feature === FEATURE.TracingData) out.push(tracingRecord(new ByteWriter(true), bytes));
    else if (bytes.length < 60_000) out.push(featureRecord(feature, bytes));
  }
  out.push(section(40));
  return Buffer.concat(out);
}

function littleRecord(type: number, ...body: Uint8Array[]): Buffer {
  const header = Buffer.alloc(8);
  const size = body.reduce((sum, part) => sum + part.length, 8);
  header.writeUInt32LE(type, 0);
  header.writeUInt16LE(size, 6);
  return Buffer.concat([header, ...body]);
}

function featureRecord(feature: number, bytes: Uint8Array): Buffer {
  const number = Buffer.alloc(8);
  number.writeUInt32LE(feature, 0);
  return littleRecord(80, number, bytes, new Uint8Array((8 - (bytes.length % 8)) % 8));
}
