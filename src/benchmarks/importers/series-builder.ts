/** Gathers what one file says: runs under their series, facts, issues. Shared by all importers. */
import { failure, type Issue, IssueLog, type Result, success } from '../../base/issue.js';
import type { BenchmarkFile, FactName, Run, Series } from '../model.js';

export type SeriesDescription = Omit<Series, 'runs'>;

/** How many different things an issue about left-out data names, and with how many characters. */
const NAMED = 8;
const LONGEST_NAME = 80;

export class SeriesBuilder {
  readonly #source: string;
  readonly #format: string;
  readonly #series = new Map<string, SeriesDescription & { runs: Run[] }>();
  readonly #facts: { [name in FactName]?: string | number } = {};
  readonly #issues = new IssueLog();
  /** Left-out data: code → thing → how often. */
  readonly #leftOut = new Map<string, { readonly why: string; readonly counts: Map<string, number> }>();

  constructor(source: string, format: string) {
    this.#source = source;
    this.#format = format;
  }

  /** Adds `run` to its series. Values that are not finite are left out, and runs that do not fit the series. */
  add(description: SeriesDescription, run: Run): void {
    const { benchmark, metric, unit } = description;
    const values = run.values.filter(Number.isFinite);
    if (values.length < run.values.length) this.leaveOut('not-a-number', 'their numbers are not finite', benchmark);
    if (values.length === 0) return;
    const key = JSON.stringify([benchmark, metric, unit]);
    const series = this.#series.get(key) ?? { ...description, runs: [] };
    this.#series.set(key, series);
    if (isSameKind(series, description)) series.runs.push({ ...run, values });
    else {
      const why = 'earlier runs have another direction or number of operations per value';
      this.leaveOut('not-the-same-kind', why, benchmark);
    }
  }

  /** The first value that a file states for a fact counts; texts of nothing and numbers that are not finite do not. */
  fact(name: FactName, value: string | number | undefined): void {
    if (this.#facts[name] !== undefined) return;
    if (typeof value === 'number' && Number.isFinite(value)) this.#facts[name] = value;
    if (typeof value === 'string' && value.trim() !== '') this.#facts[name] = value.trim();
  }

  issue(issue: Omit<Issue, 'source'>): void {
    this.#issues.add({ ...issue, source: this.#source });
  }

  /** Counts `thing`, which is not in the result; `why` completes the sentence "left out, because …". */
  leaveOut(code: string, why: string, thing: string): void {
    const { counts } = this.#leftOut.get(code) ?? { counts: new Map<string, number>() };
    this.#leftOut.set(code, { why, counts: counts.set(thing, (counts.get(thing) ?? 0) + 1) });
  }

  /** Some runs are repetitions of one process: their spread is not that between processes. */
  noteSameProcess(): void {
    this.issue({
      code: 'same-process',
      severity: 'note',
      message: 'Repetitions of one process count as runs here; how much processes differ cannot be seen from them.',
      hint: 'Run the benchmark several times and give all files.',
    });
  }

  /** What was gathered; without any series a failure with the code `no-results` that says why. */
  finish(): Result<BenchmarkFile> {
    for (const [code, { why, counts }] of this.#leftOut) this.issue(leftOutIssue(code, why, counts));
    const issues = this.#issues.list();
    if (this.#series.size > 0) return success(this.#file(issues));
    const reason = issues.find(({ severity }) => severity !== 'note')?.message;
    return failure({
      code: 'no-results',
      severity: 'error',
      message: `${this.#source} holds no result that can be compared${reason === undefined ? '.' : `: ${reason}`}`,
      source: this.#source,
    });
  }

  /** For files that are read on purpose without a result; `message` says why. */
  finishEmpty(code: string, message: string): Result<BenchmarkFile> {
    this.issue({ code, severity: 'note', message });
    return success(this.#file(this.#issues.list()));
  }

  #file(issues: readonly Issue[]): BenchmarkFile {
    const series = [...this.#series.values()];
    return { source: this.#source, format: this.#format, series, facts: this.#facts, issues };
  }
}

const isSameKind = (a: SeriesDescription, b: SeriesDescription): boolean =>
  a.better === b.better && a.operationsPerValue === b.operationsPerValue;

function leftOutIssue(code: string, why: string, counts: ReadonlyMap<string, number>): Omit<Issue, 'source'> {
  const named = [...counts]
    .slice(0, NAMED)
    .map(([thing, count]) => thing.slice(0, LONGEST_NAME) + (count === 1 ? '' : ` (${count} times)`));
  const others = counts.size > NAMED ? ` and ${counts.size - NAMED} more` : '';
  return { code, severity: 'warning', message: `Left out, because ${why}: ${named.join(', ')}${others}.` };
}
