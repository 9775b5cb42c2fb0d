import { describe, expect, it } from 'vitest';
import { GO_BENCHMARK } from '../../../src/benchmarks/importers/go-benchmark.js';
import { KNOWN_RULES, mechanismOf } from '../../../src/benchmarks/mechanisms.js';
import { expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, sample, seriesOf, valuesOf } from './results.js';

const read = (...lines: readonly string[]) => imported(GO_BENCHMARK, `${lines.join('\n')}\n`);
const namesOf = (...lines: readonly string[]) => read(...lines).series.map(({ benchmark }) => benchmark);

describe('Go benchmarks', () => {
  it('reads what go test -bench -count 3 prints', () => {
    const text = sample('go-benchmark.txt');
    const file = imported(GO_BENCHMARK, text);
    const [pkg, hash] = ['example.com/syscalls', 'example.com/syscalls.Sha256/size=4096'];
    expect(valuesOf(file, 'time', `${pkg}.Getppid`)).toEqual([189.1, 221, 186.2]);
    expect(valuesOf(file, 'throughput', hash)).toEqual([420.72e6, 430.02e6, 430.37e6]);
    expect(valuesOf(file, 'allocs/op', hash)).toEqual([0, 0, 0]);
    expect(seriesOf(file, 'time', hash)).toMatchObject({ unit: 'ns/op', better: 'lower', role: 'primary' });
    expect(seriesOf(file, 'throughput', hash)).toMatchObject({ unit: 'B/s', better: 'higher', role: 'secondary' });
    expect(seriesOf(file, 'B/op', hash)).toMatchObject({ unit: 'B/op', better: 'lower', role: 'secondary' });
    expect(seriesOf(file, 'copies/op').role).toBe('secondary');
    // 12 lines: a unit each, and 6 of them with three more, 3 with two more of which one has no direction
    expect(file.series.flatMap(({ runs }) => runs)).toHaveLength(12 + 6 * 3 + 3);
    expect(codesOf(file)).toEqual(['same-process', 'unknown-direction']);
    expect(file.issues[1].message).toContain('megarounds (3 times)');
    expect(file.facts).toEqual({ operatingSystem: 'linux', architecture: 'amd64', cpuModel: 'AMD EPYC', cpus: 2 });
  });

  it('knows what a benchmark is about whatever package it is in', () => {
    const { series } = read('pkg: example.com/x', 'BenchmarkCpuid-4 1 5 ns/op', 'BenchmarkGetppid/raw-4 1 5 ns/op');
    const mechanisms = series.map((one) => mechanismOf(one, KNOWN_RULES));
    expect(mechanisms).toEqual(['privileged-register', 'system-call']);
  });

  it('tells processes apart by their headings', () => {
    const heading = ['goos: linux', 'goarch: amd64', 'pkg: p'];
    const twoProcesses = read(...heading, 'BenchmarkX 1 5 ns/op', 'PASS', ...heading, 'BenchmarkX 1 6 ns/op');
    expect(valuesOf(twoProcesses, 'time', 'p.X')).toEqual([5, 6]);
    const processes = seriesOf(twoProcesses, 'time', 'p.X').runs.map(({ process }) => process);
    expect(new Set(processes).size).toBe(2);
    expect(twoProcesses.issues).toEqual([]);
    const one = read(...heading, 'BenchmarkX 1 5 ns/op', 'BenchmarkX 1 6 ns/op');
    expect(codesOf(one)).toEqual(['same-process']);
  });

  it('has the number of processors in names only where a file compares several', () => {
    expect(namesOf('BenchmarkX-16 1 5 ns/op', 'BenchmarkY/size-3-16 1 5 ns/op')).toEqual(['X', 'Y/size-3']);
    expect(namesOf('BenchmarkX 1 5 ns/op', 'BenchmarkX-4 1 5 ns/op')).toEqual(['X', 'X-4']);
    expect(read('BenchmarkX-16 1 5 ns/op').facts).toEqual({ cpus: 16 });
  });

  it('takes units and directions from Unit lines anywhere in the file', () => {
    const file = read(
      'BenchmarkX 1 2 us/op 7 points 3 p99-ns/op 4 requests/s',
      'Unit points better=higher',
      'Unit requests/s better=lower assume=exact',
    );
    expect(file.series.map(({ metric, unit, better, role }) => [metric, unit, better, role])).toEqual([
      ['time', 'ns/op', 'lower', 'primary'],
      ['points', 'points', 'higher', 'secondary'],
      ['p99', 'ns/op', 'lower', 'tail'],
      ['throughput', 'requests/s', 'lower', 'secondary'],
    ]);
    expect(valuesOf(file, 'time')).toEqual([2000]);
    // Equal units in another scale have the same direction.
    expect(seriesOf(read('Unit ns/op better=higher', 'BenchmarkX 1 2 sec/op'), 'time').better).toBe('higher');
  });

  it('makes config that changes a parameter, but not boots and runs', () => {
    expect(namesOf('mode: a', 'BenchmarkX 1 5 ns/op', 'mode: b', 'BenchmarkX 1 6 ns/op')).toEqual([
      'X mode=a',
      'X mode=b',
    ]);
    const file = read('boot: 1', 'run: 1', 'BenchmarkX 1 5 ns/op', 'boot: 2', 'run: 1', 'BenchmarkX 1 6 ns/op');
    expect(seriesOf(file, 'time', 'X').runs).toEqual([
      { values: [5], boot: '1' },
      { values: [6], boot: '2' },
    ]);
    expect(namesOf('pkg: a', 'BenchmarkX 1 5 ns/op', 'pkg: b', 'BenchmarkX 1 6 ns/op')).toEqual(['a.X', 'b.X']);
    expect(read('kernel: 6.1', 'cpus: 8', 'BenchmarkX 1 5 ns/op').facts).toEqual({ kernel: '6.1', cpus: 8 });
  });

  it('leaves out lines that are no results', () => {
    const text = 'BenchmarkX\nBenchmarkX 1 5 ns/op\nBenchmarkX 1 5\nBenchmarkX some 5 ns/op\nok p 1s\n';
    const file = imported(GO_BENCHMARK, text);
    expect(valuesOf(file, 'time', 'X')).toEqual([5]);
    expect(file.issues.map(({ code, offset }) => [code, offset])).toEqual([
      ['damaged-line', text.indexOf('BenchmarkX 1 5\n')],
      ['damaged-line', text.indexOf('BenchmarkX some')],
    ]);
    expect(refusal(GO_BENCHMARK, 'BenchmarkX 1 5 widgets\n').message).toContain('widgets');
  });

  it('does not take a line that the end of the file cuts', () => {
    const text = 'BenchmarkX 1 5 ns/op\nBenchmarkX 1 61 ns';
    const file = imported(GO_BENCHMARK, text);
    expect(file.series.map(({ unit, runs }) => [unit, runs.length])).toEqual([['ns/op', 1]]);
    expect(codesOf(file)).toEqual(['cut-line']);
  });

  it('keeps no more config than a file can sensibly have', () => {
    const keys = Array.from({ length: 200 }, (_, i) => `k${i}: v`);
    const file = read(...keys, 'BenchmarkX 1 5 ns/op');
    expect(file.issues.map(({ code, message }) => [code, message.includes('(136 times)')])).toEqual([
      ['too-many-keys', true],
    ]);
  });

  it('survives damage', () => expectToSurviveDamage(GO_BENCHMARK, sample('go-benchmark.txt')));
});
