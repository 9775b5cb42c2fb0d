/**
 * Recordings that end too early, as those of crashed recorders and full disks do: each is dealt with quickly, says that
 * something is missing where it is, and never holds more exits than the whole one.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RECORDINGS, realRecordings } from '../support/explained.js';
import { randomSource } from '../support/random-source.js';
import { pathIn } from '../support/read-records.js';
import { buildSmallCorpus } from './corpus.js';
import { cpuTimer } from './cpu-time.js';
import { type Outcome, type RunChoices, runOne } from './run-one.js';

const corpus = await buildSmallCorpus();

/** Longest time of the CPU for one cut recording, milliseconds. */
const TIME_LIMIT = 2000;
const WHOLE: RunChoices = { streams: false, reports: false, clockHz: 2.6e9 };
/** Cuts of the small recordings: every byte of this many at both ends, and every 67th between them. */
const EVERY_BYTE = 120;
const STRIDE = 67;
/** Cuts of each real recording. Text is all alike. */
const BINARY_CUTS = 20;
const TEXT_CUTS = 4;

interface Problem {
  readonly at: number;
  readonly what: string;
}

/** Formats in which a file that ends between two records, or lines, is as good as any other. */
const mayEndAnywhere = (format: string, name: string): boolean =>
  format.endsWith('-text') || format.endsWith('script') || format === 'traceprinter' || name.startsWith('pipe');

function saysSo({ opened, issues, lostEvents, gaps }: Outcome): boolean {
  return !opened || issues.length > 0 || lostEvents > 0 || gaps > 0;
}

async function problemsOf(
  bytes: Uint8Array,
  positions: Iterable<number>,
  mayBeSilent: boolean,
  choices = WHOLE,
): Promise<Problem[]> {
  const whole = await runOne(bytes, choices);
  expect(whole.explained).toBe(true);
  const problems: Problem[] = [];
  for (const at of positions) {
    const elapsedMs = cpuTimer();
    const outcome = await runOne(bytes.subarray(0, at), choices);
    const ms = elapsedMs();
    if (ms > TIME_LIMIT) problems.push({ at, what: `takes ${Math.round(ms)} ms` });
    if (outcome.exits > whole.exits) problems.push({ at, what: `${outcome.exits} exits instead of ${whole.exits}` });
    const fewer = whole.records - outcome.records;
    if (fewer > 0 && !mayBeSilent && !saysSo(outcome)) problems.push({ at, what: `lacks ${fewer} records in silence` });
  }
  return problems;
}

describe.each([false, true])('small recordings, cut at any byte (as a pipe: %s)', (streams) => {
  const seeds = corpus.filter(({ format }) => !streams || format !== 'trace-dat');
  test.each(seeds)('$format/$name', async ({ format, name, bytes }) => {
    const positions = smallCuts(bytes.length, streams ? 5 : 1);
    const problems = await problemsOf(bytes, positions, mayEndAnywhere(format, name), { ...WHOLE, streams });
    expect(problems, `${bytes.length} bytes`).toEqual([]);
  });
});

function* smallCuts(size: number, step: number): Iterable<number> {
  for (let at = 0; at < size; at += at < EVERY_BYTE || at >= size - EVERY_BYTE ? step : STRIDE) yield at;
}

describe('real recordings', () => {
  test.each(realRecordings(RECORDINGS))('$name', async ({ scenario, file }) => {
    const bytes = Uint8Array.from(readFileSync(pathIn(scenario, file)));
    const isText = file.endsWith('.txt');
    const positions = realCuts(bytes, isText ? TEXT_CUTS : BINARY_CUTS);
    expect(await problemsOf(bytes, positions, isText)).toEqual([]);
  });
});

/** Where the tables of the file say that something begins, a byte before and after it, and anywhere. */
function realCuts(bytes: Uint8Array, count: number): number[] {
  const random = randomSource(bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const cuts = new Set([0, 1, 8, 16, bytes.length - 1]);
  for (let attempt = 0; attempt < 100_000 && cuts.size < count / 2; attempt++) {
    const tables = random.chance(0.5) ? 0 : Math.max(0, bytes.length - 4096);
    const at = tables + random.below(Math.min(4096, bytes.length - tables - 8));
    const offset = view.getBigUint64(at, true);
    if (offset > 0n && offset < BigInt(bytes.length)) cuts.add(Number(offset) - 1 + random.below(3));
  }
  while (cuts.size < count) cuts.add(random.below(bytes.length));
  return [...cuts].filter((at) => at < bytes.length).sort((a, b) => a - b);
}
