/** What any importer must stand: cut, damaged and hostile text. The same damage in every run. */
import { expect } from 'vitest';
import type { Issue } from '../../../src/base/issue.js';
import type { BenchmarkImporter } from '../../../src/benchmarks/importers/importer.js';
import type { BenchmarkFile, Series } from '../../../src/benchmarks/model.js';
import { type RandomSource, randomSource } from '../../support/random-source.js';

/** Of one text in all; of longer texts fewer copies are made. */
const CHARACTERS = 4_000_000;
const CUTS = 120;
const DAMAGED = 300;
/** Far more than any read takes, even on a busy machine: only work that grows with the square of the text does. */
const HANG_MS = 30_000;
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
  const faults = faultsOfRead(importer, text);
  if (faults.length > 0) expect.fail(`${importer.id} with ${name}: ${faults.join('; ')}\n${text.slice(0, 4000)}`);
  const took = performance.now() - started;
  if (took >= HANG_MS) expect.fail(`${importer.id} with ${name} takes ${took} ms`);
}

function faultsOfRead(importer: BenchmarkImporter, text: string): string[] {
  try {
    importer.sniff(text.slice(0, 65_536));
    const result = importer.read(inputOf(text));
    return result.ok ? faultsOfFile(result.value) : faultsOfIssue(result.issue);
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Asserts what the model promises of every file, damaged or not. */
export function expectSoundFile(file: BenchmarkFile): void {
  expect(faultsOfFile(file)).toEqual([]);
}

/** Names of the promises that are broken: thousands of files are looked at, and `expect` takes its time. */
const broken = (promises: Readonly<Record<string, boolean>>): string[] =>
  Object.keys(promises).filter((name) => !promises[name]);

function faultsOfFile({ series, issues, facts }: BenchmarkFile): string[] {
  const keys = series.map(({ benchmark, metric, unit }) => JSON.stringify([benchmark, metric, unit]));
  return [
    ...broken({
      'series have different keys': new Set(keys).size === keys.length,
      'issues are summed up': issues.length <= MOST_ISSUES,
      'facts are texts or finite numbers': Object.values(facts).every(
        (fact) => typeof fact === 'string' || Number.isFinite(fact),
      ),
    }),
    ...series.flatMap(faultsOfSeries),
    ...issues.flatMap(faultsOfIssue),
  ];
}

const isTextIfKnown = (text: unknown): boolean => text === undefined || typeof text === 'string';

function faultsOfSeries({ benchmark, metric, unit, better, role, runs, operationsPerValue }: Series): string[] {
  const operations = operationsPerValue ?? 1;
  return broken({
    'names are texts': [benchmark, metric, unit].every((text) => typeof text === 'string'),
    'a direction': ['lower', 'higher'].includes(better),
    'a role': ['primary', 'tail', 'secondary'].includes(role),
    'runs in every series': runs.length > 0,
    'values in every run': runs.every(({ values }) => values.length > 0),
    'finite values': runs.every(({ values }) => values.every(Number.isFinite)),
    'names of boots and processes are texts': runs.every(
      ({ boot, process }) => isTextIfKnown(boot) && isTextIfKnown(process),
    ),
    'finite starts': runs.every(({ startedMs = 0 }) => Number.isFinite(startedMs)),
    'operations above 0': Number.isFinite(operations) && operations > 0,
  }).map((fault) => `${fault}: ${benchmark}, ${metric}`);
}

const faultsOfIssue = ({ code, severity, message, offset = 0 }: Issue): string[] =>
  broken({
    'a code in kebab case': /^[a-z0-9]+(-[a-z0-9]+)*$/.test(code),
    'a severity': ['error', 'warning', 'note'].includes(severity),
    'a message': message !== '',
    'an offset in the text': offset >= 0,
  }).map((fault) => `${fault}: ${code}`);

// ---- damage ----------------------------------------------------------------------------------------------------------

function* damagedCopies(text: string): Generator<readonly [name: string, damaged: string]> {
  const share = Math.min(1, CHARACTERS / (text.length * (CUTS + DAMAGED)));
  for (let cut = 0; cut < CUTS; cut++) {
    const at = Math.floor((cut * text.length) / CUTS);
    yield [`its end from ${at} on cut off`, text.slice(0, at)];
  }
  for (const filler of ['[', '{"a":', '(', '<a>', '- ', '  ', '1,', '\n', '\0', ';']) {
    yield [`nothing but ${JSON.stringify(filler)}`, filler.repeat(100_000)];
  }
  for (let seed = 1; seed <= DAMAGED * share; seed++) {
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
