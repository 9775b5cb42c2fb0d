/** Texts of events, while their rows wait for their turn: a row holds the number of one. */

/** Far more names than a host has, and texts than programs write; further ones are as if they were empty. */
const MOST_TEXTS = 1 << 18;
/** Characters of a text that are kept. */
const LONGEST_TEXT = 256;

export class TextStore {
  readonly #texts = [''];
  readonly #numbers = new Map<string, number>([['', 0]]);

  add(text: string): number {
    const kept = text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text;
    const known = this.#numbers.get(kept);
    if (known !== undefined) return known;
    if (this.#texts.length >= MOST_TEXTS) return 0;
    const number = this.#texts.push(kept) - 1;
    this.#numbers.set(kept, number);
    return number;
  }

  text(number: number): string {
    return this.#texts[number] ?? '';
  }
}

/** "qvm" of "/proc/boot/qvm". */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function upToNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** What a program may have written as text: up to a NUL, and '' where any of that cannot be printed. */
export function printableText(text: string): string {
  const written = upToNul(text);
  return /^[^\0-\x1f\x7f-\x9f\ufffd]+$/.test(written) ? written : '';
}
