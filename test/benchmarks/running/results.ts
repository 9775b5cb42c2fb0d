/** Results of plans, made by hand. */
import type { BenchResult, RunRecord, Sitting } from '../../../src/benchmarks/running/result.js';

export const PLAN_TEXT = `version: 1
sides:
  native: { where: host }
  vm: { prefix: [nice] }
repeats: 2
warmup: 0
benchmarks:
  - { name: a, command: ["true"] }
`;

export const sitting = (changes: Partial<Sitting> = {}): Sitting => ({
  startedMs: 1.7e12,
  environments: { native: { facts: { cpus: 2 }, boot: 'n' }, vm: { facts: { cpus: 2 }, boot: 'v' } },
  clock: [],
  ...changes,
});

export const run = (changes: Partial<RunRecord> = {}): RunRecord => ({
  sitting: 0,
  block: 0,
  isWarmup: false,
  benchmark: 'a',
  side: 'native',
  attempt: 1,
  startedMs: 1.7e12,
  elapsedNs: 5e6,
  exitCode: 0,
  signal: null,
  readAs: 'wall-time',
  series: [{ benchmark: 'a', metric: 'time', unit: 'ns', better: 'lower', role: 'primary', runs: [{ values: [5e6] }] }],
  ...changes,
});

export const failedRun = (changes: Partial<RunRecord> = {}): RunRecord => {
  const { readAs: _, ...rest } = run({ exitCode: 1, failure: 'it ended with exit code 1', series: [], ...changes });
  return rest;
};

export const resultOf = (runs: readonly RunRecord[], changes: Partial<BenchResult> = {}): BenchResult => ({
  format: 'vmtoll-bench-result',
  version: 1,
  tool: 'vmtoll 0.0.0',
  plan: { source: 'plan.yaml', text: PLAN_TEXT, sha256: 'abc' },
  seed: 1,
  state: 'running',
  sittings: [sitting()],
  runs,
  issues: [],
  ...changes,
});
