/** What --junit writes is read by those who read JUnit XML: an XML schema, and xmllint, say so. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Check, CheckedLimit } from '../../src/budgets/check.js';
import { junitXml } from '../../src/report/junit.js';
import { hasTools } from '../support/knob-tools.js';

const SCHEMA = join(import.meta.dirname, '../support/junit.xsd');

const limit = (given: Partial<CheckedLimit>): CheckedLimit => ({
  name: 'lost',
  line: 3,
  kind: 'time',
  machine: null,
  verdict: 'ok',
  unit: 'share',
  sense: 'most',
  limit: 0.1,
  measured: 0.05,
  lowest: 0.05,
  highest: 0.05,
  note: null,
  remedy: null,
  ...given,
});

/** With names and notes that may hold anything. */
const checked = (allowsUnjudged: boolean): Check => {
  const limits = [
    limit({}),
    limit({
      line: 4,
      name: `a<b & "c" 'd' ]]> \u0000\u001b[31m\u202e`,
      verdict: 'broken',
      measured: 0.2,
      note: 'x > y',
    }),
    limit({ line: 5, machine: 'vm"1"', verdict: 'unjudged', measured: null, note: 'no <events>\uFFFF' }),
  ];
  return {
    version: 1,
    budget: 'b&<.yaml',
    recordings: ['a "trace".dat', 'b.dat'],
    verdict: 'broken',
    allowsUnjudged,
    counts: { ok: 1, broken: 1, unjudged: 1 },
    limits,
  };
};

/** What xmllint says of it; undefined: it is valid. */
function complaintOf(xml: string): string | undefined {
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', SCHEMA, '-'], {
    input: xml,
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr;
}

describe('the message of a limit', () => {
  const messageOf = (given: Partial<CheckedLimit>) => {
    const limits = [limit({ verdict: 'broken', ...given })];
    return /message="([^"]*)"/.exec(junitXml({ ...checked(false), limits }))![1];
  };

  test('has as many digits as tell what was measured from what is allowed', () => {
    expect(messageOf({ measured: 0.646_39, limit: 0.646 })).toBe('64.64 %, but at most 64.60 % is allowed');
  });

  test('says how to record what cannot be judged', () => {
    const given = { verdict: 'unjudged', note: 'events were lost', remedy: 'Record <more>.' } as const;
    expect(messageOf(given)).toBe('cannot be judged (at most 10.0 %): events were lost. Record &lt;more&gt;.');
  });

  test('says that a least is required', () => {
    expect(messageOf({ measured: 0.04, limit: 0.05, sense: 'least' })).toBe('4.00 %, but at least 5.00 % is required');
  });
});

describe('JUnit XML', () => {
  if (!hasTools('xmllint')) {
    test.skip('NOT CHECKED: xmllint is not installed (npm run test:setup installs it)', () => {});
    return;
  }

  test.each([true, false])('is valid by the schema, where limits may stay unjudged: %s', (allows) => {
    expect(complaintOf(junitXml(checked(allows)))).toBeUndefined();
  });

  test('the numbers of the suite are those of its cases', () => {
    for (const allows of [true, false]) {
      const xml = junitXml(checked(allows));
      const count = (element: string) => [...xml.matchAll(new RegExp(`<${element}[ >]`, 'g'))].length;
      const [, tests, failures, errors, skipped] = /tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/
        .exec(xml)!
        .map(Number);
      expect([tests, failures, errors, skipped]).toEqual(['testcase', 'failure', 'error', 'skipped'].map(count));
    }
  });

  test.each([
    ['an attribute that nobody reads', (xml: string) => xml.replace('classname=', 'class=')],
    ['a case without a name', (xml: string) => xml.replace(/<testcase name="[^"]*"/, '<testcase')],
    ['a number that is none', (xml: string) => xml.replace('tests="3"', 'tests="many"')],
    ['two outcomes of one case', (xml: string) => xml.replace('<failure', '<skipped/><failure')],
  ])('the schema refuses %s', (_, damage) => {
    const xml = junitXml(checked(false));
    expect(damage(xml)).not.toBe(xml);
    expect(complaintOf(damage(xml))).toContain('fails to validate');
  });
});
