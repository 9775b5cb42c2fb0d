/** Machine configurations from the paths that a user names, with the files that they include. */
import { dirname, isAbsolute, join } from 'node:path';
import { failure, type Result, success } from '../base/issue.js';
import type { ConfigurationFile, ReadIncluded } from '../platform/configurations/configuration-format.js';
import type { MachineConfiguration } from '../platform/configurations/machine-configuration.js';
import { LONGEST_CONFIGURATION, readConfiguration, tooLarge } from '../platform/configurations/reading.js';
import { decoded, readBytes } from './bounded-text.js';
import { isRegularFile } from './file-kind.js';
import { mistakenFile } from './mistaken-files.js';

const STANDARD_INPUT = 'standard input';

/**
 * One configuration a path; "-" is standard input. The first that cannot be read fails all.
 *
 * Failures: `cannot-open`, `mistaken-file`, and those of `readConfiguration`.
 */
export function readConfigurationPaths(paths: readonly string[]): Result<readonly MachineConfiguration[]> {
  const configurations: MachineConfiguration[] = [];
  for (const path of paths) {
    const configuration = readOne(path);
    if (!configuration.ok) return configuration;
    configurations.push(configuration.value);
  }
  return success(configurations);
}

// One byte more than is allowed tells that there is too much.
const readSome = (path: string): Result<Buffer> => readBytes(path, LONGEST_CONFIGURATION + 1);

const sourceOf = (path: string): string => (path === '-' ? STANDARD_INPUT : path);

function readOne(path: string): Result<MachineConfiguration> {
  const bytes = readSome(path);
  if (!bytes.ok) return bytes;
  const file = fileOf(path, bytes.value);
  const configuration = file.ok ? readConfiguration(file.value, readIncluded) : file;
  if (configuration.ok) return configuration;
  return failure(mistakenFile(bytes.value, sourceOf(path), 'the configuration of a machine') ?? configuration.issue);
}

function readFile(path: string): Result<ConfigurationFile> {
  const bytes = readSome(path);
  return bytes.ok ? fileOf(path, bytes.value) : bytes;
}

function fileOf(path: string, bytes: Buffer): Result<ConfigurationFile> {
  const source = sourceOf(path);
  return bytes.length > LONGEST_CONFIGURATION ? failure(tooLarge(source)) : success({ source, text: decoded(bytes) });
}

/** Files only: what a configuration names may be a device or a pipe that never ends. */
const readIncluded: ReadIncluded = (name, includedBy) => {
  const path = isAbsolute(name) ? name : join(includedBy === STANDARD_INPUT ? '.' : dirname(includedBy), name);
  if (isRegularFile(path)) return readFile(path);
  return failure({ code: 'cannot-open', severity: 'error', message: `${path} is no file`, source: path });
};
