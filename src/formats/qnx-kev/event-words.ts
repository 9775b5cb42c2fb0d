/** Bytes of events as 32-bit words in the order of this computer, so that reading them asks for no byte order. */
import { EVENT_BYTES } from '../qnx/trace-classes.js';

export const EVENT_WORDS = EVENT_BYTES / 4;

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The same memory where it is right as it is; otherwise a copy of it. `bytes` are whole words. */
export function eventWords(bytes: Uint8Array, littleEndian: boolean): Uint32Array {
  const count = bytes.length / 4;
  if (littleEndian === IS_LITTLE_ENDIAN && bytes.byteOffset % 4 === 0) {
    return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const words = new Uint32Array(count);
  for (let word = 0; word < count; word++) words[word] = view.getUint32(4 * word, littleEndian);
  return words;
}

/** Words as the bytes that they were in the file, where texts are. */
export function bytesOfWord(word: number, littleEndian: boolean, to: Uint8Array, at: number): void {
  for (let byte = 0; byte < 4; byte++) to[at + byte] = word >>> (8 * (littleEndian ? byte : 3 - byte));
}
