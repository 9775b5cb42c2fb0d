// Makes a large xentrace file by repeating a real one, each copy later than the one before and otherwise the same:
// node bench/make-xentrace.mjs IN OUT BYTES
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const CPU_CHANGE = 0x2001f003;

/** Places of times in the words of a file, and the first and the last of them (cycles). */
function timesOf(words) {
  const places = [];
  let [first, last] = [2n ** 64n, 0n];
  for (let at = 0; at < words.length; ) {
    const header = words[at];
    const isTimed = header >>> 31 === 1;
    if (isTimed) {
      const time = (BigInt(words[at + 2]) << 32n) | BigInt(words[at + 1]);
      if (time < first) first = time;
      if (time > last) last = time;
      places.push(at + 1);
    }
    at += 1 + (isTimed ? 2 : 0) + ((header >>> 28) & 7);
  }
  return { places, length: last - first };
}

/** @returns how many copies were made */
export function makeXentrace(input, output, bytes) {
  const file = readFileSync(input);
  const words = new Uint32Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
  if (words[0] !== CPU_CHANGE) throw new Error(`${input} is no xentrace file`);
  const { places, length } = timesOf(words);
  // Copies must not overlap: a millisecond at 1 GHz between them.
  const step = length + 1_000_000n;
  const copies = Math.max(1, Math.ceil(bytes / file.length));
  const target = openSync(output, 'w');
  for (let copy = 0; copy < copies; copy++) {
    if (copy > 0) {
      for (const place of places) {
        const time = ((BigInt(words[place + 1]) << 32n) | BigInt(words[place])) + step;
        words[place] = Number(time & 0xffff_ffffn);
        words[place + 1] = Number(time >> 32n);
      }
    }
    writeSync(target, new Uint8Array(words.buffer));
  }
  closeSync(target);
  return copies;
}

const [, script, input, output, bytes] = process.argv;
if (script.endsWith('make-xentrace.mjs')) {
  console.log(`${makeXentrace(input, output, Number(bytes))} copies`);
}
