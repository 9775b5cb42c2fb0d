/** What any importer must stand: cut, damaged and hostile text. The same damage in every run. */
import { expect } from 'vitest';
import type { Issue } from '../../../src/base/issue.js';
import type { BenchmarkImporter } from '../../../src/benchmarks/importers/importer.js';
import type { BenchmarkFile, Series } from '../../../src/benchmarks/model.js';
import { type RandomSource, randomSource } from '../../support/random-source.js';

const CUTS = 120;
const DAMAGED = 400;
const LONGEST_READ_MS = 2000;
/** An importer sums up issues of one kind (IssueLog) instead of listing them without end. */
const MOST_ISSUES = 200;

type Damage = (text: string, random: RandomSource) => string;

/**
 * Reads damaged copies of `text`, a file that the importer can read whole: none may throw or take long, and each must
 * give a failure with an issue, or a file with nothing in it but usable series.
 */
export function expectToSurviveDamage(importer: BenchmarkImporter, text: string): void {
  expect(importer.read(inputOf(text)).ok, 'the undamaged text').toBe(true);
  for (const [name, damaged] of damagedCopies(text)) expectSoundRead(importer, name, damaged);
}

const inputOf = (text: string) => ({ source: 'damaged-file', text, sibling: () => undefined });

function expectSoundRead(importer: BenchmarkImporter, name: string, text: string): void {
  const started = performance.now();
  try {
    importer.sniff(text.slice(0, 65_536));
    const result = importer.read(inputOf(text));
    if (result.ok) expectSoundFile(result.value);
    else expectSoundIssue(result.issue);
  } catch (error) {
    throw new Error(`${importer.id} with ${name}: ${(error as Error).message}\n${text.slice(0, 4000)}`, {
      cause: error,
    });
  }
  expect(performance.now() - started, `ms for ${importer.id} with ${name}`).toBeLessThan(LONGEST_READ_MS);
}

/** Asserts what the model promises of every file, damaged or not. */
export function expectSoundFile(file: BenchmarkFile): void {
  const keys = file.series.map(({ benchmark, metric, unit }) => JSON.stringify([benchmark, metric, unit]));
  expect(new Set(keys).size, 'series with different keys').toBe(keys.length);
  file.series.forEach(expectSoundSeries);
  file.issues.forEach(expectSoundIssue);
  expect(file.issues.length).toBeLessThanOrEqual(MOST_ISSUES);
  for (const fact of Object.values(file.facts)) {
    expect(typeof fact === 'string' || Number.isFinite(fact), `fact ${String(fact)}`).toBe(true);
  }
}

function expectSoundSeries(series: Series): void {
  const { benchmark, metric, unit, better, role, runs, operationsPerValue } = series;
  for (const text of [benchmark, metric, unit]) expect(typeof text).toBe('string');
  expect(['lower', 'higher']).toContain(better);
  expect(['primary', 'tail', 'secondary']).toContain(role);
  expect(runs.length, `runs of ${metric}`).toBeGreaterThan(0);
  for (const { values, boot, startedMs } of runs) {
    expect(values.length, `values of a run of ${metric}`).toBeGreaterThan(0);
    expect(values.every(Number.isFinite), `finite values of ${metric}`).toBe(true);
    expect(boot === undefined || typeof boot === 'string').toBe(true);
    expect(startedMs === undefined || Number.isFinite(startedMs)).toBe(true);
  }
  if (operationsPerValue === undefined) return;
  expect(Number.isFinite(operationsPerValue) && operationsPerValue > 0, 'operations per value').toBe(true);
}

function expectSoundIssue(issue: Issue): void {
  expect(issue.code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  expect(['error', 'warning', 'note']).toContain(issue.severity);
  expect(issue.message).not.toBe('');
  expect(issue.offset === undefined || issue.offset >= 0, 'offset').toBe(true);
}

// ---- damage ----------------------------------------------------------------------------------------------------------

function* damagedCopies(text: string): Generator<readonly [name: string, damaged: string]> {
  for (let cut = 0; cut < CUTS; cut++) {
    const at = Math.floor((cut * text.length) / CUTS);
    yield [`its end from ${at} on cut off`, text.slice(0, at)];
  }
  for (const filler of ['[', '{"a":', '(', '<a>', '- ', '  ', '1,', '\n', '\0', ';']) {
    yield [`nothing but ${JSON.stringify(filler)}`, filler.repeat(100_000)];
  }
  for (let seed = 1; seed <= DAMAGED; seed++) {
    const random = randomSource(seed);
    let damaged = text;
    for (let times = random.pick([1, 1, 1, 2, 5]); times > 0; times--) damaged = random.pick(DAMAGES)(damaged, random);
    yield [`damage of seed ${seed}`, damaged];
  }
}

const place = (text: string, random: RandomSource) => random.below(text.length + 1);

/** Puts something else where a randomly chosen match of `pattern` is. */
function replaceOne(pattern: RegExp, replacements: readonly string[]): Damage {
  return (text, random) => {
    const matches = [...text.matchAll(pattern)];
    if (matches.length === 0) return text;
    const { 0: found, index } = random.pick(matches);
    return text.slice(0, index) + random.pick(replacements) + text.slice(index + found.length);
  };
}

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const QUOTED = /"[^"\n]*"/g;

const EXTREMES = [
  '0',
  '-0',
  '-1',
  '-1e300',
  '1e308',
  '1e400',
  '-1e400',
  '1e-320',
  '4294967296',
  '9007199254740993',
  '99999999999999999999999999999999',
  'NaN',
  'Infinity',
  '-nan',
  '1.2.3',
  '1,5',
  '0x10',
  '',
  ' ',
];
const OTHER_KINDS = [
  'null',
  'true',
  '"text"',
  '""',
  '"__proto__"',
  '{}',
  '[]',
  '[null]',
  '{"__proto__":{"a":1}}',
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  `[${'1,'.repeat(100_000)}1]`,
  `"${'x'.repeat(100_000)}"`,
];

const flipCharacter: Damage = (text, random) => {
  const at = place(text, random);
  const flipped = (text.charCodeAt(at) || 0) ^ (1 << random.below(8));
  return text.slice(0, at) + String.fromCharCode(flipped) + text.slice(at + 1);
};

const insert: Damage = (text, random) => {
  const at = place(text, random);
  const inserted = random.pick(['\0', '\r\n', '\n\n', '"', '}', ']', ',', ':', ' ', '\uFEFF', '\uD800', '\x1b[31m']);
  return text.slice(0, at) + inserted + text.slice(at);
};

const deleteBlock: Damage = (text, random) => {
  const at = place(text, random);
  return text.slice(0, at) + text.slice(at + 1 + random.below(random.pick([4, 64, 1024])));
};

/** One line left out, doubled, or put a thousand times. */
const repeatLine: Damage = (text, random) => {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  const copies = random.pick([0, 0, 2, lines[at].length < 200 ? 1000 : 3]);
  return lines.toSpliced(at, 1, ...Array<string>(copies).fill(lines[at])).join('\n');
};

const swapLines: Damage = (text, random) => {
  const lines = text.split('\n');
  const [a, b] = [random.below(lines.length), random.below(lines.length)];
  return lines.with(a, lines[b]).with(b, lines[a]).join('\n');
};

const doubleText: Damage = (text) => text + text;
const windowsLines: Damage = (text) => text.replaceAll('\n', '\r\n');

const extremeNumber = replaceOne(NUMBER, EXTREMES);
const DAMAGES: readonly Damage[] = [
  extremeNumber,
  extremeNumber,
  extremeNumber,
  replaceOne(NUMBER, OTHER_KINDS),
  replaceOne(QUOTED, OTHER_KINDS),
  replaceOne(/[[{]/g, ['null,', '"x",', '1,', '[[', '{"a":{']),
  flipCharacter,
  insert,
  deleteBlock,
  repeatLine,
  swapLines,
  doubleText,
  windowsLines,
];
