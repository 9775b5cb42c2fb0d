/** What the browser's worker answers is what the server answers: the same Explanation, the same bytes. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answerFrom } from '../../../src/workspace/answers.js';
import type { Progress, Question } from '../../../src/workspace/protocol.js';
import { FileAnalysis } from '../../../web/src/engine/file-analysis.js';
import { pathIn } from '../../support/read-records.js';
import { scenario } from '../../support/recordings.js';
import { explained, recordTimeline } from '../../support/timelines.js';

/** A file of a browser as far as it is used: its parts know their bytes. */
class DroppedFile {
  readonly name: string;
  readonly bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  slice(start: number, end: number): DroppedFile {
    return new DroppedFile(this.name, this.bytes.subarray(start, end));
  }
}

const readNow = (blob: Blob): Uint8Array => (blob as unknown as DroppedFile).bytes;

const analysisOf = (...paths: readonly string[]): FileAnalysis =>
  new FileAnalysis(
    paths.map((path) => new DroppedFile(basename(path), readFileSync(path)) as unknown as File),
    readNow,
  );

const FILES = [
  ['m-mixed', 'trace.dat'],
  // Compressed with zstd as a stream.
  ['l2-tsc-clock-perf-z', 'perf.data'],
] as const;

describe.each(FILES)('%s/%s', (name, file) => {
  const path = pathIn(scenario(name, file), file);

  test('is answered as by the server', async () => {
    const analysis = analysisOf(path);
    const told: Progress[] = [];
    const workspace = await analysis.open((progress) => told.push(progress));
    const { explanation, timeline } = await recordTimeline(path);
    const { lengthNs } = timeline.info;
    expect(workspace).toMatchObject({ ok: true, value: { recordings: [{ lengthNs }], ranges: true, limits: [] } });
    expect(told[0]).toMatchObject({ doing: `reading ${basename(path)}` });
    // The same but for the path, of which a browser has the last part only.
    expect(analysis.answer({ ask: 'explanation', recording: 0 })).toEqual({
      ok: true,
      text: JSON.stringify(explanation).replaceAll(path, basename(path)),
    });
    const part = { recording: 0, fromNs: 0, toNs: lengthNs };
    const questions: Question[] = [
      { ask: 'timeline', recording: 0 },
      { ask: 'tile', ...part, lanes: [...timeline.info.lanes.keys()], resolutionNs: lengthNs / 1000 },
      { ask: 'tile', ...part, toNs: lengthNs / 500, lanes: [0], resolutionNs: 64 },
      { ask: 'heat', ...part, kind: 'latency', lanes: [], columns: 300 },
      { ask: 'episode', recording: 0, lane: 0, timeNs: lengthNs / 2, step: 1 },
    ];
    for (const question of questions) {
      if (question.ask === 'explanation' || question.ask === 'comparison' || question.ask === 'difference') continue;
      expect(analysis.answer(question)).toEqual(answerFrom([timeline], question));
    }
  });

  test('the books of a part are those that the command keeps', async () => {
    const part = { fromNs: 1e8, toNs: 4e8 };
    const expected = JSON.stringify(await explained(path, part)).replaceAll(path, basename(path));
    expect(await analysisOf(path).part({ recording: 0, ...part })).toEqual({ ok: true, text: expected });
  });
});

test('two files are compared', async () => {
  const analysis = analysisOf(
    pathIn(scenario('e-timer', 'trace.dat'), 'trace.dat'),
    pathIn(scenario('n-timer-nopoll', 'trace.dat'), 'trace.dat'),
  );
  expect(await analysis.open(() => {})).toMatchObject({ ok: true, value: { hasDifference: true } });
  const answer = analysis.answer({ ask: 'difference' });
  expect(answer).toMatchObject({ ok: true, text: expect.stringContaining('"before"') });
});

test('what is no recording is refused in words', async () => {
  const analysis = new FileAnalysis([new DroppedFile('notes.txt', Buffer.from('nothing')) as unknown as File], readNow);
  expect(await analysis.open(() => {})).toMatchObject({
    ok: false,
    issue: { code: 'unknown-format', hint: expect.stringContaining('can be dropped here') },
  });
});
