/**
 * The result of running a plan: one file with everything that was measured, from which the run can go on after an
 * interruption and which compares alone, since both sides are in it.
 */
import type { Issue } from '../../base/issue.js';
import type { Series, SystemFacts } from '../model.js';
import type { ClockReading } from './clock-check.js';
import type { Environment } from './environment.js';
import type { SideName } from './plan.js';
import type { Slot } from './schedule.js';

export const RESULT_FORMAT = 'vmtoll-bench-result';

/** How far it got: `running` is what a file says whose program was killed. */
export const STATES = ['running', 'interrupted', 'time-limit', 'complete'] as const;
export type State = (typeof STATES)[number];

/** One call of the program: a run that was resumed has several. */
export interface Sitting {
  /** On this host, ms since 1970. */
  readonly startedMs: number;
  readonly environments: Readonly<Record<SideName, Environment>>;
  readonly clock: readonly ClockReading[];
}

/** One execution of the command of a benchmark. */
export interface RunRecord {
  /** Position in `sittings`. */
  readonly sitting: number;
  readonly block: number;
  readonly isWarmup: boolean;
  readonly benchmark: string;
  readonly side: SideName;
  /** 2 for the repetition of one that failed; counts anew in every sitting. */
  readonly attempt: number;
  /** On this host's clock, whatever the side, ms since 1970. */
  readonly startedMs: number;
  /** On this host's monotonic clock, with the prefix. */
  readonly elapsedNs: number;
  /** null where it did not end by itself. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it does not count; absent for a good one. */
  readonly failure?: string;
  /** The end of standard error of one that failed; untrusted. */
  readonly errorOutput?: string;
  /** How the output was read: the id of an importer, or `wall-time`; absent where it was not. */
  readonly readAs?: string;
  /** What it measured; `benchmark` begins with the name in the plan. */
  readonly series: readonly Series[];
  /** What its output says about the system. */
  readonly facts?: SystemFacts;
  /** What was left out of its output. */
  readonly issues?: readonly Issue[];
}

export interface BenchResult {
  readonly format: typeof RESULT_FORMAT;
  readonly version: 1;
  /** `vmtoll` and its version. */
  readonly tool: string;
  /** The plan as it was written; the hash is of what it means, so that comments may change. */
  readonly plan: { readonly source: string; readonly text: string; readonly sha256: string };
  readonly seed: number;
  readonly state: State;
  readonly sittings: readonly Sitting[];
  /** In the order in which they were made. */
  readonly runs: readonly RunRecord[];
  readonly issues: readonly Issue[];
}

/** Characters of a result file: as many as JavaScript puts into one string, with a reserve. */
const LONGEST_RESULT = 2 ** 28;
const LONGEST_RUN = 2 ** 22;

/** What a single run may take of it, so that all of the plan's have room. */
export const longestRun = (plannedRuns: number): number =>
  Math.min(LONGEST_RUN, Math.floor(LONGEST_RESULT / Math.max(1, plannedRuns)));

export const MOST_ATTEMPTS = 2;
/** Slots of one benchmark and side that fail before any succeeds: it will never succeed. */
const HOPELESS_AFTER = 3;

const keyOf = ({ block, benchmark, side }: Pick<Slot, 'block' | 'benchmark' | 'side'>): string =>
  JSON.stringify([block, benchmark, side]);

/**
 * Which slots need no further run, and which benchmarks are not worth one: kept up to date run by run. Failures of earlier
 * sittings do not count, since their cause may have been mended.
 */
export class Ledger {
  readonly #attempts = new Map<string, number>();
  readonly #good = new Set<string>();
  /** Slots that failed for good, by benchmark and side; 0 for ever once one has succeeded. */
  readonly #failures = new Map<string, number>();
  readonly #hopeless = new Set<string>();

  /** `sitting` is the position of the sitting to come: the number of those before it. */
  constructor(runs: readonly RunRecord[], sitting: number) {
    for (const run of runs) if (run.failure === undefined || run.sitting === sitting) this.add(run);
  }

  get hopeless(): ReadonlySet<string> {
    return this.#hopeless;
  }

  add(run: RunRecord): void {
    const key = keyOf(run);
    const attempts = this.attempts(run) + 1;
    this.#attempts.set(key, attempts);
    const where = JSON.stringify([run.benchmark, run.side]);
    const failures = this.#failures.get(where) ?? 0;
    if (run.failure === undefined) {
      this.#good.add(key);
      this.#failures.set(where, Number.NEGATIVE_INFINITY);
    } else if (attempts >= MOST_ATTEMPTS) {
      this.#failures.set(where, failures + 1);
      if (failures + 1 >= HOPELESS_AFTER) this.#hopeless.add(run.benchmark);
    }
  }

  attempts(slot: Pick<Slot, 'block' | 'benchmark' | 'side'>): number {
    return this.#attempts.get(keyOf(slot)) ?? 0;
  }

  /** Whether the slot still needs a run. */
  isOpen(slot: Slot): boolean {
    const isSettled = this.#good.has(keyOf(slot)) || this.attempts(slot) >= MOST_ATTEMPTS;
    return !isSettled && !this.#hopeless.has(slot.benchmark);
  }
}

/** How long these runs will take by the runs so far, ns; undefined where there were none. */
export function estimateNs(slots: readonly Slot[], runs: readonly RunRecord[]): number | undefined {
  if (runs.length === 0) return undefined;
  const overall = new Mean();
  const means = new Map<string, Mean>();
  for (const { benchmark, side, elapsedNs } of runs) {
    const key = JSON.stringify([benchmark, side]);
    if (!means.has(key)) means.set(key, new Mean());
    means.get(key)!.add(elapsedNs);
    overall.add(elapsedNs);
  }
  const expected = ({ benchmark, side }: Slot) => means.get(JSON.stringify([benchmark, side])) ?? overall;
  return slots.reduce((sum, slot) => sum + expected(slot).value, 0);
}

class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }

  get value(): number {
    return this.#sum / this.#count;
  }
}
