/** Facts of a host from a path that a user names: what `vmtoll facts` printed, or a folder with a copy of /proc and /sys. */
import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { failure, type Issue, type Result, success } from '../base/issue.js';
import { FactFiles, LONGEST_FACTS, readFactBundle } from '../platform/host/fact-files.js';
import type { HostPlatform } from '../platform/host/host-platform.js';
import { readHostFacts } from '../platform/host/reading.js';
import {
  alternatives,
  KERNEL_THREAD_FILES,
  KERNEL_THREAD_NAME,
  VMM_FILES,
  VMM_NAME,
  WANTED_FILES,
} from '../platform/host/wanted-files.js';
import { decoded, readBytes } from './bounded-text.js';

/** Bytes that are read of one file: the longest is /proc/cpuinfo of a host with many CPUs, whose first CPU is enough. */
const MOST_OF_ONE = 64 * 1024;
/** Files of one folder that are read: a host with 8,192 CPUs has some 300,000. */
const MOST_FILES = 500_000;
/** Folders in folders, for control groups. */
const DEEPEST = 32;

/** Failures: `cannot-open`, `too-large`, `no-host-facts` and those of `readFactBundle`. */
export function readHostPath(path: string): Result<HostPlatform> {
  if (statOf(path)?.isDirectory() === true) return readFolder(path);
  // One byte more than is allowed tells that there is too much.
  const bytes = readBytes(path, LONGEST_FACTS + 1);
  if (!bytes.ok) return bytes;
  if (bytes.value.length > LONGEST_FACTS) return failure(tooLarge(path));
  const files = readFactBundle(decoded(bytes.value), path);
  return files.ok ? success(readHostFacts(files.value)) : files;
}

function readFolder(folder: string): Result<HostPlatform> {
  const files = new FactFiles(folder);
  const tree = new Tree(folder, files);
  for (const pattern of WANTED_FILES) tree.readAll(pattern);
  for (const process of tree.namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    const name = tree.textOf(`/proc/${process}/comm`).trim();
    const wanted = VMM_NAME.test(name) ? VMM_FILES : KERNEL_THREAD_NAME.test(name) ? KERNEL_THREAD_FILES : [];
    for (const pattern of wanted) tree.readAll(`/proc/${process}/${pattern}`);
  }
  return files.size === 0 ? failure(nothingIn(folder)) : success(readHostFacts(files));
}

/** Undefined where there is nothing, or it may not be seen, or it is gone: processes end while /proc is read. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The part of a host's files that lies below a folder. */
class Tree {
  readonly #root: string;
  readonly #files: FactFiles;
  #left = MOST_FILES;

  constructor(root: string, files: FactFiles) {
    this.#root = root;
    this.#files = files;
  }

  readAll(pattern: string): void {
    for (const one of alternatives(pattern)) this.#readBelow('', one.split('/').slice(1), 0);
  }

  namesIn(path: string): string[] {
    try {
      return readdirSync(join(this.#root, path));
    } catch {
      return [];
    }
  }

  /** Empty where it cannot be read: the host has it not, or did not permit it. */
  textOf(path: string): string {
    const whole = join(this.#root, path);
    if (statOf(whole)?.isFile() !== true) return '';
    const bytes = readBytes(whole, MOST_OF_ONE);
    return bytes.ok ? decoded(bytes.value) : '';
  }

  #readBelow(folder: string, [segment, ...rest]: readonly string[], depth: number): void {
    if (segment === '**') this.#readDeeper(folder, rest, depth);
    else if (!segment.includes('*')) this.#readAt(`${folder}/${segment}`, rest, depth);
    else {
      const expression = new RegExp(`^${segment.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      for (const name of this.namesIn(folder))
        if (expression.test(name)) this.#readAt(`${folder}/${name}`, rest, depth);
    }
  }

  #readDeeper(folder: string, rest: readonly string[], depth: number): void {
    this.#readBelow(folder, rest, depth);
    if (depth === DEEPEST) return;
    for (const name of this.namesIn(folder)) {
      const path = `${folder}/${name}`;
      const isFolder = statOf(join(this.#root, path))?.isDirectory() === true;
      if (isFolder && this.#left > 0) this.#readDeeper(path, rest, depth + 1);
    }
  }

  #readAt(path: string, rest: readonly string[], depth: number): void {
    if (rest.length > 0) {
      this.#readBelow(path, rest, depth);
      return;
    }
    if (this.#left === 0) return;
    const text = this.textOf(path);
    if (text === '') return;
    this.#left--;
    for (const line of text.replace(/\n$/, '').split('\n')) this.#files.addLine(path, line);
  }
}

const tooLarge = (source: string): Issue => ({
  code: 'too-large',
  severity: 'error',
  message: `${source} is longer than ${LONGEST_FACTS / 2 ** 20} MiB: not the facts of a host`,
  source,
});

const nothingIn = (source: string): Issue => ({
  code: 'no-host-facts',
  severity: 'error',
  message: `${source} holds no files of a host below proc/ and sys/`,
  source,
  hint: 'Copy /proc and /sys of the host into it, as far as they are of interest; or make a file on the host with: vmtoll facts > host.txt.',
});
