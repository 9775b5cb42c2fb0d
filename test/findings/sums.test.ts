/** Findings add up: no nanosecond is the cost of two of them, and none promises more than it costs. */
import { describe, expect, test } from 'vitest';
import { explanationOf, realRecordings } from '../support/explained.js';

describe.each(realRecordings(['trace.dat', 'perf.data', 'perf-kvm.data']))('$name', ({ scenario, file }) => {
  test('costs that can be saved are together no more than what guests lost and hosts polled', async () => {
    const { findings, totals } = await explanationOf(scenario, file);
    const costs = findings.filter(({ gain }) => gain.likelyNs > 0).reduce((sum, { costNs }) => sum + costNs, 0);
    const { guestDelayNs, keptOutNs, ledgerNs } = totals;
    expect(costs).toBeLessThanOrEqual(guestDelayNs - keptOutNs + ledgerNs.poll);
  });

  test('what is likely is at most what is possible, and that what it costs', async () => {
    const { findings } = await explanationOf(scenario, file);
    for (const { rule, gain, costNs } of findings) {
      expect(gain.likelyNs, rule).toBeLessThanOrEqual(gain.mostNs);
      expect(gain.mostNs, rule).toBeLessThanOrEqual(costNs);
      expect(gain.likelyNs, rule).toBeGreaterThanOrEqual(0);
    }
  });
});
