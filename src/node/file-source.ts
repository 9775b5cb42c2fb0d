/** A file as a ByteSource. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../base/byte-source.js';
import { failure, type Result, success } from '../base/issue.js';
import { type MeterCells, meterRead } from './read-meter.js';
import { reasonOf } from './system-reason.js';

export class FileSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #descriptor: number;
  #meter: MeterCells | undefined;
  /** Bytes, while there is no meter. */
  #readUnmetered = 0;

  constructor(name: string, descriptor: number, size: number) {
    this.name = name;
    this.size = size;
    this.#descriptor = descriptor;
  }

  /** From now on `meter` counts what is read, beginning with what has been read. */
  countBy(meter: MeterCells): void {
    meterRead(meter, this.#readUnmetered);
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
    if (this.#meter === undefined) this.#readUnmetered += filled;
    else meterRead(this.#meter, filled);
    return bytes.subarray(0, filled);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Opens a regular file for reading; close it when done. */
export function openFile(path: string): Result<FileSource> {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const stat = fstatSync(descriptor);
    if (stat.isFile()) return success(new FileSource(path, descriptor, stat.size));
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
