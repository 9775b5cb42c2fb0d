/** Makes the runs of a plan that are still open, in order, and keeps the result up to date after each. */
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import type { ClockReading } from '../../benchmarks/running/clock-check.js';
import { type Measured, measuredBy } from '../../benchmarks/running/measurement.js';
import { AUTO, type Plan, type PlannedBenchmark, SIDE_NAMES, type SideName } from '../../benchmarks/running/plan.js';
import {
  type BenchResult,
  estimateNs,
  Ledger,
  longestRun,
  type RunRecord,
  type Sitting,
  type State,
} from '../../benchmarks/running/result.js';
import { pairsOf, type Slot, scheduleOf } from '../../benchmarks/running/schedule.js';
import { warningsOf } from '../../benchmarks/running/warnings.js';
import { environmentOf, readClock } from './environment.js';
import { type Executed, OutputFiles, outputOf } from './outputs.js';
import { monotonicNs } from './process.js';
import { openSide, type Side } from './side.js';

/** What is left, for a progress line. */
export interface Remaining {
  /** The run that comes next. */
  readonly slot: Slot;
  readonly runs: number;
  /** undefined before the first run. */
  readonly estimatedNs: number | undefined;
}

export interface BenchJob {
  readonly plan: Plan;
  /** What there is so far; new ones have no runs. */
  readonly result: BenchResult;
  /** After this no further pair of runs starts. */
  readonly timeLimitMs: number | undefined;
  /** Ends the run under way, which is not kept. */
  readonly stop: AbortSignal;
  /** Called before the first run and after every one; returns why it could not be kept. */
  save(result: BenchResult): Issue | undefined;
  onNext(remaining: Remaining): void;
  onFailure(run: RunRecord): void;
}

/**
 * The result with all runs that could be made; a failure where a side does not answer, or the result cannot be kept.
 * No side is asked if no run is open.
 */
export async function runPlan(job: BenchJob): Promise<Result<BenchResult>> {
  const { plan, result } = job;
  const ledger = new Ledger(result.runs, result.sittings.length);
  if (!scheduleOf(plan, result.seed).some((slot) => ledger.isOpen(slot))) return finished(job);
  const sides = { native: openSide(job.plan.sides.native), vm: openSide(job.plan.sides.vm) };
  try {
    const run = await PlanRun.start(job, sides);
    return run.ok ? await run.value.runAll() : run;
  } finally {
    for (const side of SIDE_NAMES) sides[side].close();
  }
}

/** Nothing was left to do; the file may not know that yet. */
function finished(job: BenchJob): Result<BenchResult> {
  const complete = withWarnings({ ...job.result, state: 'complete' }, job.plan);
  const fault = job.result.state === 'complete' ? undefined : job.save(complete);
  return fault === undefined ? success(complete) : failure(fault);
}

type Sides = Readonly<Record<SideName, Side>>;

const KEPT_OF_STDOUT = 2000;

class PlanRun {
  readonly #job: BenchJob;
  readonly #sides: Sides;
  readonly #sitting: Sitting & { clock: ClockReading[] };
  readonly #runs: RunRecord[];
  readonly #ledger: Ledger;
  readonly #schedule: readonly Slot[];
  /** How the output of a benchmark was read so far. */
  readonly #readAs = new Map<string, string>();
  readonly #files = new OutputFiles();
  readonly #startNs = monotonicNs();
  #current: BenchResult;
  /** Why the result could not be kept; ends it. */
  #fault: Issue | undefined;

  private constructor(job: BenchJob, sides: Sides, sitting: Omit<Sitting, 'clock'>) {
    this.#job = job;
    this.#sides = sides;
    this.#sitting = { ...sitting, clock: [] };
    this.#current = job.result;
    this.#runs = [...job.result.runs];
    this.#ledger = new Ledger(this.#runs, job.result.sittings.length);
    this.#schedule = scheduleOf(job.plan, job.result.seed);
    for (const run of this.#runs) this.#rememberReading(run);
  }

  /** A failure where a side does not answer. */
  static async start(job: BenchJob, sides: Sides): Promise<Result<PlanRun>> {
    const startedMs = Date.now();
    const native = await environmentOf(sides.native, 'native', job.stop);
    if (!native.ok) return native;
    const vm = await environmentOf(sides.vm, 'vm', job.stop);
    if (!vm.ok) return vm;
    return success(new PlanRun(job, sides, { startedMs, environments: { native: native.value, vm: vm.value } }));
  }

  async runAll(): Promise<Result<BenchResult>> {
    this.#save('running');
    let block = -1;
    for (const pair of pairsOf(this.#schedule)) {
      if (!pair.some((slot) => this.#ledger.isOpen(slot))) continue;
      if (this.#isStopped || !this.#hasTimeFor(pair)) break;
      if (pair[0].block !== block) await this.#readClocks();
      block = pair[0].block;
      for (const slot of pair) await this.#fill(slot);
    }
    await this.#readClocks();
    if (this.#fault === undefined) this.#save(this.#endState());
    return this.#fault === undefined ? success(this.#current) : failure(this.#fault);
  }

  #endState(): State {
    if (this.#open().length === 0) return 'complete';
    return this.#isStopped ? 'interrupted' : 'time-limit';
  }

  #open(): Slot[] {
    return this.#schedule.filter((slot) => this.#ledger.isOpen(slot));
  }

  get #isStopped(): boolean {
    return this.#job.stop.aborted || this.#fault !== undefined;
  }

  /** Whether a pair will end before the time limit, as far as its length is known. */
  #hasTimeFor(pair: readonly Slot[]): boolean {
    const { timeLimitMs } = this.#job;
    if (timeLimitMs === undefined) return true;
    const passedNs = monotonicNs() - this.#startNs;
    const open = pair.filter((slot) => this.#ledger.isOpen(slot));
    return passedNs + (estimateNs(open, this.#runs) ?? 0) < timeLimitMs * 1e6;
  }

  /** Runs a slot until it is settled, or all of it is stopped. */
  async #fill(slot: Slot): Promise<void> {
    while (this.#ledger.isOpen(slot) && !this.#isStopped) {
      const open = this.#open();
      this.#job.onNext({ slot, runs: open.length, estimatedNs: estimateNs(open, this.#runs) });
      const record = await this.#run(slot);
      if (this.#isStopped) return;
      this.#runs.push(record);
      this.#ledger.add(record);
      this.#rememberReading(record);
      if (record.failure !== undefined) this.#job.onFailure(record);
      this.#save('running');
    }
  }

  #rememberReading({ benchmark, readAs }: RunRecord): void {
    if (readAs !== undefined && !this.#readAs.has(benchmark)) this.#readAs.set(benchmark, readAs);
  }

  async #run(slot: Slot): Promise<RunRecord> {
    const { plan, result, stop } = this.#job;
    const benchmark = plan.benchmarks.find(({ name }) => name === slot.benchmark)!;
    const executed = await this.#files.run(benchmark, this.#sides[slot.side], plan.sides[slot.side].values, stop);
    const { startedMs, elapsedNs, exitCode, signal, stderr, stdout } = executed;
    const measured = this.#measured(benchmark, executed);
    const attempt = this.#ledger.attempts(slot) + 1;
    const run = { sitting: result.sittings.length, ...slot, attempt, startedMs, elapsedNs, exitCode, signal };
    if (measured.ok) return { ...run, ...measured.value };
    // Some tools complain where others print results.
    const errorOutput = stderr.trim() === '' ? stdout.slice(0, KEPT_OF_STDOUT) : stderr;
    return { ...run, failure: measured.issue.message, errorOutput, series: [] };
  }

  /** Only what is there: absent facts and issues are left out. */
  #measured(benchmark: PlannedBenchmark, executed: Executed): Result<Pick<RunRecord, keyof Measured>> {
    const { name, result } = benchmark;
    const text = outputOf(executed);
    if (!text.ok) return text;
    // All runs of a benchmark are read alike, so that an output that is damaged once is not taken for another result.
    const how = { name, result: result === AUTO ? (this.#readAs.get(name) ?? AUTO) : result };
    const measured = measuredBy(how, text.value, executed.elapsedNs, executed.startedMs);
    if (!measured.ok) return measured;
    const { readAs, series, facts, issues } = measured.value;
    const says = { ...(Object.keys(facts).length > 0 && { facts }), ...(issues.length > 0 && { issues }) };
    const kept = { readAs, series, ...says };
    const length = JSON.stringify(kept).length;
    const longest = longestRun(this.#schedule.length);
    return length <= longest ? success(kept) : failure(tooLong(length, longest));
  }

  async #readClocks(): Promise<void> {
    if (this.#isStopped) return;
    for (const side of SIDE_NAMES) {
      const reading = await readClock(this.#sides[side], side, this.#job.stop);
      if (reading !== undefined) this.#sitting.clock.push(reading);
    }
  }

  #save(state: State): void {
    const { result, plan } = this.#job;
    const sittings = [...result.sittings, this.#sitting];
    this.#current = withWarnings({ ...result, state, sittings, runs: this.#runs }, plan);
    this.#fault = this.#job.save(this.#current);
  }
}

const tooLong = (length: number, longest: number): Issue => ({
  code: 'too-long',
  severity: 'error',
  message: `what it measured takes ${length} characters in the result; with so many runs at most ${longest} are kept of one`,
});

const withWarnings = (result: BenchResult, plan: Plan): BenchResult => ({
  ...result,
  issues: warningsOf(result, plan).map(({ issue }) => issue),
});
