/** What fio measures of one direction (read, write, trim) of a job, whatever the format it is written in. */
import type { SeriesBuilder } from './series-builder.js';
import { addRun, type RunDetails } from './tool-output.js';

/** Of one job; undefined: not in the file. */
export interface DirectionResult {
  readonly operationsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly latencyMeanNs: number | undefined;
  /** Of a percentile, for example 99.9. */
  readonly latencyNs: (of: number | 'max') => number | undefined;
  /** Latencies other than the mean are multiples of it. */
  readonly latencyStepNs: number;
}

const TAILS = [50, 90, 99, 99.9, 'max'] as const;

/** One run; `clones` of one job that ran side by side in it are repetitions within the run. */
export function addDirection(
  found: SeriesBuilder,
  benchmark: string,
  direction: string,
  clones: readonly DirectionResult[],
  details: RunDetails = {},
): void {
  const rate = { benchmark, better: 'higher' } as const;
  const operations = clones.map((clone) => clone.operationsPerSecond);
  addRun(found, { ...rate, metric: `${direction} iops`, unit: 'IO/s', role: 'primary' }, operations, details);
  const bytes = clones.map((clone) => clone.bytesPerSecond);
  addRun(found, { ...rate, metric: `${direction} bandwidth`, unit: 'B/s', role: 'secondary' }, bytes, details);
  const latency = { benchmark, unit: 'ns', better: 'lower' } as const;
  const means = clones.map((clone) => clone.latencyMeanNs);
  addRun(found, { ...latency, metric: `${direction} latency mean`, role: 'secondary' }, means, details);
  for (const of of TAILS) {
    const metric = `${direction} latency ${of === 'max' ? of : `p${of}`}`;
    const values = clones.map((clone) => clone.latencyNs(of));
    const step = clones.reduce((most, clone) => Math.max(most, clone.latencyStepNs), 0);
    addRun(found, { ...latency, metric, role: 'tail' }, values, { ...details, step });
  }
}
