/**
 * The data of one CPU as blocks of whole pages: read from the file in steps, or decompressed chunk by chunk.
 * At any time there is one block, so that memory does not grow with the recording.
 */
import type { ByteSource } from '../../base/byte-source.js';
import type { Issue } from '../../base/issue.js';
import { type CpuData, decompress, type ReadContext } from './trace-file.js';

/** Why pages are missing between two blocks, or after the last one. */
export interface Damage {
  readonly message: string;
  readonly offset: number;
  /** The file ends before its data do. */
  readonly isCut?: boolean;
}

export interface PageBlock {
  /** Whole pages; never empty. */
  readonly bytes: Uint8Array;
  /** Where the block (or the chunk that it came from) is in the file. */
  readonly offset: number;
  readonly compressed: boolean;
}

export interface PageBlocks {
  /** The next block; a Damage where something was passed over or the data end too early; undefined at the end. */
  next(): Promise<PageBlock | Damage | undefined>;
}

export const isDamage = (block: PageBlock | Damage): block is Damage => 'message' in block;

export const damageIssue = (damage: Damage, cpu: number, source: string): Issue => ({
  code: damage.isCut === true ? 'cut' : 'trace-dat-damaged',
  severity: 'warning',
  message: `CPU ${cpu}: ${damage.message}`,
  source,
  offset: damage.offset,
});

/** Uncompressed: `blockBytes` at a time, cut down to whole pages. */
export class PlainBlocks implements PageBlocks {
  readonly #source: ByteSource;
  readonly #pageSize: number;
  readonly #step: number;
  readonly #end: number;
  readonly #statedEnd: number;
  #position: number;
  /** Of the block before, which nobody needs any more. */
  #memory: Uint8Array | undefined;

  constructor(source: ByteSource, data: CpuData, pageSize: number, blockBytes: number) {
    this.#source = source;
    this.#pageSize = pageSize;
    this.#step = Math.max(1, Math.floor(blockBytes / pageSize)) * pageSize;
    this.#position = data.offset;
    this.#statedEnd = data.offset + data.size;
    this.#end = Math.min(this.#statedEnd, source.size);
  }

  async next(): Promise<PageBlock | Damage | undefined> {
    const offset = this.#position;
    if (offset >= this.#statedEnd) return undefined;
    const wanted = Math.min(this.#step, this.#end - offset);
    const bytes = wanted > 0 ? await this.#source.read(offset, wanted, this.#memory) : new Uint8Array(0);
    // Only the last block is smaller than the others.
    if (bytes.length === this.#step) this.#memory = bytes;
    const whole = bytes.length - (bytes.length % this.#pageSize);
    if (whole === 0) {
      this.#position = this.#statedEnd;
      const missing = this.#statedEnd - offset;
      const doubt = 'a vCPU that seems to wait, or to sleep, from there on may have run on this one';
      return { message: `the file is cut: ${missing} bytes of its data are missing; ${doubt}`, offset, isCut: true };
    }
    this.#position = offset + whole;
    return { bytes: bytes.subarray(0, whole), offset, compressed: false };
  }
}

/** Before each chunk: its size in the file and its size when decompressed. */
const CHUNK_HEADER_BYTES = 8;

/**
 * Version 7, compressed: a count, then chunks. The header of the next chunk is read together with a chunk.
 */
export class CompressedBlocks implements PageBlocks {
  readonly #context: ReadContext;
  readonly #pageSize: number;
  readonly #largestChunk: number;
  readonly #end: number;
  #position: number;
  #remaining = -1;
  #header: DataView | undefined;

  /** From `offset` up to `end`; chunks that state to become larger than `largestChunk` bytes are taken for damage. */
  constructor(context: ReadContext, offset: number, end: number, pageSize: number, largestChunk: number) {
    this.#context = context;
    this.#pageSize = pageSize;
    this.#largestChunk = largestChunk;
    this.#position = offset;
    this.#end = end;
  }

  async next(): Promise<PageBlock | Damage | undefined> {
    if (this.#remaining < 0 && !(await this.#readCount())) return this.#stop();
    if (this.#remaining === 0) return undefined;
    const { source, littleEndian, codecs, compression } = this.#context;
    const offset = this.#position;
    if (this.#header === undefined) return this.#stop();
    const size = this.#header.getUint32(0, littleEndian);
    const wholeSize = this.#header.getUint32(4, littleEndian);
    const start = offset + CHUNK_HEADER_BYTES;
    if (size === 0 || wholeSize === 0 || start + size > this.#end) return this.#stop();
    const bytes = await source.read(start, Math.min(size + CHUNK_HEADER_BYTES, this.#end - start));
    if (bytes.length < size) return this.#stop();
    this.#position = start + size;
    this.#remaining--;
    this.#header = headerAt(bytes, size);
    if (wholeSize % this.#pageSize !== 0 || wholeSize > this.#largestChunk) {
      return { message: `a compressed chunk states an impossible size, ${wholeSize} bytes`, offset };
    }
    try {
      const whole = decompress(codecs, compression, bytes.subarray(0, size), wholeSize);
      return { bytes: whole, offset, compressed: true };
    } catch {
      return { message: `${wholeSize} bytes of its data cannot be decompressed`, offset };
    }
  }

  async #readCount(): Promise<boolean> {
    const bytes = await this.#context.source.read(
      this.#position,
      Math.max(0, Math.min(12, this.#end - this.#position)),
    );
    if (bytes.length < 4) return false;
    this.#remaining = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, this.#context.littleEndian);
    this.#header = headerAt(bytes, 4);
    this.#position += 4;
    return true;
  }

  #stop(): Damage {
    this.#remaining = 0;
    return { message: 'the file is cut or damaged: the rest of its compressed data is lost', offset: this.#position };
  }
}

function headerAt(bytes: Uint8Array, at: number): DataView | undefined {
  return bytes.length >= at + CHUNK_HEADER_BYTES
    ? new DataView(bytes.buffer, bytes.byteOffset + at, CHUNK_HEADER_BYTES)
    : undefined;
}
