/** The plan of a benchmark run: what to run, on which two sides, how often. Plain data, all defaults filled in. */

export const SIDE_NAMES = ['native', 'vm'] as const;
export type SideName = (typeof SIDE_NAMES)[number];

/**
 * How a command follows its prefix: `none` as separate words (docker exec, taskset, ip netns exec); `shell` as one word
 * quoted for a shell, where the prefix hands a line to one (ssh to the guest's, `sh -c`).
 */
export const QUOTES = ['none', 'shell'] as const;
export type Quote = (typeof QUOTES)[number];

interface AnySide {
  /** What `{name}` in commands stands for on this side; both sides have the same names. */
  readonly values: Readonly<Record<string, string>>;
}

export interface PrefixSide extends AnySide {
  readonly kind: 'prefix';
  /** Empty: this host itself. */
  readonly prefix: readonly string[];
  readonly quote: Quote;
}

/** A shell behind a serial line: see console-protocol.ts. */
export interface ConsoleSide extends AnySide {
  readonly kind: 'console';
  /** Connects its standard input and output to the line. */
  readonly command: readonly string[];
  readonly template: string;
}

export type PlannedSide = PrefixSide | ConsoleSide;

/** `auto`: by the content of the output, else the time of the command. Everything else is the id of an importer. */
export const AUTO = 'auto';
export const WALL_TIME = 'wall-time';

export interface PlannedBenchmark {
  readonly name: string;
  /** Program and arguments; a shell line is `sh -c LINE`. May hold `{file}` and names of `values`. */
  readonly command: readonly string[];
  /** `auto`, `wall-time` or the id of an importer. */
  readonly result: string;
  /** File that the command writes, on its side, and which is read instead of standard output. */
  readonly output?: string;
  /** What it exercises, for the comparison. */
  readonly mechanism?: string;
  readonly timeoutMs: number;
}

export interface Plan {
  readonly version: 1;
  readonly sides: Readonly<Record<SideName, PlannedSide>>;
  /** Runs per benchmark and side that count. */
  readonly repeats: number;
  /** Runs per benchmark and side before those, kept but not counted. */
  readonly warmup: number;
  /** After this no further run starts; absent: no limit. */
  readonly timeLimitMs?: number;
  readonly benchmarks: readonly PlannedBenchmark[];
}

/** The placeholder of the file that the command writes. */
export const FILE_PLACEHOLDER = '{file}';

/** A word with its placeholders filled in; braces around anything else stay, since shells and awk use them. */
export const expand = (word: string, values: Readonly<Record<string, string>>): string =>
  word.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? values[name] : whole));

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, '': 1e3, m: 60e3, h: 3600e3 };

/** What a timer of Node can wait is 2^31 - 1 ms, some 24 days; a longer one would end at once. */
const LONGEST_SPAN_MS = 20 * 24 * 3600e3;

/** "90s", "30m", "1.5h", "500ms", "60" (seconds) as ms; undefined where it is none of these, zero, or over 20 days. */
export function parseTimeSpan(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,9})?) *(ms|s|m|h|)$/.exec(text.trim());
  if (match === null) return undefined;
  const span = Math.round(Number(match[1]) * MILLISECONDS[match[2]]);
  return span > 0 && span <= LONGEST_SPAN_MS ? span : undefined;
}

/** Where two plans differ, as `path: before → after`; empty where they say the same. */
export function differencesOf(before: unknown, after: unknown, path = ''): string[] {
  if (Object.is(before, after)) return [];
  if (!isBranch(before) || !isBranch(after)) return [`${path}: ${shown(before)} → ${shown(after)}`];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differencesOf(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

const isBranch = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));
