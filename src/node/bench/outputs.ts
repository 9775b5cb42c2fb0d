/** Runs a benchmark and finds its output: what it printed, or a file that it wrote on its side. */
import { randomBytes } from 'node:crypto';
import { failure, type Result, success } from '../../base/issue.js';
import { expand, FILE_PLACEHOLDER, type PlannedBenchmark } from '../../benchmarks/running/plan.js';
import type { Limits, Outcome } from './process.js';
import type { Side } from './side.js';

/** Of removing or reading a file on a side. */
const FILE_TIMEOUT_MS = 60e3;
/** Even an interrupted run leaves nothing behind, but nobody wants to wait for that. */
const CLEANING: Limits = { timeoutMs: 10e3, stop: new AbortController().signal };

export interface Executed extends Outcome {
  /** How reading its file went; absent where it prints its result, or has failed. */
  readonly file?: Outcome;
}

export class OutputFiles {
  /** Nobody else can have made it. */
  readonly #own = `/tmp/vmtoll-bench-${randomBytes(8).toString('hex')}`;

  /** `{file}` is the output that the plan names, else a temporary file. */
  async run(
    { command, output, timeoutMs }: PlannedBenchmark,
    side: Side,
    values: Readonly<Record<string, string>>,
    stop: AbortSignal,
  ): Promise<Executed> {
    const wantsFile = output !== undefined || command.some((word) => word.includes(FILE_PLACEHOLDER));
    const file = output === undefined ? this.#own : expand(output, values);
    const words = command.map((word) => expand(word, { ...values, file }));
    if (!wantsFile) return side.run(words, { timeoutMs, stop });
    const limits: Limits = { timeoutMs: FILE_TIMEOUT_MS, stop };
    // Of an earlier run: it must not be taken for this one's.
    await side.run(['rm', '-f', '--', file], limits);
    const outcome = await side.run(words, { timeoutMs, stop });
    const isGood = failureOf(outcome) === undefined;
    const text = isGood ? await side.run(['cat', '--', file], limits) : undefined;
    if (output === undefined) await side.run(['rm', '-f', '--', file], CLEANING);
    return { ...outcome, ...(text && { file: text }) };
  }
}

/** The text that holds the result; a failure, for people, where the run is not good. */
export function outputOf(executed: Executed): Result<string> {
  const ownFailure = failureOf(executed);
  if (ownFailure !== undefined) return failedRun(ownFailure);
  if (executed.file === undefined) return success(executed.stdout);
  const fileFailure = failureOf(executed.file);
  return fileFailure === undefined
    ? success(executed.file.stdout)
    : failedRun(`its file cannot be read: ${fileFailure}`);
}

const failedRun = (message: string): Result<string> => failure({ code: 'failed-run', severity: 'error', message });

function failureOf({ fault, signal, exitCode }: Outcome): string | undefined {
  if (fault !== undefined) return fault;
  if (signal !== null) return `it was ended by ${signal}`;
  return exitCode === 0 ? undefined : `it ended with exit code ${exitCode}`;
}
