/** Decompression in the browser against the one that comes with Node. */
import { deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { inflate } from '../../../web/src/engine/inflate.js';

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  // Repetitive, as traces are: with matches of all lengths and distances.
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 400 }))
    .map(([piece, times]) => Uint8Array.from({ length: piece.length * times }, (_, at) => piece[at % piece.length])),
);

test('what zlib compressed is what it was, at every level and strategy', () => {
  fc.assert(
    fc.property(contents, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 4 }), (bytes, level, strategy) => {
      expect(inflate(deflateSync(bytes, { level, strategy }), bytes.length)).toEqual(bytes);
    }),
    { numRuns: 150 },
  );
});

test('never more than was asked for, and never less', () => {
  const packed = deflateSync(new Uint8Array(100_000));
  expect(() => inflate(packed, 99_999)).toThrow(RangeError);
  expect(() => inflate(packed, 100_001)).toThrow(RangeError);
});

test('damage is a RangeError: cut anywhere, and with any byte changed unless the result is right all the same', () => {
  fc.assert(
    fc.property(contents, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
      const packed = Uint8Array.from(deflateSync(bytes));
      expect(() => inflate(packed.subarray(0, at % packed.length), bytes.length)).toThrow(RangeError);
      packed[at % packed.length] ^= change;
      try {
        expect(inflate(packed, bytes.length)).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 300 },
  );
});
