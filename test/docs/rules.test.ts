/**
 * docs/rules is what the rules say of themselves, and the table there is what they find in the bundled recordings.
 * `npx vitest run test/docs/rules.test.ts -u` writes the pages.
 */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/findings/registry.js';
import { rulePage, rulesIndex } from '../../src/report/markdown/rules.js';
import { explanationOf, realRecordings } from '../support/explained.js';

const FOLDER = resolve(import.meta.dirname, '../../docs/rules');

describe('docs/rules', () => {
  test.each(RULES.map((rule) => [rule.id, rule] as const))('%s.md', async (id, rule) => {
    await expect(rulePage(rule)).toMatchFileSnapshot(`${FOLDER}/${id}.md`);
  });

  test('README.md: which rule fires where', async () => {
    const fired = new Map<string, readonly string[]>();
    for (const { scenario, file, name } of realRecordings()) {
      if (!scenario.name.startsWith('fixtures/')) continue;
      const { findings } = await explanationOf(scenario, file);
      fired.set(name.replace('fixtures/', ''), [...new Set(findings.map(({ rule }) => rule))]);
    }
    await expect(rulesIndex(RULES, fired)).toMatchFileSnapshot(`${FOLDER}/README.md`);
  });

  test('has no page of a rule that is not there', () => {
    const pages = readdirSync(FOLDER).filter((name) => name !== 'README.md');
    expect(pages.sort()).toEqual(RULES.map(({ id }) => `${id}.md`).sort());
  });
});
