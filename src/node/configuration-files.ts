/** Machine configurations from the paths that a user names, with the files that they include. */
import { statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { failure, type Result, success } from '../base/issue.js';
import type { ConfigurationFile, ReadIncluded } from '../platform/configurations/configuration-format.js';
import type { MachineConfiguration } from '../platform/configurations/machine-configuration.js';
import { LONGEST_CONFIGURATION, readConfiguration, tooLarge } from '../platform/configurations/reading.js';
import { decoded, readBytes } from './bounded-text.js';

const STANDARD_INPUT = 'standard input';

/**
 * One configuration a path; "-" is standard input. The first that cannot be read fails all.
 *
 * Failures: `cannot-open`, and those of `readConfiguration`.
 */
export function readConfigurationPaths(paths: readonly string[]): Result<readonly MachineConfiguration[]> {
  const configurations: MachineConfiguration[] = [];
  for (const path of paths) {
    const file = readFile(path);
    const configuration = file.ok ? readConfiguration(file.value, readIncluded) : file;
    if (!configuration.ok) return configuration;
    configurations.push(configuration.value);
  }
  return success(configurations);
}

function readFile(path: string): Result<ConfigurationFile> {
  // One byte more than is allowed tells that there is too much.
  const bytes = readBytes(path, LONGEST_CONFIGURATION + 1);
  if (!bytes.ok) return bytes;
  const source = path === '-' ? STANDARD_INPUT : path;
  if (bytes.value.length > LONGEST_CONFIGURATION) return failure(tooLarge(source));
  return success({ source, text: decoded(bytes.value) });
}

/** Files only: what a configuration names may be a device or a pipe that never ends. */
const readIncluded: ReadIncluded = (name, includedBy) => {
  const path = isAbsolute(name) ? name : join(includedBy === STANDARD_INPUT ? '.' : dirname(includedBy), name);
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  if (isFile) return readFile(path);
  return failure({ code: 'cannot-open', severity: 'error', message: `${path} is no file`, source: path });
};
