/** Google Benchmark, `--benchmark_format=json` or `--benchmark_out`; fields as its src/json_reporter.cc writes them. */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile, Better, Role } from '../model.js';
import { baseUnit } from '../units.js';
import { listAt, numberAt, recordAt, textAt, valueAt } from './fields.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { SeriesBuilder } from './series-builder.js';
import { addRun as addOneRun, type RunDetails } from './tool-output.js';

export const GOOGLE_BENCHMARK: BenchmarkImporter = {
  id: 'google-benchmark',
  name: 'Google Benchmark JSON',
  sniff: (head) =>
    /^\s*\{\s*"context"\s*:/.test(head) && (head.includes('"library_build_type"') || head.includes('"num_cpus"')),
  read,
};

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const builder = new SeriesBuilder(source, GOOGLE_BENCHMARK.id);
  // Counters can be NaN or Infinity, which JSON does not know. The tool writes one key per line; offsets stay as they are.
  const known = text.replace(/: -?(?:NaN|Infinity)(?=,?\r?$)/gm, (found) => ': null'.padEnd(found.length));
  const json = builder.parseJson(known);
  if (!json.ok) return json;
  const runs = listAt(json.value, 'benchmarks').filter((run) => recordAt(run) !== undefined);
  const iterations = runs.filter(isIteration);
  if (iterations.length === 0 && runs.length > 0) {
    builder.issue({
      code: 'only-aggregates',
      severity: 'warning',
      message: `${source} holds means and deviations only, no run.`,
      hint: 'Run the benchmark without --benchmark_report_aggregates_only.',
    });
  }
  const startedMs = Date.parse(textAt(json.value, 'context', 'date') ?? '');
  // One file is one process, whatever it repeated.
  const details = { process: source, startedMs: Number.isFinite(startedMs) ? startedMs : undefined };
  for (const run of iterations) addRun(builder, run, details);
  const names = iterations.map(nameOf);
  if (new Set(names).size < names.length) builder.noteSameProcess();
  addContext(builder, recordAt(json.value, 'context'));
  return builder.finish();
}

const nameOf = (run: unknown): string => textAt(run, 'run_name') ?? textAt(run, 'name') ?? '';

/** Versions before 1.5 know no `run_type`; there the name tells what is summed up. */
const isIteration = (run: unknown): boolean =>
  (textAt(run, 'run_type') ?? 'iteration') === 'iteration' &&
  textAt(run, 'aggregate_name') === undefined &&
  !(valueAt(run, 'run_type') === undefined && /_(?:mean|median|stddev|cv|BigO|RMS)$/.test(nameOf(run)));

function addRun(builder: SeriesBuilder, run: unknown, details: RunDetails): void {
  const benchmark = nameOf(run);
  if (valueAt(run, 'error_occurred') === true || valueAt(run, 'skipped') === true) {
    const reason = textAt(run, 'error_message') ?? textAt(run, 'skip_message') ?? 'no reason given';
    builder.leaveOut(
      'benchmark-failed',
      'the benchmark itself reports an error or was skipped',
      `${benchmark}: ${reason}`,
    );
    return;
  }
  const { base, factor } = baseUnit(textAt(run, 'time_unit') ?? 'ns');
  const add = (metric: string, unit: string, better: Better, role: Role, value: number | undefined): void =>
    addOneRun(builder, { benchmark, metric, unit, better, role }, [value], details);
  const realTime = numberAt(run, 'real_time');
  if (base !== 'ns' || realTime === undefined) {
    builder.leaveOut('damaged-benchmark', 'real_time or its unit cannot be read', benchmark);
    return;
  }
  add('time', 'ns', 'lower', 'primary', realTime * factor);
  const cpuTime = numberAt(run, 'cpu_time');
  add('cpu time', 'ns', 'lower', 'secondary', cpuTime && cpuTime * factor);
  for (const counter of Object.keys(recordAt(run) ?? {})) {
    if (OWN_FIELDS.has(counter) || numberAt(run, counter) === undefined) continue;
    const known = counterKind(counter);
    if (known === undefined) {
      builder.leaveOut('unknown-direction', 'nothing says whether more of them is better', `counter ${counter}`);
    } else add(known.metric, known.unit, known.better, 'secondary', numberAt(run, counter));
  }
}

/** Numbers that are no counters. */
const OWN_FIELDS = new Set([
  'family_index',
  'per_family_instance_index',
  'repetitions',
  'repetition_index',
  'threads',
  'iterations',
  'real_time',
  'cpu_time',
]);

/** Of the memory manager (bytes but for the first) and of perf events per iteration, in the library's own words. */
const COSTS: Readonly<Record<string, string>> = {
  allocs_per_iter: 'allocs_per_iter',
  max_bytes_used: 'B',
  total_allocated_bytes: 'B',
  net_heap_growth: 'B',
  CYCLES: 'CYCLES',
  INSTRUCTIONS: 'INSTRUCTIONS',
  'CACHE-MISSES': 'CACHE-MISSES',
  'BRANCH-MISSES': 'BRANCH-MISSES',
};

function counterKind(counter: string): { metric: string; unit: string; better: Better } | undefined {
  if (Object.hasOwn(COSTS, counter)) return { metric: counter, unit: COSTS[counter], better: 'lower' };
  if (!counter.endsWith('_per_second')) return undefined;
  const counted = counter.slice(0, -'_per_second'.length);
  return { metric: counted, unit: `${counted === 'bytes' ? 'B' : counted}/s`, better: 'higher' };
}

function addContext(builder: SeriesBuilder, context: unknown): void {
  builder.fact('cpus', numberAt(context, 'num_cpus'));
  builder.fact('cpuMhz', numberAt(context, 'mhz_per_cpu'));
  const version = textAt(context, 'library_version');
  builder.fact('tool', version && `Google Benchmark ${version}`);
  const build = textAt(context, 'library_build_type');
  builder.fact('build', build);
  if (build === 'debug') {
    builder.issue({
      code: 'debug-build',
      severity: 'warning',
      message: 'The Google Benchmark library is a debug build, which adds its own time.',
      hint: 'Link a release build of the library on both sides.',
    });
  }
  if (valueAt(context, 'cpu_scaling_enabled') === true) {
    builder.issue({
      code: 'cpu-scaling',
      severity: 'warning',
      message: 'The clock frequency of the CPUs was free to change during the run.',
      hint: 'Set the governor "performance" on the host for both sides.',
    });
  }
}
