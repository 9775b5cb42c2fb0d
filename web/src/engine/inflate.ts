/**
 * Decompresses zlib blocks (RFC 1950, RFC 1951) in plain JavaScript, at once: what browsers offer for that works in pieces and
 * later only. Output is never larger than the size that is asked for.
 */

/** Extra bits and bases of length symbols 257 to 285, and of distance symbols: RFC 1951, 3.2.5. */
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const LONGEST_MATCH = 258;
const LENGTH_BASE = [...basesOf(LENGTH_BITS.slice(0, -1), 3), LONGEST_MATCH];
const DISTANCE_BASE = basesOf(DISTANCE_BITS, 1);
/** The order in which lengths of code lengths are written: RFC 1951, 3.2.7. */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const END_OF_BLOCK = 256;
const LONGEST_CODE = 15;
const WINDOW = 32_768;

function basesOf(bits: readonly number[], first: number): number[] {
  let base = first;
  return bits.map((count) => {
    const own = base;
    base += 2 ** count;
    return own;
  });
}

/** One whole zlib block. @throws {RangeError} on damage, or where the result is not exactly `size` bytes */
export function inflate(data: Uint8Array, size: number): Uint8Array {
  const [method = 0, flags = 0] = data;
  const isZlib = (method & 15) === 8 && (method * 256 + flags) % 31 === 0 && (flags & 32) === 0;
  if (!isZlib) throw new RangeError('this is not a zlib block');
  const input = new BitReader(data, 2);
  const output = new Output(size);
  let isLast = false;
  while (!isLast) {
    isLast = input.bits(1) === 1;
    const kind = input.bits(2);
    if (kind === 0) copyStored(input, output);
    else if (kind === 1) copyCoded(input, output, FIXED_LITERALS, FIXED_DISTANCES);
    else if (kind === 2) copyCoded(input, output, ...readCodes(input));
    else throw new RangeError('a block is of an unknown kind');
  }
  if (output.length !== size) throw new RangeError(`decompressed to ${output.length} bytes instead of ${size}`);
  if (input.checksum() !== adler32(output.bytes)) throw new RangeError('the checksum is wrong');
  return output.bytes;
}

class BitReader {
  readonly #bytes: Uint8Array;
  #position: number;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  /** The next bits, the first one lowest; at most 16. */
  bits(count: number): number {
    while (this.#count < count) {
      this.#held |= this.#byte() << this.#count;
      this.#count += 8;
    }
    const value = this.#held & ((1 << count) - 1);
    this.#held >>>= count;
    this.#count -= count;
    return value;
  }

  /** Whole bytes from the next border of bytes on. */
  whole(count: number): Uint8Array {
    this.#align();
    const end = this.#position + count;
    if (end > this.#bytes.length) throw new RangeError('it ends in the middle');
    const bytes = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }

  checksum(): number {
    const [a, b, c, d] = this.whole(4) as unknown as [number, number, number, number];
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }

  #align(): void {
    // Bytes that were taken but not used at all go back.
    this.#position -= this.#count >> 3;
    this.#held = 0;
    this.#count = 0;
  }

  #byte(): number {
    if (this.#position >= this.#bytes.length) throw new RangeError('it ends in the middle');
    return this.#bytes[this.#position++];
  }
}

class Output {
  readonly bytes: Uint8Array;
  length = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  byte(value: number): void {
    if (this.length === this.bytes.length) throw new RangeError(`decompressed to more than ${this.length} bytes`);
    this.bytes[this.length++] = value;
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.bytes.length) throw new RangeError('decompressed to more than was said');
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Again what was written `distance` bytes ago; it may overlap with itself. */
  repeat(distance: number, count: number): void {
    if (distance > this.length || distance > WINDOW) throw new RangeError('it refers to what was not there');
    for (let done = 0; done < count; done++) this.byte(this.bytes[this.length - distance]);
  }
}

/** A Huffman code: how many codes there are of each length, and the symbols in the order of their codes. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

function codeOf(lengths: ArrayLike<number>): Code {
  const counts = new Uint16Array(LONGEST_CODE + 1);
  for (let symbol = 0; symbol < lengths.length; symbol++) counts[lengths[symbol]]++;
  counts[0] = 0;
  const offsets = new Uint16Array(LONGEST_CODE + 2);
  let left = 1;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    left = left * 2 - counts[length];
    if (left < 0) throw new RangeError('there are more codes than bits allow');
    offsets[length + 1] = offsets[length] + counts[length];
  }
  const symbols = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol];
    if (length > 0) symbols[offsets[length]++] = symbol;
  }
  return { counts, symbols };
}

function symbolOf(input: BitReader, { counts, symbols }: Code): number {
  let [code, first, index] = [0, 0, 0];
  for (let length = 1; length <= LONGEST_CODE; length++) {
    code |= input.bits(1);
    const count = counts[length];
    if (code - count < first) return symbols[index + (code - first)];
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  throw new RangeError('a code stands for nothing');
}

const FIXED_LITERALS = codeOf(
  Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = codeOf(Array.from({ length: 30 }, () => 5));

function copyStored(input: BitReader, output: Output): void {
  const [a, b, c, d] = input.whole(4) as unknown as [number, number, number, number];
  const length = a | (b << 8);
  if (length !== (~(c | (d << 8)) & 0xffff)) throw new RangeError('the length of a block contradicts itself');
  output.append(input.whole(length));
}

function copyCoded(input: BitReader, output: Output, literals: Code, distances: Code): void {
  for (;;) {
    const symbol = symbolOf(input, literals);
    if (symbol === END_OF_BLOCK) return;
    if (symbol < END_OF_BLOCK) {
      output.byte(symbol);
      continue;
    }
    const of = symbol - END_OF_BLOCK - 1;
    const base = LENGTH_BASE[of];
    if (base === undefined) throw new RangeError('a length is none');
    const length = base + input.bits(LENGTH_BITS[of]);
    const far = symbolOf(input, distances);
    const nearest = DISTANCE_BASE[far];
    if (nearest === undefined) throw new RangeError('a distance is none');
    output.repeat(nearest + input.bits(DISTANCE_BITS[far]), length);
  }
}

function readCodes(input: BitReader): [literals: Code, distances: Code] {
  const literals = input.bits(5) + 257;
  const distances = input.bits(5) + 1;
  const written = input.bits(4) + 4;
  const orders = new Uint8Array(CODE_LENGTH_ORDER.length);
  for (let index = 0; index < written; index++) orders[CODE_LENGTH_ORDER[index]] = input.bits(3);
  const code = codeOf(orders);
  const lengths = new Uint8Array(literals + distances);
  for (let index = 0; index < lengths.length; ) {
    const symbol = symbolOf(input, code);
    const [value, count] = runOf(input, symbol, lengths[index - 1]);
    if (index + count > lengths.length) throw new RangeError('there are more lengths of codes than was said');
    lengths.fill(value, index, index + count);
    index += count;
  }
  if (lengths[END_OF_BLOCK] === 0) throw new RangeError('a block has no end');
  return [codeOf(lengths.subarray(0, literals)), codeOf(lengths.subarray(literals))];
}

/** A length, and how often it stands there. */
function runOf(input: BitReader, symbol: number, before: number | undefined): [length: number, count: number] {
  if (symbol < 16) return [symbol, 1];
  if (symbol === 17) return [0, 3 + input.bits(3)];
  if (symbol === 18) return [0, 11 + input.bits(7)];
  if (before === undefined) throw new RangeError('there is no length to repeat');
  return [before, 3 + input.bits(2)];
}

/** RFC 1950, 8.2. */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  // So many sums stay below 2^32.
  const most = 5552;
  for (let start = 0; start < bytes.length; start += most) {
    const end = Math.min(bytes.length, start + most);
    for (let at = start; at < end; at++) {
      low += bytes[at];
      high += low;
    }
    low %= 65_521;
    high %= 65_521;
  }
  return ((high << 16) | low) >>> 0;
}
