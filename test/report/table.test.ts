/** Tables fit into the width that there is, and nothing of them gets lost. */
import { describe, expect, test } from 'vitest';
import { difference } from '../../src/differences/compare.js';
import { configurationText } from '../../src/report/text/configuration.js';
import { differenceText } from '../../src/report/text/difference.js';
import { textReport } from '../../src/report/text/index.js';
import { styleFor } from '../../src/report/text/style.js';
import { type Column, tableLines } from '../../src/report/text/table.js';
import { configurationOf } from '../support/configurations.js';
import { explanationOf } from '../support/explained.js';
import { randomSource } from '../support/random-source.js';
import { scenario } from '../support/recordings.js';
import { sideOf } from '../support/sides.js';

const WIDTHS = [60, 80, 100, 120, 160];
const lengthOf = (line: string): number => Array.from(line).length;

describe('tables of words and numbers', () => {
  type Row = readonly string[];

  function tableOf(seed: number): { readonly rows: readonly Row[]; readonly columns: readonly Column<Row>[] } {
    const random = randomSource(seed);
    const word = () => 'abcdefghijklmnopqrstuvwx'.slice(0, 1 + random.below(20));
    const columns = Array.from({ length: 2 + random.below(10) }, (_, index): Column<Row> => {
      const align = index === 0 || random.chance(0.4) ? 'left' : 'right';
      return { title: `t${index}${word()}`.slice(0, 12), align, cell: (row) => row[index] };
    });
    const rows = Array.from({ length: 1 + random.below(6) }, (_, row) =>
      columns.map(({ align }) =>
        align === 'right'
          ? `${1 + random.below(1000)}.${row}`
          : Array.from({ length: 1 + random.below(9) }, word).join(' '),
      ),
    );
    return { rows, columns };
  }

  const counts = (words: readonly string[]) => {
    const found = new Map<string, number>();
    for (const one of words) found.set(one, (found.get(one) ?? 0) + 1);
    return found;
  };
  const wordsIn = (text: string) => text.split(/\s+/).filter((one) => one !== '');

  test.each(WIDTHS)('in %d columns', (width) => {
    for (let seed = 0; seed < 60; seed++) {
      const { rows, columns } = tableOf(seed);
      const lines = tableLines(rows, columns, styleFor(false, width));
      for (const line of lines) expect(lengthOf(line), line).toBeLessThanOrEqual(width);
      const shown = counts(wordsIn(lines.join('\n')));
      for (const [word, count] of counts([...rows.flat(), ...columns.map(({ title }) => title)].flatMap(wordsIn)))
        expect(shown.get(word) ?? 0, `${word} of table ${seed}`).toBeGreaterThanOrEqual(count);
    }
  });

  test('columns in which nothing stands go where room is short, and are named', () => {
    const columns: Column<number>[] = [
      { title: 'name', align: 'left', cell: () => 'someone' },
      { title: 'something', align: 'right', cell: (row) => `${row}` },
      { title: 'nothing', align: 'right', cell: () => '0' },
      { title: 'not recorded', align: 'right', cell: () => '–' },
    ];
    expect(tableLines([1, 2], columns, styleFor(false, 30))).toEqual([
      '  name     something',
      '  someone          1',
      '  someone          2',
      '  0 in every row, and not shown: nothing',
      '  – in every row, and not shown: not recorded',
    ]);
    expect(tableLines([1], columns, styleFor(false, 80))[0]).toContain('nothing');
  });
});

/** All but the findings, whose commands must be copied as they stand. */
const TABLES = /^Findings, by what/m;

describe.each(['m-mixed', 'i1-overcommit-unpinned'])('%s', (name) => {
  test.each(['reason', 'detail', 'device', 'vcpu'] as const)('vmtoll explain --by %s', async (by) => {
    const explanation = await explanationOf(scenario(name, 'trace.dat')!, 'trace.dat');
    for (const width of WIDTHS) {
      const [text] = textReport(explanation, { by, width, top: 40 }).split(TABLES);
      for (const line of text.split('\n')) expect(lengthOf(line), line).toBeLessThanOrEqual(width);
    }
  });
});

test('vmtoll diff', async () => {
  const [before, after] = ['m-mixed', 'b1-uart-flood'].map((name) =>
    sideOf(scenario(name, 'trace.dat')!.file('trace.dat')!),
  );
  const outcome = difference(await before, await after, { resamples: 199 });
  for (const width of [80, 100, 120]) {
    for (const line of differenceText(outcome, { width, top: 200 }).split('\n'))
      expect(lengthOf(line), line).toBeLessThanOrEqual(width);
  }
});

test('vmtoll config', () => {
  const found = scenario('m-mixed', 'trace.dat')!;
  const configuration = configurationOf(
    `qemu-system-x86_64 -m 512 -smp 2 -device e1000,netdev=n0 -netdev user,id=n0 -append "${'console=ttyS0 quiet '.repeat(20)}"`,
    { source: `${found.name}/command` },
  );
  expect(configuration.devices.length).toBeGreaterThan(5);
  for (const width of [80, 100, 120]) {
    for (const line of configurationText(configuration, 'QEMU', styleFor(false, width)).split('\n'))
      expect(lengthOf(line), line).toBeLessThanOrEqual(width);
  }
});

test('every device is named once, with what its name rests on', async () => {
  const explanation = await explanationOf(scenario('m-mixed', 'trace.dat')!, 'trace.dat');
  const text = textReport(explanation, { width: 200 });
  const section = text.slice(text.indexOf('Devices that these exits are for')).split('\n\n')[0].split('\n').slice(2);
  expect(section).toHaveLength(explanation.devices.length);
  for (const { name, evidence } of explanation.devices)
    expect(section.filter((line) => line.includes(name) && line.includes(evidence))).toHaveLength(1);
  expect(section.find((line) => line.includes('COM1'))).toMatch(/port 0x3f8 to 0x3f[9a-f] .* PC convention/);
});
