/** The result file of a plan: a new one, or the one that goes on. */
import { createHash, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { failure, type Result, success } from '../../base/issue.js';
import { continuation } from '../../benchmarks/running/continuation.js';
import type { Plan } from '../../benchmarks/running/plan.js';
import { type BenchResult, RESULT_FORMAT } from '../../benchmarks/running/result.js';
import { parseResult } from '../../benchmarks/running/result-file.js';
import { reasonOf } from '../system-reason.js';

export interface PlanSource {
  readonly plan: Plan;
  /** As it was written. */
  readonly text: string;
  readonly path: string;
}

export interface ResultOptions {
  readonly path: string;
  /** undefined: that of the result that goes on, else a random one. */
  readonly seed: number | undefined;
  /** It is an error if there is nothing to go on with. */
  readonly mustExist: boolean;
  /** `vmtoll` and its version. */
  readonly tool: string;
}

const MOST_SEEDS = 2 ** 32;

/** What runs of the plan are added to; a failure where the file is there, but is not of this plan and seed. */
export function openResult(source: PlanSource, { path, seed, mustExist, tool }: ResultOptions): Result<BenchResult> {
  const { plan } = source;
  const sha256 = createHash('sha256').update(JSON.stringify(plan)).digest('hex');
  const record = { source: basename(source.path), text: source.text, sha256 };
  if (!existsSync(path)) {
    if (mustExist) return failure(unreadable(path, `${path} does not exist: there is nothing to resume`));
    return success({
      format: RESULT_FORMAT,
      version: 1,
      tool,
      plan: record,
      seed: seed ?? randomInt(MOST_SEEDS),
      state: 'running',
      sittings: [],
      runs: [],
      issues: [],
    });
  }
  const text = readText(path);
  if (!text.ok) return text;
  const previous = parseResult(text.value, path);
  return previous.ok ? continuation(previous.value, { plan, record, seed }, path) : previous;
}

export function readText(path: string): Result<string> {
  try {
    return success(readFileSync(path, 'utf8'));
  } catch (error) {
    return failure(unreadable(path, `${path} cannot be read: ${reasonOf(error)}`));
  }
}

const unreadable = (source: string, message: string) =>
  ({ code: 'unreadable', severity: 'error', message, source }) as const;
