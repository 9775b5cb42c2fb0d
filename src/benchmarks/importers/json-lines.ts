/**
 * Results of any tool as one JSON object per line:
 *
 *     {"facts": {"cpus": 4, "kernel": "6.1.0"}, "side": "vm"}
 *     {"benchmark": "fork", "unit": "us", "value": 81.2, "run": 1}
 *     {"bench": "getpid", "unit": "ns", "n": 20000, "reps": [12953947, 8077584], "round": 1}
 *
 * With `reps` a line is one run, and each of them the total of `n` operations; with `value`, lines of equal `run` are.
 */
import type { Result } from '../../base/issue.js';
import { type BenchmarkFile, FACT_NAMES } from '../model.js';
import { isRecord, listAt, numberAt, numbersAt, parseWholeJson, recordAt, textAt } from './fields.js';
import { GenericRuns, type GenericValues } from './generic-runs.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { linesOf } from './lines.js';
import { asBetter } from './measurement.js';
import { SeriesBuilder } from './series-builder.js';

export const JSON_LINES: BenchmarkImporter = {
  id: 'json-lines',
  name: 'JSON lines with benchmark, unit, value',
  sniff: (head) => {
    const first = /^\s*(\{.*)/.exec(head)?.[1] ?? '';
    return (
      /^\{\s*"facts"\s*:/.test(first) || (/"bench(?:mark)?"\s*:/.test(first) && /"(?:value|reps)"\s*:/.test(first))
    );
  },
  read,
};

function read(file: InputFile): Result<BenchmarkFile> {
  const { source, text } = file;
  const builder = new SeriesBuilder(source, JSON_LINES.id);
  const runs = new GenericRuns(builder, file);
  for (const { text: line, offset } of linesOf(text)) {
    if (line.trim() === '') continue;
    if (runs.givesUp()) break;
    const value = parseLine(line, source);
    const facts = recordAt(value, 'facts');
    const values = valuesOf(value, offset);
    if (facts !== undefined) addFacts(runs, facts, { side: wordAt(value, 'side'), offset });
    else if (values !== undefined) {
      runs.add(values);
      warnAboutUnknown(builder, value);
    } else runs.damaged(offset);
  }
  return runs.finish();
}

/** undefined where the line is not JSON, or a key stands in it twice. */
function parseLine(line: string, source: string): unknown {
  const json = parseWholeJson(line, source);
  return json.ok && json.value.doubledKey === undefined ? json.value.value : undefined;
}

/** undefined where a field is missing or of the wrong kind: a run with a damaged value is no whole run. */
function valuesOf(line: unknown, offset: number): GenericValues | undefined {
  const benchmark = textAt(line, 'benchmark') ?? textAt(line, 'bench');
  const unit = textAt(line, 'unit');
  if (!isRecord(line) || benchmark === undefined || unit === undefined) return undefined;
  const values =
    'reps' in line ? numbersAt(line, 'reps') : [numberAt(line, 'value')].filter((value) => value !== undefined);
  const isWhole = values.length > 0 && (!('reps' in line) || values.length === listAt(line, 'reps').length);
  const operations = numberAt(line, 'n');
  const better = asBetter(textAt(line, 'better'));
  if (!isWhole || ('n' in line && !(operations !== undefined && operations > 0))) return undefined;
  const side = wordAt(line, 'side');
  if (('better' in line && better === undefined) || ('side' in line && side === undefined)) return undefined;
  return {
    benchmark,
    metric: textAt(line, 'metric'),
    unit,
    better,
    side,
    values,
    run: 'reps' in line ? undefined : wordAt(line, 'run'),
    boot: wordAt(line, 'boot'),
    startedMs: numberAt(line, 'startedMs'),
    operationsPerValue: operations,
    offset,
  };
}

const KNOWN = new Set([
  'benchmark',
  'bench',
  'metric',
  'unit',
  'better',
  'side',
  'value',
  'reps',
  'n',
  'run',
  'round',
  'boot',
  'startedMs',
]);

function warnAboutUnknown(builder: SeriesBuilder, line: unknown): void {
  for (const key of Object.keys(recordAt(line) ?? {})) {
    if (!KNOWN.has(key)) builder.leaveOut('unknown-key', 'keys of these names do not tell runs apart here', key);
  }
}

/** A name, or a number as a name. */
function wordAt(line: unknown, key: string): string | undefined {
  const number = numberAt(line, key);
  return textAt(line, key) ?? (number === undefined ? undefined : String(number));
}

function addFacts(runs: GenericRuns, facts: unknown, place: Pick<GenericValues, 'side' | 'offset'>): void {
  for (const name of FACT_NAMES) runs.addFact(name, textAt(facts, name) ?? numberAt(facts, name), place);
}
