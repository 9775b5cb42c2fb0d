/** The numbers and texts of a system page. */
import { SYSPAGE } from '../qnx/syspage-layout.js';

const LONGEST_NAME = 64;

interface Section {
  readonly offset: number;
  readonly size: number;
}

/** Reads what is there; beyond the end everything is zero. */
export class SyspageBytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#littleEndian = littleEndian;
  }

  byte(at: number): number {
    return this.#bytes[at] ?? 0;
  }

  short(at: number): number {
    return at + 2 <= this.#bytes.length ? this.#view.getUint16(at, this.#littleEndian) : 0;
  }

  word(at: number): number {
    return at + 4 <= this.#bytes.length ? this.#view.getUint32(at, this.#littleEndian) : 0;
  }

  long(at: number): bigint {
    return at + 8 <= this.#bytes.length ? this.#view.getBigUint64(at, this.#littleEndian) : 0n;
  }

  /** The offsets of the elements of an array, which three numbers at `at` describe: those of at least `bytes` each. */
  elements(at: number, bytes: number, most: number): number[] {
    const { offset, size } = this.section(at);
    const elementBytes = this.short(at + 4);
    if (elementBytes < bytes) return [];
    const count = Math.min(most, Math.floor(size / elementBytes));
    return Array.from({ length: count }, (_, index) => offset + index * elementBytes);
  }

  /** The section that two numbers at `at` describe; empty where it is not inside the page. */
  section(at: number): Section {
    const section = { offset: this.short(at), size: this.short(at + 2) };
    return section.offset + section.size <= this.#bytes.length ? section : { offset: 0, size: 0 };
  }

  /** Of the section of strings. */
  string(start: number): string {
    const { offset, size } = this.section(SYSPAGE.stringsSection);
    const bytes = this.#bytes.subarray(offset + start, Math.min(offset + size, offset + start + LONGEST_NAME));
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  }
}
