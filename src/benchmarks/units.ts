/** Units of benchmark results: one base unit per quantity, so that files of different tools can be paired. */

interface Scale {
  readonly base: string;
  readonly factor: number;
}

const TIMES: readonly (readonly [factor: number, ...words: string[]])[] = [
  [1, 'ns', 'nsec', 'nsecs', 'nanosecond', 'nanoseconds'],
  [1e3, 'us', 'µs', 'μs', 'usec', 'usecs', 'microsecond', 'microseconds'],
  [1e6, 'ms', 'msec', 'msecs', 'millisecond', 'milliseconds'],
  [1e9, 's', 'sec', 'secs', 'second', 'seconds'],
  [60e9, 'min', 'minute', 'minutes'],
];
const BYTES: readonly (readonly [factor: number, ...words: string[]])[] = [
  [1, 'B', 'byte', 'bytes'],
  [1e3, 'kB', 'KB'],
  [1e6, 'MB'],
  [1e9, 'GB'],
  [2 ** 10, 'KiB'],
  [2 ** 20, 'MiB'],
  [2 ** 30, 'GiB'],
];
const BITS: readonly (readonly [factor: number, ...words: string[]])[] = [
  [1, 'bit', 'bits'],
  [1e3, 'kbit', 'Kbit', 'kbits', 'Kbits'],
  [1e6, 'Mbit', 'Mbits'],
  [1e9, 'Gbit', 'Gbits'],
];

const SCALES = new Map<string, Scale>();
for (const [factor, ...words] of TIMES) for (const word of words) SCALES.set(word, { base: 'ns', factor });
for (const [factor, ...words] of BYTES) for (const word of words) SCALES.set(word, { base: 'B', factor });
for (const [factor, ...words] of BITS) for (const word of words) SCALES.set(word, { base: 'bit', factor });
const SECONDS = ['s', 'sec', 'second'];

/**
 * The base unit of `unit` and the factor by which values in `unit` become values in it: `ms` → ns, 1e6; `MiB/s` → B/s,
 * 2^20; `us/op` → ns/op, 1e3. An unknown unit is its own base.
 */
export function baseUnit(unit: string): Scale {
  const [counted, per, ...rest] = unit.trim().split('/');
  const scale = SCALES.get(counted);
  if (per === undefined) return scale ?? { base: unit.trim(), factor: 1 };
  const denominator = SECONDS.includes(per) ? 's' : per;
  return { base: [scale?.base ?? counted, denominator, ...rest].join('/'), factor: scale?.factor ?? 1 };
}
