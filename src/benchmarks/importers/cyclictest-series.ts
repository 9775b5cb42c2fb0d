/** cyclictest (rt-tests): what its JSON and its text say about wake-up latencies, as series. */
import type { Role } from '../model.js';
import type { SeriesBuilder } from './series-builder.js';
import { addRun } from './tool-output.js';

/** What one measuring thread of one run saw. Latencies in the unit of the tool's output. */
export interface ThreadLatencies {
  readonly thread: string;
  readonly cycles: number;
  readonly mean: number;
  /** By what the mean is rounded. */
  readonly meanStep: number;
  readonly max: number;
  /** Latency, rounded down → how many cycles had it. Latencies at and above the limit of `-h` are in no bin. */
  readonly histogram: ReadonlyMap<number, number>;
}

export interface CyclictestRun {
  /** Names the benchmark: `cyclictest` and the options that change what is measured. */
  readonly name: string;
  readonly threads: readonly ThreadLatencies[];
  /** Nanoseconds per unit of the latencies. */
  readonly nsPerUnit: number;
  readonly startedMs?: number | undefined;
}

const QUANTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;

/** One run of the tool: latencies over all threads and, where there are several, of each. */
export function addCyclictestRun(builder: SeriesBuilder, run: CyclictestRun): void {
  const threads = run.threads.filter(({ cycles }) => cycles > 0);
  if (threads.length === 0) return;
  addLatencies(builder, run, run.name, together(threads));
  if (threads.length === 1) return;
  for (const thread of threads) addLatencies(builder, run, `${run.name} thread ${thread.thread}`, thread);
}

function together(threads: readonly ThreadLatencies[]): ThreadLatencies {
  const histogram = new Map<number, number>();
  let [cycles, sum, max, meanStep] = [0, 0, 0, 0];
  for (const thread of threads) {
    cycles += thread.cycles;
    sum += thread.mean * thread.cycles;
    max = Math.max(max, thread.max);
    meanStep = Math.max(meanStep, thread.meanStep);
    for (const [latency, count] of thread.histogram) histogram.set(latency, (histogram.get(latency) ?? 0) + count);
  }
  return { thread: 'all', cycles, mean: sum / cycles, meanStep, max, histogram };
}

function addLatencies(builder: SeriesBuilder, run: CyclictestRun, benchmark: string, of: ThreadLatencies): void {
  const add = (metric: string, role: Role, latency: number, step: number): void =>
    addRun(
      builder,
      { benchmark, metric: `latency ${metric}`, unit: 'ns', better: 'lower', role },
      [latency * run.nsPerUnit],
      { startedMs: run.startedMs, step: step * run.nsPerUnit },
    );
  // A thread is a part of the whole run, which alone counts in the mean of a suite.
  add('mean', benchmark === run.name ? 'primary' : 'secondary', of.mean, of.meanStep);
  add('max', 'tail', of.max, 1);
  const problem = problemOf(of);
  if (problem !== undefined) {
    builder.leaveOut(problem.code, problem.why, `quantiles of ${benchmark}`);
    return;
  }
  const ordered = [...of.histogram].sort(([a], [b]) => a - b);
  for (const [name, share] of QUANTILES) {
    const latency = quantileOf(ordered, Math.ceil(share * of.cycles));
    if (latency !== undefined) add(name, 'tail', latency, 1);
    else builder.leaveOut('quantile-in-overflow', OVERFLOW, `latency ${name} of ${benchmark}`);
  }
}

const OVERFLOW = 'they lie above the limit of the histogram (cyclictest -h US)';

/** Why the histogram tells no quantiles; undefined where it does. */
function problemOf({
  histogram,
  cycles,
}: ThreadLatencies): { readonly code: string; readonly why: string } | undefined {
  if (histogram.size === 0)
    return { code: 'no-histogram', why: 'there is no histogram (cyclictest -h US), or all is above it' };
  const counted = [...histogram.values()].reduce((sum, count) => sum + count, 0);
  return counted > cycles ? { code: 'damaged-histogram', why: 'it counts more than there were cycles' } : undefined;
}

/** The latency of the cycle at `rank` (1 = the shortest); undefined for cycles beyond the histogram. */
function quantileOf(ordered: readonly (readonly [latency: number, count: number])[], rank: number): number | undefined {
  let seen = 0;
  for (const [latency, count] of ordered) {
    seen += count;
    if (seen >= rank) return latency;
  }
  return undefined;
}
