/**
 * stress-ng `--metrics --yaml FILE`: one YAML document is one run of each stressor. Source: ColinIanKing/stress-ng,
 * core-metrics.c; checked with 0.15.06.
 *
 * Bogo operations are whatever a version of stress-ng takes for one: they compare only between equal versions.
 */
import { isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import { groupedBy } from '../../base/grouped-by.js';
import { failure, type Result, success } from '../../base/issue.js';
import type { BenchmarkFile, Better, FactName, Role } from '../model.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { parseNumber } from './lines.js';
import { SeriesBuilder } from './series-builder.js';
import { addRun, addTools } from './tool-output.js';
import { isFlatYaml } from './yaml-limits.js';

export const STRESS_NG: BenchmarkImporter = {
  id: 'stress-ng',
  name: 'stress-ng YAML',
  sniff: (head) => /^ *stress-ng-version:/m.test(head),
  read,
};

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const found = new SeriesBuilder(source, STRESS_NG.id);
  const documents = parseYaml(found, source, wholeLines(found, text));
  if (!documents.ok) return documents;
  const systems = documents.value.map((document) => fieldsOf(valueAt(document, 'system-info')).fields);
  const versions = systems.map((system) => system.get('stress-ng-version')).filter((version) => version !== undefined);
  const tools = versions.map((version) => `stress-ng ${version}`);
  addTools(found, tools);
  for (const system of systems) addFacts(found, system);
  for (const document of documents.value) addMetrics(found, valueAt(document, 'metrics'));
  return found.finish();
}

/** The file ends with `...`; without that it is cut, perhaps in the middle of a number. */
function wholeLines(found: SeriesBuilder, text: string): string {
  if (text.trimEnd().endsWith('\n...')) return text;
  found.issue({ code: 'cut-file', severity: 'warning', message: 'The file has no end: stressors may be missing.' });
  return text.slice(0, text.lastIndexOf('\n') + 1);
}

// ---- YAML: nodes are walked instead of turned into objects, so that an alias is never followed -----------------------

/** All scalars stay text: as a number, version 0.20 would become 0.2. */
const OPTIONS = { schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const;

function parseYaml(found: SeriesBuilder, source: string, text: string): Result<readonly unknown[]> {
  if (!isFlatYaml(text)) {
    const message = `${source} is longer or nested more deeply than what stress-ng writes`;
    return failure({ code: 'not-flat-yaml', severity: 'error', message, source });
  }
  try {
    const documents = parseAllDocuments(text, OPTIONS);
    const list = Array.isArray(documents) ? documents : [];
    const error = list.flatMap(({ errors }) => errors).at(0);
    if (error !== undefined) {
      const message = `The text is not all YAML: ${error.message}; what can be read counts.`;
      found.issue({ code: 'damaged-yaml', severity: 'warning', message, offset: error.pos[0] });
    }
    return success(list.map(({ contents }) => contents));
  } catch (error) {
    const message = `${source} cannot be read as YAML: ${(error as Error).message}`;
    return failure({ code: 'not-yaml', severity: 'error', message, source });
  }
}

const keyOf = (key: unknown): string => (isScalar(key) ? String(key.value) : '');

const valueAt = (node: unknown, key: string): unknown =>
  isMap(node) ? node.items.find((item) => keyOf(item.key) === key)?.value : undefined;

/** All texts of a map by their keys. */
function fieldsOf(node: unknown): { fields: Map<string, string>; hasDoubled: boolean } {
  const fields = new Map<string, string>();
  let hasDoubled = false;
  for (const { key, value } of isMap(node) ? node.items : []) {
    if (!isScalar(value) || typeof value.value !== 'string') continue;
    hasDoubled ||= fields.has(keyOf(key));
    fields.set(keyOf(key), value.value);
  }
  return { fields, hasDoubled };
}

// ---- what it says ----------------------------------------------------------------------------------------------------

const TEXT_FACTS: readonly (readonly [FactName, string])[] = [
  ['kernel', 'release'],
  ['operatingSystem', 'sysname'],
  ['architecture', 'machine'],
  ['compiler', 'compiler'],
];

function addFacts(found: SeriesBuilder, system: ReadonlyMap<string, string>): void {
  for (const [fact, key] of TEXT_FACTS) found.fact(fact, system.get(key));
  found.fact('cpus', parseNumber(system.get('cpus-online') ?? system.get('cpus')));
  found.fact('memoryBytes', parseNumber(system.get('totalram')));
}

type Fields = ReadonlyMap<string, string>;

function addMetrics(found: SeriesBuilder, metrics: unknown): void {
  const usable = (isSeq(metrics) ? metrics.items : [])
    .map((item) => usableFields(found, item))
    .filter((fields) => fields !== undefined);
  for (const [stressor, alike] of groupedBy(usable, (fields) => fields.get('stressor')!)) {
    addStressor(found, stressor, alike);
  }
}

function usableFields(found: SeriesBuilder, item: unknown): Fields | undefined {
  const { fields, hasDoubled } = fieldsOf(item);
  const stressor = fields.get('stressor');
  if (stressor === undefined) found.leaveOut('unnamed-result', 'it is not said what ran', 'a stressor');
  else if (hasDoubled) found.leaveOut('doubled-fields', 'their fields are there twice', stressor);
  else if (parseNumber(fields.get('bogo-ops')) === 0) found.leaveOut('nothing-done', 'they did nothing', stressor);
  else return fields;
  return undefined;
}

interface Meaning {
  readonly unit: string;
  /** Makes the file's values values in `unit`. */
  readonly factor: number;
  readonly better: Better;
  readonly role: Role;
  readonly operationsPerValue?: number;
}

const BOGO_RATE = { unit: 'bogo ops/s', factor: 1, better: 'higher' } as const;
const KNOWN: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['bogo-ops-per-second-real-time', { ...BOGO_RATE, role: 'primary' }],
  ['bogo-ops-per-second-usr-sys-time', { ...BOGO_RATE, role: 'secondary' }],
]);
/** About the run, not about how fast it was. */
const CIRCUMSTANCES = [
  'stressor',
  'bogo-ops',
  'wall-clock-time',
  'user-time',
  'system-time',
  'cpu-usage-per-instance',
  'max-rss',
];

/** One run; a stressor that is listed several times was repeated within it. */
function addStressor(found: SeriesBuilder, stressor: string, alike: readonly Fields[]): void {
  const metrics = new Set(alike.flatMap((fields) => [...fields.keys()]));
  for (const metric of metrics) {
    if (CIRCUMSTANCES.includes(metric)) continue;
    const meaning = KNOWN.get(metric) ?? specificMeaning(metric);
    if (meaning === undefined) found.leaveOut('unknown-metric', 'it is not known whether more is better', metric);
    else addMetric(found, { benchmark: `stress-ng ${stressor}`, metric }, meaning, alike);
  }
}

function addMetric(
  found: SeriesBuilder,
  names: { readonly benchmark: string; readonly metric: string },
  { factor, ...meaning }: Meaning,
  alike: readonly Fields[],
): void {
  const texts = alike.map((fields) => fields.get(names.metric)).filter((text) => text !== undefined);
  const values = texts.map((text) => (parseNumber(text) ?? Number.NaN) * factor);
  addRun(found, { ...names, ...meaning }, values);
}

const TIMES_NS: ReadonlyMap<string, number> = new Map([
  ['picosecs', 1e-3],
  ['nanosecs', 1],
  ['microsecs', 1e3],
  ['millisecs', 1e6],
  ['secs', 1e9],
]);

/** Metrics of single stressors: `nanosecs-per-mutex` is a time per operation, `mb-per-sec-pipe-write-rate` a rate. */
function specificMeaning(metric: string): Meaning | undefined {
  const ns = TIMES_NS.get(/^([a-z]+)-per-/.exec(metric)?.[1] ?? '');
  if (ns !== undefined) return { unit: 'ns', factor: ns, better: 'lower', role: 'secondary', operationsPerValue: 1 };
  const rate = /^(?:(.*)-)?per-sec(?:ond)?(?:-|$)/.exec(metric);
  if (rate === null) return undefined;
  // All words before it, as in `million-random-bits-per-sec`, as they are: an MB may be 10^6 or 2^20 bytes.
  const counted = rate[1]?.replaceAll('-', ' ') ?? '1';
  return { unit: `${counted}/s`, factor: 1, better: 'higher', role: 'secondary' };
}
