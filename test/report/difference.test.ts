/** The text of a difference holds no number that is none, and says what is sure where it counts it. */
import { describe, expect, test } from 'vitest';
import { difference } from '../../src/differences/compare.js';
import { differenceText } from '../../src/report/text/difference.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { halvesOf } from '../support/sides.js';

const outcome = await (async () => {
  const [before, after] = await halvesOf(pathIn(scenario('e-timer', 'trace.dat'), 'trace.dat'));
  return difference(before, after);
})();

describe('rows', () => {
  test('of a side on which nothing was awake have a dash', () => {
    const rows = outcome.rows.map((row) => ({ ...row, time: { ...row.time, before: Number.NaN } }));
    const text = differenceText({ ...outcome, rows });
    expect(text).toContain('– → ');
    expect(text).not.toContain('NaN');
  });

  test('of single vCPUs are among the first where only they are sure', () => {
    const rows = outcome.rows.map((row) => ({ ...row, verdict: 'unclear' as const }));
    const sure = { ...rows[0], vcpu: 7, verdict: 'worse' as const };
    const text = differenceText({ ...outcome, rows: [sure, ...rows] });
    expect(text.split('\nAll rows')[0]).toMatch(/Worse\n.*\n +vCPU 7 /);
    expect(text).not.toContain('none of them sure');
  });
});
