/** Whether a result can go on: only runs of the same benchmarks on the same sides in the same order belong together. */
import { failure, type Result, success } from '../../base/issue.js';
import { differencesOf, type Plan } from './plan.js';
import { readPlan } from './plan-file.js';
import type { BenchResult } from './result.js';

/** How many differences a message names. */
const NAMED = 5;

export interface Continued {
  readonly plan: Plan;
  /** The same plan as the result keeps it. */
  readonly record: BenchResult['plan'];
  /** undefined where any will do. */
  readonly seed: number | undefined;
}

/** The result under the plan as it is now; a failure that says what differs. */
export function continuation(
  previous: BenchResult,
  { plan, record, seed }: Continued,
  path: string,
): Result<BenchResult> {
  const reading = readPlan(previous.plan.text, previous.plan.source);
  const differences = reading.ok ? differencesOf(fixedPartOf(reading.plan), fixedPartOf(plan)) : ['the plan'];
  if (seed !== undefined && previous.seed !== seed) differences.push(`seed: ${previous.seed} → ${seed}`);
  if (differences.length === 0) return success({ ...previous, plan: record });
  const more = differences.length > NAMED ? `; and ${differences.length - NAMED} more` : '';
  return failure({
    code: 'other-plan',
    severity: 'error',
    message: `${path} holds the runs of another plan or seed: ${differences.slice(0, NAMED).join('; ')}${more}`,
    source: path,
    hint: 'Go on with the same plan and seed, or give --out for a new file. Repeats and time limits may change.',
  });
}

/** What may not change from one sitting to the next: everything but how often, how long, and what is said about it. */
const fixedPartOf = ({ sides, warmup, benchmarks }: Plan) => ({
  sides,
  warmup,
  benchmarks: benchmarks.map(({ name, command, result, output }) => ({ name, command, result, output })),
});
