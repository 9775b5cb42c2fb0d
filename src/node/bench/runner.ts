/** Makes the runs of a plan that are still open, in order, and keeps the result up to date after each. */
import { type Result, success } from '../../base/issue.js';
import type { ClockReading } from '../../benchmarks/running/clock-check.js';
import { measuredBy } from '../../benchmarks/running/measurement.js';
import { type Plan, SIDE_NAMES, type SideName } from '../../benchmarks/running/plan.js';
import {
  type BenchResult,
  estimateNs,
  Ledger,
  type RunRecord,
  type Session,
  type State,
} from '../../benchmarks/running/result.js';
import { pairsOf, type Slot, scheduleOf } from '../../benchmarks/running/schedule.js';
import { warningsOf } from '../../benchmarks/running/warnings.js';
import { environmentOf, readClock } from './environment.js';
import { OutputFiles, outputOf } from './outputs.js';
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
  /** Called after every run; the text must be whole whenever the program ends. */
  save(result: BenchResult): void;
  onNext(remaining: Remaining): void;
}

/** The result with all runs that could be made; a failure where a side does not answer. Nothing is done if none is open. */
export async function runPlan(job: BenchJob): Promise<Result<BenchResult>> {
  const ledger = new Ledger(job.result.runs);
  const isDone = !scheduleOf(job.plan, job.result.seed).some((slot) => ledger.isOpen(slot));
  if (isDone) return success(withWarnings({ ...job.result, state: 'complete' }, job.plan));
  const sides = { native: openSide(job.plan.sides.native), vm: openSide(job.plan.sides.vm) };
  try {
    const run = await PlanRun.start(job, sides);
    return run.ok ? success(await run.value.runAll()) : run;
  } finally {
    for (const side of SIDE_NAMES) sides[side].close();
  }
}

type Sides = Readonly<Record<SideName, Side>>;

class PlanRun {
  readonly #job: BenchJob;
  readonly #sides: Sides;
  readonly #session: Session & { clock: ClockReading[] };
  readonly #runs: RunRecord[];
  readonly #ledger: Ledger;
  readonly #files = new OutputFiles();
  readonly #startNs = monotonicNs();

  private constructor(job: BenchJob, sides: Sides, session: Omit<Session, 'clock'>) {
    this.#job = job;
    this.#sides = sides;
    this.#session = { ...session, clock: [] };
    this.#runs = [...job.result.runs];
    this.#ledger = new Ledger(this.#runs);
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

  async runAll(): Promise<BenchResult> {
    const schedule = scheduleOf(this.#job.plan, this.#job.result.seed);
    this.#save('running');
    let block = -1;
    let state: State = 'complete';
    for (const pair of pairsOf(schedule)) {
      if (!pair.some((slot) => this.#ledger.isOpen(slot))) continue;
      if (!this.#hasTimeFor(pair)) {
        state = 'time-limit';
        break;
      }
      if (pair[0].block !== block) await this.#readClocks();
      block = pair[0].block;
      for (const slot of pair) await this.#fill(slot, schedule);
      if (this.#isStopped) break;
    }
    await this.#readClocks();
    return this.#save(this.#isStopped ? 'interrupted' : state);
  }

  get #isStopped(): boolean {
    return this.#job.stop.aborted;
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
  async #fill(slot: Slot, schedule: readonly Slot[]): Promise<void> {
    while (this.#ledger.isOpen(slot) && !this.#isStopped) {
      const open = schedule.filter((other) => this.#ledger.isOpen(other));
      this.#job.onNext({ slot, runs: open.length, estimatedNs: estimateNs(open, this.#runs) });
      const record = await this.#run(slot);
      if (this.#isStopped) return;
      this.#runs.push(record);
      this.#ledger.add(record);
      this.#save('running');
    }
  }

  async #run(slot: Slot): Promise<RunRecord> {
    const { plan, result, stop } = this.#job;
    const benchmark = plan.benchmarks.find(({ name }) => name === slot.benchmark)!;
    const executed = await this.#files.run(benchmark, this.#sides[slot.side], plan.sides[slot.side].values, stop);
    const { startedMs, elapsedNs, exitCode, signal, stderr } = executed;
    const text = outputOf(executed);
    const measured = text.ok ? measuredBy(benchmark, text.value, elapsedNs, startedMs) : text;
    const attempt = this.#ledger.attempts(slot) + 1;
    const run = { session: result.sessions.length, ...slot, attempt, startedMs, elapsedNs, exitCode, signal };
    if (!measured.ok) return { ...run, failure: measured.issue.message, errorOutput: stderr, series: [] };
    const { series, facts, issues } = measured.value;
    const says = { ...(Object.keys(facts).length > 0 && { facts }), ...(issues.length > 0 && { issues }) };
    return { ...run, series, ...says };
  }

  async #readClocks(): Promise<void> {
    if (this.#isStopped) return;
    for (const side of SIDE_NAMES) {
      const reading = await readClock(this.#sides[side], side, this.#job.stop);
      if (reading !== undefined) this.#session.clock.push(reading);
    }
  }

  #save(state: State): BenchResult {
    const { result, plan } = this.#job;
    const sessions = [...result.sessions, this.#session];
    const current = withWarnings({ ...result, state, sessions, runs: this.#runs }, plan);
    this.#job.save(current);
    return current;
  }
}

const withWarnings = (result: BenchResult, plan: Plan): BenchResult => ({
  ...result,
  issues: warningsOf(result, plan).map(({ issue }) => issue),
});
