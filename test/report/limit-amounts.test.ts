/** Amounts of limits as they are printed compare as they do. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAmounts } from '../../src/report/limit-amounts.js';

const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 };

/** What a reader takes an amount for. */
function read(text: string): number {
  const [, number, unit] = /^<?([\d.,]+) ?(.*)$/.exec(text)!;
  return Number(number.replaceAll(',', '')) * (NANOSECONDS[unit] ?? 1);
}

const SCALES = { share: 1, ns: 1e10, rate: 1e6 } as const;

describe('a measured amount and a limit', () => {
  test.each(['share', 'ns', 'rate'] as const)(
    'look different where they are, and the larger looks larger: %s',
    (unit) => {
      const scale = SCALES[unit];
      const amount = fc.double({ min: 1e-6, max: 1, noNaN: true }).map((share) => share * scale);
      const nearly = fc.constantFrom(1, 1 + 1e-2, 1 + 1e-4, 1 - 1e-6, 1 + 1e-8);
      fc.assert(
        fc.property(amount, nearly, (limit, factor) => {
          const measured = limit * factor;
          const [first, second] = formatAmounts(measured, limit, unit).map(read);
          expect(Math.sign(first - second)).toBe(Math.sign(measured - limit));
        }),
      );
    },
  );

  test.each([
    [0.646_39, 0.646, 'share', '64.64 %', '64.60 %'],
    [0.05, 0.1, 'share', '5.00 %', '10.0 %'],
    [0.2, 0.000_01, 'share', '20.000 %', '0.001 %'],
    [6_000_300, 6_000_000, 'ns', '6.0003 ms', '6.0000 ms'],
    [999_999.3, 999_999, 'rate', '999999.30 /s', '999999.00 /s'],
    [3, 2, 'count', '3', '2'],
    ['C', 'B', 'grade', 'C', 'B'],
  ] as const)('%s and %s (%s) are %s and %s', (measured, limit, unit, first, second) => {
    expect(formatAmounts(measured, limit, unit)).toEqual([first, second]);
  });
});
