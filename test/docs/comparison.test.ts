/** docs/comparison.schema.json: what `vmtoll compare --json` prints, and every key of it. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { METHODS, VERDICTS } from '../../src/benchmarks/comparison/comparison.js';
import { FACT_NAMES } from '../../src/benchmarks/model.js';
import { vmtoll } from '../support/cli.js';

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly enum?: readonly (string | null)[];
  readonly $defs: Readonly<Record<string, Schema>>;
}

const schema = JSON.parse(readFileSync('docs/comparison.schema.json', 'utf8')) as Schema;
/** Compiled strictly: an unknown keyword or a required key that is not described is an error. */
const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  schema as AnySchemaObject,
);

const [NATIVE, VM] = ['native', 'vm'].map((side) => `fixtures/benchmarks/native-vs-vm/${side}`);
const printed = (...args: string[]) =>
  JSON.parse(vmtoll(['compare', ...args, '--json']).stdout) as Record<string, unknown>;

describe('the schema', () => {
  test.each([
    ['both sides', [NATIVE, VM]],
    ['exchanged sides', [VM, NATIVE]],
    ['one file on both sides', [`${VM}/hyperfine.json`, `${VM}/hyperfine.json`]],
    ['nothing in common', [`${NATIVE}/fio.json`, `${VM}/hyperfine.json`]],
    ['one run a side', ['fixtures/benchmarks/samples/fio.json', 'fixtures/benchmarks/samples/fio.json']],
  ])('describes what is printed: %s', (_, args) => {
    expect([validate(printed(...args)), validate.errors]).toEqual([true, null]);
  });

  test('is strict: a key more, a key less and a wrong word are errors', () => {
    const good = printed(NATIVE, VM) as { pairs: Record<string, unknown>[] };
    const withPair = (change: object) => ({ ...good, pairs: [{ ...good.pairs[0], ...change }] });
    for (const bad of [
      { ...good, more: 1 },
      { ...good, geomean: undefined },
      withPair({ verdict: 'worse' }),
      withPair({ n: [6] }),
      withPair({ q: '0.01' }),
      withPair({ rank: undefined }),
    ]) {
      expect(validate(JSON.parse(JSON.stringify(bad)))).toBe(false);
    }
  });

  test('describes every key, and no other', () => {
    const visit = (node: Schema, path: string): void => {
      const target = node.$ref === undefined ? node : schema.$defs[node.$ref.replace('#/$defs/', '')];
      if (target.items !== undefined) visit(target.items, `${path}[]`);
      if (target.properties === undefined) return;
      expect(target.additionalProperties, path).toBe(false);
      for (const [key, inside] of Object.entries(target.properties)) {
        expect(inside.description ?? '', `${path}.${key}`).toMatch(/\S/);
        visit(inside, `${path}.${key}`);
      }
    };
    visit(schema, '');
  });

  test('promises the keys of the contract', () => {
    expect(schema.required).toEqual(expect.arrayContaining('version pairs unpaired geomean issues'.split(' ')));
    const contract = 'benchmark metric unit slowdown ciLow ciHigh p q verdict n rank mechanism';
    expect(schema.$defs['pair'].required).toEqual(expect.arrayContaining(contract.split(' ')));
  });

  test('has the words of the code', () => {
    const { verdict, method } = schema.$defs['pair'].properties!;
    expect([verdict.enum, method.enum]).toEqual([[...VERDICTS], [...METHODS]]);
    expect(Object.keys(schema.$defs['facts'].properties!)).toEqual([...FACT_NAMES]);
  });
});
