/** Damage: what cut, flipped, overwritten, moved and mixed inputs look like. */
import type { RandomSource } from '../support/random-source.js';

type Mutation = (bytes: Uint8Array, other: Uint8Array, random: RandomSource) => Uint8Array;

/** Mutations of one input: mostly one or two, since more are seldom let in. */
function mutationCount(random: RandomSource): number {
  let count = 1;
  while (count < 8 && random.chance(0.4)) count++;
  return count;
}

/** A damaged copy of `bytes`; `other` is another input, to be mixed in. */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, random: RandomSource): Uint8Array {
  return apply(BINARY, bytes, other, random);
}

export function mutateText(bytes: Uint8Array, other: Uint8Array, random: RandomSource): Uint8Array {
  return apply(TEXT, bytes, other, random);
}

function apply(mutations: readonly Mutation[], bytes: Uint8Array, other: Uint8Array, random: RandomSource): Uint8Array {
  let mutated = bytes.slice();
  for (let count = mutationCount(random); count > 0 && mutated.length > 0; count--) {
    mutated = random.pick(mutations)(mutated, other, random) as Uint8Array<ArrayBuffer>;
  }
  return mutated;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// ---- any bytes -----------------------------------------------------------------------------------------------------

/** A position; every other time among the first bytes, where tables and descriptions are. */
function position(bytes: Uint8Array, random: RandomSource): number {
  return random.below(random.chance(0.5) ? bytes.length : Math.min(bytes.length, 512));
}

/** Few bytes mostly, now and then a large part. */
function blockLength(bytes: Uint8Array, random: RandomSource): number {
  const most = random.pick([4, 16, 64, 512, 4096, bytes.length]);
  return 1 + random.below(Math.min(most, bytes.length));
}

function block(bytes: Uint8Array, random: RandomSource): [from: number, to: number] {
  const from = position(bytes, random);
  return [from, Math.min(bytes.length, from + blockLength(bytes, random))];
}

const cut: Mutation = (bytes, _, random) => bytes.slice(0, random.below(bytes.length + 1));

const flipBits: Mutation = (bytes, _, random) => {
  for (let count = 1 + random.below(4); count > 0; count--) bytes[position(bytes, random)] ^= 1 << random.below(8);
  return bytes;
};

const randomBytes: Mutation = (bytes, _, random) => {
  const [from, to] = block(bytes, random);
  for (let at = from; at < Math.min(to, from + 64); at++) bytes[at] = random.below(256);
  return bytes;
};

const deleteBlock: Mutation = (bytes, _, random) => {
  const [from, to] = block(bytes, random);
  return join(bytes.subarray(0, from), bytes.subarray(to));
};

const duplicateBlock: Mutation = (bytes, _, random) => {
  const [from, to] = block(bytes, random);
  return join(bytes.subarray(0, to), bytes.subarray(from));
};

const swapBlocks: Mutation = (bytes, _, random) => {
  const [from, to] = block(bytes, random);
  const target = random.below(Math.max(1, bytes.length - (to - from)));
  const moved = bytes.slice(from, to);
  bytes.copyWithin(from, target, target + moved.length);
  bytes.set(moved, target);
  return bytes;
};

const splice: Mutation = (bytes, other, random) =>
  join(bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length)));

const insertFromOther: Mutation = (bytes, other, random) => {
  const [from, to] = block(other, random);
  const at = position(bytes, random);
  return join(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at));
};

// ---- numbers in them -----------------------------------------------------------------------------------------------

const WIDTHS = [1, 2, 4, 8] as const;
type Width = (typeof WIDTHS)[number];

function readNumber(view: DataView, at: number, width: Width, little: boolean): bigint {
  if (width === 1) return BigInt(view.getUint8(at));
  if (width === 2) return BigInt(view.getUint16(at, little));
  return width === 4 ? BigInt(view.getUint32(at, little)) : view.getBigUint64(at, little);
}

function writeNumber(view: DataView, at: number, width: Width, little: boolean, value: bigint): void {
  if (width === 1) view.setUint8(at, Number(BigInt.asUintN(8, value)));
  else if (width === 2) view.setUint16(at, Number(BigInt.asUintN(16, value)), little);
  else if (width === 4) view.setUint32(at, Number(BigInt.asUintN(32, value)), little);
  else view.setBigUint64(at, BigInt.asUintN(64, value), little);
}

/** Where readers go wrong: the ends of number ranges, the size of the file, and neighbours of what is there. */
function extreme(old: bigint, width: Width, size: number, random: RandomSource): bigint {
  const top = 1n << BigInt(8 * width);
  return random.pick([
    () => 0n,
    () => 1n,
    () => top / 2n - 1n,
    () => top / 2n,
    () => top - 1n,
    () => top - BigInt(1 + random.below(16)),
    () => BigInt(size) + BigInt(random.below(3) - 1),
    () => old + 1n,
    () => old - 1n,
    () => old * 2n,
    () => old ^ (1n << BigInt(random.below(8 * width))),
    () => 1n << BigInt(random.below(8 * width)),
    () => BigInt(random.below(65_536)),
    () => BigInt(random.below(2 ** 31)) ** 2n,
  ])();
}

/** A place that holds what can be an offset, a length or a count in this file; any place where none is found. */
function structuralPlace(view: DataView, width: Width, little: boolean, random: RandomSource): number {
  const last = view.byteLength - width;
  let at = 0;
  for (let attempt = 0; attempt < 40; attempt++) {
    at = random.below(random.chance(0.5) ? last + 1 : Math.min(last + 1, 2048));
    const value = readNumber(view, at, width, little);
    if (value > 0n && value <= BigInt(view.byteLength)) return at;
  }
  return at;
}

const setNumber: Mutation = (bytes, _, random) => {
  const width = random.pick(WIDTHS);
  if (bytes.length < width) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = random.chance(0.5);
  const at = structuralPlace(view, width, little, random);
  writeNumber(view, at, width, little, extreme(readNumber(view, at, width, little), width, bytes.length, random));
  return bytes;
};

// ---- numbers and lines in text -------------------------------------------------------------------------------------

const NEWLINE = 10;
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
/** A copy: slices of a Buffer would share its memory. */
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

const NUMBERS = [
  '0',
  '1',
  '-1',
  '4294967295',
  '4294967296',
  '2147483648',
  '9007199254740993',
  '18446744073709551615',
  '99999999999999999999999999999999',
  '1e400',
  '0x',
  '0xffffffffffffffff',
  'NaN',
  '',
  '000000000000000000000001',
  '0.000000001',
  '1.2.3',
];

/** A number written in decimal becomes another one. */
const replaceDigits: Mutation = (bytes, _, random) => {
  let from = position(bytes, random);
  while (from < bytes.length && !isDigit(bytes[from])) from++;
  let to = from;
  while (isDigit(bytes[to])) to++;
  const length = to - from;
  const text = random.chance(0.5) ? random.pick(NUMBERS) : String(random.below(10 ** Math.min(9, length)));
  return join(bytes.subarray(0, from), latin1(text), bytes.subarray(to));
};

/** Start of the line that `at` is in, and start of the next one. */
function lineAt(bytes: Uint8Array, at: number): [from: number, to: number] {
  const from = bytes.lastIndexOf(NEWLINE, Math.max(0, at - 1)) + 1;
  const end = bytes.indexOf(NEWLINE, from);
  return [from, end < 0 ? bytes.length : end + 1];
}

const randomLine = (bytes: Uint8Array, random: RandomSource) => lineAt(bytes, random.below(bytes.length));

const LONGEST = 200_000;
/** A line that is copied thousands of times should have its usual length. */
const LONGEST_COPIED = 500;

const deleteLine: Mutation = (bytes, _, random) => {
  const [from, to] = randomLine(bytes, random);
  return join(bytes.subarray(0, from), bytes.subarray(to));
};

const duplicateLine: Mutation = (bytes, _, random) => {
  const [from, to] = randomLine(bytes, random);
  const line = bytes.subarray(from, to);
  const copies = Array.from({ length: random.pick([1, 1, 2, 50]) }, () => line);
  return join(bytes.subarray(0, to), ...copies, bytes.subarray(to));
};

const DIGITS = /\d+/g;

/** One line again and again, with another number each time: many threads, pCPUs, moments, reasons, ports, … */
const renumberedLines: Mutation = (bytes, _, random) => {
  const [from, to] = randomLine(bytes, random);
  const line = Buffer.from(bytes.subarray(from, to)).toString('latin1');
  const numbers = [...line.matchAll(DIGITS)];
  if (numbers.length === 0 || line.length > LONGEST_COPIED) return bytes;
  const { 0: digits, index } = random.pick(numbers);
  const first = Number(digits) % 2 ** 31;
  const copies = Array.from({ length: random.pick([20, 200, 200, 5000]) }, (_copy, i) =>
    latin1(`${line.slice(0, index)}${first + i}${line.slice(index + digits.length)}`),
  );
  return join(bytes.subarray(0, to), ...copies, bytes.subarray(to));
};

const moveLine: Mutation = (bytes, _, random) => {
  const [from, to] = randomLine(bytes, random);
  const line = bytes.slice(from, to);
  const rest = join(bytes.subarray(0, from), bytes.subarray(to));
  const [target] = rest.length === 0 ? [0] : randomLine(rest, random);
  return join(rest.subarray(0, target), line, rest.subarray(target));
};

const cutLine: Mutation = (bytes, _, random) => {
  const [from, to] = randomLine(bytes, random);
  const at = from + random.below(Math.max(1, to - from));
  return join(bytes.subarray(0, at), bytes.subarray(Math.max(at, to - 1)));
};

const FILLERS = ['a', ' ', '0', ':', '[', '=', '-', '\t', 'pid=1 ', 'x: ', '[000] ', '\0', '0x', '(', '.', '1.'];

const lengthenLine: Mutation = (bytes, _, random) => {
  const at = random.below(bytes.length);
  const filler = random.pick(FILLERS);
  const length = random.chance(0.05) ? LONGEST : random.pick([1, 3, 40, 1000]);
  return join(bytes.subarray(0, at), latin1(filler.repeat(Math.ceil(length / filler.length))), bytes.subarray(at));
};

const CONTROLS = [
  '\0',
  '\r',
  '\r\n',
  '\x1b[31m',
  '\x7f',
  '\x9b',
  '\xff',
  '\xc3\x28',
  '\n',
  '\n\n',
  '\u0085',
  '\x1b]0;x\x07',
];

const insertControls: Mutation = (bytes, _, random) => {
  const at = random.below(bytes.length);
  return join(bytes.subarray(0, at), latin1(random.pick(CONTROLS)), bytes.subarray(at));
};

const PUNCTUATION = latin1(' :[]()=.,-+#|/\t<>');

const replacePunctuation: Mutation = (bytes, _, random) => {
  let at = random.below(bytes.length);
  while (at < bytes.length && !PUNCTUATION.includes(bytes[at])) at++;
  if (at < bytes.length) bytes[at] = random.pick([...PUNCTUATION]);
  return bytes;
};

const toCrLf: Mutation = (bytes) => latin1(Buffer.from(bytes).toString('latin1').replaceAll('\n', '\r\n'));

const BINARY: readonly Mutation[] = [
  cut,
  flipBits,
  flipBits,
  randomBytes,
  deleteBlock,
  duplicateBlock,
  swapBlocks,
  splice,
  insertFromOther,
  setNumber,
  setNumber,
  setNumber,
  setNumber,
  setNumber,
  setNumber,
  replaceDigits,
];

const TEXT: readonly Mutation[] = [
  cut,
  flipBits,
  randomBytes,
  deleteBlock,
  splice,
  insertFromOther,
  replaceDigits,
  replaceDigits,
  replaceDigits,
  replaceDigits,
  deleteLine,
  deleteLine,
  duplicateLine,
  renumberedLines,
  moveLine,
  moveLine,
  cutLine,
  lengthenLine,
  insertControls,
  replacePunctuation,
  replacePunctuation,
  toCrLf,
];
