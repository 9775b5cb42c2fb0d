/** Facts of a host made by hand, read as those of a real one are: by the paths of its files. */
import { FactFiles } from '../../src/platform/host/fact-files.js';
import type { HostPlatform } from '../../src/platform/host/host-platform.js';
import { readHostFacts } from '../../src/platform/host/reading.js';

/** @param files path and first line of each; or pairs of a path and a line, of which a path may have several */
export function hostOf(files: Readonly<Record<string, string>> | readonly (readonly [string, string])[]): HostPlatform {
  const facts = new FactFiles('host.txt');
  const lines: readonly (readonly [string, string])[] = Array.isArray(files) ? files : Object.entries(files);
  for (const [path, line] of lines) facts.addLine(path, line);
  return readHostFacts(facts);
}

export const moduleFile = (module: string, parameter: string): string =>
  `/sys/module/${module}/parameters/${parameter}`;
