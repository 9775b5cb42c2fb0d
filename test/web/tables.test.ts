/** Tables: their order, and what is copied from them, read back by a parser that is not ours to write CSV by. */
import { describe, expect, test } from 'vitest';
import { type ColumnValues, csvOf, formatOrder, jsonOf, ordered, parseOrder } from '../../web/src/state/tables.js';

interface Row {
  readonly name: string;
  readonly ns: number | null;
}

const COLUMNS: readonly ColumnValues<Row>[] = [
  { id: 'name', title: 'name', value: ({ name }) => name },
  { id: 'time', title: 'time', unit: 'ns', value: ({ ns }) => ns },
];

/** RFC 4180, by its grammar. */
function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') {
      records.push(cells);
      cells = [];
    }
  }
  return records;
}

describe('CSV', () => {
  test('holds every value, whatever is in it', () => {
    const names = ['plain', 'with, comma', 'with "quotes"', 'two\nlines', 'vector 0xfb', ''];
    const rows = names.map((name, index): Row => ({ name, ns: index === 2 ? null : index * 1.5e9 }));
    const [head, ...records] = readCsv(csvOf(rows, COLUMNS));
    expect(head).toEqual(['name', 'time (ns)']);
    expect(records).toEqual(rows.map(({ name, ns }) => [name, ns === null ? '' : String(ns)]));
  });

  test('holds nothing that a spreadsheet would run', () => {
    const names = ['=cmd|calc!A1', '+1', '-1', '@SUM(A1)', '\t=1'];
    const [, ...records] = readCsv(
      csvOf(
        names.map((name) => ({ name, ns: -1 })),
        COLUMNS,
      ),
    );
    for (const [name, time] of records) {
      expect(name).toMatch(/^'/);
      expect(time).toBe('-1');
    }
  });
});

test('JSON holds the values with their unit in the key', () => {
  expect(JSON.parse(jsonOf([{ name: 'a "b"', ns: 12 }], COLUMNS))).toEqual([{ name: 'a "b"', timeNs: 12 }]);
});

describe('order', () => {
  const rows: Row[] = [
    { name: 'vCPU 10', ns: 5 },
    { name: 'vCPU 9', ns: null },
    { name: 'vCPU 1', ns: 70 },
  ];
  const names = (text: string) =>
    ordered(rows, COLUMNS, parseOrder(text, { column: 'name', isDescending: false })).map(({ name }) => name);

  test('numbers in names count as numbers; what has no value comes last either way', () => {
    expect(names('name')).toEqual(['vCPU 1', 'vCPU 9', 'vCPU 10']);
    expect(names('-time')).toEqual(['vCPU 1', 'vCPU 10', 'vCPU 9']);
    expect(names('time')).toEqual(['vCPU 10', 'vCPU 1', 'vCPU 9']);
  });

  test('is the same after it was written down', () => {
    for (const order of [
      { column: 'p99', isDescending: true },
      { column: 'name', isDescending: false },
    ]) {
      expect(parseOrder(formatOrder(order), { column: 'x', isDescending: false })).toEqual(order);
    }
  });
});
