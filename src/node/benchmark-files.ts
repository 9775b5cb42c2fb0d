/** The benchmark results that a user names: files and folders → BenchmarkFiles. */
import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { failure, type Issue, IssueLog, type Result, success } from '../base/issue.js';
import { isResultText, sidesOfResult } from '../benchmarks/bench-result.js';
import type { InputFile } from '../benchmarks/importers/importer.js';
import type { MechanismRule } from '../benchmarks/mechanisms.js';
import type { BenchmarkFile } from '../benchmarks/model.js';
import { HEAD_CHARACTERS, importerOf, readBenchmarks } from '../benchmarks/reading.js';
import type { SideName } from '../benchmarks/running/plan.js';
import { FORMATS } from '../formats/registry.js';
import { decoded, readBytes } from './bounded-text.js';
import { isFolder, isRegularFile } from './file-kind.js';

const MIB = 2 ** 20;
/** Results of benchmarks are small; a larger file is something else, and text of this size still fits in memory thrice. */
const LARGEST_FILE = 64 * MIB;
/** Of all files of one side together. */
const LARGEST_SIDE = 256 * MIB;
/** Of a folder at most so many files are looked at, this deep. */
const MOST_FILES = 10_000;
const DEEPEST = 12;

export interface FoundFiles {
  readonly files: readonly BenchmarkFile[];
  readonly issues: readonly Issue[];
  /** Hash of the content of each file → the first file that has it; without files that hold both sides. */
  readonly contents: ReadonlyMap<string, string>;
  /** What the plans say that their benchmarks exercise. */
  readonly mechanisms: readonly MechanismRule[];
}

/**
 * Each path is a file, which must be a benchmark result, or a folder, of which those that are count; "-" is standard input.
 *
 * @param side which of the two counts in files that hold both; without it those are refused
 *
 * Failures: `cannot-open`, `too-large`, `unknown-benchmark-format`, `recording-given`, `both-sides-in-one`, `given-twice`,
 * `no-results`, `several-sides`, `other-side` (of importers). Issues: `same-content`, `unreadable-result`, `passed-over`, `too-many-files`.
 */
export function readBenchmarkPaths(paths: readonly string[], side?: SideName): Result<FoundFiles> {
  const reader = new SideReader(side);
  for (const path of paths) {
    const refusal = isFolder(path) ? reader.folder(path) : reader.file(path);
    if (refusal !== undefined) return failure(refusal);
  }
  return success(reader.found());
}

/** The text of one file, as any reader of results wants it. */
export function readText(path: string): Result<string> {
  const bytes = readBytes(path, LARGEST_FILE + 1);
  if (!bytes.ok) return bytes;
  return bytes.value.length > LARGEST_FILE ? failure(tooLarge(path)) : success(decoded(bytes.value));
}

class SideReader {
  readonly #side: SideName | undefined;
  readonly #files: BenchmarkFile[] = [];
  readonly #mechanisms: MechanismRule[] = [];
  readonly #issues = new IssueLog();
  readonly #contents = new Map<string, string>();
  readonly #places = new Set<string>();
  #characters = 0;

  constructor(side: SideName | undefined) {
    this.#side = side;
  }

  found(): FoundFiles {
    return {
      files: this.#files,
      issues: this.#issues.list(),
      contents: this.#contents,
      mechanisms: this.#mechanisms,
    };
  }

  /** Takes in one file; the issue for which it cannot be. */
  file(path: string): Issue | undefined {
    if (this.#isKnown(path)) return givenTwice(path);
    const recording = recordingFormat(path);
    if (recording !== undefined) return recordingGiven(path, recording);
    const text = readText(path);
    if (!text.ok) return text.issue;
    this.#characters += text.value.length;
    if (this.#characters > LARGEST_SIDE) return tooLarge('All files of one side together');
    if (isResultText(text.value)) return this.#resultOfPlan(path, text.value);
    const file = readBenchmarks({ ...inputFile(inputName(path), text.value), side: this.#side });
    if (!file.ok) return file.issue;
    if (file.value.isOfBothSides !== true) this.#noteContent(path, text.value);
    this.#files.push(file.value);
    return undefined;
  }

  #resultOfPlan(path: string, text: string): Issue | undefined {
    if (this.#side === undefined) return bothSides(path);
    const sides = sidesOfResult(text, path);
    if (!sides.ok) return sides.issue;
    for (const file of sides.value[this.#side]) this.#files.push(file);
    // A benchmark of a plan is called as there, or begins with that name and a slash.
    for (const [benchmark, mechanism] of sides.value.mechanisms) {
      this.#mechanisms.push({ benchmark, mechanism }, { benchmark: `${benchmark}/*`, mechanism });
    }
    return undefined;
  }

  /** Takes in what a folder holds; an issue where nothing in it can be read. */
  folder(folder: string): Issue | undefined {
    const paths = filesOf(folder);
    const passedOver: string[] = [];
    const before = this.#files.length;
    let refusal: Issue | undefined;
    for (const path of paths.slice(0, MOST_FILES)) {
      if (!looksLikeResult(path)) {
        passedOver.push(path);
        continue;
      }
      const issue = this.file(path);
      if (issue?.code === 'given-twice' || issue?.code === 'too-large') return issue;
      refusal ??= issue;
      if (issue !== undefined) this.#issues.add({ ...issue, code: 'unreadable-result', severity: 'warning' });
    }
    if (paths.length > MOST_FILES) this.#issues.add(tooManyFiles(folder));
    if (this.#files.length === before) return nothingIn(folder, passedOver, refusal);
    if (passedOver.length > 0) this.#issues.add(notResults(folder, passedOver));
    return undefined;
  }

  #isKnown(path: string): boolean {
    const place = placeOf(path);
    const isKnown = this.#places.has(place);
    this.#places.add(place);
    return isKnown;
  }

  #noteContent(path: string, text: string): void {
    const hash = createHash('sha256').update(text).digest('hex');
    const same = this.#contents.get(hash);
    if (same === undefined) this.#contents.set(hash, path);
    else this.#issues.add(sameContent(path, same));
  }
}

function placeOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Standard input, or a file that cannot be opened: reading it will say so.
    return path;
  }
}

const inputName = (path: string): string => (path === '-' ? 'standard input' : path);

const inputFile = (source: string, text: string): InputFile => ({
  source,
  text,
  sibling: (name) => {
    const path = join(dirname(source), basename(name));
    const sibling = isRegularFile(path) ? readText(path) : undefined;
    return sibling?.ok ? sibling.value : undefined;
  },
});

let collator: Intl.Collator | undefined;

/**
 * Numbers in names count as numbers: files are read in the order of their names, and runs in that of their files. The collator is
 * made when it is first needed: that takes longer than loading all modules.
 */
function byName(a: Dirent, b: Dirent): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a.name, b.name);
}

/** Files below a folder; hidden ones are passed over, links to folders are not followed. */
function filesOf(folder: string, depth = 0): string[] {
  if (depth > DEEPEST) return [];
  const found: string[] = [];
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...filesOf(path, depth + 1));
    else if (isRegularFile(path)) found.push(path);
    if (found.length > MOST_FILES) break;
  }
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .sort(byName);
  } catch {
    return [];
  }
}

/** Whether the beginning of a file is that of the result of a benchmark. */
export function looksLikeResult(path: string): boolean {
  const head = readBytes(path, HEAD_CHARACTERS);
  if (!head.ok) return false;
  const text = decoded(head.value);
  return importerOf(text) !== undefined || isResultText(text);
}

/** Like a format of recordings, surely: their own readers ask for less. */
const SURE = 0.5;

/** Id of the format if the file is no result, but a recording of a hypervisor. */
function recordingFormat(path: string): string | undefined {
  if (!isRegularFile(path)) return undefined;
  const head = readBytes(path, HEAD_CHARACTERS);
  if (!head.ok || importerOf(decoded(head.value)) !== undefined) return undefined;
  return FORMATS.find((format) => format.sniff(head.value) >= SURE)?.id;
}

const tooLarge = (source: string): Issue => ({
  code: 'too-large',
  severity: 'error',
  message: `${source} holds too much for the results of benchmarks: ${LARGEST_FILE / MIB} MiB a file, ${LARGEST_SIDE / MIB} MiB a side`,
  source,
  hint: 'Give the summary that the tool writes, not its log.',
});

const recordingGiven = (source: string, format: string): Issue => ({
  code: 'recording-given',
  severity: 'error',
  message: `${source} is a recording (${format}), not the result of a benchmark`,
  source,
  hint: 'vmtoll explain says what virtualization cost in a recording.',
});

const bothSides = (source: string): Issue => ({
  code: 'both-sides-in-one',
  severity: 'error',
  message: `${source} holds both sides of a comparison`,
  source,
  hint: 'Give the result of "vmtoll bench run" alone: vmtoll compare FILE',
});

const givenTwice = (source: string): Issue => ({
  code: 'given-twice',
  severity: 'error',
  message: `${source} is given more than once for one side: its runs would count twice`,
  source,
});

const sameContent = (source: string, other: string): Issue => ({
  code: 'same-content',
  severity: 'warning',
  message: `${source} has the same content as ${other}: a copy counts its runs twice, and makes everything look surer than it is`,
  source,
});

const tooManyFiles = (folder: string): Issue => ({
  code: 'too-many-files',
  severity: 'warning',
  message: `${folder} has more than ${MOST_FILES} files: only the first ones were looked at`,
  source: folder,
});

function nothingIn(folder: string, passedOver: readonly string[], refusal: Issue | undefined): Issue {
  const what = passedOver.length === 0 ? 'no file' : `${passedOver.length} files, but no benchmark result`;
  return {
    code: 'no-results',
    severity: 'error',
    message: `${folder} holds ${refusal === undefined ? what : 'no benchmark result'} that can be read`,
    source: folder,
    hint: refusal?.message ?? '"vmtoll formats" lists what it reads.',
  };
}

function notResults(folder: string, paths: readonly string[]): Issue {
  const named = paths.slice(0, 4).map((path) => path.slice(folder.length).replace(/^\/+/, ''));
  const more = paths.length > named.length ? ` and ${paths.length - named.length} more` : '';
  return {
    code: 'passed-over',
    severity: 'note',
    message: `Of ${folder} these files are no benchmark results: ${named.join(', ')}${more}`,
    source: folder,
  };
}
