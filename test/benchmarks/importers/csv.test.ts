import { describe, expect, it } from 'vitest';
import { CSV } from '../../../src/benchmarks/importers/csv.js';
import { csvRows } from '../../../src/benchmarks/importers/csv-rows.js';
import { expectToSurviveDamage } from './damage.js';
import { codesOf, imported, refusal, seriesOf, valuesOf } from './results.js';

const TEXT = `benchmark,metric,unit,value,better,run,boot
fork,time,us,81.5,,1,a
fork,time,us,82.5,,1,a
fork,time,us,91,,2,a
fork,time,us,85,,1,b
"read, 4 KiB",,MiB/s,100,,,
"say ""hello""",score,points,7,higher,,
fork,latency p99,ms,2,,1,a
`;

describe('rows of CSV', () => {
  const fieldsOf = (text: string) => csvRows(text).rows.map(({ fields }) => fields);

  it('follows RFC 4180', () => {
    expect(fieldsOf('a,b\r\n"x, y","say ""hi"""\r\n"two\nlines",\r\n')).toEqual([
      ['a', 'b'],
      ['x, y', 'say "hi"'],
      ['two\nlines', ''],
    ]);
    expect(fieldsOf('\uFEFFa,b\n\n1,2')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(fieldsOf('a,')).toEqual([['a', '']]);
    expect(fieldsOf('')).toEqual([]);
    expect(csvRows('a\nbc\n').rows.map(({ offset }) => offset)).toEqual([0, 2]);
  });

  it('says where a quote is never closed', () => {
    expect(csvRows('a,b\n1,"2\n3,4\n')).toEqual({
      rows: [{ fields: ['a', 'b'], offset: 0 }],
      stop: 'a quote is opened and never closed',
    });
    expect(csvRows(`a\n"${'""'.repeat(200_000)}`).stop).toContain('never closed');
    expect(csvRows('a,'.repeat(2000)).stop).toContain('too many');
    expect(csvRows(`"${'x'.repeat(5_000_000)}"`).rows[0].fields[0]).toHaveLength(5_000_000);
  });
});

describe('generic CSV', () => {
  it('gathers values by benchmark, metric, unit, run and boot', () => {
    const file = imported(CSV, TEXT);
    expect(seriesOf(file, 'time', 'fork')).toEqual({
      benchmark: 'fork',
      metric: 'time',
      unit: 'ns',
      better: 'lower',
      role: 'primary',
      runs: [
        { values: [81_500, 82_500], boot: 'a' },
        { values: [91_000], boot: 'a' },
        { values: [85_000], boot: 'b' },
      ],
    });
    expect(seriesOf(file, 'throughput', 'read, 4 KiB')).toMatchObject({
      unit: 'B/s',
      better: 'higher',
      runs: [{ values: [104_857_600] }],
    });
    expect(seriesOf(file, 'score', 'say "hello"')).toMatchObject({ unit: 'points', better: 'higher' });
    expect(seriesOf(file, 'latency p99')).toMatchObject({
      unit: 'ns',
      role: 'tail',
      runs: [{ values: [2e6], boot: 'a' }],
    });
    expect(file.issues).toEqual([]);
  });

  it('takes rows without a run as runs of their own, and columns in any order and case', () => {
    const file = imported(CSV, 'Value, Unit ,BENCHMARK\n1,ns,x\n2,ns,x\n');
    expect(seriesOf(file, 'time', 'x').runs).toEqual([{ values: [1] }, { values: [2] }]);
  });

  it('counts rows that it cannot read, with the place of the first', () => {
    const text = `${TEXT}fork,time,us,\nfork,time,us,1e999\n,time,us,5\nfork,time,us,5,sideways\n`;
    const file = imported(CSV, text);
    expect(file.issues).toEqual([
      expect.objectContaining({
        code: 'damaged-line',
        severity: 'warning',
        offset: TEXT.length,
        message: expect.stringContaining('4 lines') as string,
      }),
    ]);
    expect(valuesOf(file, 'time', 'fork')).toHaveLength(4);
  });

  it('says what it does not understand', () => {
    const unknown = imported(CSV, 'benchmark,unit,value,threads\na,ns,1,4\nb,widgets,2,4\n');
    expect(codesOf(unknown)).toEqual(['unknown-column', 'unknown-direction']);
    expect(unknown.series.map(({ benchmark }) => benchmark)).toEqual(['a']);
    expect(refusal(CSV, 'benchmark,unit\na,ns\n')).toMatchObject({
      code: 'missing-column',
      message: 'results has no column value.',
    });
    expect(codesOf(imported(CSV, 'benchmark,unit,value\na,ns,12'))).toEqual(['no-line-end']);
    expect(refusal(CSV, 'benchmark,unit,value,Value\na,ns,1,2\n').code).toBe('doubled-column');
    expect(codesOf(imported(CSV, 'benchmark,unit,value\na,ns,12\n"b,ns,13\n'))).toEqual(['cut-csv']);
  });

  it('takes the side that is asked for', () => {
    const rows = (...sides: string[]) =>
      `benchmark,unit,value,side\n${sides.map((side, index) => `a,ns,${index + 1},${side}\n`).join('')}`;
    const both = rows('native', 'VM', 'host', 'guest');
    expect(imported(CSV, rows('native', 'n')).series).toHaveLength(1);
    expect(refusal(CSV, both)).toMatchObject({ code: 'several-sides', severity: 'error' });
    expect(valuesOf(imported(CSV, both, 'native'), 'time')).toEqual([1, 3]);
    expect(valuesOf(imported(CSV, both, 'vm'), 'time')).toEqual([2, 4]);
    expect(imported(CSV, both, 'vm')).toMatchObject({ isOfBothSides: true, issues: [] });
    expect(imported(CSV, rows('vm'), 'vm')).not.toHaveProperty('isOfBothSides');
    expect(valuesOf(imported(CSV, 'benchmark,unit,value\na,ns,7\n', 'vm'), 'time')).toEqual([7]);
    expect(refusal(CSV, rows('vm', 'vm'), 'native')).toMatchObject({
      code: 'other-side',
      severity: 'error',
      message: "results is given for the native side, but says that all its results are of the VM's side.",
      hint: 'The sides may be exchanged.',
    });
  });

  it('counts no row whose side it does not know', () => {
    const rows = (...sides: string[]) =>
      `benchmark,unit,value,side\n${sides.map((side) => `a,ns,5,${side}\n`).join('')}`;
    const file = imported(CSV, rows('vm', 'quest', '', 'quest'), 'vm');
    expect(valuesOf(file, 'time')).toEqual([5]);
    expect(codesOf(file)).toEqual(['unknown-side', 'no-side']);
    expect(file.issues[0].message).toBe(
      '2 results are left out, because the side is neither native nor vm; the first is "quest" in line 3.',
    );
    expect(refusal(CSV, rows('quest'), 'native')).toMatchObject({
      code: 'no-results',
      message: expect.stringContaining('in line 2'),
    });
  });

  it('names what it leaves out, and shows where a name is cut', () => {
    const leftOut = (name: string) => imported(CSV, `benchmark,unit,value,${name}\na,ns,1,2\n`).issues[0].message;
    const long = 'sysbench memory (threads=1, block size=4kib, operation=write, scope=global, and some more of it)';
    expect(leftOut(`"${long}"`)).toContain(`: ${long}.`);
    expect(leftOut(`start${'x'.repeat(5000)}end`)).toMatch(/: startx+…x+end\.$/);
    expect(leftOut(`start${'x'.repeat(5000)}end`).length).toBeLessThan(300);
  });

  it('survives damage', () => expectToSurviveDamage(CSV, TEXT));
});
