/** Reading plans: defaults, and complaints that name the line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IMPORTERS } from '../../../src/benchmarks/importers/registry.js';
import { MECHANISMS } from '../../../src/benchmarks/mechanisms.js';
import { type Plan, parseTimeSpan } from '../../../src/benchmarks/running/plan.js';
import { readPlan } from '../../../src/benchmarks/running/plan-file.js';

const SMALLEST = `version: 1
sides:
  native: { where: host }
  vm: { prefix: [ssh, guest] }
benchmarks:
  - { name: a, command: [true] }
`;

function planOf(text: string): Plan {
  const reading = readPlan(text, 'plan.yaml');
  if (!reading.ok) throw new Error(reading.issues.map(({ message }) => message).join('\n'));
  return reading.plan;
}

function complaintsOf(text: string): string[] {
  const reading = readPlan(text, 'plan.yaml');
  if (reading.ok) throw new Error('no complaint');
  return reading.issues.map(({ message }) => message);
}

test('the smallest plan, with what it leaves out', () => {
  expect(planOf(SMALLEST)).toEqual({
    version: 1,
    sides: {
      native: { kind: 'prefix', prefix: [], quote: 'none', values: {} },
      vm: { kind: 'prefix', prefix: ['ssh', 'guest'], quote: 'shell', values: {} },
    },
    repeats: 10,
    warmup: 1,
    benchmarks: [{ name: 'a', command: ['true'], result: 'auto', timeoutMs: 600_000 }],
  });
});

test('words are taken as they are written, numbers and truth values too', () => {
  const { benchmarks } = planOf(SMALLEST.replace('[true]', '[taskset, -c, 0, 0x10, 1.50, "a b", yes, ~/x]'));
  expect(benchmarks[0].command).toEqual(['taskset', '-c', '0', '0x10', '1.50', 'a b', 'yes', '~/x']);
});

test('a plan is YAML, so it may be JSON', () => {
  expect(planOf(JSON.stringify(planSource()))).toEqual(planOf(SMALLEST));
});

const planSource = () => ({
  version: 1,
  sides: { native: { where: 'host' }, vm: { prefix: ['ssh', 'guest'] } },
  benchmarks: [{ name: 'a', command: [true] }],
});

describe('a mistake is told with its line', () => {
  /** The wrong line, written over `instead` of the smallest plan, and a part of what must be said about it. */
  const MISTAKES: readonly (readonly [wrong: string, instead: string, says: string])[] = [
    ['version: 2', 'version: 1', 'version must be 1'],
    ['repeat: 3', 'version: 1', 'has no key "repeat"'],
    ['version: 1\nrepeats: 0', 'version: 1', 'repeats must be a whole number from 1'],
    ['version: 1\nwarmup: -1', 'version: 1', 'warmup must be a whole number from 0'],
    ['version: 1\nrepeats: ten', 'version: 1', 'repeats must be a whole number'],
    ['version: 1\ntimeLimit: soon', 'version: 1', 'timeLimit must be a time'],
    ['version: 1\ntimeLimit: 481h', 'version: 1', 'timeLimit must be a time'],
    ['  guest: { where: host }', '  native: { where: host }', 'sides has no key "guest"'],
    ['  native: { where: there }', '  native: { where: host }', 'where can only be "host"'],
    ['  native: {}', '  native: { where: host }', 'native needs one of'],
    ['  native: { where: host, prefix: [nice] }', '  native: { where: host }', 'native needs one of'],
    ['  native: { prefix: nice }', '  native: { where: host }', 'prefix of native must be a list'],
    ['  native: { prefix: [] }', '  native: { where: host }', 'prefix of native names no program'],
    ['  native: { prefix: [""] }', '  native: { where: host }', 'prefix of native names no program'],
    ['  native: { prefix: [nice], quote: double }', '  native: { where: host }', 'quote cannot be "double"'],
    ['  native: { console: { command: [cat], template: ls } }', '  native: { where: host }', 'must hold {begin}'],
    ['  native: { console: { command: [cat] }, quote: shell }', '  native: { where: host }', 'always a shell'],
    ['  native: { where: host, values: { 1: a } }', '  native: { where: host }', 'name of a value'],
    ['  - { name: a }', '  - { name: a, command: [true] }', 'either "command"'],
    ['  - { name: a, command: [x], shell: x }', '  - { name: a, command: [true] }', 'either "command"'],
    ['  - { name: a, command: true }', '  - { name: a, command: [true] }', 'command must be a list'],
    ['  - { name: a, command: [] }', '  - { name: a, command: [true] }', 'command names no program'],
    ['  - { name: a, command: [[x]] }', '  - { name: a, command: [true] }', 'a word of command must be a text'],
    ['  - { name: a, command: ["\\0"] }', '  - { name: a, command: [true] }', 'without NUL'],
    ['  - { name: "", command: [x] }', '  - { name: a, command: [true] }', 'name must be 1 to 200'],
    ['  - { name: "a\\e[31m", command: [x] }', '  - { name: a, command: [true] }', 'name must be 1 to 200'],
    ['  - { name: a, command: [x], result: fioo }', '  - { name: a, command: [true] }', 'result cannot be "fioo"'],
    ['  - { name: a, command: [x], timeout: 0s }', '  - { name: a, command: [true] }', 'timeout must be a time'],
    ['  - { name: a, command: [x], colour: red }', '  - { name: a, command: [true] }', 'has no key "colour"'],
    ['  - just words', '  - { name: a, command: [true] }', 'a benchmark must be a mapping'],
    ['  - { name: a, command: [true }', '  - { name: a, command: [true] }', ''],
  ];

  test.each(MISTAKES)('%s', (wrong, instead, says) => {
    const text = SMALLEST.replace(`${instead}\n`, `${wrong}\n`);
    const line = text.split('\n').indexOf(wrong.split('\n').at(-1)!) + 1;
    const complaints = complaintsOf(text);
    expect(complaints.filter((one) => one.startsWith(`plan.yaml:${line}:`) && one.includes(says))).not.toEqual([]);
  });

  test('all of them at once', () => {
    const text = SMALLEST.replace('version: 1', 'version: 3\nrepeats: x')
      .replace('where: host', 'where: moon')
      .replace('[true]', '7');
    expect(complaintsOf(text).map((one) => /^plan\.yaml:(\d+):/.exec(one)?.[1])).toEqual(['1', '4', '2', '7']);
  });

  test('what is missing, and what is there twice', () => {
    expect(complaintsOf('version: 1\n')).toHaveLength(2);
    expect(complaintsOf('')).toEqual([expect.stringContaining('empty')]);
    const twice = SMALLEST + SMALLEST.split('\n').at(-2)!;
    expect(complaintsOf(twice)).toEqual([expect.stringMatching(/^plan\.yaml:7:.*a second benchmark is called "a"/)]);
    const names = SMALLEST.replace('where: host', 'where: host, values: { disk: x }');
    expect(complaintsOf(names)).toEqual([expect.stringContaining('values of the same names')]);
  });

  test('an alias, which a small file could grow with, is refused', () => {
    const text = SMALLEST.replace('[true]', '&c [true]').concat('  - { name: b, command: *c }\n');
    expect(complaintsOf(text)).toEqual([expect.stringMatching(/^plan\.yaml:7:.*command must be a list/)]);
  });
});

describe('no text does harm', () => {
  test('nested deeply, or very long', () => {
    expect(complaintsOf('['.repeat(8_000))).not.toEqual([]);
    expect(complaintsOf(`a: ${'{a: '.repeat(3_000)}`)).not.toEqual([]);
    expect(complaintsOf('x'.repeat(2 ** 20 + 1))).toEqual([expect.stringContaining('longer than')]);
  });

  test('too many runs', () => {
    const text = SMALLEST.replace('version: 1', 'version: 1\nrepeats: 10000');
    expect(complaintsOf(text)).toEqual([expect.stringContaining('20002 runs')]);
  });

  test('a part of a plan, or one with any characters changed, is read or complained about', () => {
    const characters = fc.array(
      fc.tuple(fc.nat(SMALLEST.length - 1), fc.constantFrom(...'{}[]:,-"\'&*!|>#%@` \t\n\0é'.split(''))),
    );
    fc.assert(
      fc.property(fc.nat(SMALLEST.length), characters, (length, changes) => {
        const text = SMALLEST.split('');
        for (const [at, character] of changes) text[at] = character;
        const reading = readPlan(text.join('').slice(0, length), 'plan.yaml');
        const places = reading.ok ? [] : reading.issues.map(({ message }) => message);
        for (const place of places) expect(place).toMatch(/^plan\.yaml:\d+:\d+: |^\d+ more of the kind "bad-plan"$/);
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['60', 60_000],
  ['1.5h', 5_400_000],
  ['480h', 1_728_000_000],
  ['481h', undefined],
  ['999999999h', undefined],
  ['0s', undefined],
  ['-1s', undefined],
  ['1d', undefined],
  ['', undefined],
])('the time %s is %s ms', (text, ms) => {
  expect(parseTimeSpan(text)).toBe(ms);
});

describe('what comes with vmtoll', () => {
  const PLANS = readdirSync('plans').map((name) => join('plans', name));
  const mechanismsOf = (path: string): Set<string> =>
    new Set(planOf(readFileSync(path, 'utf8')).benchmarks.map(({ mechanism }) => mechanism!));

  test.each(PLANS)('%s is a plan, and every benchmark names a known mechanism', (path) => {
    const known = MECHANISMS.map(({ id }) => id);
    for (const mechanism of mechanismsOf(path)) expect(known).toContain(mechanism);
  });

  test('the plan with stress-ng and fio covers each mechanism, those with the probe all but disk and network', () => {
    const all = MECHANISMS.map(({ id }) => id);
    expect([...mechanismsOf('plans/stress-ng-fio.yaml')].sort()).toEqual(all.toSorted());
    const elsewhere = ['disk', 'network'];
    const ofProbe = all.filter((id) => !elsewhere.includes(id)).sort();
    expect([...mechanismsOf('plans/general-rule.yaml')].sort()).toEqual(ofProbe);
    const onArm64 = ofProbe.filter((id) => id !== 'device-register');
    expect([...mechanismsOf('plans/general-rule-arm64.yaml')].sort()).toEqual(onArm64);
  });

  test('the document: its plan can be read, and it names every importer', () => {
    const document = readFileSync('docs/benchmark-plans.md', 'utf8');
    const [, plan] = /```yaml\n(.*?)```/s.exec(document)!;
    expect(planOf(plan).benchmarks).toHaveLength(2);
    for (const { id } of IMPORTERS) expect(document).toContain(`\`${id}\``);
  });
});
