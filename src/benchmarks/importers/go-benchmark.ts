/**
 * Text of `go test -bench`, and of any other program that prints such lines: https://go.dev/design/14313-benchmark-format
 *
 *     pkg: example.com/x
 *     Unit requests/s better=higher
 *     BenchmarkEncode/size=4k-8    690848    1726 ns/op    128 B/op
 */
import type { Result } from '../../base/issue.js';
import { type BenchmarkFile, type Better, FACT_NAMES, type Series } from '../model.js';
import { baseUnit } from '../units.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { parseNumber, wholeLinesOf } from './lines.js';
import { asBetter, type Measurement, measurementOf } from './measurement.js';
import { SeriesBuilder } from './series-builder.js';

export const GO_BENCHMARK: BenchmarkImporter = {
  id: 'go-benchmark',
  name: 'Go benchmark text',
  sniff: (head) => /^Benchmark\S*[ \t]+\d+[ \t]+[\d.][\d.eE+-]*[ \t]+\S/m.test(head),
  read,
};

type Config = ReadonlyMap<string, string>;

/** One line of results. */
interface Results {
  /** Without `Benchmark` and without the number of processors. */
  readonly name: string;
  /** GOMAXPROCS, which Go leaves out where it is 1; undefined also for names of other programs. */
  readonly processors: number | undefined;
  /** What config lines have set since the result before it; what they set before still holds. */
  readonly config: Config;
  /** Which process printed it, as far as its heading tells: counts up with every heading. */
  readonly process: number;
  readonly values: readonly (readonly [value: number, unit: string])[];
}

/** What the lines of a file tell, in their order. */
interface Listing {
  readonly results: Results[];
  /** From `Unit` lines: base unit with its metric → direction; such a line holds for the whole file. */
  readonly directions: Map<string, Better>;
}

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const builder = new SeriesBuilder(source, GO_BENCHMARK.id);
  const { results, directions } = listingOf(builder, text);
  const varying = varyingKeys(results);
  const counts = new Set(results.map(({ processors }) => processors));
  const config = new Map<string, string>();
  const seen = new Set<string>();
  let isRepeated = false;
  for (const result of results) {
    for (const [key, value] of result.config) config.set(key, value);
    const benchmark = benchmarkOf(result, config, varying, counts.size > 1);
    // Without headings nothing tells where a process begins: each line may be one.
    const process = result.process > 0 ? `${source} ${result.process}` : undefined;
    const named = { benchmark, ...(benchmark !== result.name && { nameOfProgram: result.name }) };
    addResults(builder, named, result, { directions, boot: config.get('boot') || undefined, process });
    const inProcess = `${result.process} ${benchmark}`;
    isRepeated ||= result.process > 0 && seen.has(inProcess);
    seen.add(inProcess);
  }
  if (isRepeated) builder.noteSameProcess();
  addFacts(builder, results, counts.size === 1 ? results[0]?.processors : undefined);
  return builder.finish();
}

// ---- lines -----------------------------------------------------------------------------------------------------------

/** Config that varies is part of every name: a file of little else must not take memory and time without end. */
const MOST_KEYS = 64;
const LONGEST_VALUE = 200;
const MOST_RESULTS = 500_000;

function listingOf(builder: SeriesBuilder, text: string): Listing {
  const listing: Listing = { results: [], directions: new Map() };
  const keys = new Set<string>();
  let config = new Map<string, string>();
  let process = 0;
  let isHeading = false;
  builder.noteCutLine(text);
  for (const { text: line, offset } of wholeLinesOf(text)) {
    const [, key, value = ''] = /^(\p{Ll}[^\s\p{Lu}:]*):(?:[ \t]+(.*))?$/u.exec(line) ?? [];
    if (line.startsWith('Benchmark')) {
      isHeading = false;
      const result = resultOf(builder, line, offset);
      if (result === undefined) continue;
      if (listing.results.length === MOST_RESULTS) {
        builder.leaveOut('too-many-runs', `a file can have ${MOST_RESULTS} lines of results`, 'what follows');
        break;
      }
      listing.results.push({ ...result, config, process });
      config = new Map();
    } else if (/^Unit[ \t]/.test(line)) addDirection(listing.directions, line);
    else if (key !== undefined) {
      // `go test` starts its output for each package, which is a process, with these two lines and `pkg`.
      if (!isHeading && (key === 'goos' || key === 'pkg')) process++;
      isHeading ||= key === 'goos' || key === 'pkg';
      if (keys.size < MOST_KEYS) keys.add(key);
      if (!keys.has(key))
        builder.leaveOut('too-many-keys', `a file can have ${MOST_KEYS} config keys`, 'a config line');
      else if (value.length > LONGEST_VALUE) builder.leaveOut('long-config', 'their values are too long', key);
      else config.set(key, value.trim());
    }
  }
  return listing;
}

function resultOf(
  builder: SeriesBuilder,
  line: string,
  offset: number,
): Pick<Results, 'name' | 'processors' | 'values'> | undefined {
  const [fullName, iterations, ...words] = line.trim().split(/[ \t]+/);
  // With -v Go prints a name alone when the benchmark starts.
  if (iterations === undefined) return undefined;
  const values = valuesOf(words);
  if (!/^\d+$/.test(iterations) || values === undefined) {
    builder.issue({
      code: 'damaged-line',
      severity: 'warning',
      message: `A line that starts with "Benchmark" holds no results in the form "NAME COUNT VALUE UNIT ...": left out.`,
      offset,
    });
    return undefined;
  }
  const [, name, processors] = /^Benchmark(.*?)(?:-(\d+))?$/s.exec(fullName)!;
  return { name: name || 'Benchmark', processors: parseNumber(processors), values };
}

/** Pairs of value and unit; undefined where a value has no unit or is none. */
function valuesOf(words: readonly string[]): [number, string][] | undefined {
  const values: [number, string][] = [];
  for (let i = 0; i < words.length; i += 2) {
    const value = parseNumber(words[i]);
    if (value === undefined || words[i + 1] === undefined) return undefined;
    values.push([value, words[i + 1]]);
  }
  return values.length > 0 ? values : undefined;
}

function addDirection(directions: Map<string, Better>, line: string): void {
  const [, unit, ...settings] = line.trim().split(/[ \t]+/);
  const better = asBetter(settings.find((setting) => setting.startsWith('better='))?.slice('better='.length));
  if (unit !== undefined && better !== undefined) directions.set(keyOf(measured(unit)), better);
}

// ---- series ----------------------------------------------------------------------------------------------------------

/** Config lines that tell about one run, not about what is measured. */
const PER_RUN = new Set(['boot', 'run', 'date', 'time']);
const PER_SYSTEM: Readonly<Record<string, (typeof FACT_NAMES)[number]>> = {
  goos: 'operatingSystem',
  goarch: 'architecture',
  cpu: 'cpuModel',
  ...Object.fromEntries(FACT_NAMES.map((name) => [name, name])),
};

/** Config keys whose value changes within the file: then they are parameters of the benchmarks. */
function varyingKeys(results: readonly Results[]): string[] {
  const varying = new Set<string>();
  for (const { config } of results.slice(1)) {
    for (const [key, value] of config) if (results[0].config.get(key) !== value) varying.add(key);
  }
  return [...varying].filter((key) => key !== 'pkg' && !PER_RUN.has(key)).sort();
}

function benchmarkOf(
  { name, processors }: Results,
  config: Config,
  varying: readonly string[],
  withProcessors: boolean,
): string {
  const pkg = config.get('pkg');
  const parameters = varying.map((key) => ` ${key}=${config.get(key) ?? ''}`).join('');
  // A VM seldom has as many CPUs as its host: the number is in the name only where the file compares several.
  const suffix = withProcessors && processors !== undefined ? `-${processors}` : '';
  return (pkg === undefined || pkg === '' ? '' : `${pkg}.`) + name + suffix + parameters;
}

interface ResultDetails {
  readonly directions: ReadonlyMap<string, Better>;
  readonly boot: string | undefined;
  readonly process: string | undefined;
}

function addResults(
  builder: SeriesBuilder,
  named: Pick<Series, 'benchmark' | 'nameOfProgram'>,
  { values }: Results,
  { directions, boot, process }: ResultDetails,
): void {
  values.forEach(([value, word], at) => {
    const { metric, unit, factor, better: usual, role } = measured(word);
    const better = directions.get(keyOf({ metric, unit })) ?? usual;
    if (better === undefined) {
      builder.leaveOut('unknown-direction', 'no line "Unit UNIT better=..." says which way is better', word);
      return;
    }
    // What a benchmark is about comes first in its line; the rest stands beside it.
    const rank = role === 'primary' && at > 0 ? 'secondary' : role;
    const known = { ...(boot !== undefined && { boot }), ...(process !== undefined && { process }) };
    builder.add({ ...named, metric, unit, better, role: rank }, { values: [value * factor], ...known });
  });
}

/** In units such as `p99-ns/op` the words before the unit proper say what is measured. */
function measured(word: string): Measurement {
  const [, label, unit] = /^(.+)-([^-]+)$/.exec(word) ?? [];
  const isLabelled = unit !== undefined && /^(?:ns|B|bit)(?:\/|$)/.test(baseUnit(unit).base);
  return isLabelled ? measurementOf(unit, label) : measurementOf(word, undefined);
}

const keyOf = ({ metric, unit }: Pick<Measurement, 'metric' | 'unit'>): string => JSON.stringify([metric, unit]);

function addFacts(builder: SeriesBuilder, results: readonly Results[], processors: number | undefined): void {
  builder.fact('cpus', processors);
  for (const { config } of results) {
    for (const [key, value] of config) {
      if (Object.hasOwn(PER_SYSTEM, key)) builder.fact(PER_SYSTEM[key], key === 'cpus' ? parseNumber(value) : value);
    }
  }
}
