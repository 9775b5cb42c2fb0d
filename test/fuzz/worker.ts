/**
 * A process that runs every `step`-th input of a campaign, and tells its parent what came of it. Before each input it
 * writes its number to a file: what a process that hangs or dies was doing is known even then.
 */
import { openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { cpuTimer } from './cpu-time.js';
import { type Input, makeInput, type Seed } from './inputs.js';
import type { FormatCounts, SeedEntry, Task, WorkerMessage } from './messages.js';
import { type Outcome, runOne } from './run-one.js';

/** Longest time of the CPU for reading and explaining one input, milliseconds. */
const TIME_LIMIT = 2000;
/** With the findings, and the reports in all their forms. */
const TIME_LIMIT_WITH_REPORTS = 6000;
/** Most memory above that of a process that has run all seeds, bytes. */
const MEMORY_LIMIT = 256 * 2 ** 20;

/** Asking for the memory takes a while: it is done when the number has risen by this. */
const MEMORY_STEP = 16;

const task = JSON.parse(process.argv[2]) as Task;
const manifest = JSON.parse(readFileSync(join(task.seeds, 'manifest.json'), 'utf8')) as SeedEntry[];
const corpus: Seed[] = manifest.map((entry) => ({
  ...entry,
  bytes: Uint8Array.from(readFileSync(join(task.seeds, entry.file))),
}));
const progress = openSync(task.progress, 'w');
const numberBytes = new Float64Array(1);
const counts = new Map<string, FormatCounts>();

const send = (message: WorkerMessage): void => void process.send?.(message);
const peak = (): number => process.resourceUsage().maxRSS * 1024;

function countsOf(format: string): FormatCounts {
  let found = counts.get(format);
  if (found === undefined) {
    found = { inputs: 0, opened: 0, withRecords: 0, explained: 0, withLoss: 0, slowestMs: 0, slowest: -1 };
    counts.set(format, found);
  }
  return found;
}

function count(format: string, number: number, outcome: Outcome, ms: number): void {
  const sums = countsOf(format);
  sums.inputs++;
  if (outcome.opened) sums.opened++;
  if (outcome.records > 0) sums.withRecords++;
  if (outcome.explained) sums.explained++;
  if (outcome.gaps > 0 || outcome.lostEvents > 0) sums.withLoss++;
  if (ms > sums.slowestMs) Object.assign(sums, { slowestMs: Math.round(ms), slowest: number });
}

const limitOf = ({ choices }: Input): number => (choices.reports ? TIME_LIMIT_WITH_REPORTS : TIME_LIMIT);

/** The time on a clock, unless that is too long: then it is that of the CPU, in a second run (to ask for it takes longer). */
async function timed(input: Input): Promise<[Outcome, number]> {
  const { bytes, choices, beside } = input;
  const start = performance.now();
  const outcome = await runOne(bytes, choices, beside);
  const ms = performance.now() - start;
  if (ms <= limitOf(input)) return [outcome, ms];
  const cpuMs = cpuTimer();
  return [await runOne(bytes, choices, beside), cpuMs()];
}

function noteNumber(number: number): void {
  numberBytes[0] = number;
  writeSync(progress, numberBytes, 0, 8, 0);
}

async function runNumber(number: number): Promise<void> {
  noteNumber(number);
  const input = makeInput(corpus, task.campaign, number);
  const { seed } = input;
  try {
    const [outcome, ms] = await timed(input);
    count(seed.format, number, outcome, ms);
    if (ms > limitOf(input)) send({ kind: 'failure', number, what: `takes ${Math.round(ms)} ms` });
  } catch (error) {
    countsOf(seed.format).inputs++;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    send({ kind: 'failure', number, what });
  }
}

for (const [index, { bytes }] of corpus.entries()) {
  // Seeds have negative numbers: the parent sees that it goes on.
  noteNumber(-1 - index);
  await runOne(bytes, { streams: false, reports: true });
}
const baseline = peak();
let highest = baseline;
for (let number = task.first; number < task.end; number += task.step) {
  await runNumber(number);
  if (number % MEMORY_STEP !== task.first % MEMORY_STEP && number + task.step < task.end) continue;
  const now = peak();
  if (now > baseline + MEMORY_LIMIT && highest <= baseline + MEMORY_LIMIT) {
    send({
      kind: 'failure',
      number,
      what: `or one up to ${MEMORY_STEP} before it raises memory from ${highest} to ${now} bytes`,
    });
  }
  highest = Math.max(highest, now);
}
send({ kind: 'done', counts: [...counts], baseline, peak: highest });
process.disconnect?.();
