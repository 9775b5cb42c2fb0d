/** docs/hypervisors.md: a row for every account and every cause, and a cell for every hypervisor. */
import { expect, test } from 'vitest';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { CAUSES } from '../../src/recording/causes.js';
import { readMarkdown } from '../support/markdown.js';

const document = readMarkdown('docs/hypervisors.md');
const COLUMNS = ['KVM x86', 'KVM arm64', 'KVM RISC-V', 'Xen HVM, PVH', 'Xen PV', 'QNX'];

/** The rows of the table below a heading: first cells, and the others. */
function rowsOf(heading: string): (readonly [string, readonly string[]])[] {
  const [, section] = new RegExp(`^## ${heading}\\n(.*?)(?=^## )`, 'ms').exec(document)!;
  return [...section.matchAll(/^\|(.+)\|$/gm)]
    .map(([, line]) => line.split('|'))
    .filter(([first]) => first !== '---')
    .map(([first, ...cells]) => [first, cells] as const);
}

test.each([
  ['Accounts', 'account', ACCOUNTS],
  ['Causes', 'cause', CAUSES],
] as const)('%s: one row each, in the order of the ledger', (heading, first, names) => {
  const [head, ...rows] = rowsOf(heading);
  expect(head).toEqual([first, COLUMNS]);
  expect(rows.map(([name]) => name)).toEqual(names.map((name) => `\`${name}\``));
});

test('no cell is empty', () => {
  for (const heading of ['Accounts', 'Causes', 'Identity']) {
    for (const [name, cells] of rowsOf(heading)) {
      expect(cells, name).toHaveLength(COLUMNS.length);
      expect(
        cells.filter((cell) => cell.trim() === ''),
        name,
      ).toEqual([]);
    }
  }
});
