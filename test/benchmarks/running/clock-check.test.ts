/** Clocks with a known error: none is blamed for more than it has, and none that is clearly wrong gets away. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClockReading, clockDisagreement, parseClock } from '../../../src/benchmarks/running/clock-check.js';

interface Simulated {
  /** How many ns the side's clock counts per true ns. */
  readonly rate: number;
  readonly durationNs: number;
  /** From asking to reading, and from reading to the answer. */
  readonly delaysNs: readonly [there: number, back: number][];
  readonly resolutionNs: number;
}

/** Readings at even distances, as they would be if the side's clock ran at this rate. */
function readingsOf({ rate, durationNs, delaysNs, resolutionNs }: Simulated): ClockReading[] {
  return delaysNs.map(([there, back], index) => {
    const hostBeforeNs = (index * durationNs) / (delaysNs.length - 1);
    const clockNs = Math.floor((1e12 + rate * (hostBeforeNs + there)) / resolutionNs) * resolutionNs;
    return { side: 'vm', hostBeforeNs, hostAfterNs: hostBeforeNs + there + back, clockNs, resolutionNs };
  });
}

const delay = fc.integer({ min: 0, max: 300e6 });
const simulations: fc.Arbitrary<Simulated> = fc.record({
  rate: fc.oneof(fc.constant(1), fc.double({ min: 0.5, max: 2, noNaN: true })),
  durationNs: fc.integer({ min: 1e6, max: 3600e9 }),
  delaysNs: fc.array(fc.tuple(delay, delay), { minLength: 2, maxLength: 6 }),
  resolutionNs: fc.constantFrom(1, 1e6, 10e6),
});

test('no clock is said to be further off than it is', () => {
  fc.assert(
    fc.property(simulations, (simulated) => {
      const { ratio } = clockDisagreement(readingsOf(simulated))!;
      const slack = 1e-9;
      if (simulated.rate >= 1) expect(ratio).toBeGreaterThanOrEqual(1);
      else expect(ratio).toBeLessThanOrEqual(1);
      expect(Math.abs(ratio - 1)).toBeLessThanOrEqual(Math.abs(simulated.rate - 1) + slack);
    }),
    { numRuns: 2000 },
  );
});

test('a clock that is off by more than the blur is seen', () => {
  fc.assert(
    fc.property(simulations, (simulated) => {
      const { ratio, blur } = clockDisagreement(readingsOf(simulated))!;
      if (Math.abs(simulated.rate - 1) > 2 * blur) expect(ratio).not.toBe(1);
    }),
    { numRuns: 2000 },
  );
});

test('0.2 % within a minute, asked in 5 ms, is above the limit of 0.1 %', () => {
  const found = clockDisagreement(
    readingsOf({
      rate: 1.002,
      durationNs: 60e9,
      delaysNs: [
        [5e6, 1e6],
        [1e6, 5e6],
      ],
      resolutionNs: 10e6,
    }),
  )!;
  expect(found.ratio).toBeGreaterThan(1.001);
  expect(found.ratio).toBeLessThanOrEqual(1.002);
});

test('another boot is another clock', () => {
  const [first, second, third] = readingsOf({
    rate: 1,
    durationNs: 60e9,
    delaysNs: [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    resolutionNs: 1e6,
  });
  const rebooted = { ...third, clockNs: 5e9, boot: 'b' };
  expect(clockDisagreement([{ ...first, boot: 'a' }, { ...second, boot: 'a' }, rebooted])).toBeUndefined();
  expect(clockDisagreement([first])).toBeUndefined();
  expect(clockDisagreement([])).toBeUndefined();
});

describe('the answer', () => {
  test.each([
    ['clock=12.34\nboot=0a-1b\n', { clockNs: 12.34e9, resolutionNs: 1e7, boot: '0a-1b' }],
    ['motd\r\nclock=1000.123456789\r\n', { clockNs: 1000123456789, resolutionNs: 1 }],
    ['clock=12\n', undefined],
    ['clock=1.%N\n', undefined],
    ['clock=-1.5\n', undefined],
    ['', undefined],
  ])('%j', (text, reading) => {
    expect(parseClock(text)).toEqual(reading);
  });
});
