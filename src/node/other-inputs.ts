/** Files that vmtoll reads, but that are no recordings: what to do with one that was given as such. */
import type { ByteSource } from '../base/byte-source.js';
import { STREAM_HEAD } from '../base/byte-source.js';
import type { Issue } from '../base/issue.js';
import { isResultText } from '../benchmarks/bench-result.js';
import { importerOf } from '../benchmarks/reading.js';
import { CONFIGURATION_FORMATS } from '../platform/configurations/registry.js';
import { decoded } from './bounded-text.js';

/** The issue of an input that is a benchmark result or a configuration; undefined for any other. */
export async function otherInput(source: ByteSource): Promise<Issue | undefined> {
  const head = decoded(await source.read(0, STREAM_HEAD));
  if (isResultText(head)) return given(source, 'a result of "vmtoll bench run"', 'vmtoll compare FILE.');
  const importer = importerOf(head);
  if (importer !== undefined) {
    return given(source, `a benchmark result (${importer.id})`, 'Give both sides to vmtoll compare NATIVE VM.');
  }
  const configuration = CONFIGURATION_FORMATS.find((format) => format.sniff(head));
  if (configuration === undefined) return undefined;
  const hint =
    'vmtoll config FILE shows it; beside a recording it names devices: vmtoll explain RECORDING --config FILE.';
  return given(source, `the configuration of a machine (${configuration.name})`, hint);
}

const given = ({ name }: ByteSource, what: string, hint: string): Issue => ({
  code: 'no-recording',
  severity: 'error',
  message: `${name} is ${what}, not a recording`,
  source: name,
  hint,
});
