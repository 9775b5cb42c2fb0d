/** Whether a result can go on: only runs of the same plan in the same order belong together. */
import { failure, type Result, success } from '../../base/issue.js';
import { differencesOf, type Plan } from './plan.js';
import { readPlan } from './plan-file.js';
import type { BenchResult } from './result.js';

/** How many differences a message names. */
const NAMED = 5;

/** The result itself; a failure that says what differs. `seed` is undefined where any will do. */
export function continuation(
  previous: BenchResult,
  { plan, sha256, seed }: { readonly plan: Plan; readonly sha256: string; readonly seed: number | undefined },
  path: string,
): Result<BenchResult> {
  const differences: string[] = [];
  if (previous.plan.sha256 !== sha256) differences.push(...planDifferences(previous, plan));
  if (seed !== undefined && previous.seed !== seed) differences.push(`seed: ${previous.seed} → ${seed}`);
  if (differences.length === 0) return success(previous);
  const more = differences.length > NAMED ? `; and ${differences.length - NAMED} more` : '';
  return failure({
    code: 'other-plan',
    severity: 'error',
    message: `${path} holds the runs of another plan or seed: ${differences.slice(0, NAMED).join('; ')}${more}`,
    source: path,
    hint: 'Go on with the same plan and seed, or give --out for a new file.',
  });
}

function planDifferences(previous: BenchResult, plan: Plan): string[] {
  const reading = readPlan(previous.plan.text, previous.plan.source);
  const differences = reading.ok ? differencesOf(reading.plan, plan) : [];
  return differences.length > 0 ? differences : ['the plan'];
}
