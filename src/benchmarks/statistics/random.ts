/**
 * Seeded random numbers: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", ACM
 * TOMS 2021), its state filled from the seed by splitmix32. The same seed gives the same numbers everywhere.
 */

/** 2^32 divided by the golden ratio, the step of splitmix. */
const GOLDEN = 0x9e3779b9;
const TWO_32 = 0x1_0000_0000;

/** The finalizer of MurmurHash3. */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

const rotated = (bits: number, by: number): number => (bits << by) | (bits >>> (32 - by));

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(a: number, b: number, c: number, d: number) {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#d = d | 0;
  }

  /** @param seed a whole number; of larger ones the lower 32 bits and, mixed in, the upper ones count */
  static fromSeed(seed: number): Random {
    const start = (seed | 0) ^ mixed(Math.floor(seed / TWO_32) | 0);
    const word = (index: number): number => mixed((start + Math.imul(index, GOLDEN)) | 0);
    return new Random(word(1), word(2), word(3), word(4));
  }

  /** From 0 to 2^32 − 1. */
  uint32(): number {
    const result = Math.imul(rotated(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotated(this.#d, 11);
    return result;
  }

  /** A whole number from 0 to `count` − 1; uneven by less than `count` / 2^32. */
  below(count: number): number {
    return Math.floor((this.uint32() / TWO_32) * count);
  }

  /** The sum of as many values as there are, each drawn out of all: a resample. The generator is spelled out for speed. */
  sumOfResample(values: Float64Array): number {
    const scale = values.length / TWO_32;
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) {
      const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = rotated(d, 11);
      sum += values[Math.trunc(result * scale)];
    }
    [this.#a, this.#b, this.#c, this.#d] = [a, b, c, d];
    return sum;
  }
}
