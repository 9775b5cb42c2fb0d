import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STRESS_NG } from '../../../src/benchmarks/importers/stress-ng.js';
import { expectSoundFile, expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, sample, seriesOf, valuesOf } from './results.js';
import { runTool, temporaryFolder } from './tools.js';

const REAL_TIME = 'bogo-ops-per-second-real-time';
const CPU_TIME = 'bogo-ops-per-second-usr-sys-time';

describe('stress-ng', () => {
  it('gives one run of every stressor', () => {
    const file = imported(STRESS_NG, sample('stress-ng.yaml'));
    // typed from the file
    expect(file.series.map(({ benchmark, metric, runs }) => [benchmark, metric, runs])).toEqual([
      ['stress-ng cpu', CPU_TIME, [{ values: [1772.169898] }]],
      ['stress-ng cpu', REAL_TIME, [{ values: [1171.358408] }]],
      ['stress-ng switch', CPU_TIME, [{ values: [221_791.99057] }]],
      ['stress-ng switch', REAL_TIME, [{ values: [206_530.273627] }]],
      ['stress-ng switch', 'nanosecs-per-context-switch-pipe-method', [{ values: [4838.458853] }]],
    ]);
    expect(file.facts).toEqual({
      tool: 'stress-ng 0.15.06',
      kernel: '6.18.44',
      operatingSystem: 'Linux',
      architecture: 'x86_64',
      compiler: 'gcc 12.2.0',
      cpus: 2,
      memoryBytes: 25_276_502_016,
    });
    expect(file.issues).toEqual([]);
  });

  it('knows what is better by the unit', () => {
    const file = imported(STRESS_NG, sample('stress-ng-many.yaml'));
    const kindOf = (metric: string) => {
      const { benchmark, metric: _metric, runs: _runs, ...kind } = seriesOf(file, metric);
      return { benchmark: benchmark.replace('stress-ng ', ''), ...kind };
    };
    const cost = { unit: 'ns', better: 'lower', role: 'secondary', operationsPerValue: 1 };
    expect(kindOf('nanosecs-per-mutex')).toEqual({ benchmark: 'mutex', ...cost });
    const rate = { better: 'higher', role: 'secondary' };
    expect(kindOf('mb-per-sec-pipe-write-rate')).toEqual({ benchmark: 'pipe', unit: 'mb/s', ...rate });
    expect(kindOf('cache-ops-per-second')).toEqual({ benchmark: 'cache', unit: 'cache ops/s', ...rate });
    const primary = file.series.filter(({ role }) => role === 'primary');
    expect(primary.map(({ metric, unit, better }) => [metric, unit, better])).toEqual(
      Array.from({ length: 9 }, () => [REAL_TIME, 'bogo ops/s', 'higher']),
    );
  });

  it('scales times, keeps the words of rates, leaves out what it does not know', () => {
    const metrics = ['microsecs-per-fork: 1.5', 'million-gotos-per-sec: 2', 'percent-of-luck: 3', 'secs-per-x: word'];
    const text = sample('stress-ng.yaml').replace(/nanosecs-per-context.*/, metrics.join('\n      '));
    const file = imported(STRESS_NG, text);
    expect(seriesOf(file, 'microsecs-per-fork')).toMatchObject({ unit: 'ns', better: 'lower' });
    expect(valuesOf(file, 'microsecs-per-fork')).toEqual([1500]);
    expect(seriesOf(file, 'million-gotos-per-sec')).toMatchObject({ unit: 'million gotos/s', better: 'higher' });
    expect(file.issues.map(({ code, message }) => [code, message.split(': ').at(-1)])).toEqual([
      ['unknown-metric', 'percent-of-luck.'],
      ['not-a-number', 'stress-ng switch.'],
    ]);
  });

  it('takes every document of a file as a run', () => {
    const text = sample('stress-ng.yaml');
    const file = imported(STRESS_NG, text + text.replace('1171.358408', '1200'));
    expect(seriesOf(file, REAL_TIME, 'stress-ng cpu').runs).toEqual([{ values: [1171.358408] }, { values: [1200] }]);
    const mixed = imported(STRESS_NG, text + text.replace('0.15.06', '0.20'));
    expect(codesOf(mixed)).toEqual(['mixed-versions']);
    expect(imported(STRESS_NG, text.replace('0.15.06', '0.20')).facts.tool).toBe('stress-ng 0.20');
  });

  it('takes a stressor that is listed twice as repeated within one run', () => {
    const text = sample('stress-ng.yaml').replace('stressor: switch', 'stressor: cpu');
    const runs = [{ values: [1171.358408, 206_530.273627] }];
    expect(seriesOf(imported(STRESS_NG, text), REAL_TIME).runs).toEqual(runs);
  });

  it('takes no number from the end of a cut file', () => {
    const text = sample('stress-ng.yaml');
    const file = imported(STRESS_NG, text.slice(0, text.indexOf('206530.27') + 4));
    expect(file.series.map(({ metric }) => metric)).toEqual([CPU_TIME, REAL_TIME, CPU_TIME]);
    expect(codesOf(file)).toEqual(['cut-file']);
  });

  it('leaves out stressors that did nothing, have no name, or run into each other', () => {
    const text = sample('stress-ng.yaml');
    const idle = imported(STRESS_NG, text.replace('bogo-ops: 2343', 'bogo-ops: 0'));
    expect(codesOf(idle)).toEqual(['nothing-done']);
    expect(idle.series.every(({ benchmark }) => benchmark === 'stress-ng switch')).toBe(true);
    const merged = text.replace('\n    - stressor: switch\n', '\n');
    expect(refusal(STRESS_NG, merged).message).toContain('twice: cpu');
    expect(codesOf(imported(STRESS_NG, text.replace('stressor: cpu', 'other: cpu')))).toEqual(['unnamed-result']);
  });

  it('follows no alias', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `  a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}, *a${i}]`);
    const bomb = ['bomb:', '  a0: &a0 [x, x]', ...levels].join('\n');
    const aliases = sample('stress-ng.yaml')
      .replace('bogo-ops: 2343', 'bogo-ops: &number 2343')
      .replace('metrics:', `${bomb}\nmetrics:`)
      .replace('206530.273627', '*number');
    const file = imported(STRESS_NG, aliases);
    expect(file.series.map(({ metric }) => metric).filter((metric) => metric === REAL_TIME)).toHaveLength(1);
  });

  it('refuses files without metrics, and text that is no YAML', () => {
    const text = sample('stress-ng.yaml');
    const none = text.slice(0, text.indexOf('metrics:'));
    expect(refusal(STRESS_NG, `${none}\n...\n`).code).toBe('no-results');
    expect(refusal(STRESS_NG, '[[[[ {{{{ : - stress-ng-version:').code).toBe('no-results');
  });

  it.each([
    ['brackets', '['.repeat(450), 200],
    ['braces', '{a: ', 201],
    ['lists in a line', '- '.repeat(50_000), 1],
    ['indentation', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'), 1],
    ['many lines', 'a: 1', 100_001],
  ])('refuses hostile YAML before it is parsed: %s', (_, line, times) => {
    const hostile = Array.from({ length: times }, () => line).join('\n');
    expect(refusal(STRESS_NG, `${sample('stress-ng.yaml')}${hostile}\n`).code).toBe('not-flat-yaml');
  });

  it('reads YAML that is as deep as it may be', () => {
    const deep = [
      `deep1: ${'['.repeat(190)}${']'.repeat(190)}`,
      '- '.repeat(240),
      ...Array.from({ length: 60 }, (_, i) => `${' '.repeat(i)}a:`),
      `${' '.repeat(60)}${'- a: '.repeat(80)}`,
    ].join('\n');
    const file = imported(STRESS_NG, `${sample('stress-ng.yaml')}---\n${deep}\n...\n`);
    expect(seriesOf(file, REAL_TIME, 'stress-ng cpu').runs).toHaveLength(1);
  });

  it('recognises its files only', () => {
    expect(STRESS_NG.sniff(sample('stress-ng.yaml'))).toBe(true);
    expect(['fio.json', 'sysbench-cpu.txt', 'iperf3.json'].some((name) => STRESS_NG.sniff(sample(name)))).toBe(false);
  });

  it.each(['stress-ng.yaml', 'stress-ng-many.yaml'])('survives damage (%s)', (name) => {
    expectToSurviveDamage(STRESS_NG, sample(name));
  });

  it('agrees with the text that the program prints in a run of today', () => {
    const folder = temporaryFolder();
    const stressors = ['--getrandom', '1', '--switch', '1', '--timeout', '1'];
    // Its text is a log; it goes to a file.
    const log = ['--log-file', join(folder, 'log'), '--quiet', '--metrics', '--yaml', 'results.yaml'];
    runTool('stress-ng', [...stressors, ...log], folder);
    const text = readFileSync(join(folder, 'results.yaml'), 'utf8');
    expect(STRESS_NG.sniff(text)).toBe(true);
    const file = imported(STRESS_NG, text);
    expectSoundFile(file);
    expect(file.facts).toMatchObject({ kernel: release(), cpus: cpus().length, memoryBytes: totalmem() });
    expect(file.facts.architecture).toBe({ x64: 'x86_64', arm64: 'aarch64' }[arch() as 'x64' | 'arm64']);
    // `stress-ng: metrc: [8] switch  413216  2.00  0.15  1.71  206530.27  221791.99 …`
    const lines = readFileSync(join(folder, 'log'), 'utf8').split('\n');
    for (const stressor of ['getrandom', 'switch']) {
      const columns = lines
        .map((line) => line.trim().split(/\s+/))
        .find((words) => words.includes(stressor) && words.length > 8);
      const [, , , , , realTime, cpuTime] = columns?.slice(columns.indexOf(stressor)) ?? [];
      expect(valuesOf(file, REAL_TIME, `stress-ng ${stressor}`)[0]).toBeCloseTo(Number(realTime), 1);
      expect(valuesOf(file, CPU_TIME, `stress-ng ${stressor}`)[0]).toBeCloseTo(Number(cpuTime), 1);
    }
  });
});
