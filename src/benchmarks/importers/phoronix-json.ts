/** `phoronix-test-suite result-file-to-json`; fields as its pts_result_file_output.php writes them. Empty ones are absent. */
import type { Result } from '../../base/issue.js';
import type { BenchmarkFile } from '../model.js';
import { type JsonRecord, listAt, numberAt, recordAt, textAt, valueAt } from './fields.js';
import type { BenchmarkImporter, InputFile } from './importer.js';
import { finishPhoronix, type PhoronixEntry, type PhoronixResult, type PhoronixSystem } from './phoronix-results.js';
import { SeriesBuilder } from './series-builder.js';

export const PHORONIX_JSON: BenchmarkImporter = {
  id: 'phoronix-json',
  name: 'Phoronix Test Suite JSON',
  sniff: (head) =>
    /^\s*\{\s*"title"\s*:/.test(head) && head.includes('"systems"') && /"(?:client_version|raw_values)"/.test(head),
  read,
};

function read({ source, text }: InputFile): Result<BenchmarkFile> {
  const builder = new SeriesBuilder(source, PHORONIX_JSON.id);
  const json = builder.parseJson(text);
  if (!json.ok) return json;
  const systems = entriesOf(json.value, 'systems').map(([key, system]) => systemOf(key, system));
  const results = entriesOf(json.value, 'results').map(([, result]) => resultOf(result));
  return finishPhoronix(builder, source, systems, results);
}

/** Own entries of an object. PHP writes an empty one as a list. */
const entriesOf = (json: unknown, key: string): [string, unknown][] => Object.entries(recordAt(json, key) ?? {});

function systemOf(key: string, system: unknown): PhoronixSystem {
  const version = textAt(system, 'client_version');
  return {
    identifier: textAt(system, 'identifier') ?? key,
    components: new Map([...textsOf(recordAt(system, 'hardware')), ...textsOf(recordAt(system, 'software'))]),
    details: valueAt(system, 'data'),
    client: version && `Phoronix Test Suite v${version}`,
  };
}

const textsOf = (record: JsonRecord | undefined): [string, string][] =>
  Object.entries(record ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string');

const resultOf = (result: unknown): PhoronixResult => ({
  identifier: textAt(result, 'identifier') ?? '',
  args: textAt(result, 'arguments') ?? '',
  description: textAt(result, 'description') ?? '',
  scale: textAt(result, 'scale') ?? '',
  proportion: textAt(result, 'proportion') ?? '',
  displayFormat: textAt(result, 'display_format') ?? '',
  entries: entriesOf(result, 'results').map(([system, entry]) => entryOf(system, entry)),
});

const entryOf = (system: string, entry: unknown): PhoronixEntry => ({
  system,
  value: String(numberAt(entry, 'value') ?? ''),
  samples: listAt(entry, 'raw_values').map((sample) => (typeof sample === 'number' ? sample : undefined)),
});
