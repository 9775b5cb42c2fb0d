/** The text of a file → the configuration of a machine. */
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import type { ConfigurationFile, ReadIncluded } from './configuration-format.js';
import type { MachineConfiguration } from './machine-configuration.js';
import { CONFIGURATION_FORMATS } from './registry.js';

/** Bytes, or characters. Configurations are written by hand, or by small programs: a few pages. */
export const LONGEST_CONFIGURATION = 512 * 1024;

const includesNothing: ReadIncluded = (name, source) =>
  failure({ code: 'cannot-open', severity: 'error', message: `${name} is not at hand`, source });

/**
 * Failures: `empty-input`, `too-large`, `unknown-configuration`. What is wrong inside a configuration is in its `issues`.
 * @param include gives the files that it includes
 */
export function readConfiguration(
  file: ConfigurationFile,
  include: ReadIncluded = includesNothing,
): Result<MachineConfiguration> {
  const { source } = file;
  const text = file.text.replace(/^\uFEFF/, '');
  if (text.trim() === '')
    return failure({ code: 'empty-input', severity: 'error', message: `${source} is empty`, source });
  if (text.length > LONGEST_CONFIGURATION) return failure(tooLarge(source));
  const format = CONFIGURATION_FORMATS.find((one) => one.sniff(text));
  return format === undefined ? failure(unknown(source)) : success(format.read({ source, text }, include));
}

export const tooLarge = (source: string): Issue => ({
  code: 'too-large',
  severity: 'error',
  message: `${source} is longer than ${LONGEST_CONFIGURATION / 1024} KiB: no configuration of a machine`,
  source,
});

const unknown = (source: string): Issue => ({
  code: 'unknown-configuration',
  severity: 'error',
  message: `${source} is no configuration of a machine that vmtoll knows`,
  source,
  hint: `It reads ${CONFIGURATION_FORMATS.map(({ name }) => name).join(', ')}; see docs/configurations.md.`,
});
