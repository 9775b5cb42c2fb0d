/** What the browser's worker answers is what the server answers: the same Explanation, the same bytes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answerFrom } from '../../../src/workspace/answers.js';
import type { Progress, Question } from '../../../src/workspace/protocol.js';
import { type DroppedFile, sideOfPath } from '../../../web/src/engine/dropped-files.js';
import { FileAnalysis } from '../../../web/src/engine/file-analysis.js';
import { vmtoll } from '../../support/cli.js';
import { pathIn } from '../../support/read-records.js';
import { scenario } from '../../support/recordings.js';
import { explained, recordTimeline } from '../../support/timelines.js';
import { INPUTS } from '../support/inputs.js';

/** A file of a browser as far as it is used: its parts know their bytes. */
class FileOfBytes {
  readonly name: string;
  readonly bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  slice(start: number, end: number): FileOfBytes {
    return new FileOfBytes(this.name, this.bytes.subarray(start, end));
  }
}

const readNow = (blob: Blob): Uint8Array => (blob as unknown as FileOfBytes).bytes;

const dropped = (path: string, bytes: Uint8Array): DroppedFile => ({
  file: new FileOfBytes(basename(path), bytes) as unknown as File,
  path,
});

const analysisOf = (...paths: readonly string[]): FileAnalysis =>
  new FileAnalysis(
    paths.map((path) => dropped(basename(path), readFileSync(path))),
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

const FOLDER = 'fixtures/benchmarks/native-vs-vm';
const filesOf = (side: string): DroppedFile[] =>
  readdirSync(join(FOLDER, side)).map((name) => dropped(`${side}/${name}`, readFileSync(join(FOLDER, side, name))));
const recordedCpuid = pathIn(scenario('native-vs-vm/rec/cpuid', 'trace.dat'), 'trace.dat');

/** What the command says, with the paths that a browser has. */
const said = (args: readonly string[], ...paths: readonly (readonly [from: string, to: string])[]): unknown => {
  const text = vmtoll([...args, '--json']).stdout;
  return JSON.parse(paths.reduce((all, [from, to]) => all.replaceAll(from, to), text));
};

const answered = (analysis: FileAnalysis, question: Question): unknown => {
  const answer = analysis.answer(question);
  return answer.ok && 'text' in answer ? JSON.parse(answer.text) : answer;
};

test('benchmarks of both sides are compared as by the command, and more than one are not set against a recording', async () => {
  const files = [dropped('trace.dat', readFileSync(recordedCpuid)), ...filesOf('native'), ...filesOf('vm')];
  const analysis = new FileAnalysis(files, readNow);
  const workspace = await analysis.open(() => {});
  expect(workspace).toMatchObject({
    ok: true,
    value: { hasComparison: true, limits: [expect.stringMatching(/not set against the benchmarks/)] },
  });
  const args = ['compare', `${FOLDER}/native`, `${FOLDER}/vm`];
  expect(answered(analysis, { ask: 'comparison' })).toEqual(said(args, [`${FOLDER}/`, '']));
  expect(answered(analysis, { ask: 'explanation', recording: 0 })).toEqual(
    said(['explain', recordedCpuid], [recordedCpuid, 'trace.dat']),
  );
});

test('one benchmark is set against the recording of its run as by the command', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
  const files = ['native', 'vm'].map((side) => {
    const lines = readFileSync(join(FOLDER, side, 'kbench.jsonl'), 'utf8').split('\n');
    const path = join(folder, `${side}-cpuid.jsonl`);
    writeFileSync(path, lines.filter((line) => line.includes('"cpuid"')).join('\n'));
    return path;
  });
  const analysis = analysisOf(recordedCpuid, ...files);
  expect(await analysis.open(() => {})).toMatchObject({ ok: true, value: { hasComparison: true, limits: [] } });
  const args = ['explain', recordedCpuid, '--native', files[0], '--vm', files[1]];
  const expected = said(args, [recordedCpuid, 'trace.dat'], [`${folder}/`, '']);
  expect(expected).toMatchObject({ reconciliation: { benchmark: 'cpuid' } });
  expect(answered(analysis, { ask: 'explanation', recording: 0 })).toEqual(expected);
  rmSync(folder, { recursive: true });
});

test('a configuration names the devices, as for the command', async () => {
  const [recording, , configuration] = INPUTS['QNX, simulated']();
  const analysis = analysisOf(recording, configuration);
  expect(await analysis.open(() => {})).toMatchObject({ ok: true, value: { limits: [] } });
  const expected = said(['explain', recording, '--config', configuration], [`${dirname(recording)}/`, '']);
  expect(expected).toMatchObject({
    devices: expect.arrayContaining([expect.objectContaining({ source: 'configuration' })]),
  });
  expect(answered(analysis, { ask: 'explanation', recording: 0 })).toEqual(expected);
});

test.each([
  ['native/fio.json', 'native'],
  ['native-vs-vm/vm/kbench.jsonl', 'vm'],
  ['runs/vm-3.csv', 'vm'],
  ['native-vs-vm/kbench.jsonl', undefined],
  ['vmware/results.json', undefined],
])('of %s the side is %s', (path, side) => {
  expect(sideOfPath(path)).toBe(side);
});

test('benchmarks of nobody knows which side are refused', async () => {
  const bytes = readFileSync(join(FOLDER, 'vm/kbench.jsonl'));
  const opened = await new FileAnalysis([dropped('kbench.jsonl', bytes)], readNow).open(() => {});
  expect(opened).toMatchObject({ ok: false, issue: { code: 'which-side' } });
  const alone = await new FileAnalysis([dropped('vm/kbench.jsonl', bytes)], readNow).open(() => {});
  expect(alone).toMatchObject({ ok: false, issue: { code: 'one-side' } });
});

test('what is no recording is refused in words', async () => {
  const analysis = new FileAnalysis([dropped('notes.txt', Buffer.from('nothing'))], readNow);
  expect(await analysis.open(() => {})).toMatchObject({
    ok: false,
    issue: { code: 'unknown-format', hint: expect.stringContaining('can be dropped here') },
  });
});
