import { expect, test } from 'vitest';
import { IssueLog } from '../../src/base/issue.js';
import { InterruptNames } from '../../src/recording/interrupt-names.js';
import { mergeRecordings } from '../../src/recording/merge.js';
import { RecordBatch } from '../../src/recording/record-batch.js';
import { type Recording, RecordingTotals } from '../../src/recording/recording.js';
import { SymbolTable } from '../../src/recording/symbols.js';
import { ThreadTable } from '../../src/recording/threads.js';

/** A recording whose batches have records at these times. */
function recordingOf(
  originNs: bigint,
  batches: readonly (readonly number[])[],
  interruptNames = new InterruptNames(),
): Recording {
  return {
    format: 'made up',
    sources: ['made up'],
    clock: { name: 'mono', measuresTime: true, resolutionNs: 1 },
    host: {},
    guests: [],
    originNs,
    threads: new ThreadTable(),
    interruptNames,
    symbols: new SymbolTable(),
    issues: new IssueLog(),
    totals: new RecordingTotals(),
    async *batches() {
      for (const times of batches) {
        const batch = new RecordBatch();
        batch.time.fill(Number.NaN);
        batch.time.set(times);
        batch.count = times.length;
        yield batch;
      }
    },
  };
}

async function timesOf(recording: Recording): Promise<number[]> {
  const times: number[] = [];
  for await (const { time, count } of recording.batches()) times.push(...time.subarray(0, count));
  return times;
}

test('records of all parts come in the order of time, also where batches are empty', async () => {
  const first = recordingOf(1000n, [[], [5, 20], [], [40], []]);
  const second = recordingOf(1010n, [[0, 15], []]);
  const nothing = recordingOf(990n, [[]]);
  expect(await timesOf(mergeRecordings([first, second, nothing]))).toEqual([15, 20, 30, 35, 50]);
});

test('names of interrupts are those of all parts', async () => {
  const [first, second] = [new InterruptNames(), new InterruptNames()];
  first.add(24, 'nvme0q1');
  second.add(24, 'nvme0q1');
  second.add(25, 'eth0');
  const merged = mergeRecordings([recordingOf(0n, [[1]], first), recordingOf(0n, [[2]], second)]);
  await timesOf(merged);
  expect([merged.interruptNames?.text(24), merged.interruptNames?.text(25)]).toEqual(['nvme0q1', 'eth0']);
});
