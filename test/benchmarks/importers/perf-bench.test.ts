import { describe, expect, it } from 'vitest';
import { PERF_BENCH } from '../../../src/benchmarks/importers/perf-bench.js';
import { expectSoundFile, expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, sample, seriesOf, valuesOf } from './results.js';
import { runTool } from './tools.js';

const PIPE = 'sched/pipe (pipe operations between two processes)';

describe('perf bench', () => {
  it('reads one benchmark', () => {
    const file = imported(PERF_BENCH, sample('perf-bench.txt'));
    // typed from the file: 12.246350 usecs/op, 81656 ops/sec; the total of 0.244 s says the same with fewer digits
    expect(file.series).toEqual([
      {
        benchmark: PIPE,
        metric: 'time',
        unit: 'ns/op',
        better: 'lower',
        role: 'primary',
        runs: [{ values: [12_246.35] }],
      },
      {
        benchmark: PIPE,
        metric: 'throughput',
        unit: 'ops/s',
        better: 'higher',
        role: 'secondary',
        runs: [{ values: [81_656] }],
      },
    ]);
    expect(file.issues).toEqual([]);
  });

  it('takes benchmarks that come again as runs, with other parameters as others', () => {
    const file = imported(PERF_BENCH, sample('perf-bench-many.txt'));
    expect(seriesOf(file, 'time', PIPE).runs).toEqual([{ values: [10_587] }, { values: [7795] }]);
    expect(valuesOf(file, 'time', 'sched/pipe (pipe operations between two threads)')).toEqual([16_175]);
    const messaging = 'sched/messaging (20 sender and receiver processes per group, 1 groups == 40 processes run)';
    expect(seriesOf(file, 'total time', messaging)).toMatchObject({
      unit: 'ns',
      role: 'primary',
      runs: [{ values: [66e6] }],
    });
    expect(valuesOf(file, 'time', 'syscall/basic (getppid() calls)')[0]).toBeCloseTo(204.2, 9);
    // The tool's GB are 2^30 bytes.
    expect(valuesOf(file, 'throughput', 'mem/memcpy (function x86-64-movsb, 1MB)')).toEqual([19.27426 * 1024 ** 3]);
    expect(file.series.filter(({ benchmark }) => benchmark.startsWith('mem/memcpy'))).toHaveLength(4);
    const hash = 'futex/hash (1 threads, each operating on 1024 [private] futexes)';
    expect(seriesOf(file, 'throughput', hash)).toMatchObject({ role: 'primary', runs: [{ values: [2_965_504] }] });
    expect(file.series.find(({ benchmark }) => benchmark.startsWith('futex/requeue'))?.runs[0].values[0]).toBeCloseTo(
      4900,
      6,
    );
    expect(file.issues.map(({ code, message }) => [code, message.includes('epoll/ctl')])).toEqual([
      ['unknown-output', true],
    ]);
  });

  it('leaves out totals of a few milliseconds and cut output', () => {
    const text =
      "# Running 'sched/messaging' benchmark:\n# 1 groups == 40 processes run\n\n     Total time: 0.004 [sec]\n";
    expect(refusal(PERF_BENCH, text).message).toContain('total time of sched/messaging');
    const whole = sample('perf-bench.txt');
    expect(refusal(PERF_BENCH, whole.slice(0, whole.indexOf('0.244'))).message).toContain('Total time');
    // The total alone is what others print in the same form.
    expect(refusal(PERF_BENCH, whole.slice(0, whole.indexOf('[sec]') + '[sec]\n'.length)).message).toContain(
      'sched/pipe',
    );
    expect(codesOf(imported(PERF_BENCH, whole + whole.slice(0, whole.indexOf('\n') + 1)))).toEqual(['unknown-output']);
  });

  it('reads what perf writes today', () => {
    const text = runTool('perf', ['bench', 'sched', 'pipe', '-l', '1000']);
    const file = imported(PERF_BENCH, text);
    expectSoundFile(file);
    const [[time], [rate]] = [valuesOf(file, 'time', PIPE), valuesOf(file, 'throughput', PIPE)];
    expect(time).toBeCloseTo(Number(/([\d.]+) usecs\/op/.exec(text)![1]) * 1000, 6);
    expect((time * rate) / 1e9).toBeCloseTo(1, 3);
  });

  it.each(['perf-bench.txt', 'perf-bench-many.txt'])('survives damage of %s', (name) =>
    expectToSurviveDamage(PERF_BENCH, sample(name)),
  );
});
