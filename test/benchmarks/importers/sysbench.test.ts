import { describe, expect, it } from 'vitest';
import { SYSBENCH } from '../../../src/benchmarks/importers/sysbench.js';
import { expectSoundFile, expectToSurviveDamage } from './damage.js';
import { codesOf, imported, nativeAndVm, refusal, sample, seriesOf, valuesOf } from './results.js';
import { runTool, temporaryFolder } from './tools.js';

const CPU = 'sysbench cpu (threads=1, prime limit=10000)';
const MEMORY = 'sysbench memory (threads=1, block size=4KiB, operation=write, scope=global)';
const THREADS = 'sysbench threads (threads=4)';

/** The number after a label, of every line that has it: another way to read than the importer's. */
const labelled = (text: string, label: string): number[] =>
  text
    .split('\n')
    .filter((line) => line.trim().startsWith(label))
    .map((line) => Number.parseFloat(line.slice(line.indexOf(label) + label.length)));

const kindsOf = (text: string): string[] =>
  imported(SYSBENCH, text).series.map(({ benchmark, metric, unit, better, role }) =>
    [benchmark, metric, unit, better, role].join(' | '),
  );

describe('sysbench', () => {
  it('reads the cpu test', () => {
    const text = sample('sysbench-cpu.txt');
    expect(kindsOf(text)).toEqual([
      `${CPU} | events per second | events/s | higher | primary`,
      `${CPU} | latency mean | ns | lower | secondary`,
      `${CPU} | latency p95 | ns | lower | tail`,
      `${CPU} | latency max | ns | lower | tail`,
    ]);
    const file = imported(SYSBENCH, text);
    // typed from the file: events per second, ms of all events and their number, ms
    expect(valuesOf(file, 'events per second')).toEqual([4678.59]);
    expect(valuesOf(file, 'latency mean')[0]).toBeCloseTo((1995.06 / 9362) * 1e6, 6);
    expect(valuesOf(file, 'latency p95')).toEqual([250_000]);
    expect(valuesOf(file, 'latency max')).toEqual([1_800_000]);
    expect(file.facts).toEqual({ tool: 'sysbench 1.0.20' });
    expect(file.issues).toEqual([]);
  });

  it.each(['native', 'vm'] as const)('takes each of the runs in one file as a replicate (%s)', (side) => {
    const text = nativeAndVm(side, 'sysbench.txt');
    const file = imported(SYSBENCH, text);
    expect([...new Set(file.series.map(({ benchmark }) => benchmark))]).toEqual([CPU, MEMORY, THREADS]);
    const runsOf = (metric: string, benchmark: string) =>
      seriesOf(file, metric, benchmark).runs.map(({ values }) => values);
    expect(runsOf('events per second', CPU)).toEqual(labelled(text, 'events per second:').map((rate) => [rate]));
    expect(runsOf('events per second', CPU)).toHaveLength(10);
    const rates = [...text.matchAll(/\(([\d.]+) MiB/g)].map(([, rate]) => [Number(rate) * 1_048_576]);
    expect(runsOf('throughput', MEMORY)).toEqual(rates);
    // The threads test is every third run; 3 of its events per second at least, so never a mutex test.
    const [times, events] = ['total time:', 'total number of events:'].map((label) =>
      labelled(text, label).filter((_, i) => i % 3 === 2),
    );
    expect(runsOf('events per second', THREADS)).toEqual(events.map((count, i) => [count / times[i]]));
  });

  it('computes means that round to the printed ones', () => {
    const text = nativeAndVm('vm', 'sysbench.txt');
    const file = imported(SYSBENCH, text);
    [CPU, MEMORY, THREADS].forEach((benchmark, test) => {
      const printed = labelled(text, 'avg:').filter((_, i) => i % 3 === test);
      const computed = valuesOf(file, 'latency mean', benchmark).map((ns) => ns / 1e6);
      expect(computed).toHaveLength(10);
      computed.forEach((ms, i) => {
        expect(Math.abs(ms - printed[i])).toBeLessThan(0.0051);
      });
    });
  });

  it('leaves out latencies that two decimals cannot tell', () => {
    const file = imported(SYSBENCH, nativeAndVm('native', 'sysbench.txt'));
    expect(file.series.filter(({ benchmark }) => benchmark === MEMORY).map(({ metric }) => metric)).toEqual([
      'throughput',
      'latency mean',
      'latency max',
    ]);
    const issue = file.issues.find(({ code }) => code === 'coarse-value');
    expect(issue?.message).toContain('latency p95 of sysbench memory');
    expect(issue?.message).toContain('(10 times)');
  });

  it('reads the mutex test, whose time counts', () => {
    const file = imported(SYSBENCH, sample('sysbench-mutex.txt'));
    const { runs, ...series } = seriesOf(file, 'total time');
    const benchmark = 'sysbench mutex (threads=2)';
    expect(series).toEqual({ benchmark, metric: 'total time', unit: 'ns', better: 'lower', role: 'primary' });
    expect(runs).toEqual([{ values: [7_000_000] }]);
    expect(file.issues).toMatchObject([{ code: 'unnamed-test', severity: 'note' }]);
  });

  it('reads the memory test', () => {
    const file = imported(SYSBENCH, sample('sysbench-memory.txt'));
    const benchmark = 'sysbench memory (threads=2, block size=8KiB, operation=read, scope=global)';
    expect(seriesOf(file, 'throughput')).toMatchObject({ benchmark, unit: 'B/s', better: 'higher', role: 'primary' });
    expect(valuesOf(file, 'throughput')).toEqual([4145.87 * 2 ** 20]);
    expect(valuesOf(file, 'latency max')).toEqual([28_020_000]);
  });

  it('reads the file test among intermediate reports and a histogram', () => {
    const text = sample('sysbench-fileio.txt');
    const file = imported(SYSBENCH, text);
    const values = Object.fromEntries(file.series.map(({ metric, runs }) => [metric, runs[0].values[0]]));
    expect(values).toEqual({
      'read throughput': 210.52 * 2 ** 20,
      'write throughput': 140.34 * 2 ** 20,
      'fsyncs per second': 902.19,
      'latency mean': expect.closeTo((992.35 / 23_400) * 1e6, 6),
      'latency max': 56_260_000,
    });
    expect(file.series[0].benchmark).toBe(
      'sysbench fileio (threads=1, test=random r/w, files=4, file size=2MiB, block size=16KiB, mode=synchronous)',
    );
  });

  it('does not take a database test for another one', () => {
    const lines = ['SQL statistics:', '    transactions:                        1234   (617.21 per sec.)', ''];
    const text = sample('sysbench-mutex.txt').replace(
      'General statistics:',
      `${lines.join('\n')}\nGeneral statistics:`,
    );
    const file = imported(SYSBENCH, text);
    expect(file.series[0].benchmark).toBe('sysbench sql (threads=2)');
    expect(valuesOf(file, 'transactions per second')).toEqual([617.21]);
    expect(file.issues).toMatchObject([{ code: 'unnamed-test', message: expect.stringContaining('script') }]);
  });

  it('names the percentile that was asked for, and none where it was switched off', () => {
    const text = sample('sysbench-cpu.txt');
    const other = imported(SYSBENCH, text.replace('95th percentile:', '99th percentile:'));
    expect(valuesOf(other, 'latency p99')).toEqual([250_000]);
    const none = text.replace(/95th percentile: +0.25/, 'percentile stats:               disabled');
    expect(imported(SYSBENCH, none).series.map(({ metric }) => metric)).not.toContain('latency p95');
  });

  it('leaves out a run that is cut, and no number that may be', () => {
    const text = sample('sysbench-cpu.txt');
    const cut = text.slice(0, text.indexOf('total number of events') + 35);
    expect(refusal(SYSBENCH, cut).message).toContain('run 1');
    const file = imported(SYSBENCH, text + cut);
    expect(seriesOf(file, 'events per second').runs).toHaveLength(1);
    expect(file.issues).toMatchObject([{ code: 'incomplete-run', message: expect.stringContaining('run 2') }]);
    // `max: 1.80` loses its last digit with the end of the file
    const inNumber = imported(SYSBENCH, text.slice(0, text.indexOf('1.80') + 3));
    expect(inNumber.series.map(({ metric }) => metric)).toEqual(['events per second']);
  });

  it('refuses versions that print otherwise, and tells of mixed ones', () => {
    const text = sample('sysbench-cpu.txt');
    expect(refusal(SYSBENCH, text.replace('1.0.20', '0.4.12')).message).toContain('before 1.0');
    const mixed = imported(SYSBENCH, text + text.replace('1.0.20', '1.0.17'));
    expect(codesOf(mixed)).toEqual(['mixed-versions']);
  });

  it('reads lines with Windows ends', () => {
    const text = sample('sysbench-cpu.txt');
    expect(imported(SYSBENCH, text.replaceAll('\n', '\r\n'))).toEqual(imported(SYSBENCH, text));
  });

  it('recognises its files only', () => {
    expect(SYSBENCH.sniff(`$ sysbench cpu run\n${sample('sysbench-cpu.txt')}`)).toBe(true);
    expect(['fio.json', 'fio-terse.txt', 'stress-ng.yaml'].some((name) => SYSBENCH.sniff(sample(name)))).toBe(false);
  });

  it.each(['sysbench-cpu.txt', 'sysbench-memory.txt', 'sysbench-fileio.txt'])('survives damage (%s)', (name) => {
    expectToSurviveDamage(SYSBENCH, sample(name));
  });

  it('survives damage (several runs)', () => expectToSurviveDamage(SYSBENCH, nativeAndVm('vm', 'sysbench.txt')));

  it('reads what the program prints today: cpu and mutex', () => {
    const text =
      runTool('sysbench', ['cpu', '--time=1', '--cpu-max-prime=5000', '--threads=2', 'run']) +
      runTool('sysbench', ['mutex', '--mutex-locks=2000', '--threads=3', 'run']);
    const file = imported(SYSBENCH, text);
    expectSoundFile(file);
    const [cpu, mutex] = ['sysbench cpu (threads=2, prime limit=5000)', 'sysbench mutex (threads=3)'];
    expect(valuesOf(file, 'events per second', cpu)).toEqual(labelled(text, 'events per second:'));
    const [, seconds] = labelled(text, 'total time:');
    expect(valuesOf(file, 'total time', mutex)).toEqual([seconds * 1e9]);
  });

  it('reads what the program prints today: files', () => {
    const folder = temporaryFolder();
    const files = ['fileio', '--file-num=2', '--file-total-size=4M', '--file-test-mode=seqrd', '--time=1'];
    runTool('sysbench', [...files, 'prepare'], folder);
    const text = runTool('sysbench', [...files, 'run'], folder);
    const file = imported(SYSBENCH, text);
    expectSoundFile(file);
    expect(valuesOf(file, 'read throughput')).toEqual(labelled(text, 'read, MiB/s:').map((rate) => rate * 2 ** 20));
    expect(file.series.map(({ metric }) => metric)).not.toContain('write throughput');
    expect(file.series[0].benchmark).toContain('test=sequential read, files=2, file size=2MiB');
  });
});
