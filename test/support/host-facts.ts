/** Facts of a host made by hand, read as those of a real one are: by the paths of its files. */
import { FactFiles } from '../../src/platform/host/fact-files.js';
import type { HostPlatform } from '../../src/platform/host/host-platform.js';
import { readHostFacts } from '../../src/platform/host/reading.js';

/** @param files path and first line of each */
export function hostOf(files: Readonly<Record<string, string>>): HostPlatform {
  const facts = new FactFiles('host.txt');
  for (const [path, line] of Object.entries(files)) facts.addLine(path, line);
  return readHostFacts(facts);
}

export const moduleFile = (module: string, parameter: string): string =>
  `/sys/module/${module}/parameters/${parameter}`;
