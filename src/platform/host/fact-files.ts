/**
 * Files of a host as text, by their paths: what `vmtoll facts` prints, or a copied tree. The kernel's files below /proc and /sys
 * are small and their names are an interface, so both come down to the same.
 */
import { failure, type Issue, IssueLog, type Result, success } from '../../base/issue.js';
import { counted } from '../../base/quantities.js';
import { parseCpuList } from './cpu-list.js';

/** First line of what the script prints; the number changes when older readers would misunderstand it. */
export const BUNDLE_HEAD = 'vmtoll host facts ';
const BUNDLE_VERSION = '1';
const BUNDLE_END = 'end';

/** Characters: 8,192 pCPUs make some 20 MB. */
export const LONGEST_FACTS = 64 * 1024 * 1024;
/** Of one line; the longest are flags of CPUs and command lines. */
const LONGEST_LINE = 16 * 1024;

export class FactFiles {
  readonly source: string;
  readonly issues = new IssueLog();
  readonly #lines = new Map<string, string[]>();
  readonly #folders = new Map<string, Set<string>>();

  constructor(source: string) {
    this.source = source;
  }

  get size(): number {
    return this.#lines.size;
  }

  addLine(path: string, line: string): void {
    const lines = this.#lines.get(path);
    if (lines !== undefined) lines.push(line.slice(0, LONGEST_LINE));
    else {
      this.#lines.set(path, [line.slice(0, LONGEST_LINE)]);
      this.#addToFolders(path);
    }
  }

  /** None where the file is not there. */
  lines(path: string): readonly string[] {
    return this.#lines.get(path) ?? [];
  }

  /** The first line without spaces around it; null where the file is not there or empty. */
  text(path: string): string | null {
    const text = this.#lines.get(path)?.[0].trim();
    return text === undefined || text === '' ? null : text;
  }

  number(path: string): number | null {
    const text = this.matching(path, /^-?\d{1,15}$/, 'no whole number');
    return text === null ? null : Number(text);
  }

  /** null where the text is not one of `values`, which is reported: it is `what`. */
  matching(path: string, values: RegExp, what: string): string | null {
    const text = this.text(path);
    if (text === null || values.test(text)) return text;
    this.misunderstood(path, text, what);
    return null;
  }

  /** A line such as "MemTotal:  8 kB" of a file, in bytes. */
  kibibytes(path: string, name: string): number | null {
    const line = this.lines(path).find((one) => one.includes(`${name}:`));
    if (line === undefined) return null;
    const [, kibibytes] = new RegExp(`${name}:\\s+(\\d{1,12}) kB`).exec(line) ?? [];
    if (kibibytes !== undefined) return Number(kibibytes) * 1024;
    this.misunderstood(path, line, 'no size in kB');
    return null;
  }

  cpuList(path: string): readonly number[] | null {
    const lines = this.#lines.get(path);
    return lines === undefined ? null : this.cpuListOf(path, lines[0]);
  }

  cpuListOf(path: string, text: string): readonly number[] | null {
    // What the kernel prints for none in some of these files.
    if (text.trim() === '(null)') return [];
    const cpus = parseCpuList(text);
    if (cpus === undefined) this.misunderstood(path, text, 'no list of pCPUs');
    return cpus ?? null;
  }

  /** Names of what is directly in a folder. */
  names(folder: string): readonly string[] {
    return [...(this.#folders.get(folder) ?? [])];
  }

  /** The numbers of what is called `prefix` and a number in a folder, ascending. */
  numbered(folder: string, prefix = ''): readonly number[] {
    return this.names(folder)
      .filter((name) => name.startsWith(prefix) && /^\d{1,9}$/.test(name.slice(prefix.length)))
      .map((name) => Number(name.slice(prefix.length)))
      .sort((a, b) => a - b);
  }

  misunderstood(path: string, text: string, what: string): void {
    const message = `${path} holds ${what}: "${text.slice(0, 80)}"`;
    this.issues.add({ code: 'bad-host-fact', severity: 'warning', message, source: this.source });
  }

  #addToFolders(path: string): void {
    let end = path.lastIndexOf('/');
    let name = path.slice(end + 1);
    while (end >= 0) {
      const folder = path.slice(0, end);
      const names = this.#folders.get(folder);
      if (names?.has(name)) return;
      if (names === undefined) this.#folders.set(folder, new Set([name]));
      else names.add(name);
      end = folder.lastIndexOf('/');
      name = folder.slice(end + 1);
    }
  }
}

/**
 * Reads what the script printed.
 *
 * Failures: `empty-input`, `no-host-facts`, `unknown-version`. What is cut or misunderstood is in the issues of the files.
 */
export function readFactBundle(text: string, source: string): Result<FactFiles> {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const start = lines.findIndex((line) => line.startsWith(BUNDLE_HEAD));
  if (start < 0) return failure(noFacts(text, source));
  const version = lines[start].slice(BUNDLE_HEAD.length).trim();
  if (version !== BUNDLE_VERSION) return failure(unknownVersion(version, source));
  const files = new FactFiles(source);
  let hasEnd = false;
  let strange = 0;
  for (const line of lines.slice(start + 1)) {
    const tab = line.indexOf('\t');
    if (line === BUNDLE_END) hasEnd = true;
    else if (tab > 0) files.addLine(line.slice(0, tab), line.slice(tab + 1));
    else if (line !== '') strange++;
  }
  if (!hasEnd) files.issues.add(cut(source));
  if (strange > 0) files.issues.add(strangeLines(strange, source));
  return success(files);
}

const MAKE = 'Make it on the host with: vmtoll facts > host.txt (without Node: vmtoll facts --script).';

function noFacts(text: string, source: string): Issue {
  if (text.trim() === '') return { code: 'empty-input', severity: 'error', message: `${source} is empty`, source };
  const isJson = text.trimStart().startsWith('{');
  return {
    code: 'no-host-facts',
    severity: 'error',
    message: `${source} does not hold the facts of a host: it has no line "${BUNDLE_HEAD}${BUNDLE_VERSION}"`,
    source,
    hint: isJson ? `Facts as JSON, of vmtoll bench facts, are for vmtoll compare --facts. ${MAKE}` : MAKE,
  };
}

const unknownVersion = (version: string, source: string): Issue => ({
  code: 'unknown-version',
  severity: 'error',
  message: `${source} holds host facts of version "${version.slice(0, 20)}", which this vmtoll does not know`,
  source,
  hint: `It knows version ${BUNDLE_VERSION}. ${MAKE}`,
});

const cut = (source: string): Issue => ({
  code: 'cut-host-facts',
  severity: 'warning',
  message: `${source} ends early: its last line is not "${BUNDLE_END}", so facts may be missing`,
  source,
  hint: 'Copy it again, or make it again.',
});

const strangeLines = (count: number, source: string): Issue => ({
  code: 'bad-host-fact',
  severity: 'warning',
  message: `${source} has ${counted(count, 'line')} without a tab: no facts`,
  source,
});
