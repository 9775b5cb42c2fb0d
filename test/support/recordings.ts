/**
 * The real recordings that tests run over: the bundled ones in `fixtures/` and those of any folder that the
 * environment variable VMTOLL_RECORDINGS names (laid out alike). Files stored as NAME.xz are unpacked into a cache.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache/unpacked');

/** Folders that hold one sub-folder per hypervisor, bundled one first. */
export const RECORDING_ROOTS: readonly string[] = [
  join(ROOT, 'fixtures'),
  ...(process.env['VMTOLL_RECORDINGS'] ? [resolve(process.env['VMTOLL_RECORDINGS'])] : []),
];

export interface Scenario {
  /** For test names, for example "fixtures/kvm-x86/m-mixed". */
  readonly name: string;
  readonly folder: string;
  /** Path of a file of the scenario, unpacked; undefined where the scenario does not have it. */
  file(name: string): string | undefined;
}

/** Every folder below `hypervisor` in every root that holds `file` (or file.xz); a bundled copy of another one is left out. */
export function scenariosWith(file: string, hypervisor = 'kvm-x86'): Scenario[] {
  const all = allScenariosWith(file, hypervisor);
  return all.filter((one) => !all.some((other) => isCopyOf(one, other, file)));
}

/** Those that are bundled. */
export const bundledScenariosWith = (file: string, hypervisor = 'kvm-x86'): Scenario[] =>
  allScenariosWith(file, hypervisor).filter(isBundled);

const isBundled = ({ name }: Scenario): boolean => name.startsWith('fixtures/');

const copies = new Map<string, boolean>();

/** Whether all that tests could learn from a bundled scenario they learn from the other one as well. */
function isCopyOf(one: Scenario, other: Scenario, file: string): boolean {
  if (!isBundled(one) || isBundled(other) || !other.name.endsWith(one.name.slice('fixtures'.length))) return false;
  const key = JSON.stringify([one.folder, other.folder, file]);
  const known = copies.get(key);
  if (known !== undefined) return known;
  const [mine, theirs] = [one, other].map(({ folder }) => readdirSync(folder).map((name) => name.replace(/\.xz$/, '')));
  const isCopy =
    mine.every((name) => theirs.includes(name)) &&
    readFileSync(one.file(file)!).equals(readFileSync(other.file(file)!));
  copies.set(key, isCopy);
  return isCopy;
}

function allScenariosWith(file: string, hypervisor: string): Scenario[] {
  const found: Scenario[] = [];
  for (const root of RECORDING_ROOTS) {
    const top = join(root, hypervisor);
    if (!existsSync(top)) continue;
    for (const entry of readdirSync(top, { recursive: true, withFileTypes: true })) {
      const name = entry.name.replace(/\.xz$/, '');
      if (!entry.isFile() || name !== file) continue;
      found.push(scenarioAt(entry.parentPath, relative(dirname(root), entry.parentPath)));
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One scenario by its folder name, from the first root that has it with this file. */
export function scenario(name: string, file: string, hypervisor = 'kvm-x86'): Scenario | undefined {
  return allScenariosWith(file, hypervisor).find((s) => s.folder.endsWith(`/${name}`));
}

/** The files of a folder that end so, or so and in .xz, unpacked; none where there is no such folder. */
export function unpackedFiles(folder: string, extension: string): { folder: string; unpacked: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.replace(/\.xz$/, '').endsWith(extension))
    .sort()
    .map((file) => {
      const path = join(folder, file);
      return { folder, unpacked: file.endsWith('.xz') ? unpack(path) : path };
    });
}

function scenarioAt(folder: string, name: string): Scenario {
  return {
    name,
    folder,
    file(file) {
      const plain = join(folder, file);
      if (existsSync(plain)) return plain;
      return existsSync(`${plain}.xz`) ? unpack(`${plain}.xz`) : undefined;
    },
  };
}

function unpack(packed: string): string {
  const target = join(CACHE, packed.replace(/\.xz$/, ''));
  if (existsSync(target) && statSync(target).mtimeMs >= statSync(packed).mtimeMs) return target;
  mkdirSync(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}`;
  execFileSync('sh', ['-c', 'xz -dc "$1" > "$2"', 'sh', packed, partial]);
  renameSync(partial, target);
  return target;
}
