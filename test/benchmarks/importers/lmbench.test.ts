import { describe, expect, it } from 'vitest';
import { LMBENCH } from '../../../src/benchmarks/importers/lmbench.js';
import { expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, sample, seriesOf, valuesOf } from './results.js';

describe('lmbench', () => {
  const file = imported(LMBENCH, sample('lmbench.txt'));
  const only = (benchmark: string) => {
    const [series, ...others] = file.series.filter((candidate) => candidate.benchmark === benchmark);
    expect(others).toEqual([]);
    return { value: series.runs[0].values[0], unit: series.unit, better: series.better, role: series.role };
  };

  it.each([
    ['Simple syscall', 302.1],
    ["Select on 100 fd's", 1120.5],
    ['Process fork+exit', 141_200],
    ['integer div', 5.72],
    ['TCP/IP connection cost to localhost', 27_510.4],
  ])('reads the time of %s', (benchmark, ns) => {
    expect(only(benchmark)).toEqual({
      value: expect.closeTo(ns, 9) as number,
      unit: 'ns',
      better: 'lower',
      role: 'primary',
    });
  });

  it.each([
    ['Pipe bandwidth', 3_512_600_000, 'primary'],
    ['File /var/tmp/XXX write bandwidth', 880_200_000, 'primary'],
    ['Socket bandwidth using localhost MB=10.485760', 6_780_400_000, 'secondary'],
    ['read bandwidth MB=1.05', 17_610_200_000, 'secondary'],
    ['Memory bzero bandwidth MB=0.000512', 143_000_500_000, 'secondary'],
  ])('reads %s, in MB of 10^6 bytes', (benchmark, value, role) => {
    expect(only(benchmark)).toEqual({ value, unit: 'B/s', better: 'higher', role });
  });

  it.each([
    ['context switch size=0k processes=96', 4640],
    ['context switch size=32k processes=2', 3060],
    ['mmap MB=0.524288', 9901],
    ['memory load stride=16 MB=0.00098', 1.252],
    ['memory load stride=128 MB=0.00049', 1.253],
    ['random memory load stride=16 MB=0.00049', 1.3],
  ])('reads the point of a curve: %s', (benchmark, ns) => {
    expect(only(benchmark)).toEqual({
      value: expect.closeTo(ns, 9) as number,
      unit: 'ns',
      better: 'lower',
      role: 'secondary',
    });
  });

  it('reads how fast files come and go', () => {
    expect(only('file create size=1k')).toEqual({
      value: 64_210,
      unit: 'files/s',
      better: 'higher',
      role: 'secondary',
    });
    expect(only('file delete size=1k').value).toBe(109_250);
  });

  it('counts pairs whose heading it does not know, and knows the system', () => {
    expect(file.issues.map(({ code, message }) => [code, message.includes('Memory load parallelism')])).toEqual([
      ['unlabelled-pair', true],
    ]);
    expect(file.facts).toEqual({ kernel: '6.1.0', architecture: 'x86_64', cpuMhz: 2400, tool: 'lmbench-3alpha4' });
    expect(codesOf(imported(LMBENCH, 'Pipe latency: 8.0 microseconds\n8.39 9000.10\n'))).toEqual(['unlabelled-pair']);
  });

  it('reads a run of the suite itself', () => {
    const text = sample('lmbench-run.txt');
    const run = imported(LMBENCH, text);
    // Every line with a unit, found by its end, and as many points as there are lines of two numbers, less 7 unlabelled.
    const lines = text.split('\n').filter((line) => /(?:seconds|[KM]B\/sec)$/.test(line) && line.includes(': '));
    const coarse = lines.filter((line) => /: 0\.0\d n/.test(line));
    expect(coarse).toEqual(['integer add: 0.01 nanoseconds']);
    const primary = run.series.filter(({ role }) => role === 'primary');
    expect(primary.map(({ benchmark }) => benchmark)).toEqual(
      lines.filter((line) => !coarse.includes(line)).map((line) => line.slice(0, line.lastIndexOf(': '))),
    );
    const points = text.split('\n').filter((line) => /^[\d.]+ [\d.]+(?: MB\/sec)?$/.test(line)).length - 7;
    const files = 4; // created and deleted, of two sizes
    expect(run.series.length - primary.length).toBe(points + files);
    const value = (benchmark: string) => run.series.find((series) => series.benchmark === benchmark)?.runs[0].values[0];
    expect(value('Pipe latency')).toBeCloseTo(15_212, 6);
    expect(value('context switch size=16k processes=8')).toBeCloseTo(22_840, 6);
    expect(value('STREAM2 sum bandwidth')).toBe(8_489_410_000);
    expect(value('memory load stride=128 MB=0.05469')).toBeCloseTo(11.207, 9);
    // `[MHZ: -1 System too busy]` is no frequency.
    expect(run.facts).toEqual({ kernel: '6.18.44', architecture: 'x86_64' });
    expect(codesOf(run)).toEqual(['coarse-value', 'unlabelled-pair']);
  });

  it('takes what comes again as another run, whatever the overhead was', () => {
    const again = sample('lmbench.txt').replace('ovr=0.66', 'ovr=0.71').replace('2 3.40', '2 3.60');
    const both = imported(LMBENCH, sample('lmbench.txt') + again);
    expect(seriesOf(both, 'time', 'context switch size=0k processes=2').runs).toEqual([
      { values: [3400] },
      { values: [3600] },
    ]);
  });

  it('does not take the beginning of a number for the number', () => {
    const cut = imported(LMBENCH, 'Pipe latency: 8.0 microseconds\n"size=0k ovr=0.66\n2 3.40\n4 3.6');
    expect(valuesOf(cut, 'time', 'context switch size=0k processes=2')).toEqual([3400]);
    expect(cut.series).toHaveLength(2);
    expect(codesOf(cut)).toEqual(['cut-line']);
    expect(refusal(LMBENCH, 'Simple syscall: 0.29.1 microseconds\n').message).toContain('Simple syscall');
  });

  it('survives damage', () => expectToSurviveDamage(LMBENCH, sample('lmbench.txt')));
});
