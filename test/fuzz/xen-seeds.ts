/** Pieces of real xentrace files: what the fuzzer starts from. */
import { readFileSync } from 'node:fs';
import { xenRecording } from '../support/xen-recordings.js';
import type { Seed } from './inputs.js';

const HEADER = 0x2001f003;

/** Windows of a recording from one on, with at most so many bytes of each. */
function windowsOf(name: string, first: number, count: number, most: number): Uint8Array {
  const file = readFileSync(xenRecording(name)!.path);
  const pieces: Buffer[] = [];
  let at = 0;
  for (let window = 0; at < file.length && window < first + count; window++) {
    if (file.readUInt32LE(at) !== HEADER) throw new Error(`${name}: no window at ${at}`);
    const bytes = file.readUInt32LE(at + 8);
    if (window >= first) pieces.push(shortened(file.subarray(at, at + 12 + bytes), most));
    at += 12 + bytes;
  }
  return Buffer.concat(pieces);
}

/** Whole records of a window. */
function shortened(window: Buffer, most: number): Buffer {
  let end = 12;
  while (end < window.length) {
    const header = window.readUInt32LE(end);
    const next = end + 4 * (1 + (header >>> 31) * 2 + ((header >>> 28) & 7));
    if (next > most) break;
    end = next;
  }
  const short = Buffer.from(window.subarray(0, end));
  short.writeUInt32LE(end - 12, 8);
  return short;
}

const seed = (name: string, weight: number, bytes: Uint8Array): Seed => ({ format: 'xentrace', name, weight, bytes });

export const smallXenSeeds = (): Seed[] => [seed('hvm', 1, windowsOf('hvm-flood', 4, 3, 700))];

export const xenSeeds = (): Seed[] => [
  seed('hvm', 8, windowsOf('hvm-flood', 4, 6, 2000)),
  seed('overcommit', 8, windowsOf('pvh-overcommit', 6, 6, 2000)),
  seed('pv', 6, windowsOf('pv-disk', 6, 4, 2000)),
  seed('hvm-only', 4, windowsOf('pvh-overcommit-hvmonly', 2, 2, 2000)),
  seed('arm', 4, windowsOf('armpvh-overcommit', 4, 6, 2000)),
  seed('lossy', 0.2, windowsOf('credit-flood-lossy', 0, 8, 60_000)),
];
