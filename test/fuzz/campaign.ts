/** Runs a campaign in processes of their own, so that a hang can be ended and memory be measured. */
import { execFileSync, fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Seed } from './inputs.js';
import { makeInput } from './inputs.js';
import type { Done, Failure, FormatCounts, SeedEntry, Task, WorkerMessage } from './messages.js';

const ROOT = resolve(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache/fuzz');
/** A worker that stays with one input so long is hung, also on a busy machine, milliseconds. */
const HANG = 60_000;
const CHECK_EVERY = 1000;
/** A campaign with more failures than this has been understood. */
const MOST_FAILURES = 40;

export interface CampaignResult {
  readonly failures: readonly Failure[];
  readonly counts: ReadonlyMap<string, FormatCounts>;
  readonly baseline: number;
  readonly peak: number;
}

/** Worker processes need JavaScript: the present sources, compiled (not dist/, which may be older). Returns its path. */
function build(folder: string): string {
  const worker = join(folder, 'test/fuzz/worker.js');
  const project = ['-p', join(ROOT, 'test/fuzz/tsconfig.json'), '--outDir', folder];
  try {
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), project, { stdio: 'pipe' });
  } catch (error) {
    if (!existsSync(worker)) throw error;
  }
  return worker;
}

function writeCorpus(corpus: readonly Seed[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  const manifest = corpus.map(({ format, name, weight, bytes }): SeedEntry => {
    const file = `${format}-${name}`;
    writeFileSync(join(folder, file), bytes);
    return { format, name, weight, file };
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

function presentNumber(file: string): number {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  return bytes.length < 8 ? -1 : bytes.readDoubleLE(0);
}

interface Ended {
  readonly done?: Done;
  /** Where it stopped, and why. */
  readonly stopped?: Failure;
}

/** One worker process, until it is done, dies or hangs. */
function runWorker(worker: string, task: Task, onFailure: (failure: Failure) => void): Promise<Ended> {
  rmSync(task.progress, { force: true });
  return new Promise((settle) => {
    const child = fork(worker, [JSON.stringify(task)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let errors = '';
    let done: Done | undefined;
    let number = -1;
    let since = Date.now();
    let hung = false;
    child.stderr?.on('data', (data: Buffer) => {
      errors = `${errors}${data.toString()}`.slice(-4000);
    });
    child.on('message', (message: WorkerMessage) => {
      if (message.kind === 'done') done = message;
      else onFailure(message);
    });
    const watchdog = setInterval(() => {
      const now = presentNumber(task.progress);
      if (now !== number) [number, since] = [now, Date.now()];
      else if (Date.now() - since > HANG) {
        hung = true;
        child.kill('SIGKILL');
      }
    }, CHECK_EVERY);
    child.on('close', (code, signal) => {
      clearInterval(watchdog);
      if (done !== undefined) return settle({ done });
      const what = hung ? `hangs (more than ${HANG} ms)` : `ends the process (${signal ?? code}): ${errors}`;
      settle({ stopped: { kind: 'failure', number: presentNumber(task.progress), what } });
    });
  });
}

/** `inputs` inputs, shared among so many processes. */
export async function runCampaign(
  corpus: readonly Seed[],
  { campaign, inputs, processes }: { campaign: number; inputs: number; processes: number },
): Promise<CampaignResult> {
  const folder = join(CACHE, `campaign-${process.pid}`);
  const worker = build(join(folder, 'build'));
  const seeds = join(folder, 'seeds');
  writeCorpus(corpus, seeds);
  const failures: Failure[] = [];
  const counts = new Map<string, FormatCounts>();
  const memory = { baseline: 0, peak: 0 };
  const share = async (index: number): Promise<void> => {
    const progress = join(folder, `progress-${index}`);
    let first = index;
    while (first < inputs && failures.length < MOST_FAILURES) {
      const task: Task = { campaign, first, end: inputs, step: processes, seeds, progress };
      const { done, stopped } = await runWorker(worker, task, (failure) => failures.push(failure));
      if (done !== undefined) {
        for (const [format, added] of done.counts) counts.set(format, sum(counts.get(format), added));
        memory.baseline = Math.max(memory.baseline, done.baseline);
        memory.peak = Math.max(memory.peak, done.peak);
        break;
      }
      failures.push(stopped!);
      if (stopped!.number < 0) break;
      first = stopped!.number + processes;
    }
  };
  await Promise.all(Array.from({ length: processes }, (_, index) => share(index)));
  rmSync(folder, { recursive: true });
  return { failures, counts, ...memory };
}

function sum(a: FormatCounts | undefined, b: FormatCounts): FormatCounts {
  if (a === undefined) return b;
  const slower = a.slowestMs > b.slowestMs ? a : b;
  return {
    inputs: a.inputs + b.inputs,
    opened: a.opened + b.opened,
    withRecords: a.withRecords + b.withRecords,
    explained: a.explained + b.explained,
    withLoss: a.withLoss + b.withLoss,
    slowestMs: slower.slowestMs,
    slowest: slower.slowest,
  };
}

/** Keeps the inputs that failed, one for each kind of failure, and says how to run them again. */
export function describeFailures(corpus: readonly Seed[], campaign: number, failures: readonly Failure[]): string[] {
  const kinds = new Map<string, Failure[]>();
  for (const failure of failures) {
    const place = failure.what.split('\n').slice(0, 3).join('\n').replaceAll(/\d+/g, 'N');
    kinds.set(place, [...(kinds.get(place) ?? []), failure]);
  }
  mkdirSync(CACHE, { recursive: true });
  return [...kinds.values()].map((same) => {
    const { number, what } = same[0];
    if (number < 0) return `${same.length} × the seed ${corpus[-1 - number]?.name} as it is ${what}`;
    const { seed, bytes, choices } = makeInput(corpus, campaign, number);
    const file = join(CACHE, `failed-${campaign}-${number}.${seed.format}`);
    writeFileSync(file, bytes);
    writeFileSync(`${file}.json`, JSON.stringify(choices));
    const where = `${same.length} × input ${number} (from ${seed.format}/${seed.name}, ${JSON.stringify(choices)})`;
    return `${where} ${what}\n  replay: VMTOLL_FUZZ_REPLAY=${file} npx vitest run test/fuzz/fuzz.test.ts`;
  });
}
