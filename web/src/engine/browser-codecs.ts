/** Decompression in a browser: plain JavaScript, so that the page needs no permission to run anything else. */
import { Decompress, decompress } from 'fzstd';
import type { Codecs } from '../../../src/formats/codecs.js';
import { inflate } from './inflate.js';

export const browserCodecs: Codecs = {
  prepare: () => Promise.resolve(),
  inflate,
  zstd(data, size) {
    const whole = decompress(data, new Uint8Array(size));
    if (whole.length !== size) throw new RangeError(`decompressed to ${whole.length} bytes instead of ${size}`);
    return whole;
  },
  zstdStream() {
    let pieces: Uint8Array[] = [];
    let [length, limit] = [0, 0];
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
