/** One `perf_event_attr`: what was recorded, and which fields its samples have. */
import { ByteCursor } from './byte-cursor.js';
import { AttrFlag } from './constants.js';

export interface Attribute {
  readonly type: number;
  /** For tracepoints the identifier of the tracepoint. */
  readonly config: number;
  /** Low 32 bits; no higher one is defined. */
  readonly sampleType: number;
  readonly readFormat: number;
  /** Whether records other than samples end with time, CPU and thread. */
  readonly sampleIdAll: boolean;
  /** clockid_t, where the user chose one. */
  readonly clockId: number | undefined;
  /** Identifiers of the events made from it, one per CPU or thread. */
  readonly ids: readonly number[];
}

/** The first version of the structure (Linux 2.6.31) had 64 bytes; later ones are longer. */
export const SMALLEST_ATTRIBUTE = 64;
const FLAGS_OFFSET = 40;
const CLOCK_ID_OFFSET = 92;

/** Throws OutOfBytes where `bytes` is shorter than the first version of the structure. */
export function parseAttribute(bytes: Uint8Array, littleEndian: boolean, ids: readonly number[]): Attribute {
  const cursor = new ByteCursor(bytes, littleEndian);
  const type = cursor.u32();
  cursor.skip(4); // its own size: the caller knows it
  const config = cursor.u64();
  cursor.skip(8); // sampling period
  const sampleType = cursor.u64();
  const readFormat = cursor.u64();
  const flag = (bit: number): boolean => hasFlag(bytes, littleEndian, bit);
  let clockId: number | undefined;
  if (flag(AttrFlag.UseClockId) && bytes.length >= CLOCK_ID_OFFSET + 4) {
    clockId = new ByteCursor(bytes.subarray(CLOCK_ID_OFFSET), littleEndian).u32();
  }
  return {
    type,
    config,
    sampleType: sampleType >>> 0,
    readFormat: readFormat >>> 0,
    sampleIdAll: flag(AttrFlag.SampleIdAll),
    clockId,
    ids,
  };
}

/** C bit fields start at the lowest bit of a byte on little-endian machines, at the highest on big-endian ones. */
function hasFlag(bytes: Uint8Array, littleEndian: boolean, bit: number): boolean {
  const byte = bytes[FLAGS_OFFSET + (bit >> 3)] ?? 0;
  return ((byte >> (littleEndian ? bit & 7 : 7 - (bit & 7))) & 1) === 1;
}
