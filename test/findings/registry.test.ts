import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/findings/registry.js';

const RULE_FILES = resolve(import.meta.dirname, '../../src/findings/rules');
const TESTS = resolve(import.meta.dirname, 'rules');

/** What tests call to explain a recording, real, simulated or written; evidence made by hand goes around the engine. */
const EXPLAINS = /\b(?:known|explainLines|explainPaths|explainXenRecords|explanationOf(?:Host|Xen)?)\(/;

describe('rules', () => {
  test('are all in the registry, by the names of their files', () => {
    const files = readdirSync(RULE_FILES).map((file) => file.replace(/\.ts$/, ''));
    expect(files.sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  test.each(RULES.map(({ id }) => id))('%s has tests over recordings that go through the whole engine', (id) => {
    // Its file is where one looks; what several rules find on hosts made for one cause each is in the second.
    const own = readFileSync(resolve(TESTS, `${id}.test.ts`), 'utf8');
    const ofHosts = readFileSync(resolve(import.meta.dirname, 'qnx-hosts.test.ts'), 'utf8');
    expect(EXPLAINS.test(own) || ofHosts.includes(`'${id}'`)).toBe(true);
  });
});
