/** Verdicts by the words of docs/differences.md, from changes written by hand. */
import { describe, expect, test } from 'vitest';
import { verdictOf } from '../../src/differences/compare.js';
import type { Change } from '../../src/differences/difference.js';

const LEVEL = 0.05;

/** @param isSure null: not tested */
const change = (before: number, after: number, isSure: boolean | null = true): Change => ({
  before,
  after,
  low: null,
  high: null,
  correctedLow: null,
  correctedHigh: null,
  p: isSure === null ? null : isSure ? 0.001 : 0.6,
});

const of = (
  time: Change,
  timePerGuest: Change | null,
  rate: Change | null = null,
  ratePerGuest: Change | null = null,
  account: Parameters<typeof verdictOf>[0] = null,
) => verdictOf(account, { time, rate, timePerGuest, ratePerGuest }, LEVEL);

describe('a row', () => {
  test('is better, or worse, if its share and its time per guest time say so', () => {
    expect(of(change(0.2, 0.1), change(0.4, 0.2))).toBe('better');
    expect(of(change(0.1, 0.2), change(0.2, 0.4))).toBe('worse');
  });

  test('is changed where a smaller share is more per guest time, and the other way round', () => {
    expect(of(change(0.2, 0.1), change(0.2, 0.3))).toBe('changed');
    expect(of(change(0.2, 0.1), change(0.2, 0.3, false))).toBe('changed');
    expect(of(change(0.1, 0.2), change(0.3, 0.2))).toBe('changed');
  });

  test('is never better where its share rises, surely or not', () => {
    expect(of(change(0.0102, 0.0162, false), change(0.02, 0.02, false), change(497, 216), change(900, 500))).toBe(
      'changed',
    );
  });

  test('is changed where it took less time in more exits', () => {
    const [time, perGuest] = [change(0.29, 0.05), change(0.66, 0.14)];
    expect(of(time, perGuest, change(746, 1262, false), change(1700, 3600))).toBe('changed');
    expect(of(time, perGuest, change(746, 760, false), change(1700, 1710, false))).toBe('better');
  });

  test('is changed where only its share is sure', () => {
    expect(of(change(0.2, 0.1), change(0.2, 0.19, false))).toBe('changed');
  });

  test('without guest time is judged by the time that there is', () => {
    expect(of(change(0.2, 0.1), null)).toBe('better');
  });

  test('of guest or idle time is neither good nor bad, also where one side has none', () => {
    expect(of(change(0.2, 0), null, null, null, 'guest')).toBe('changed');
    expect(of(change(0, 0.2), change(0, 1), null, null, 'idle')).toBe('changed');
    expect(of(change(0.2, 0), change(1, 0), null, null, 'poll')).toBe('gone');
  });

  test('is unclear without, and untested without a test of, a sure change of its share or rate', () => {
    expect(of(change(0.2, 0.1, false), change(0.2, 0.1))).toBe('unclear');
    expect(of(change(0.2, 0.1, null), change(0.2, 0.1, null))).toBe('untested');
  });
});
