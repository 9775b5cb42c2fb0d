/** Gathers what one file says: runs under their series, facts, issues. Shared by all importers. */
import { failure, type Issue, IssueLog, type Result, success } from '../../base/issue.js';
import type { BenchmarkFile, FactName, Run, Series } from '../model.js';
import { parseWholeJson } from './fields.js';
import { shortName } from './short-name.js';

export type SeriesDescription = Omit<Series, 'runs'>;

/** How many different things an issue about left-out data names. */
const NAMED = 8;

/** Of one file: some hundred times what any benchmark writes. Each takes memory. */
const MOST_SERIES = 100_000;
const MOST_RUNS = 1_000_000;

export class SeriesBuilder {
  readonly #source: string;
  readonly #format: string;
  readonly #series = new Map<string, SeriesDescription & { runs: Run[] }>();
  /** The series of the last run, for its description: most runs follow one of the same, and names can be long. */
  #last: { readonly description: SeriesDescription; readonly series: SeriesDescription & { runs: Run[] } } | undefined;
  #runs = 0;
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
    const values = run.values.filter(Number.isFinite);
    if (values.length < run.values.length) {
      this.leaveOut('not-a-number', 'their numbers are not finite', description.benchmark);
    }
    if (values.length === 0) return;
    const series = this.#seriesOf(description);
    if (series === undefined || this.#runs >= MOST_RUNS) {
      const why = `a file can have ${MOST_SERIES} metrics and ${MOST_RUNS} runs`;
      this.leaveOut('too-many-runs', why, 'further runs');
    } else if (isSameKind(series, description)) {
      series.runs.push({ ...run, values });
      this.#runs++;
    } else {
      const why = 'earlier runs have another direction or number of operations per value';
      this.leaveOut('not-the-same-kind', why, description.benchmark);
    }
  }

  /** undefined where there are too many others. */
  #seriesOf(description: SeriesDescription): (SeriesDescription & { runs: Run[] }) | undefined {
    if (this.#last?.description === description) return this.#last.series;
    const { benchmark, metric, unit } = description;
    const key = JSON.stringify([benchmark, metric, unit]);
    const known = this.#series.get(key);
    if (known === undefined && this.#series.size >= MOST_SERIES) return undefined;
    const series = known ?? { ...description, runs: [] };
    this.#series.set(key, series);
    this.#last = { description, series };
    return series;
  }

  /**
   * The JSON value of a file; a key that stands twice is told, since only one of its values can count.
   * @param start where in the file `text` begins
   */
  parseJson(text: string, start = 0): Result<unknown> {
    const json = parseWholeJson(text, this.#source);
    if (!json.ok) {
      const { offset, ...issue } = json.issue;
      return failure({ ...issue, ...(offset !== undefined && { offset: offset + start }) });
    }
    const { value, doubledKey } = json.value;
    if (doubledKey !== undefined) {
      const key = shortName(doubledKey.key);
      const message = `The key "${key}" stands twice in one object: the last one counts.`;
      this.issue({ code: 'doubled-key', severity: 'warning', message, offset: doubledKey.offset + start });
    }
    return success(value);
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
  leaveOut(code: string, why: string, thing: string, times = 1): void {
    if (times === 0) return;
    const { counts } = this.#leftOut.get(code) ?? { counts: new Map<string, number>() };
    this.#leftOut.set(code, { why, counts: counts.set(thing, (counts.get(thing) ?? 0) + times) });
  }

  /** For formats whose tools end every line, where a last line without its end is not read. */
  noteCutLine(text: string): void {
    const last = text.slice(text.lastIndexOf('\n') + 1);
    if (last !== '') this.leaveOut('cut-line', 'the file ends in it, without a line end', shortName(last));
  }

  /** Some runs are repetitions of one process: their spread is not that between processes. */
  noteSameProcess(): void {
    this.issue({
      code: 'same-process',
      severity: 'note',
      message:
        'The file holds repetitions of one process. Without other processes to compare with they count as runs, and how much processes differ cannot be seen.',
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
    .map(([thing, count]) => shortName(thing) + (count === 1 ? '' : ` (${count} times)`));
  const others = counts.size > NAMED ? ` and ${counts.size - NAMED} more` : '';
  return { code, severity: 'warning', message: `Left out, because ${why}: ${named.join(', ')}${others}.` };
}
