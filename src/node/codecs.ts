/**
 * Decompression with what this Node offers: its own zlib; its own zstd from 22.15 on, WebAssembly before. Streams that
 * never end (perf's) are taken apart in plain JavaScript, which is the only decoder that yields them piece by piece.
 */
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import type { ZSTDDecoder } from 'zstddec';
import type { Codecs } from '../formats/codecs.js';

type NativeZstd = (data: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
const nativeZstd = (zlib as { zstdDecompressSync?: NativeZstd }).zstdDecompressSync;

let decoder: ZSTDDecoder | undefined;

function expectSize(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length !== size) throw new RangeError(`decompressed to ${bytes.length} bytes instead of ${size}`);
  return bytes;
}

export const nodeCodecs: Codecs = {
  async prepare(compression) {
    if (compression !== 'zstd' || nativeZstd !== undefined || decoder !== undefined) return;
    const { ZSTDDecoder } = await import('zstddec');
    const loading = new ZSTDDecoder();
    await loading.init();
    decoder = loading;
  },
  inflate: (data, size) => expectSize(zlib.inflateSync(data, { maxOutputLength: Math.max(1, size) }), size),
  zstd: (data, size) =>
    expectSize(
      nativeZstd ? nativeZstd(data, { maxOutputLength: Math.max(1, size) }) : decoder!.decode(data, size),
      size,
    ),
  zstdStream() {
    let pieces: Uint8Array[] = [];
    let length = 0;
    let limit = 0;
    const stream = new Decompress((piece) => {
      length += piece.length;
      if (length > limit) throw new RangeError(`decompressed to more than ${limit} bytes`);
      pieces.push(piece.slice());
    });
    return {
      push(data, maximum) {
        pieces = [];
        length = 0;
        limit = maximum;
        stream.push(data);
        const whole = new Uint8Array(length);
        let offset = 0;
        for (const piece of pieces) {
          whole.set(piece, offset);
          offset += piece.length;
        }
        return whole;
      },
    };
  },
};
