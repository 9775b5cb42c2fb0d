/** What vmtoll open can refuse at once, before anybody is given an address: files that are not there, or not what they should be. */
import type { Issue } from '../base/issue.js';
import { readBenchmarkPaths } from '../node/benchmark-files.js';
import { readSides } from '../node/benchmark-sides.js';
import { readConfigurationPaths } from '../node/configuration-files.js';
import { isFolder } from '../node/file-kind.js';
import { openFile } from '../node/file-source.js';
import { readHostPath } from '../node/host-files.js';
import { unreadableInput } from '../node/inputs.js';
import { hasBenchmarkFlags } from './benchmark-flags.js';
import { configurationFiles } from './configuring.js';
import { type OpenTask, oneSide } from './opening.js';
import { symbolFiles } from './symbols.js';

/** Of recordings and symbols only the beginning is read, since they can be large; all else is small. */
export async function refusedAtOnce({ recordings, flags }: OpenTask): Promise<Issue | undefined> {
  for (const path of recordings.flat()) {
    const issue = await unreadableInput(path);
    if (issue !== undefined) return issue;
  }
  return benchmarkIssue(flags) ?? besideIssue(flags);
}

function benchmarkIssue(flags: OpenTask['flags']): Issue | undefined {
  const { native, vm, vmUnrecorded = [] } = flags;
  if (!hasBenchmarkFlags(flags)) return undefined;
  if (native === undefined || vm === undefined) return oneSide(flags);
  const sides = [readSides({ native, vm }), readBenchmarkPaths(vmUnrecorded, 'vm')];
  return sides.map((side) => (side.ok ? undefined : side.issue)).find((issue) => issue !== undefined);
}

function besideIssue(flags: OpenTask['flags']): Issue | undefined {
  const configurations = readConfigurationPaths(configurationFiles(flags));
  if (!configurations.ok) return configurations.issue;
  // A folder can be a whole system.
  const host = flags.host === undefined || isFolder(flags.host) ? undefined : readHostPath(flags.host);
  if (host?.ok === false) return host.issue;
  return symbolFiles(flags)
    .map((path) => fileIssue(path))
    .find((issue) => issue !== undefined);
}

function fileIssue(path: string): Issue | undefined {
  const file = openFile(path);
  if (!file.ok) return file.issue;
  file.value.close();
  return undefined;
}
