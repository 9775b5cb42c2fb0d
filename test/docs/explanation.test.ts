/** The JSON of `vmtoll explain --json`: its schema, its description for people, and the documents themselves. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { GRADES } from '../../src/explain/explanation.js';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { CAUSES } from '../../src/recording/causes.js';
import { vmtoll } from '../support/cli.js';
import { explanationOf, realRecordings } from '../support/explained.js';
import { readMarkdown } from '../support/markdown.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

interface Schema {
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const schema = JSON.parse(readFileSync('docs/explanation.schema.json', 'utf8')) as Schema;
const document = readMarkdown('docs/explanation.md');

function resolve(node: Schema): Schema {
  if (node.$ref === undefined) return node;
  const target = schema.$defs?.[node.$ref.replace('#/$defs/', '')];
  if (target === undefined) throw new Error(`${node.$ref} leads nowhere`);
  return target;
}

/** The node at a path such as `machines[].vcpus[].ledgerNs`; '' is the document. */
function nodeAt(path: string): Schema {
  let node = schema;
  for (const step of path.split('.').filter(Boolean)) {
    const inside = resolve(node).properties?.[step.replace('[]', '')];
    if (inside === undefined) throw new Error(`the schema has no ${path}`);
    node = resolve(inside);
    if (step.endsWith('[]')) node = resolve(node.items!);
  }
  return node;
}

/** Every object with fixed keys, and the path at which it was met first. */
function objects(): Map<Schema, string> {
  const found = new Map<Schema, string>();
  const visit = (node: Schema, path: string): void => {
    const target = resolve(node);
    if (target.items !== undefined) visit(target.items, `${path}[]`);
    if (target.properties === undefined || found.has(target)) return;
    found.set(target, path);
    for (const [key, inside] of Object.entries(target.properties)) visit(inside, path === '' ? key : `${path}.${key}`);
  };
  visit(schema, '');
  return found;
}

/** Compiled strictly: an unknown keyword or a required key that is not described is an error. */
const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  schema as AnySchemaObject,
);

function expectValid(value: unknown): void {
  expect([validate(value), validate.errors]).toEqual([true, null]);
}

describe('the schema', () => {
  test.each(realRecordings())('describes $name', async ({ scenario, file }) => {
    expectValid(JSON.parse(JSON.stringify(await explanationOf(scenario, file))));
  });

  test('describes what the command prints', () => {
    const trace = pathIn(scenario('m-mixed', 'trace.dat'), 'trace.dat');
    const benchmarks = 'fixtures/benchmarks/native-vs-vm';
    const sides = ['--native', `${benchmarks}/native/kbench.jsonl`, '--vm', `${benchmarks}/rec/cpuid/samples.jsonl`];
    const recorded = pathIn(scenario('cpuid', 'trace.dat'), 'trace.dat');
    for (const args of [
      ['demo'],
      ['explain', trace, '--last', '500ms'],
      ['explain', trace, '--vcpu', '0'],
      ['explain', recorded, ...sides],
      ['explain', recorded, ...sides, '--vm-unrecorded', `${benchmarks}/vm/kbench.jsonl`],
      ['explain', recorded, ...sides, '--from', '11s', '--to', '11.2s'],
    ]) {
      expectValid(JSON.parse(vmtoll([...args, '--json']).stdout));
    }
  });

  test('is strict: a key more, a key less and a wrong type are errors', async () => {
    const good = JSON.parse(JSON.stringify(await explanationOf(scenario('m-mixed', 'trace.dat')!, 'trace.dat')));
    expectValid(good);
    for (const bad of [
      { ...good, more: 1 },
      { ...good, sources: undefined },
      { ...good, version: 2 },
      { ...good, recording: { ...good.recording, durationNs: '1' } },
      { ...good, exits: [{ ...good.exits[0], ledgerNs: { ...good.exits[0].ledgerNs, guest: 1 } }] },
      { ...good, quality: { ...good.quality, grade: 'E' } },
    ]) {
      expect(validate(JSON.parse(JSON.stringify(bad)))).toBe(false);
    }
  });

  test('allows no further key anywhere, and describes every key', () => {
    for (const [node, path] of objects()) {
      expect(node.additionalProperties, path).toBe(false);
      for (const [key, value] of Object.entries(node.properties!)) {
        const { description = resolve(value).description } = value;
        expect(description ?? '', `${path}.${key}`).toMatch(/\S/);
        const { type } = resolve(value);
        const isTime = (key.endsWith('Ns') || key === 'ns') && [type].flat().includes('integer');
        if (isTime) expect(description, `${path}.${key}`).toMatch(/Nanoseconds/);
      }
    }
  });

  test('has the words of the code', () => {
    expect(schema.$defs?.['cause'].enum).toEqual([...CAUSES]);
    expect(Object.keys(nodeAt('totals.ledgerNs').properties!)).toEqual([...ACCOUNTS]);
    expect(nodeAt('quality.grade').enum).toEqual([...GRADES]);
    for (const cause of CAUSES) expect(document).toContain(`\`${cause}\``);
  });

  test.each([
    ['', 'version recording machines sources exits culprits findings quality'],
    ['recording', 'format hypervisor clock durationNs events lostEvents pcpus'],
    ['machines[]', 'id name vcpus'],
    ['machines[].vcpus[]', 'id thread durationNs exits ledgerNs'],
    ['machines[].vcpus[].ledgerNs', 'guest hypervisor vmm interrupt poll idle blocked wakeup preempted unknown'],
    ['sources', 'guestExitsNs interruptsNs overloadNs'],
    ['exits[]', 'machine vcpu cause reason detail device count ledgerNs p50Ns p99Ns maxNs'],
    ['exits[].ledgerNs', 'hypervisor vmm interrupt poll idle blocked wakeup preempted unknown'],
    ['culprits[]', 'machine vcpu account name ns count'],
    ['findings[]', 'rule title costNs share evidence remedy verify confidence'],
    ['quality', 'grade issues'],
    ['quality.issues[]', 'code message'],
  ])('promises the keys of "%s"', (path, keys) => {
    expect(nodeAt(path).required).toEqual(expect.arrayContaining(keys.split(' ')));
  });
});

describe('docs/explanation.md', () => {
  /** Keys in the first column of the table of each section, by the path in its heading. */
  function documented(): Map<string, string[]> {
    const sections = new Map<string, string[]>();
    for (const section of document.split(/^##+ /m).slice(1)) {
      const path = section.startsWith('The document\n') ? '' : /^`([^`\n]+)`\n/.exec(section)?.[1];
      const rows = [...section.matchAll(/^\|(`[^|]+)\|/gm)].map(([, cell]) => cell);
      const keys = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, key]) => key));
      if (path !== undefined && keys.length > 0) sections.set(path, keys);
    }
    return sections;
  }

  test('explains exactly the keys of the schema, each object once', () => {
    const missing = objects();
    for (const [path, keys] of documented()) {
      const node = nodeAt(path);
      expect(keys, path).toEqual(Object.keys(node.properties!));
      expect(missing.delete(node), `${path} is explained twice`).toBe(true);
    }
    expect([...missing.values()]).toEqual([]);
  });

  test('says which keys may be missing', () => {
    const optional = [...objects().keys()].flatMap(({ properties, required }) =>
      Object.keys(properties!).filter((key) => !required!.includes(key)),
    );
    const said = [...document.matchAll(/^\|`(\w+)` \(may be missing\)\|/gm)].map(([, key]) => key);
    expect(said.sort()).toEqual(optional.sort());
  });

  test('shows real output', () => {
    const [, shown] = /^```json\n(.*?)^```$/ms.exec(document)!;
    const real = JSON.parse(vmtoll(['demo', '--json']).stdout) as Record<string, unknown>;
    for (const [key, value] of Object.entries(JSON.parse(shown) as object)) {
      expect(contains(real[key], value), key).toBe(true);
    }
  });
});

/** Everything in `part` is in `whole`; lists may lack elements, objects keys. */
function contains(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return whole === part;
  if (typeof whole !== 'object' || whole === null) return false;
  if (Array.isArray(part)) {
    return Array.isArray(whole) && part.every((element) => whole.some((candidate) => contains(candidate, element)));
  }
  return Object.entries(part).every(([key, value]) => contains((whole as Record<string, unknown>)[key], value));
}
