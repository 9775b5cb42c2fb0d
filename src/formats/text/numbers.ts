/** Numbers as recorders print them, exact to 64 bits. */

const WORD = 2 ** 32;
const MINUS = 45;

/** The value of one number text; reused, so that reading makes no objects. */
export class NumberText {
  high = 0;
  low = 0;
  negative = false;

  /** As a double: rounded above 2^53. */
  get value(): number {
    const size = this.high * WORD + this.low;
    return this.negative ? -size : size;
  }

  /**
   * Reads the whole text: decimal, hexadecimal after 0x, or (with `hex`) hexadecimal without it.
   * False where it is not such a number or has more than 64 bits.
   */
  read(text: string, hex: boolean): boolean {
    let position = 0;
    this.negative = text.charCodeAt(0) === MINUS;
    if (this.negative) position++;
    const prefixed = text.startsWith('0x', position);
    if (prefixed) position += 2;
    return this.#readDigits(text, position, prefixed || hex ? 16 : 10);
  }

  #readDigits(text: string, from: number, base: number): boolean {
    if (from >= text.length) return false;
    let high = 0;
    let low = 0;
    for (let position = from; position < text.length; position++) {
      const digit = digitValue(text.charCodeAt(position));
      if (digit >= base) return false;
      low = low * base + digit;
      if (low >= WORD) {
        const carry = Math.floor(low / WORD);
        low -= carry * WORD;
        high = high * base + carry;
        if (high >= WORD) return false;
      } else {
        high *= base;
      }
    }
    this.high = high;
    this.low = low;
    return high < WORD;
  }
}

/** 0 … 15, or 99 for what is not a digit in any base. */
function digitValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  if (code >= 65 && code <= 70) return code - 55;
  return 99;
}
