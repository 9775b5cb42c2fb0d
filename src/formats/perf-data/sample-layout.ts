/**
 * Where the fields of a sample lie, worked out once from the `sample_type` of its event.
 * Only what follows a variable part (READ of a group, CALLCHAIN) has to be looked for in each sample.
 */
import type { Attribute } from './attribute.js';
import { RECORD_HEADER_BYTES, ReadBit, SampleBit } from './constants.js';

/** Every field but RAW is a multiple of 64 bits. */
const WORD = 8;

export class SampleLayout {
  /** Bytes from the start of the record; -1 where samples lack the field. */
  readonly tid: number;
  readonly time: number;
  readonly cpu: number;
  /** Bytes from the start of the record to the first part that is not at a fixed place. */
  readonly fixedSize: number;
  readonly hasRaw: boolean;
  /** Whether parts whose size each sample tells lie between the fixed ones and RAW. */
  readonly hasVariablePart: boolean;
  readonly #readFormat: number;
  readonly #sampleType: number;

  constructor(attribute: Attribute) {
    const { sampleType, readFormat } = attribute;
    let at = RECORD_HEADER_BYTES;
    const place = (bit: number): number => {
      if (!(sampleType & bit)) return -1;
      at += WORD;
      return at - WORD;
    };
    place(SampleBit.Identifier);
    place(SampleBit.Ip);
    this.tid = place(SampleBit.Tid);
    this.time = place(SampleBit.Time);
    place(SampleBit.Addr);
    place(SampleBit.Id);
    place(SampleBit.StreamId);
    this.cpu = place(SampleBit.Cpu);
    place(SampleBit.Period);
    this.fixedSize = at;
    this.hasRaw = (sampleType & SampleBit.Raw) !== 0;
    this.hasVariablePart = (sampleType & (SampleBit.Read | SampleBit.Callchain)) !== 0;
    this.#readFormat = readFormat;
    this.#sampleType = sampleType;
  }

  /**
   * Place of the RAW part (its size in 32 bits, then so many bytes) in the sample at `start`; -1 where it has none
   * or where it does not fit into the record, which ends at `end`.
   */
  rawAt(view: DataView, start: number, end: number, littleEndian: boolean): number {
    if (!this.hasRaw) return -1;
    let at = start + this.fixedSize;
    if (this.hasVariablePart) {
      if (this.#sampleType & SampleBit.Read) at = this.#afterRead(view, at, end, littleEndian);
      if (at >= 0 && this.#sampleType & SampleBit.Callchain) at = afterList(view, at, end, 0, 1, littleEndian);
    }
    if (at < 0 || at + 4 > end) return -1;
    return at + 4 + view.getUint32(at, littleEndian) > end ? -1 : at;
  }

  #afterRead(view: DataView, at: number, end: number, littleEndian: boolean): number {
    const format = this.#readFormat;
    const has = (bit: number): number => (format & bit ? 1 : 0);
    const times = has(ReadBit.TimeEnabled) + has(ReadBit.TimeRunning);
    const perValue = 1 + has(ReadBit.Id) + has(ReadBit.Lost);
    if (format & ReadBit.Group) return afterList(view, at, end, times, perValue, littleEndian);
    return at + (times + perValue) * WORD;
  }
}

/** Passes over a count, `extra` words, and `count` entries of `words` words; -1 where that is beyond `end`. */
function afterList(
  view: DataView,
  at: number,
  end: number,
  extra: number,
  words: number,
  littleEndian: boolean,
): number {
  if (at + WORD > end) return -1;
  // A count that needs the high half cannot be right: no record is that long.
  if (view.getUint32(littleEndian ? at + 4 : at, littleEndian) !== 0) return -1;
  const count = view.getUint32(littleEndian ? at : at + 4, littleEndian);
  const after = at + WORD + (extra + count * words) * WORD;
  return after > end ? -1 : after;
}

/** Place of the event's identifier in a sample, from its start; -1 where samples do not name their event. */
export function sampleIdOffset(sampleType: number): number {
  if (sampleType & SampleBit.Identifier) return RECORD_HEADER_BYTES;
  if (!(sampleType & SampleBit.Id)) return -1;
  const before = [SampleBit.Ip, SampleBit.Tid, SampleBit.Time, SampleBit.Addr];
  return RECORD_HEADER_BYTES + before.filter((bit) => sampleType & bit).length * WORD;
}

/** Where time and CPU are in the trailer of records other than samples: bytes back from the end; 0 for none. */
export interface TrailerLayout {
  readonly size: number;
  readonly time: number;
  readonly cpu: number;
}

export function trailerLayout(attribute: Attribute): TrailerLayout {
  if (!attribute.sampleIdAll) return { size: 0, time: 0, cpu: 0 };
  // In the order from the end of the record.
  const order = [
    SampleBit.Identifier,
    SampleBit.Cpu,
    SampleBit.StreamId,
    SampleBit.Id,
    SampleBit.Time,
    SampleBit.Tid,
  ] as const;
  let size = 0;
  let time = 0;
  let cpu = 0;
  for (const bit of order) {
    if (!(attribute.sampleType & bit)) continue;
    size += WORD;
    if (bit === SampleBit.Time) time = size;
    if (bit === SampleBit.Cpu) cpu = size;
  }
  return { size, time, cpu };
}
