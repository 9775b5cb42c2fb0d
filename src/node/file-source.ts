/** A file as a ByteSource. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../base/byte-source.js';
import { failure, type Result, success } from '../base/issue.js';
import { type MeterCells, meterRead } from './read-meter.js';
import { reasonOf } from './system-reason.js';

class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #descriptor: number;
  readonly #meter: MeterCells | undefined;

  constructor(name: string, descriptor: number, size: number, meter?: MeterCells) {
    this.name = name;
    this.size = size;
    this.#descriptor = descriptor;
    this.#meter = meter;
  }

  read(offset: number, length: number, reusable?: Uint8Array): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    // Not zeroed first: every byte that is returned has been read.
    const bytes = reusable?.subarray(0, wanted) ?? Buffer.allocUnsafeSlow(wanted);
    let filled = 0;
    while (filled < wanted) {
      const count = readSync(this.#descriptor, bytes, filled, wanted - filled, offset + filled);
      if (count === 0) break;
      filled += count;
    }
    if (this.#meter !== undefined) meterRead(this.#meter, filled);
    return bytes.subarray(0, filled);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Opens a regular file for reading; close it when done. @param meter counts what is read */
export function openFile(path: string, meter?: MeterCells): Result<FileSource> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const stat = fstatSync(descriptor);
    if (stat.isFile()) return success(new FileSource(path, descriptor, stat.size, meter));
    closeSync(descriptor);
    return failure({
      code: 'not-a-file',
      severity: 'error',
      message: `${path} is not a regular file`,
      source: path,
      hint: 'Give the path of a recording, or "-" to read a pipe.',
    });
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    return failure({
      code: 'cannot-open',
      severity: 'error',
      message: `${path} cannot be opened: ${reasonOf(error)}`,
      source: path,
      hint: 'Give the path of a recording that you may read, or "-" to read a pipe.',
    });
  }
}
