import { describe, expect, it } from 'vitest';
import { CRITERION } from '../../../src/benchmarks/importers/criterion.js';
import type { BenchmarkFile } from '../../../src/benchmarks/model.js';
import { expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, sample, seriesOf, valuesOf } from './results.js';

const FOLDER = 'target/criterion/fib/iterative/new';
const fixture = (name: string): string => sample(`criterion/fib/iterative/new/${name}`);
/** Times of the fixtures divided by their counts. */
const PER_ITERATION = [1250 / 100, 2480 / 200, 3630 / 300, 5200 / 400];

/** The file as it lies in its folder, beside `siblings` only. */
function read(source: string, text: string, ...siblings: readonly string[]): BenchmarkFile {
  const sibling = (name: string): string | undefined => (siblings.includes(name) ? fixture(name) : undefined);
  const result = CRITERION.read({ source, text, sibling });
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}

describe('Criterion.rs', () => {
  it('reads the samples of one run with the name that stands beside them', () => {
    const file = read(`${FOLDER}/sample.json`, fixture('sample.json'), 'benchmark.json');
    const series = { benchmark: 'fib/iterative/20', metric: 'time', unit: 'ns', better: 'lower', role: 'primary' };
    expect(file.series).toEqual([{ ...series, runs: [{ values: PER_ITERATION }] }]);
    expect(file.issues).toEqual([]);
  });

  it('reads a folder that Criterion.rs itself left', () => {
    for (const [path, id] of [
      ['fib/iterative/20', 'fib/iterative/20'],
      ['getpid', 'getpid'],
    ]) {
      const beside = (name: string): string => sample(`criterion-run/${path}/new/${name}`);
      const file = (name: string, ...siblings: readonly string[]): BenchmarkFile => {
        const sibling = (other: string) => (siblings.includes(other) ? beside(other) : undefined);
        const result = CRITERION.read({ source: `criterion/${path}/new/${name}`, text: beside(name), sibling });
        if (!result.ok) throw new Error(result.issue.message);
        return result.value;
      };
      const samples = file('sample.json', 'benchmark.json', 'raw.csv');
      expect(samples.series.map(({ benchmark, runs }) => [benchmark, runs.length, runs[0].values.length])).toEqual([
        [id, 1, 10],
      ]);
      // The other files say the same: every sample, and the mean that Criterion.rs made of them.
      expect(file('raw.csv').series).toEqual(samples.series);
      const { mean } = JSON.parse(beside('estimates.json')) as { mean: { point_estimate: number } };
      const values = valuesOf(samples, 'time');
      expect(values.reduce((sum, value) => sum + value) / values.length / mean.point_estimate).toBeCloseTo(1, 9);
      expect(file('estimates.json', 'sample.json').series).toEqual([]);
      expect(CRITERION.sniff(beside('tukey.json')) || CRITERION.sniff(beside('benchmark.json'))).toBe(false);
    }
  });

  it('takes names from folders where there is nothing else', () => {
    const nameOf = (source: string) => read(source, fixture('sample.json')).series[0].benchmark;
    expect(nameOf(`/home/me/x/${FOLDER}/sample.json`)).toBe('fib/iterative');
    expect(nameOf('C:\\x\\target\\criterion\\sort\\new\\sample.json')).toBe('sort');
    expect(nameOf('sample.json')).toBe('sample.json');
  });

  it('reads raw.csv by its header, and not beside the same samples', () => {
    const text = fixture('raw.csv');
    expect(valuesOf(read(`${FOLDER}/raw.csv`, text), 'time', 'fib/iterative/20')).toEqual(PER_ITERATION);
    const cut = read(`${FOLDER}/raw.csv`, text.slice(0, -3));
    expect(valuesOf(cut, 'time')).toEqual(PER_ITERATION.slice(0, 3));
    expect(codesOf(cut)).toEqual(['cut-line']);
    const beside = read(`${FOLDER}/raw.csv`, text, 'sample.json');
    expect([beside.series, codesOf(beside)]).toEqual([[], ['same-samples']]);
    const cycles = text.replaceAll(',ns,', ',cycles,');
    expect(refusal(CRITERION, cycles).message).toContain('fib/iterative/20 in cycles');
  });

  it('reads estimates only where there are no samples', () => {
    const text = fixture('estimates.json');
    const alone = read(`${FOLDER}/estimates.json`, text, 'benchmark.json');
    expect(seriesOf(alone, 'time', 'fib/iterative/20').runs).toEqual([{ values: [12.5] }]);
    expect(codesOf(alone)).toEqual(['only-a-mean']);
    for (const samples of ['sample.json', 'raw.csv']) {
      expect(read(`${FOLDER}/estimates.json`, text, samples).series).toEqual([]);
    }
  });

  it.each(['base', 'change'])('does not read the folder %s', (folder) => {
    const file = read(`target/criterion/fib/iterative/${folder}/estimates.json`, fixture('estimates.json'));
    expect(file.series).toEqual([]);
    expect(file.issues.map(({ code, severity }) => [code, severity])).toEqual([['not-this-run', 'note']]);
    expect(read('base/fib/new/sample.json', fixture('sample.json')).series).toHaveLength(1);
  });

  it('reads messages of cargo criterion between other lines', () => {
    const text = sample('criterion/messages.jsonl');
    const file = imported(CRITERION, text);
    expect(valuesOf(file, 'time', 'fib/iterative/20')).toEqual(PER_ITERATION);
    expect(valuesOf(file, 'time', 'sort')).toEqual([40_500, 41_000]);
    const twice = imported(CRITERION, text + text.slice(0, text.indexOf('"id":"sort"')));
    expect(seriesOf(twice, 'time', 'fib/iterative/20').runs).toHaveLength(2);
    expect(codesOf(twice)).toEqual(['damaged-line']);
  });

  it('reads the means that critcmp exports', () => {
    const file = imported(CRITERION, sample('criterion/critcmp.json'));
    expect(seriesOf(file, 'time', 'fib/iterative/20').runs).toEqual([{ values: [12.5] }]);
  });

  it('counts samples without a time or a count', () => {
    const text = '{"sampling_mode":"Flat","iters":[2.0,0.0,4.0,5.0],"times":[10.0,10.0,null]}';
    const file = imported(CRITERION, text);
    expect(valuesOf(file, 'time')).toEqual([5]);
    expect(file.issues[0].message).toContain('(3 times)');
  });

  it.each(['messages.jsonl', 'critcmp.json', 'fib/iterative/new/raw.csv', 'fib/iterative/new/sample.json'])(
    'survives damage of %s',
    (name) => expectToSurviveDamage(CRITERION, sample(`criterion/${name}`)),
  );
});
