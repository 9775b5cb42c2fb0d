/** One wrong digit in the time of a line of traceprinter's text: the event is passed over, and the trace is as long as it was. */
import { describe, expect, test } from 'vitest';
import { serialConsolePlan } from '../../../src/simulation/qnx/demo-plans.js';
import { simulate } from '../../../src/simulation/qnx/simulate.js';
import { traceprinterText } from '../../../src/simulation/qnx/writers/traceprinter.js';
import { readPrinted } from '../../support/qnx-records.js';

const RELEASES = ['6.6.0', '7.1.0', '8.0.0'];

const textOf = (release: string): string => {
  const { trace } = simulate({ ...serialConsolePlan(), release, lengthNs: 60_000_000, markers: [] });
  return traceprinterText(trace, { onePerLine: true, bufferEvents: 200 });
};

const DIGITS = /^t:0x([0-9a-f]+)/;

/** The text with another digit in the time of a line; the first digit is at 0. */
function withWrongDigit(text: string, line: number, digit: number, change: number): string {
  const lines = text.split('\n');
  lines[line] = lines[line].replace(DIGITS, (_, digits: string) => {
    const wrong = (Number.parseInt(digits[digit], 16) + change) % 16;
    return `t:0x${digits.slice(0, digit)}${wrong.toString(16)}${digits.slice(digit + 1)}`;
  });
  return lines.join('\n');
}

describe.each(RELEASES)('%s', (release) => {
  const text = textOf(release);
  const lines = text.split('\n');
  const events = lines.flatMap((line, index) => (DIGITS.test(line) && !line.includes('CONTROL') ? [index] : []));
  /** At the beginning, in the middle, near the end, and the last one of all. */
  const places = [0.2, 0.5, 0.8]
    .map((part) => events[Math.floor(events.length * part)])
    .concat(events[events.length - 1]);

  test('the trace is as long as before, and the event is counted', async () => {
    const { recording: whole } = await readPrinted(text);
    for (const place of places) {
      const digits = DIGITS.exec(lines[place])![1].length;
      for (const digit of [digits - 7, 0]) {
        for (const change of [1, 13]) {
          const { recording } = await readPrinted(withWrongDigit(text, place, digit, change));
          const isLast = place === places.at(-1);
          const what = { place, digit, change };
          const codes = recording.issues.list().map(({ code }) => code);
          expect({ ...what, codes }).toEqual({ ...what, codes: expect.arrayContaining(['impossible-times']) });
          expect({ ...what, events: recording.totals.events }).toEqual({ ...what, events: whole.totals.events - 1 });
          expect(recording.totals.gaps).toBe(whole.totals.gaps + 1);
          // Where the last event of all is passed over, the one before it is the last.
          if (isLast) expect(recording.totals.lastNs).toBeLessThanOrEqual(whole.totals.lastNs);
          else expect({ ...what, lastNs: recording.totals.lastNs }).toEqual({ ...what, lastNs: whole.totals.lastNs });
          expect(recording.originNs).toBe(whole.originNs);
        }
      }
    }
  });

  test('nothing is passed over in a trace without damage', async () => {
    const { recording } = await readPrinted(text);
    expect(recording.issues.list()).toEqual([]);
  });
});
