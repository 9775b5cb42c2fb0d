/** Results of the Phoronix Test Suite, as its XML and its JSON both tell them: what becomes of them here. */
import { failure, type Result } from '../../base/issue.js';
import type { BenchmarkFile, Better } from '../model.js';
import { baseUnit } from '../units.js';
import { recordAt, textAt } from './fields.js';
import { parseNumber } from './lines.js';
import { usualMetric } from './measurement.js';
import type { SeriesBuilder } from './series-builder.js';
import { addRuns } from './tool-output.js';

export interface PhoronixSystem {
  readonly identifier: string;
  /** `Processor: …, Memory: …` and `OS: …, Kernel: …`, by their names. */
  readonly components: ReadonlyMap<string, string>;
  /** Parsed JSON with more about it, such as `security`. */
  readonly details: unknown;
  readonly client: string | undefined;
}

export interface PhoronixEntry {
  readonly system: string;
  /** Mean, rounded; empty where the test failed. */
  readonly value: string;
  /** One number per run of the test; may be empty although there is a mean. */
  readonly samples: readonly (number | undefined)[];
}

export interface PhoronixResult {
  readonly identifier: string;
  readonly args: string;
  readonly description: string;
  readonly scale: string;
  /** `HIB` higher or `LIB` lower is better. */
  readonly proportion: string;
  readonly displayFormat: string;
  readonly entries: readonly PhoronixEntry[];
}

/** Everything of one file; a failure where it holds several systems. */
export function finishPhoronix(
  builder: SeriesBuilder,
  source: string,
  systems: readonly PhoronixSystem[],
  results: readonly PhoronixResult[],
): Result<BenchmarkFile> {
  const identifiers = new Set(results.flatMap(({ entries }) => entries.map(({ system }) => system)));
  if (identifiers.size > 1) return severalSystems(source, [...identifiers]);
  for (const result of results) addResult(builder, result);
  const [measured] = identifiers;
  const system = systems.find(({ identifier }) => identifier === measured);
  if (system !== undefined) addFacts(builder, system);
  return builder.finish();
}

const severalSystems = (source: string, identifiers: readonly string[]): Result<BenchmarkFile> =>
  failure({
    code: 'several-systems',
    severity: 'error',
    message: `${source} holds results of ${identifiers.length} systems: ${identifiers.slice(0, 8).join(', ')}.`,
    source,
    hint: 'Give each side a file with one system: phoronix-test-suite extract-from-result-file FILE.',
  });

/** Some tests report several numbers under the same arguments, told apart by the description alone. */
const nameOf = ({ identifier, args, description }: PhoronixResult): string =>
  [identifier, args, description && `(${description})`].filter((part) => part !== '').join(' ');

function addResult(builder: SeriesBuilder, result: PhoronixResult): void {
  const { identifier, scale, displayFormat, entries } = result;
  const benchmark = nameOf(result);
  // Without an identifier a result is computed from others, such as performance per watt.
  if (displayFormat !== 'BAR_GRAPH' || identifier === '') {
    const why = 'they are no results of a test, but series of a sensor, images or derived numbers';
    builder.leaveOut('not-a-result', why, benchmark || displayFormat || 'a result');
    return;
  }
  const values = entries.flatMap((entry) => valuesOf(builder, benchmark, entry));
  if (values.length === 0) {
    builder.leaveOut('failed-test', 'the test failed', benchmark);
    return;
  }
  const better = directionOf(result.proportion);
  if (better === undefined) {
    builder.leaveOut('unknown-direction', 'the file does not say which way is better', `${benchmark} in ${scale}`);
    return;
  }
  // The suite writes words such as Seconds with a capital.
  const { base, factor } = baseUnit(/^[A-Z][a-z]+$/.test(scale) ? scale.toLowerCase() : scale);
  const description = { benchmark, metric: usualMetric(base), unit: base, better, role: 'primary' } as const;
  addRuns(
    builder,
    description,
    values.map((value) => value * factor),
  );
}

const directionOf = (proportion: string): Better | undefined =>
  (({ HIB: 'higher', LIB: 'lower' }) as const)[proportion.trim().toUpperCase()];

/** Each sample is a run of the test; the mean stands for one where there are none. */
function valuesOf(builder: SeriesBuilder, benchmark: string, { value, samples }: PhoronixEntry): number[] {
  const usable = samples.filter((sample): sample is number => sample !== undefined);
  const damaged = samples.length - usable.length;
  builder.leaveOut('damaged-sample', 'they are no numbers', `a sample of ${benchmark}`, damaged);
  const mean = parseNumber(value.trim());
  return usable.length === 0 && mean !== undefined ? [mean] : usable;
}

// ---- facts -----------------------------------------------------------------------------------------------------------

/** `Processor: AMD EPYC (4 Cores), Memory: 8GB` by name. */
export function componentsOf(text: string): [string, string][] {
  return text
    .split(', ')
    .map((part) => /^([^:]+): (.*)$/s.exec(part))
    .filter((match) => match !== null)
    .map(([, name, value]): [string, string] => [name.trim(), value.trim()]);
}

/** The patterns look for numbers anywhere in it. */
const LONGEST_PROCESSOR = 1000;

function addFacts(builder: SeriesBuilder, { components, details, client }: PhoronixSystem): void {
  const processor = (components.get('Processor') ?? '').slice(0, LONGEST_PROCESSOR);
  const [, threads] = /(\d+) Threads?\)/.exec(processor) ?? [];
  const [, cores] = /(\d+) Cores?\b/.exec(processor) ?? [];
  builder.fact('cpus', parseNumber(threads ?? cores));
  builder.fact('cpuModel', processor.replace(/ ?(?:@ [\d.]+ ?GHz)? ?\([^()]*\)$/, ''));
  const gigahertz = parseNumber(/@ ([\d.]+) ?GHz/.exec(processor)?.[1]);
  builder.fact('cpuMhz', gigahertz && gigahertz * 1000);
  builder.fact('memoryBytes', memoryBytes(components.get('Memory') ?? ''));
  const [, kernel, architecture] = /^(\S+)(?: \(([^()]+)\))?/.exec(components.get('Kernel') ?? '') ?? [];
  builder.fact('kernel', kernel);
  builder.fact('architecture', architecture);
  builder.fact('operatingSystem', components.get('OS'));
  builder.fact('compiler', components.get('Compiler'));
  builder.fact('filesystem', components.get('File-System'));
  builder.fact('virtualization', components.get('System Layer'));
  builder.fact('mitigations', textAt(recordAt(details), 'security'));
  builder.fact('governor', textAt(recordAt(details), 'cpu-scaling-governor'));
  builder.fact('tool', client);
}

/** `8GB`, `1987MB`, `2 x 16 GB DDR4-3200MT/s`; the suite rounds sizes. */
function memoryBytes(text: string): number | undefined {
  const [, modules = '1', size, unit] = /^(?:(\d+) x )?(\d+) ?([MG])B\b/.exec(text) ?? [];
  return size === undefined ? undefined : Number(modules) * Number(size) * (unit === 'G' ? 2 ** 30 : 2 ** 20);
}
