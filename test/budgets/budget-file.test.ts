/** Reading budgets: complaints with line and column, and the schema beside the reader. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type BudgetReading, readBudget } from '../../src/budgets/budget-file.js';

const RULES = ['some-rule'];
const read = (text: string): BudgetReading => readBudget(text, 'budget.yaml', RULES);
const withLimit = (limit: string) => `version: 1\nlimits:\n  - ${limit}\n`;

function complaintsOf(text: string): string[] {
  const reading = read(text);
  return reading.ok ? [] : reading.issues.map(({ message }) => message);
}

const schema = JSON.parse(readFileSync('docs/budget.schema.json', 'utf8')) as AnySchemaObject;
const isValid = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);

const GOOD = [
  '{ time: vmm, most: 5 % }',
  '{ time: guest, least: 40%, name: enough guest time }',
  '{ time: [wakeup, preempted], most: 1.5ms }',
  '{ time: lost, of: wanted, most: 100 %, machine: each }',
  '{ time: [blocked, kept-out], most: 5 % }',
  '{ time: hypervisor, cause: page-fault, device: "a b", most: 10 us }',
  '{ rate: exits, most: 0 }',
  '{ rate: vmm-exits, reason: IOIO, least: 1000/s }',
  '{ length: p99.9, detail: "port 0x3f8, 1-byte write", most: 200µs }',
  '{ length: max, most: 1s }',
  '{ findings: any, most: 0 }',
  '{ findings: some-rule, confidence: high, above: 1 %, most: 3 }',
  '{ quality: grade, least: A }',
  '{ quality: lost-events, most: 0 }',
  '{ quality: unknown, most: 0.5 % }',
];

/** What is wrong, where it is told (column of line 3), and a part of what is said. */
const BAD: readonly (readonly [limit: string, column: number, says: string])[] = [
  ['{ time: vmm, most: 5 }', 24, 'most must be a share'],
  ['{ time: vmm, most: 101 % }', 24, 'most must be a share'],
  ['{ time: vmm, most: -1 % }', 24, 'most must be a share from 0 % to 100 % ("5 %") or a time of 0 or more'],
  ['{ rate: exits, most: -1 }', 26, 'a rate per second of 0 or more'],
  ['{ tim: vmm, most: 5 % }', 5, 'exactly one of these keys'],
  ['{ time: vmm, rate: exits, most: 5 % }', 5, 'exactly one of these keys'],
  ['{ time: vmm, couse: cpuid, most: 5 % }', 18, 'has no key "couse"'],
  ['{ time: vmm, cause: cpuids, most: 5 % }', 25, 'cause cannot be "cpuids"'],
  ['{ time: steal, most: 5 % }', 13, 'time cannot be "steal"'],
  ['{ time: vmm }', 5, 'either "most" or "least"'],
  ['{ time: vmm, most: 5 %, least: 1 % }', 5, 'either "most" or "least"'],
  ['{ time: [vmm, vmm], most: 5 % }', 13, 'twice'],
  ['{ time: [], most: 5 % }', 13, 'at least one account'],
  ['{ time: [vmm, lost], most: 5 % }', 13, 'only accounts can be added up'],
  ['{ rate: exits, most: 5 % }', 26, 'a rate per second'],
  ['{ rate: entries, most: 5 }', 13, 'rate cannot be'],
  ['{ length: p95, most: 5ms }', 15, 'length cannot be "p95"'],
  ['{ length: p99, most: 5 }', 26, 'a time'],
  ['{ length: p99, least: 5ms }', 27, 'only have "most"'],
  ['{ findings: any, most: 1.5 }', 28, 'a whole number'],
  ['{ findings: any, confidence: sure, most: 1 }', 34, 'confidence cannot be'],
  ['{ quality: grade, least: E }', 30, 'one of A, B, C, D, F'],
  ['{ quality: grade, most: B }', 29, 'can only have "least"'],
  ['{ quality: unknown, most: 3 }', 31, 'a share'],
  ['{ quality: lost-events, most: 3 % }', 35, 'a whole number'],
  ['{ time: vmm, most: 5 %, name: "" }', 35, '1 to 200 printable'],
  ['[time, vmm]', 5, 'must be a mapping'],
];

/** Wrong in itself, but nothing that a schema can say. */
const BEYOND_THE_SCHEMA: typeof BAD = [
  ['{ findings: no-rule, most: 0 }', 17, 'findings cannot be "no-rule"'],
  ['{ time: overload, cause: halt, most: 5 % }', 5, '"overload" cannot be limited to some exits; these times can: hyp'],
  ['{ time: guest, reason: hlt, most: 5 % }', 5, 'blocked, wakeup, preempted, lost, guest-delay, host-cost'],
  ['{ time: vmm, of: wanted, most: 5ms }', 22, 'the limit is a time'],
  [
    '{ time: idle, of: wanted, most: 5 % }',
    23,
    '"idle" is no part of the time that guests wanted; these are: guest, hyp',
  ],
  ['{ time: [vmm, poll], of: wanted, most: 5 % }', 30, '"poll" is no part'],
  ['{ time: blocked, cause: vm-control, of: wanted, most: 5 % }', 45, 'kept out wanted nothing'],
  ['{ time: kept-out, of: wanted, most: 5 % }', 27, '"kept-out" is no part'],
  ['{ time: host-cost, of: wanted, most: 5 % }', 28, '"host-cost" is no part'],
];

describe('a limit', () => {
  test.each(GOOD)('%s is understood, and valid by the schema', (limit) => {
    expect(complaintsOf(withLimit(limit))).toEqual([]);
    expect([isValid(parse(withLimit(limit))), isValid.errors]).toEqual([true, null]);
  });

  test.each([...BAD, ...BEYOND_THE_SCHEMA])('%s is refused at column %i: %s', (limit, column, says) => {
    const [complaint] = complaintsOf(withLimit(limit));
    expect(complaint).toContain(says);
    expect(complaint.slice(0, complaint.indexOf(': '))).toBe(`budget.yaml:3:${column}`);
  });

  test.each(BAD)('%s is not valid by the schema either', (limit) => {
    expect(isValid(parse(withLimit(limit)))).toBe(false);
  });
});

describe('a budget', () => {
  test.each([
    ['', 'the file is empty'],
    ['version: 2\nlimits: [{ rate: exits, most: 1 }]', 'version must be'],
    ['limits: [{ rate: exits, most: 1 }]', '"version" is missing'],
    ['version: 1', '"limits" is missing'],
    ['version: 1\nlimits: []', 'there must be 1 to 1000 limits'],
    ['version: 1\nlimits: [{ rate: exits, most: 1 }]\nmore: 1', 'has no key "more"'],
    ['version: 1\nversion: 1\nlimits: [{ rate: exits, most: 1 }]', 'budget.yaml:2:1: '],
    [`version: 1\nlimits: [{ rate: exits, most: 1 ]`, 'budget.yaml:2:'],
    [`version: 1\nlimits: ${'['.repeat(200_000)}`, 'nested too deeply'],
    [`version: 1\nlimits: ${'[\n'.repeat(5000)}`, 'nested too deeply'],
    [`limits:\n${'- '.repeat(20_000)}x`, 'nested too deeply'],
    [`limits:\n${Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}- x:`).join('\n')}`, 'nested'],
    ['x'.repeat(2 ** 20 + 1), 'longer than'],
  ])('%# is refused: %2$s', (text, says) => {
    expect(complaintsOf(text).join('\n')).toContain(says);
  });

  test('all mistakes are told at once', () => {
    const limits = BAD.slice(0, 5).map(([limit]) => `  - ${limit}`);
    expect(complaintsOf(`version: 1\nlimits:\n${limits.join('\n')}\n`).map((text) => text.split(':')[1])).toEqual(
      limits.map((_, index) => String(index + 3)),
    );
  });

  test('each of 50 mistakes is told with its line, more of them are counted', () => {
    const complaints = (mistakes: number) =>
      complaintsOf(`version: 1\nlimits:\n${'  - { time: vmm, most: -5 % }\n'.repeat(mistakes)}`);
    expect(complaints(50).map((text) => /^budget\.yaml:(\d+):24: most must/.exec(text)?.[1])).toEqual(
      Array.from({ length: 50 }, (_, index) => String(index + 3)),
    );
    expect(complaints(52)).toHaveLength(51);
    expect(complaints(52).at(-1)).toContain('2 more');
  });

  test('whatever the text is, it is read or refused', () => {
    const word = fc.constantFrom(
      ...GOOD,
      ...BAD.map(([limit]) => limit),
      '- ',
      '\n',
      '  ',
      '{',
      '[',
      '&a',
      '*a',
      '"',
      '!!x',
      '% ',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 8 })), { maxLength: 12 }), (words) => {
        const text = `version: 1\nlimits:\n  - ${words.join('')}`;
        const reading = read(text);
        expect(reading.ok || reading.issues.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
