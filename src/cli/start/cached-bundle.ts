/**
 * Runs a bundle beside this file: NAME.cjs, with what V8 made of it when it was built, NAME.cache.
 *
 * Parsing and compiling take longer than all else that a short command does. A cache that is damaged, or was made of another
 * bundle or by another V8, is left alone: the bundle then starts as it would without.
 */
import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/**
 * Of a cache: before the data that V8 takes, a checksum of them, of the bundle, and of what runs it. V8 itself looks at no more than its
 * version, its flags and the length of the source, and would not notice damage.
 */
const CHECKSUM_BYTES = 4;
/** Distributions and releases patch V8 without another version of it. */
const RUNTIME = `${process.version} ${process.versions.v8} ${process.arch} ${process.platform}`;

/** @param name without its ending */
export function runBundle(name: string): void {
  const bundle = new Bundle(join(__dirname, `${name}.cjs`));
  bundle.run(bundle.compiled(bundle.dataOf(cacheFile(join(__dirname, `${name}.cache`)))));
}

export class Bundle {
  readonly #filename: string;
  readonly #bytes: Buffer;

  constructor(filename: string) {
    this.#filename = filename;
    this.#bytes = readFileSync(filename);
  }

  /** The function around its code, whose first line is the first one of the bundle. */
  compiled(cachedData?: Buffer): Script {
    const source = Module.wrap(this.#bytes.toString());
    // The name goes into the cache: it must hold wherever the bundle lies.
    const filename = basename(this.#filename);
    return new Script(source, { filename, ...(cachedData !== undefined && { cachedData }) });
  }

  /** As Node runs a CommonJS module. */
  run(script: Script): void {
    const filename = this.#filename;
    const module = { exports: {} };
    script.runInThisContext()(module.exports, createRequire(filename), module, filename, dirname(filename));
  }

  /** The file that keeps what V8 has compiled of it. */
  cacheOf(data: Buffer): Buffer {
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt32LE(this.#checksum(data));
    return Buffer.concat([checksum, data]);
  }

  /** What is in such a file; undefined where it is of another bundle, or damaged. */
  dataOf(cache: Buffer | undefined): Buffer | undefined {
    if (cache === undefined || cache.length < CHECKSUM_BYTES) return undefined;
    const data = cache.subarray(CHECKSUM_BYTES);
    return cache.readUInt32LE() === this.#checksum(data) ? data : undefined;
  }

  #checksum(data: Buffer): number {
    return crc32(data, crc32(this.#bytes, crc32(RUNTIME)));
  }
}

/** Without it everything works as well. */
function cacheFile(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
