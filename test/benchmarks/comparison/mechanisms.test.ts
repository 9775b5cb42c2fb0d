/** What benchmarks exercise: by the names that importers give them, and by rules of users. */
import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from '../../../src/benchmarks/comparison/compare.js';
import { KNOWN_RULES, MECHANISMS, mechanismOf, readMechanismRules } from '../../../src/benchmarks/mechanisms.js';
import { readBenchmarks } from '../../../src/benchmarks/reading.js';
import { sample } from '../importers/results.js';
import { series, side } from './sides.js';

const known = (benchmark: string) => mechanismOf({ benchmark }, KNOWN_RULES);

describe('known rules', () => {
  it('name mechanisms that there are', () => {
    const ids = MECHANISMS.map(({ id }) => id);
    for (const { mechanism, benchmark } of KNOWN_RULES) expect(ids, benchmark).toContain(mechanism);
    expect(new Set(KNOWN_RULES.map(({ mechanism }) => mechanism)).size).toBe(MECHANISMS.length);
  });

  it('are in lower case, each for something that no rule before it is for', () => {
    KNOWN_RULES.forEach(({ benchmark }, index) => {
      expect(benchmark).toBe(benchmark.toLowerCase());
      const example = benchmark.replaceAll('*', '');
      const first = KNOWN_RULES.findIndex((rule) => mechanismOf({ benchmark: example }, [rule]) !== null);
      expect(first, benchmark).toBe(index);
    });
  });

  it.each([
    ['fio.json', ['disk']],
    ['iperf3.json', ['network']],
    ['sysbench-cpu.txt', ['computation']],
    ['sysbench-memory.txt', ['memory']],
    ['sysbench-fileio.txt', ['disk']],
    ['cyclictest.json', ['timer']],
    ['perf-bench.txt', ['context-switch']],
    ['google-benchmark.json', ['memory', 'system-call']],
    ['phoronix-stream.xml', ['memory']],
    ['stress-ng.yaml', ['computation', 'context-switch']],
  ])('know the benchmarks of %s', (name, mechanisms) => {
    const file = readBenchmarks({ source: name, text: sample(name), sibling: () => undefined });
    if (!file.ok) throw new Error(file.issue.message);
    expect(new Set(file.value.series.map(({ benchmark }) => known(benchmark)))).toEqual(new Set(mechanisms));
  });

  it('know nothing of other names', () => {
    for (const name of ['', 'fab', 'my cpuid', 'stress-ng', 'a fault']) expect(known(name)).toBeNull();
  });
});

describe('patterns', () => {
  it('are those of a regular expression with .* for a star', () => {
    const text = array(constantFrom('a', 'b', '*', '.'), { maxLength: 8 }).map((letters) => letters.join(''));
    assert(
      property(text, text, (pattern, name) => {
        const parts = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
        const fits = new RegExp(`^${parts.join('.*')}$`).test(name);
        expect(mechanismOf({ benchmark: name }, [{ benchmark: pattern, mechanism: 'x' }])).toBe(fits ? 'x' : null);
      }),
      { numRuns: 2000 },
    );
  });

  it('take no time, however many stars there are', () => {
    const rule = { benchmark: `${'*a'.repeat(500)}b`, mechanism: 'x' };
    expect(mechanismOf({ benchmark: 'a'.repeat(100_000) }, [rule])).toBeNull();
  });
});

describe('rules of users', () => {
  const read = (value: unknown) =>
    readMechanismRules(typeof value === 'string' ? value : JSON.stringify(value), 'rules.json');

  it('count before the known ones, and may have mechanisms of their own', () => {
    const rules = read([
      { benchmark: 'cpuid', mechanism: 'timer' },
      { benchmark: 'CAN*', mechanism: 'shared memory' },
    ]);
    if (!rules.ok) throw new Error(rules.issue.message);
    const values = [5, 5.1, 5.2, 5.3];
    const of = (factor: number) =>
      side(
        ['cpuid', 'can-bus 1', 'can-bus 2', 'chase', 'unknown'].map((name) =>
          series(
            name,
            values.map((value) => value * factor),
          ),
        ),
      );
    const { pairs, mechanisms } = compare({ native: of(1), vm: of(3), mechanisms: rules.value });
    const found = Object.fromEntries(pairs.map(({ benchmark, mechanism }) => [benchmark, mechanism]));
    expect(found).toEqual({
      cpuid: 'timer',
      'can-bus 1': 'shared memory',
      'can-bus 2': 'shared memory',
      chase: 'memory',
      unknown: null,
    });
    // In the order of the general rule, the user's own last.
    expect(mechanisms.map(({ mechanism, pairs: count, slower }) => [mechanism, count, slower])).toEqual([
      ['memory', 1, 1],
      ['timer', 1, 1],
      ['shared memory', 2, 2],
    ]);
    expect(mechanisms[2]).toMatchObject({ name: 'shared memory', expectation: null });
    for (const { slowdown, least, most } of mechanisms) {
      expect([slowdown, least, most]).toEqual([3, 3, 3].map((value) => expect.closeTo(value, 12)));
    }
  });

  it.each([
    ['['],
    [{}],
    [[{ benchmark: 'a' }]],
    [[{ mechanism: 'timer' }]],
    [[{ benchmark: 'a', mechanism: 1 }]],
    [['a']],
  ])('refuses %j', (text) => {
    expect(read(text)).toMatchObject({ ok: false, issue: { source: 'rules.json' } });
  });
});
