/** The benchmark results that a user names: files and folders → BenchmarkFiles. */
import { closeSync, type Dirent, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { failure, type Issue, type Result, success } from '../base/issue.js';
import type { InputFile } from '../benchmarks/importers/importer.js';
import type { BenchmarkFile } from '../benchmarks/model.js';
import { HEAD_CHARACTERS, importerOf, readBenchmarks } from '../benchmarks/reading.js';

/** Results of benchmarks are small; a larger file is something else, and text of this size still fits in memory thrice. */
const LARGEST_FILE = 64 * 1024 * 1024;
/** Of a folder at most so many files are looked at, this deep. */
const MOST_FILES = 10_000;
const DEEPEST = 12;

export interface FoundFiles {
  readonly files: readonly BenchmarkFile[];
  readonly issues: readonly Issue[];
}

/** Each path is a file, which must be a benchmark result, or a folder, of which those that are count. */
export function readBenchmarkPaths(paths: readonly string[]): Result<FoundFiles> {
  const files: BenchmarkFile[] = [];
  const issues: Issue[] = [];
  for (const path of paths) {
    const found = isFolder(path) ? readFolder(path, issues) : readOne(path);
    if (!found.ok) return found;
    files.push(...found.value);
  }
  return success({ files, issues });
}

/** The text of one file, as any reader of results wants it. */
export function readText(path: string): Result<string> {
  try {
    const size = path === '-' ? 0 : statSync(path).size;
    if (size <= LARGEST_FILE) return success(decoded(readFileSync(path === '-' ? 0 : path)));
    return failure({
      code: 'too-large',
      severity: 'error',
      message: `${path} has ${size} bytes: too many for the result of a benchmark`,
      source: path,
      hint: 'Give the summary that the tool writes, not its log.',
    });
  } catch (error) {
    return failure({ code: 'cannot-open', severity: 'error', message: `${path}: ${reasonOf(error)}`, source: path });
  }
}

const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function readOne(path: string): Result<BenchmarkFile[]> {
  const text = readText(path);
  if (!text.ok) return text;
  const file = readBenchmarks(inputFile(path, text.value));
  return file.ok ? success([file.value]) : file;
}

const inputFile = (source: string, text: string): InputFile => ({
  source,
  text,
  sibling: (name) => {
    const path = join(dirname(source), basename(name));
    const sibling = isLargeOrMissing(path) ? undefined : readText(path);
    return sibling?.ok ? sibling.value : undefined;
  },
});

function readFolder(folder: string, issues: Issue[]): Result<BenchmarkFile[]> {
  const paths = filesOf(folder);
  const files: BenchmarkFile[] = [];
  const passedOver: string[] = [];
  for (const path of paths.slice(0, MOST_FILES)) {
    if (!looksLikeResult(path)) {
      passedOver.push(path);
      continue;
    }
    const file = readOne(path);
    if (file.ok) files.push(...file.value);
    else issues.push({ ...file.issue, code: 'unreadable-result', severity: 'warning' });
  }
  if (paths.length > MOST_FILES) issues.push(tooMany(folder));
  if (passedOver.length > 0 && files.length > 0) issues.push(noResults(folder, passedOver));
  if (files.length > 0) return success(files);
  return failure({
    code: 'no-results',
    severity: 'error',
    message: `${folder} holds no benchmark result that can be read`,
    source: folder,
    hint: issues.at(-1)?.message ?? 'vmtoll formats lists what it reads.',
  });
}

/** Regular files below a folder, in the order of their names; links are not followed. */
function filesOf(folder: string, depth = 0): string[] {
  if (depth > DEEPEST) return [];
  const found: string[] = [];
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...filesOf(path, depth + 1));
    else if (entry.isFile()) found.push(path);
    if (found.length > MOST_FILES) break;
  }
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

function looksLikeResult(path: string): boolean {
  if (isLargeOrMissing(path)) return false;
  const head = Buffer.alloc(HEAD_CHARACTERS);
  const descriptor = openSync(path, 'r');
  try {
    return importerOf(decoded(head.subarray(0, readSync(descriptor, head)))) !== undefined;
  } finally {
    closeSync(descriptor);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isLargeOrMissing(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return !stat?.isFile() || stat.size > LARGEST_FILE;
}

const tooMany = (folder: string): Issue => ({
  code: 'too-many-files',
  severity: 'warning',
  message: `${folder} has more than ${MOST_FILES} files: only the first ones were looked at`,
  source: folder,
});

function noResults(folder: string, paths: readonly string[]): Issue {
  const named = paths.slice(0, 4).map((path) => path.slice(folder.length).replace(/^\/+/, ''));
  const more = paths.length > named.length ? ` and ${paths.length - named.length} more` : '';
  return {
    code: 'passed-over',
    severity: 'note',
    message: `Of ${folder} these files are no benchmark results: ${named.join(', ')}${more}`,
    source: folder,
  };
}

/** The system's words without its code and the path. */
function reasonOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return /^[A-Z]+: ([^,]+)/.exec(reason)?.[1] ?? reason;
}
