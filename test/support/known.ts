/** Tests over scenarios that are not all bundled: without VMTOLL_RECORDINGS some show as skipped, with what they need. */
import { test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { explanationOf } from './explained.js';
import { type Scenario, scenario } from './recordings.js';

/** A test over the trace.dat of one scenario. */
export function known(
  name: string,
  what: string,
  check: (explanation: Explanation, found: Scenario) => void | Promise<void>,
): void {
  const found = scenario(name, 'trace.dat');
  if (found === undefined) test.skip(`${name}: ${what} (not bundled: set VMTOLL_RECORDINGS)`, () => {});
  else test(`${name}: ${what}`, async () => check(await explanationOf(found, 'trace.dat'), found));
}

export const rulesIn = ({ findings }: Explanation): string[] => findings.map(({ rule }) => rule);
