import { anything, assert, json, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../src/benchmarks/importers/fields.js';
import { structureOf } from '../../../src/benchmarks/importers/json-structure.js';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

const containersOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((sum, inner) => sum + containersOf(inner), 1)
    : 0;

describe('structure of JSON', () => {
  it('is as deep as what JSON.parse makes of it, and has no doubled keys', () => {
    assert(
      property(json(), (text) => {
        const value: unknown = JSON.parse(text);
        expect(structureOf(text)).toEqual({
          depth: depthOf(value),
          containers: containersOf(value),
          doubledKey: undefined,
        });
      }),
    );
  });

  it('finds a key that stands twice in one object, whatever its name and its neighbours', () => {
    assert(
      property(string(), anything({ values: [string()], maxDepth: 2 }), (key, value) => {
        const [name, between] = [JSON.stringify(key), JSON.stringify({ [`${key}2`]: value ?? null })];
        const text = `[${between}, {${name} : [{${name}: 1}], "x${key.length}y": ${between}, ${name}:2}]`;
        expect(structureOf(text).doubledKey).toEqual({ key: name.slice(1, -1), offset: text.lastIndexOf(name) });
      }),
    );
  });

  it('takes equal keys of different objects and equal texts for what they are', () => {
    for (const text of [
      '{"a":{"a":1}}',
      '[{"a":1},{"a":2}]',
      '{"a":"a","b":["a","a"]}',
      '{"a":"\\"a\\":1,\\"a\\":2"}',
    ]) {
      expect(structureOf(text).doubledKey).toBeUndefined();
    }
  });

  it('takes any text', () => {
    assert(
      property(string(), (text) => {
        expect(structureOf(text).depth).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(structureOf(']]]}}}"abc').depth).toBe(0);
  });

  it('keeps JSON that is nested too deeply from being parsed', () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(parseJson(nested(100), 'x').ok).toBe(true);
    expect(parseJson(nested(101), 'x')).toMatchObject({ ok: false, issue: { code: 'too-complex' } });
    expect(parseJson(`\uFEFF${nested(1)}`, 'x')).toEqual({ ok: true, value: [] });
  });
});
