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
    ['Simple syscall', 297.2],
    ["Select on 100 fd's", 1125.5],
    ['Process fork+exit', 138_600],
    ['integer div', 5.61],
    ['TCP/IP connection cost to localhost', 27_680.2],
  ])('reads the time of %s', (benchmark, ns) => {
    expect(only(benchmark)).toEqual({ value: expect.closeTo(ns, 9) as number, unit: 'ns', better: 'lower', role: 'primary' });
  });

  it.each([
    ['Pipe bandwidth', 3_538_240_000, 'primary'],
    ['File /var/tmp/XXX write bandwidth', 899_118_000, 'primary'],
    ['Socket bandwidth using localhost MB=10.485760', 6_790_200_000, 'secondary'],
    ['read bandwidth MB=1.05', 17_652_110_000, 'secondary'],
    ['Memory bzero bandwidth MB=0.000512', 143_081_850_000, 'secondary'],
  ])('reads %s, in MB of 10^6 bytes', (benchmark, value, role) => {
    expect(only(benchmark)).toEqual({ value, unit: 'B/s', better: 'higher', role });
  });

  it.each([
    ['context switch size=0k processes=96', 4640],
    ['context switch size=32k processes=2', 3060],
    ['mmap MB=0.524288', 9824],
    ['memory load stride=16 MB=0.00098', 1.252],
    ['memory load stride=128 MB=0.00049', 1.253],
    ['random memory load stride=16 MB=0.00049', 1.3],
  ])('reads the point of a curve: %s', (benchmark, ns) => {
    expect(only(benchmark)).toEqual({ value: expect.closeTo(ns, 9) as number, unit: 'ns', better: 'lower', role: 'secondary' });
  });

  it('reads how fast files come and go', () => {
    expect(only('file create size=1k')).toEqual({ value: 64_142, unit: 'files/s', better: 'higher', role: 'secondary' });
    expect(only('file delete size=1k').value).toBe(109_131);
  });

  it('counts pairs whose heading it does not know, and knows the system', () => {
    expect(file.issues.map(({ code, message }) => [code, message.includes('Memory load parallelism')])).toEqual([['unlabelled-pair', true]]);
    expect(file.facts).toEqual({ kernel: '6.1.0', architecture: 'x86_64', cpuMhz: 2400, tool: 'lmbench-3alpha4' });
    expect(codesOf(imported(LMBENCH, 'Pipe latency: 8.0 microseconds\n8.39 9000.10\n'))).toEqual(['unlabelled-pair']);
  });

  it('takes what comes again as another run, whatever the overhead was', () => {
    const again = sample('lmbench.txt').replace('ovr=0.66', 'ovr=0.71').replace('2 3.40', '2 3.60');
    const both = imported(LMBENCH, sample('lmbench.txt') + again);
    expect(seriesOf(both, 'time', 'context switch size=0k processes=2').runs).toEqual([{ values: [3400] }, { values: [3600] }]);
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
