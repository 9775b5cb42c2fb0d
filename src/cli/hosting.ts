/** vmtoll explain --host PATH: its part of the command line. */
import { type Command, InvalidArgumentError } from 'commander';
import { type Result, success } from '../base/issue.js';
import { readHostPath } from '../node/host-files.js';
import type { HostPlatform } from '../platform/host/host-platform.js';
import { printIssue } from './output.js';

export interface HostFlags {
  readonly host?: string;
}

export const addHostOption = (command: Command): Command =>
  command.option(
    '--host <path>',
    'facts of the host, as vmtoll facts prints them; or a folder with its /proc, /sys',
    file,
  );

function file(path: string): string {
  if (path === '-')
    throw new InvalidArgumentError('facts of the host are read from a file or a folder, not from a pipe.');
  return path;
}

/** What is wrong inside of the facts is printed. */
export function readHostFlags({ host }: HostFlags): Result<HostPlatform | undefined> {
  if (host === undefined) return success(undefined);
  const read = readHostPath(host);
  if (read.ok) for (const issue of read.value.issues) printIssue(issue);
  return read;
}
