/** Numbers, sizes and sets of pCPUs as several configurations write them. */

/** Linux' largest number of pCPUs (NR_CPUS) that distributions build for. */
const MOST_PCPUS = 8192;

/** Decimal or 0x…; undefined where the text is no whole number from 0 to 2^53 - 1. */
export function wholeNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(?:0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isSafeInteger(value) ? value : undefined;
}

const SCALES = 'bkmgtpe';

/**
 * Bytes of "4G", "512m", "1.5G", "2048": letters are powers of 1024.
 * @param unit of a number without a letter, in bytes
 */
export function sizeOf(text: string, unit: number): number | undefined {
  const [, digits, letter] = /^\s*([0-9]{1,20}(?:\.[0-9]{1,9})?)\s*([bkmgtpe]?)(?:ib|b)?\s*$/i.exec(text) ?? [];
  if (digits === undefined) return wholeNumber(text);
  const scale = letter === '' ? unit : 1024 ** SCALES.indexOf(letter.toLowerCase());
  const bytes = Math.round(Number(digits) * scale);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** pCPUs of "0-3,8,^2": "^" takes away. undefined where the text is no such set, or one with numbers above 8,191. */
export function pcpuSet(text: string): readonly number[] | undefined {
  const pcpus = new Set<number>();
  for (const part of text.split(',')) {
    const [, not, first, last] = /^\s*(\^?)(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    if (first === undefined) return undefined;
    const [from, to] = [Number(first), Number(last ?? first)];
    if (to < from || to >= MOST_PCPUS) return undefined;
    for (let pcpu = from; pcpu <= to; pcpu++) {
      if (not === '') pcpus.add(pcpu);
      else pcpus.delete(pcpu);
    }
  }
  return [...pcpus].sort((a, b) => a - b);
}

/** "on", "yes", "true", "1" and their opposites. */
export function switchOf(text: string): boolean | undefined {
  if (/^(?:on|yes|y|true|1)$/i.test(text)) return true;
  return /^(?:off|no|n|false|0)$/i.test(text) ? false : undefined;
}
