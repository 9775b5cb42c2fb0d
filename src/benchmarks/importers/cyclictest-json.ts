/** `cyclictest --json=FILE` of rt-tests; fields as its rt_json.c and cyclictest.c write them (file_version 1). */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { addCyclictestRun, type ThreadLatencies } from './cyclictest-series.js';
import { type JsonRecord, numberAt, recordAt, textAt } from './fields.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { parseNumber } from './lines.js';
import { SeriesBuilder } from './series-builder.js';

export const CYCLICTEST_JSON: BenchmarkImporter = {
  id: 'cyclictest-json',
  name: 'cyclictest JSON',
  sniff: (head) => head.trimStart().startsWith('{') && head.includes('"rt_test_version') && head.includes('cyclictest'),
  read,
};

/** rt-tests writes these two keys with the colon in them. */
const COMMAND_LINE = ['cmdline:', 'cmdline'];
const VERSION = ['rt_test_version:', 'rt_test_version'];

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const builder = new SeriesBuilder(source, CYCLICTEST_JSON.id);
  const json = builder.parseJson(text);
  if (!json.ok) return json;
  const options = optionsOf(firstText(json.value, COMMAND_LINE) ?? '');
  const startedMs = Date.parse(textAt(json.value, 'start_time') ?? '');
  addCyclictestRun(builder, {
    name: ['cyclictest', ...options.filter(changesLatency).sort()].join(' '),
    threads: threadsOf(builder, recordAt(json.value, 'thread') ?? {}),
    // `resolution_in_ns` is 1 with -N, and then all latencies are in ns.
    nsPerUnit: numberAt(json.value, 'resolution_in_ns') === 1 ? 1 : 1000,
    ...(Number.isFinite(startedMs) && { startedMs }),
  });
  addFacts(builder, json.value, options);
  const code = numberAt(json.value, 'return_code') ?? 0;
  if (code !== 0) {
    builder.issue({
      code: 'run-failed',
      severity: 'warning',
      message: `cyclictest ended with the return code ${code}.`,
    });
  }
  return builder.finish();
}

function threadsOf(builder: SeriesBuilder, threads: JsonRecord): ThreadLatencies[] {
  const found: ThreadLatencies[] = [];
  for (const [thread, values] of Object.entries(threads)) {
    const [cycles, mean, max] = ['cycles', 'avg', 'max'].map((name) => numberAt(values, name));
    if (cycles === undefined || mean === undefined || max === undefined) {
      builder.leaveOut('damaged-thread', 'cycles, avg or max is missing', `thread ${thread}`);
      continue;
    }
    found.push({ thread, cycles, mean, meanStep: 0, max, histogram: histogramOf(recordAt(values, 'histogram') ?? {}) });
  }
  return found;
}

function histogramOf(bins: JsonRecord): Map<number, number> {
  const histogram = new Map<number, number>();
  for (const latency of Object.keys(bins)) {
    const [value, count] = [parseNumber(latency), numberAt(bins, latency)];
    if (value !== undefined && count !== undefined && count > 0) histogram.set(value, count);
  }
  return histogram;
}

function addFacts(builder: SeriesBuilder, json: unknown, options: readonly string[]): void {
  const release = textAt(json, 'sysinfo', 'release');
  const isRealtime = numberAt(json, 'sysinfo', 'realtime') === 1;
  builder.fact('kernel', release !== undefined && isRealtime ? `${release} (realtime)` : release);
  builder.fact('architecture', textAt(json, 'sysinfo', 'machine'));
  const version = firstText(json, VERSION);
  builder.fact('tool', version && `cyclictest ${version}`);
  // Without a number both options mean one thread per CPU; that is the only way in which the file tells CPUs.
  const oneThreadPerCpu = options.some((option) => option === '-t' || option === '-S');
  if (oneThreadPerCpu) builder.fact('cpus', numberAt(json, 'num_threads'));
}

function firstText(json: unknown, keys: readonly string[]): string | undefined {
  return keys.map((key) => textAt(json, key)).find((text) => text !== undefined);
}

/** Long options of cyclictest(8) that are the same as a short one. */
const SHORT: Readonly<Record<string, string>> = {
  affinity: 'a',
  clock: 'c',
  distance: 'd',
  duration: 'D',
  histogram: 'h',
  histofall: 'H',
  interval: 'i',
  loops: 'l',
  mlockall: 'm',
  nsecs: 'N',
  priority: 'p',
  quiet: 'q',
  relative: 'r',
  smp: 'S',
  system: 's',
  threads: 't',
  verbose: 'v',
  posix_timers: 'x',
};

/** The options of a command line, each with its value in one word: `-i 200`, `-i200` and `--interval=200` give `-i200`. */
function optionsOf(commandLine: string): string[] {
  const options: string[] = [];
  for (const word of commandLine.split(/\s+/).slice(1)) {
    const [, long, value] = /^--([a-z_-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (long !== undefined) options.push(Object.hasOwn(SHORT, long) ? `-${SHORT[long]}${value ?? ''}` : word);
    else if (word.startsWith('-') || options.length === 0) options.push(word);
    else options.push(`${options.pop()}${word}`);
  }
  return options;
}

/** What only says how long to run, what to print and where does not change latencies. */
const changesLatency = (option: string): boolean =>
  option.startsWith('-') && !/^-[DFHMNbhlqvu]|^-o\d|^--(?:json|histfile|fifo|unbuffered|oscope|output)/.test(option);
