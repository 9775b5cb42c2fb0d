/** The text of a difference holds no number that is none, and says what is sure where it counts it. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
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
    // JSON has no such number: its schema says what stands there.
    const schema = JSON.parse(readFileSync('docs/difference.schema.json', 'utf8')) as AnySchemaObject;
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    const printed = JSON.parse(JSON.stringify({ ...outcome, rows })) as { rows: { time: { before: unknown } }[] };
    expect(printed.rows[0].time.before).toBeNull();
    expect([validate(printed), validate.errors]).toEqual([true, null]);
  });

  test('of single vCPUs are among the first where only they are sure', () => {
    const rows = outcome.rows.map((row) => ({ ...row, verdict: 'unclear' as const }));
    const sure = { ...rows[0], vcpu: 7, verdict: 'worse' as const };
    const text = differenceText({ ...outcome, rows: [sure, ...rows] });
    expect(text.split('\nAll rows')[0]).toMatch(/Worse\n.*\n +vCPU 7 /);
    expect(text).not.toContain('none of them sure');
  });
});
