/** What holds for every format and every fixture of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BenchmarkImporter } from '../../../src/benchmarks/importers/importer.js';
import { IMPORTERS } from '../../../src/benchmarks/importers/registry.js';
import type { BenchmarkFile, Series } from '../../../src/benchmarks/model.js';
import { HEAD_CHARACTERS, importerOf } from '../../../src/benchmarks/reading.js';
import { decoded } from '../../../src/node/bounded-text.js';
import { randomSource } from '../../support/random-source.js';
import { expectSoundFile } from './damage.js';

const FOLDER = resolve(import.meta.dirname, '../../../fixtures/benchmarks');

/** Beginnings of the paths of fixtures → their format. */
const FORMATS: Readonly<Record<string, string>> = {
  'samples/criterion/': 'criterion',
  'samples/criterion-run/': 'criterion',
  'samples/cyclictest.json': 'cyclictest-json',
  'samples/cyclictest-two-threads.json': 'cyclictest-json',
  'samples/cyclictest': 'cyclictest-histogram',
  'samples/fio-terse.txt': 'fio-terse',
  'samples/fio': 'fio',
  'samples/go-': 'go-benchmark',
  'samples/google': 'google-benchmark',
  'samples/hyperfine': 'hyperfine',
  'samples/iperf3': 'iperf3',
  'samples/lmbench': 'lmbench',
  'samples/perf-bench': 'perf-bench',
  'samples/phoronix.json': 'phoronix-json',
  'samples/phoronix-run.json': 'phoronix-json',
  'samples/phoronix': 'phoronix-xml',
  'samples/stress-ng': 'stress-ng',
  'samples/sysbench': 'sysbench',
  'native-vs-vm/native/fio.json': 'fio',
  'native-vs-vm/native/hyperfine.json': 'hyperfine',
  'native-vs-vm/native/kbench.jsonl': 'json-lines',
  'native-vs-vm/native/sysbench.txt': 'sysbench',
  'native-vs-vm/vm/hyperfine.json': 'hyperfine',
  'native-vs-vm/vm/kbench.jsonl': 'json-lines',
  'native-vs-vm/vm/sysbench.txt': 'sysbench',
  'native-vs-vm/rec/': 'json-lines',
};
/** Files that Criterion.rs leaves beside its results. */
const NO_RESULTS = /(?:benchmark|tukey)\.json$/;

const FILES = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== 'README.md')
  .map((entry) => join(entry.parentPath, entry.name).slice(FOLDER.length + 1))
  .filter((path) => !NO_RESULTS.test(path))
  .sort();
const FIXTURES = FILES.map((path) => ({ path, text: readFileSync(join(FOLDER, path), 'utf8') }));
/** CSV is our own format. */
const CSV =
  'benchmark,metric,unit,value,better\nfork,time,us,81.5,\nfork,time,us,82.5,\n"a, b",score,points,7,higher\n';
const TEXTS = [...FIXTURES, { path: 'results.csv', text: CSV }];

const formatOf = (path: string): string | undefined =>
  Object.entries(FORMATS).find(([beginning]) => path.startsWith(beginning))?.[1];

const importerFor = (text: string): BenchmarkImporter => {
  const importer = importerOf(text);
  if (importer === undefined) throw new Error(`no importer: ${text.slice(0, 200)}`);
  return importer;
};
const read = (importer: BenchmarkImporter, text: string, source = 'results') =>
  importer.read({ source, text, sibling: () => undefined });

describe('every fixture', () => {
  it('is of a format that there is a fixture of', () => {
    const known = new Set(FIXTURES.map(({ path }) => formatOf(path)));
    expect(IMPORTERS.map(({ id }) => id).filter((id) => !known.has(id))).toEqual(['csv']);
  });

  it.each(FIXTURES)('is recognised by its own importer alone, from its first bytes: $path', ({ path, text }) => {
    const expected = formatOf(path);
    // fio can write its terse lines and its JSON into one file: JSON says more.
    const also = path === 'samples/fio-terse5-json.txt' ? ['fio-terse'] : [];
    const others = IMPORTERS.filter(({ id }) => id !== expected && !also.includes(id));
    expect(importerOf(text)?.id).toBe(expected);
    expect(others.filter((importer) => importer.sniff(text)).map(({ id }) => id)).toEqual([]);
  });

  it.each(TEXTS)(
    'reads the same with Windows line ends, after a byte order mark, and from UTF-16: $path',
    ({ text }) => {
      const importer = importerFor(text);
      const expected = read(importer, text);
      const windows = text.replaceAll('\n', '\r\n');
      const utf16 = decoded(Buffer.from(`\uFEFF${text}`, 'utf16le'));
      for (const other of [windows, decoded(Buffer.from(`\uFEFF${text}`)), utf16]) {
        expect(importerOf(other)).toBe(importer);
        const result = read(importer, other);
        expect(result.ok).toBe(expected.ok);
        if (result.ok && expected.ok) {
          const { issues, ...file } = result.value;
          const { issues: expectedIssues, ...expectedFile } = expected.value;
          expect(file).toEqual(expectedFile);
          expect(issues.map(({ code, message }) => [code, message.replace(/character \d+/, '')])).toEqual(
            expectedIssues.map(({ code, message }) => [code, message.replace(/character \d+/, '')]),
          );
        } else if (!result.ok && !expected.ok) expect(result.issue.code).toBe(expected.issue.code);
      }
    },
  );
});

const MOST_CUTS = 300;
const keyOf = ({ benchmark, metric, unit }: Series): string => JSON.stringify([benchmark, metric, unit]);
const valuesOf = (file: BenchmarkFile): Map<string, number[]> =>
  new Map(file.series.map((series) => [keyOf(series), series.runs.flatMap(({ values }) => values)]));
const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.abs(b);

describe('a file that is cut anywhere', () => {
  // Criterion.rs files take their name from the folder.
  it.each(TEXTS)('gives an issue, or numbers that the whole file has: $path', ({ path, text }) => {
    const importer = importerFor(text);
    const whole = read(importer, text);
    const known = whole.ok ? valuesOf(whole.value) : new Map<string, number[]>();
    const step = Math.max(1, Math.floor(text.length / MOST_CUTS));
    for (let end = 0; end < text.length; end += step) {
      const result = read(importer, text.slice(0, end));
      if (!result.ok) {
        if (result.issue.message === '') expect.fail(`no message: ${path} cut at ${end}`);
        continue;
      }
      expectSoundFile(result.value);
      // A lone value at the end of hand-written CSV may be cut: the issue says so.
      if (result.value.issues.some(({ code }) => code === 'no-line-end')) continue;
      for (const [key, values] of valuesOf(result.value)) {
        const expected = known.get(key) ?? [];
        const invented = values.filter((value) => !expected.some((other) => isNear(value, other)));
        if (invented.length > 0) expect.fail(`${path} cut at ${end}: ${key} ${invented.join(' ')}`);
      }
    }
  });
});

/** Far more than any read takes: only work that grows with the square of the text does. */
const HANG_MS = 30_000;
const LENGTH = 100_000;
/** Of all pieces, at random places of each fixture. */
const TRIES = 8;
const PIECES = [
  '1',
  '0',
  '-',
  '.',
  'a',
  ' ',
  '\t',
  '"',
  '\\',
  '(',
  '[',
  '{',
  '<',
  '/',
  ':',
  ';',
  ',',
  '=',
  '#',
  '&',
  '-1',
  ' 1',
  '1:',
  'a:1 ',
  '1 in ',
  '""',
  '1\n',
  '1 1\n',
  'a: 1\n',
];

describe('a file with something absurdly long in it', () => {
  it.each(TEXTS.filter(({ text }) => text.length < 10_000))('is read or refused in time: $path', ({ path, text }) => {
    const importer = importerFor(text);
    for (let seed = 1; seed <= TRIES; seed++) {
      const random = randomSource(seed + 1000 * text.length);
      const [piece, at] = [random.pick(PIECES), random.below(text.length)];
      const long = text.slice(0, at) + piece.repeat(LENGTH / piece.length) + text.slice(at);
      const started = performance.now();
      for (const other of IMPORTERS) other.sniff(long.slice(0, HEAD_CHARACTERS));
      const result = read(importer, long);
      if (result.ok) expectSoundFile(result.value);
      expect(performance.now() - started, `${path}: ${JSON.stringify(piece)} at ${at}`).toBeLessThan(HANG_MS);
    }
  });
});
