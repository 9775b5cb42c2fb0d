/**
 * docs/rules is what the rules say of themselves, and the table there is what they find in the bundled recordings.
 * `npx vitest run test/docs/rules.test.ts -u` writes the pages.
 */
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/findings/registry.js';
import { RULE_TOPICS } from '../../src/report/markdown/rule-topics.js';
import { recordingsPage, rulePage, rulesIndex } from '../../src/report/markdown/rules.js';
import { bundledRecordings, explanationOf } from '../support/explained.js';
import { scenariosWith } from '../support/recordings.js';
import { explanationOfXen, type XenRecording, xenRecordings } from '../support/xen-recordings.js';

/** Which rules fire on them, best first. */
async function firedOnXen(recordings: readonly XenRecording[]): Promise<[name: string, rules: readonly string[]][]> {
  const fired: [string, readonly string[]][] = [];
  for (const recording of recordings) {
    const { findings } = await explanationOfXen(recording);
    fired.push([`xen/${recording.name}`, [...new Set(findings.map(({ rule }) => rule))]]);
  }
  return fired;
}

const FOLDER = resolve(import.meta.dirname, '../../docs/rules');

/** Large, and without any exit. */
const LEFT_OUT = /\/(?:big|overcommit-schedonly)$/;

describe('docs/rules', () => {
  test.each(RULES.map((rule) => [rule.id, rule] as const))('%s.md', async (id, rule) => {
    await expect(rulePage(rule)).toMatchFileSnapshot(`${FOLDER}/${id}.md`);
  });

  test('README.md: which rule fires where', async () => {
    const fired = new Map<string, readonly string[]>();
    for (const { scenario, file, name } of bundledRecordings()) {
      const { findings } = await explanationOf(scenario, file);
      fired.set(name.replace('fixtures/', ''), [...new Set(findings.map(({ rule }) => rule))]);
    }
    const bundled = xenRecordings().filter(({ isBundled }) => isBundled);
    for (const [name, ids] of await firedOnXen(bundled)) fired.set(name, ids);
    await expect(rulesIndex(RULES, fired)).toMatchFileSnapshot(`${FOLDER}/README.md`);
  });

  const isThere = process.env['VMTOLL_RECORDINGS'] !== undefined;
  test.runIf(isThere)('recordings.md: which rule fires where, of recordings that are not bundled', async () => {
    const fired = new Map<string, readonly string[]>();
    for (const hypervisor of ['kvm-x86', 'kvm-arm64']) {
      for (const scenario of scenariosWith('trace.dat', hypervisor)) {
        if (scenario.name.startsWith('fixtures/') || LEFT_OUT.test(scenario.folder)) continue;
        const { findings } = await explanationOf(scenario, 'trace.dat');
        fired.set(scenario.name.replace(/^[^/]*\//, ''), [...new Set(findings.map(({ rule }) => rule))]);
      }
    }
    for (const [name, ids] of await firedOnXen(xenRecordings())) fired.set(name, ids);
    await expect(recordingsPage(RULES, fired)).toMatchFileSnapshot(`${FOLDER}/recordings.md`);
  });
  if (!isThere) test.skip('recordings.md is NOT CHECKED: set VMTOLL_RECORDINGS', () => {});

  test('every rule answers a question that people have, and none is asked for that is not there', () => {
    const asked = RULE_TOPICS.flatMap(({ rules }) => rules);
    expect([...new Set(asked)].sort()).toEqual(RULES.map(({ id }) => id).sort());
  });

  test('has no page of a rule that is not there', () => {
    const pages = readdirSync(FOLDER).filter((name) => name !== 'README.md' && name !== 'recordings.md');
    expect(pages.sort()).toEqual(RULES.map(({ id }) => `${id}.md`).sort());
  });
});
