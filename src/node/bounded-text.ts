/** Text of files, standard input and pipes, never more of it than asked for. */
import { closeSync, openSync, readSync } from 'node:fs';
import { failure, type Result, success } from '../base/issue.js';
import { reasonOf } from './system-reason.js';

export { decoded } from '../base/decoded-text.js';

const PIECE = 1024 * 1024;
/** How long to wait for standard input that has nothing yet, milliseconds. */
const WAIT_MS = 5;

/**
 * The bytes at the beginning of a file, of standard input ("-") or of a pipe.
 * @param most bytes; reading stops there
 */
export function readBytes(path: string, most: number): Result<Buffer> {
  let descriptor: number | undefined;
  try {
    descriptor = path === '-' ? 0 : openSync(path, 'r');
    return success(bytesOf(descriptor, most));
  } catch (error) {
    const message = `${path === '-' ? 'standard input' : path} cannot be read: ${reasonOf(error)}`;
    return failure({ code: 'cannot-open', severity: 'error', message, source: path });
  } finally {
    if (descriptor !== undefined && descriptor !== 0) closeSync(descriptor);
  }
}

function bytesOf(descriptor: number, most: number): Buffer {
  const pieces: Buffer[] = [];
  let length = 0;
  while (length < most) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE, most - length));
    const count = readSome(descriptor, piece);
    if (count === 0) break;
    pieces.push(piece.subarray(0, count));
    length += count;
  }
  return Buffer.concat(pieces, length);
}

function readSome(descriptor: number, piece: Buffer): number {
  for (;;) {
    try {
      return readSync(descriptor, piece);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}
