/** vmtoll explain --config FILE: its part of the command line. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Result, success } from '../base/issue.js';
import type { GivenConfiguration } from '../platform/configurations/assignment.js';
import { printIssue } from './output.js';

export interface ConfigurationFlags {
  readonly config?: readonly string[];
}

export function addConfigurationOption(command: Command): Command {
  return command.option(
    '--config <file>',
    'configuration of a machine, for the names of devices (repeatable); vm2=FILE says whose',
    oneMore,
  );
}

function oneMore(file: string, before: readonly string[] = []): readonly string[] {
  if (parts(file).path === '-') throw new InvalidArgumentError('configurations are read from files, not from a pipe.');
  return [...before, file];
}

/** What is wrong inside a configuration is printed: it explains why a device has no name. */
export async function readConfigurationFlags({
  config = [],
}: ConfigurationFlags): Promise<Result<readonly GivenConfiguration[]>> {
  if (config.length === 0) return success([]);
  const given = config.map(parts);
  const { readConfigurationPaths } = await import('../node/configuration-files.js');
  const read = readConfigurationPaths(given.map(({ path }) => path));
  if (!read.ok) return read;
  for (const issue of read.value.flatMap(({ issues }) => issues)) if (issue.severity !== 'note') printIssue(issue);
  return success(read.value.map((configuration, index) => ({ configuration, ...machineOf(given[index]) })));
}

/** The files that the flags name. */
export const configurationFiles = ({ config = [] }: ConfigurationFlags): string[] =>
  config.map((text) => parts(text).path);

interface Parts {
  readonly path: string;
  readonly machine?: string | undefined;
}

/** "vm2=FILE": ids of machines look like nothing else. */
function parts(text: string): Parts {
  const [, machine, path] = /^(vm\d+)=(.*)$/s.exec(text) ?? [undefined, undefined, text];
  return { path, machine };
}

const machineOf = ({ machine }: Parts) => (machine === undefined ? {} : { machine });
