/** Runs plans as the command does, and looks at processes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Result } from '../../../src/base/issue.js';
import { readPlan } from '../../../src/benchmarks/running/plan-file.js';
import type { BenchResult, RunRecord } from '../../../src/benchmarks/running/result.js';
import { parseResult, resultText } from '../../../src/benchmarks/running/result-file.js';
import { openResult } from '../../../src/node/bench/result-store.js';
import { type BenchJob, runPlan } from '../../../src/node/bench/runner.js';
import { saveAtomically } from '../../../src/node/bench/store.js';

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-bench-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface PlanRunOptions extends Partial<Pick<BenchJob, 'timeLimitMs' | 'stop' | 'onNext'>> {
  /** Where the result is, or will be; else a new file. */
  readonly path?: string;
}

export interface PlanRunOutcome {
  readonly result: Result<BenchResult>;
  /** The file, read again; undefined where there is none. */
  readonly saved: BenchResult | undefined;
  readonly path: string;
  readonly failures: readonly RunRecord[];
}

/** Runs a plan that is written as YAML. */
export async function runYaml(text: string, options: PlanRunOptions = {}): Promise<PlanRunOutcome> {
  const { path = join(temporaryFolder(), 'result.json') } = options;
  const reading = readPlan(text, 'plan.yaml');
  if (!reading.ok) throw new Error(reading.issues.map(({ message }) => message).join('\n'));
  const source = { plan: reading.plan, text, path: 'plan.yaml' };
  const opened = openResult(source, { path, seed: 1, mustExist: false, tool: 'vmtoll 0.0.0' });
  if (!opened.ok) throw new Error(opened.issue.message);
  const failures: RunRecord[] = [];
  const result = await runPlan({
    plan: reading.plan,
    result: opened.value,
    timeLimitMs: options.timeLimitMs ?? reading.plan.timeLimitMs,
    stop: options.stop ?? new AbortController().signal,
    save: (current) => saveAtomically(path, resultText(current)),
    onNext: options.onNext ?? (() => {}),
    onFailure: (run) => failures.push(run),
  });
  return { result, saved: savedIn(path), path, failures };
}

function savedIn(path: string): BenchResult | undefined {
  try {
    const parsed = parseResult(readFileSync(path, 'utf8'), path);
    return parsed.ok ? parsed.value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process is there and has not ended. */
export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until it holds; fails the test where it never does. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let left = 500; left > 0; left--) {
    if (holds()) return;
    await delay(20);
  }
  throw new Error(`it never happened: ${what}`);
}

/** The numbers in a file, one a line; none where there is no file. */
export function numbersIn(path: string): number[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
