/** What the rules find in real recordings. */
import { test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import type { Finding } from '../../src/findings/finding.js';
import { explanationOf } from './explained.js';
import { type Scenario, scenario } from './recordings.js';

/** A test over one scenario; the ones that are not bundled show as skipped, with what they need. */
export function known(
  name: string,
  file: string,
  what: string,
  check: (explanation: Explanation, findings: readonly Finding[], found: Scenario) => void | Promise<void>,
  hypervisor = 'kvm-x86',
): void {
  const found = scenario(name, file, hypervisor);
  if (found === undefined) {
    test.skip(`${name}/${file}: ${what} (not bundled: set VMTOLL_RECORDINGS)`, () => {});
    return;
  }
  test(`${name}/${file}: ${what}`, async () => {
    const explanation = await explanationOf(found, file);
    await check(explanation, explanation.findings, found);
  });
}

export const ruleIds = (findings: readonly Finding[]): string[] => findings.map(({ rule }) => rule);

export const findingOf = (findings: readonly Finding[], rule: string): Finding | undefined =>
  findings.find((finding) => finding.rule === rule);
