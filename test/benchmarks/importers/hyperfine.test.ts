import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HYPERFINE } from '../../../src/benchmarks/importers/hyperfine.js';
import { expectSoundFile, expectToSurviveDamage } from './damage.js';
import { codesOf, imported, nativeAndVm, refusal, sample, seriesOf, valuesOf } from './results.js';
import { runTool, temporaryFolder } from './tools.js';

/** Values typed from the file, ns. */
const SLEEP_NS = [11_695_823, 11_899_738, 13_635_724, 12_111_947, 12_095_362];

describe('hyperfine', () => {
  it('gives every process as a run, in order, in ns', () => {
    const file = imported(HYPERFINE, sample('hyperfine.json'));
    expect(file.series.map(({ benchmark }) => benchmark)).toEqual(['native', 'sleep 0.01']);
    const { runs, ...series } = seriesOf(file, 'time', 'sleep 0.01');
    expect(series).toEqual({ benchmark: 'sleep 0.01', metric: 'time', unit: 'ns', better: 'lower', role: 'primary' });
    expect(runs.map(({ values }) => values.map(Math.round))).toEqual(SLEEP_NS.map((ns) => [ns]));
    expect(file.facts).toEqual({});
    expect(file.issues).toEqual([]);
  });

  it.each(['native', 'vm'] as const)('agrees with the means that hyperfine computed (%s)', (side) => {
    const text = nativeAndVm(side, 'hyperfine.json');
    const means = [...text.matchAll(/"mean": ([\d.]+)/g)].map(([, seconds]) => Number(seconds) * 1e9);
    const file = imported(HYPERFINE, text);
    expect(file.series.map(({ runs }) => runs.length)).toEqual([12, 12]);
    file.series.forEach(({ runs }, i) => {
      expect(runs.reduce((sum, { values }) => sum + values[0], 0) / 12).toBeCloseTo(means[i], 3);
    });
  });

  it('tells that runs failed, and names benchmarks with their parameters', () => {
    const file = imported(HYPERFINE, sample('hyperfine-failing.json'));
    expect(file.series.map(({ benchmark, runs }) => [benchmark, runs.length])).toEqual([
      ['sh -c "sleep 0.001; exit 1" (n=1)', 3],
      ['sh -c "sleep 0.002; exit 2" (n=2)', 3],
    ]);
    expect(file.issues.map(({ code, message }) => [code, message.slice(0, 9)])).toEqual([
      ['failed-runs', '3 of 3 ru'],
      ['failed-runs', '3 of 3 ru'],
    ]);
  });

  it('reads what newer versions write: memory, several parameters, killed runs', () => {
    const result = {
      command: 'work',
      mean: 2,
      times: [1, 3],
      memory_usage_byte: [4096, 8192],
      exit_codes: [0, null],
      parameters: { size: '8', alpha: '0.5' },
    };
    const file = imported(HYPERFINE, JSON.stringify({ results: [result] }));
    const { runs, ...series } = seriesOf(file, 'peak memory');
    const benchmark = 'work (alpha=0.5, size=8)';
    expect(series).toEqual({ benchmark, metric: 'peak memory', unit: 'B', better: 'lower', role: 'secondary' });
    expect(runs).toEqual([{ values: [4096] }, { values: [8192] }]);
    expect(valuesOf(file, 'time')).toEqual([1e9, 3e9]);
    expect(file.issues.map(({ message }) => message)).toEqual([expect.stringContaining('1 of 2 runs')]);
  });

  it('takes a lone mean as one run and says so', () => {
    const file = imported(HYPERFINE, JSON.stringify({ results: [{ command: 'work', mean: 0.25, stddev: null }] }));
    expect(seriesOf(file, 'time').runs).toEqual([{ values: [0.25e9] }]);
    expect(codesOf(file)).toEqual(['only-a-mean']);
  });

  it('leaves out times that cannot be', () => {
    const file = imported(HYPERFINE, '{"results":[{"command":"work","times":[-1,"2",1e400,0.5]}]}');
    expect(valuesOf(file, 'time')).toEqual([0.5e9]);
    expect(codesOf(file).toSorted()).toEqual(['impossible-value', 'not-a-number']);
  });

  it('refuses files without results, and says where a cut one ends', () => {
    expect(refusal(HYPERFINE, '{"results":[]}').code).toBe('no-results');
    const text = sample('hyperfine.json').slice(0, 300);
    expect(refusal(HYPERFINE, text)).toMatchObject({ code: 'not-json', severity: 'error', source: 'results' });
  });

  it('recognises its files only', () => {
    expect(HYPERFINE.sniff(sample('hyperfine.json'))).toBe(true);
    expect(['fio.json', 'iperf3.json', 'stress-ng.yaml'].some((name) => HYPERFINE.sniff(sample(name)))).toBe(false);
  });

  it('survives damage', () => expectToSurviveDamage(HYPERFINE, sample('hyperfine-failing.json')));

  it('reads what the program writes today', () => {
    const folder = temporaryFolder();
    const exports = ['--export-json', 'results.json', '--export-csv', 'results.csv'];
    runTool('hyperfine', ['-N', '-r', '4', ...exports, 'true', 'sleep 0.01'], folder);
    const text = readFileSync(join(folder, 'results.json'), 'utf8');
    expect(HYPERFINE.sniff(text)).toBe(true);
    const file = imported(HYPERFINE, text);
    expectSoundFile(file);
    const csv = readFileSync(join(folder, 'results.csv'), 'utf8').trim().split('\n').slice(1);
    const rows = csv.map((line) => line.split(','));
    expect(file.series.map(({ benchmark }) => benchmark)).toEqual(rows.map(([command]) => command));
    file.series.forEach(({ runs }, i) => {
      const [mean, min, max] = [1, 6, 7].map((column) => Number(rows[i][column]) * 1e9);
      const times = runs.map(({ values }) => values[0]);
      expect(times).toHaveLength(4);
      expect(times.reduce((sum, time) => sum + time) / 4).toBeCloseTo(mean, 3);
      expect(Math.min(...times)).toBeCloseTo(min, 3);
      expect(Math.max(...times)).toBeCloseTo(max, 3);
    });
  });
});
