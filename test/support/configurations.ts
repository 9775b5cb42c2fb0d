/** Configurations for tests: fixtures, texts, and files that exist only in memory. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { failure, success } from '../../src/base/issue.js';
import type { ReadIncluded } from '../../src/platform/configurations/configuration-format.js';
import type { MachineConfiguration } from '../../src/platform/configurations/machine-configuration.js';
import { readConfiguration } from '../../src/platform/configurations/reading.js';

export const CONFIGURATIONS = 'fixtures/qnx/configurations';
export const fixtureText = (name: string): string => readFileSync(join(CONFIGURATIONS, name), 'utf8');

/** Includes from a table of texts by name. */
export const filesIn =
  (files: Readonly<Record<string, string>>): ReadIncluded =>
  (name, includedBy) => {
    const source = join(dirname(includedBy), name);
    return Object.hasOwn(files, source)
      ? success({ source, text: files[source] })
      : failure({ code: 'cannot-open', severity: 'error', message: `${source} is not there` });
  };

/** What is read of a text that is a configuration. */
export function configurationOf(
  text: string,
  { source = 'guest.qvmconf', files = {} }: { source?: string; files?: Readonly<Record<string, string>> } = {},
): MachineConfiguration {
  const read = readConfiguration({ source, text }, filesIn(files));
  if (!read.ok) throw new Error(read.issue.message);
  return read.value;
}

export const fixtureConfiguration = (name: string): MachineConfiguration =>
  configurationOf(fixtureText(name), {
    source: name,
    files: { 'parts/console.qvmconf': fixtureText('parts/console.qvmconf') },
  });
