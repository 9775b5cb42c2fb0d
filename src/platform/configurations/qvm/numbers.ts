/** Numbers as qvm configurations write them: decimal (also 0d…), hexadecimal (0x…), with K, M or G for powers of 1024. */

const NUMBER = /^(?:0x([0-9a-f]+)|0d([0-9]+)|([0-9]+))([kmg]?)$/i;
const SCALES: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/**
 * undefined where the text is no number, or one above 2^53 that could not be kept exactly. A decimal that begins with a
 * zero is none either: whether it would be octal is not documented.
 */
export function numberOf(text: string): number | undefined {
  const parts = NUMBER.exec(text);
  if (parts === null) return undefined;
  const [, hexadecimal, marked, plain, suffix] = parts;
  if (plain !== undefined && /^0./.test(plain)) return undefined;
  const digits = hexadecimal !== undefined ? Number.parseInt(hexadecimal, 16) : Number(marked ?? plain);
  const value = digits * SCALES[suffix.toLowerCase()];
  return Number.isSafeInteger(value) ? value : undefined;
}
