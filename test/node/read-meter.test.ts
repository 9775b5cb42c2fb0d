/** What the meter says of a recording that is read: it never falls, and ends near the end of the file. */
import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openInputs } from '../../src/node/inputs.js';
import { createMeter, meterFile, shareRead } from '../../src/node/read-meter.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

describe('of a file', () => {
  test.each(['b1-uart-flood', 'm-mixed'])('%s', async (name) => {
    const path = pathIn(scenario(name, 'trace.dat'), 'trace.dat');
    const meter = createMeter();
    const opened = await openInputs([path], { meter });
    if (!opened.ok) throw new Error(opened.issue.message);
    const shares: number[] = [shareRead(meter) ?? Number.NaN];
    for await (const batch of opened.value.recording.batches()) {
      if (batch.count > 0) shares.push(shareRead(meter) ?? Number.NaN);
    }
    opened.value.close();
    expect(meter[1]).toBe(statSync(path).size);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    // Small files are read in a few pieces.
    expect(shares[0]).toBeLessThan(0.7);
    // What is no event, or not of use, is not read.
    expect(shares.at(-1)).toBeGreaterThan(0.75);
    // What is read twice is little.
    expect(meter[0]).toBeLessThan(1.1 * meter[1]);
  });
});

test('nothing is said of a pipe', () => {
  const meter = createMeter();
  meterFile(meter, Number.POSITIVE_INFINITY);
  expect(shareRead(meter)).toBeUndefined();
});
