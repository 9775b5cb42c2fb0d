import { describe, expect, test } from 'vitest';
import { recognize } from '../../src/findings/register-signatures.js';
import { exitRow } from '../support/evidence.js';

const access = (detail: string, count = 10, device: string | null = null) =>
  exitRow({ cause: detail.startsWith('port') ? 'device-port' : 'device-mmio', reason: 'exit', detail, count, device });
const mmio = (address: number, what: string, count = 10, device: string | null = null) =>
  access(`address 0x${address.toString(16)}, ${what}`, count, device);

/** Register use as Linux' drivers have it for one interrupt and one request (e1000_main.c, libahci.c, 8139too.c). */
const E1000 = [
  mmio(0xfebc00c0, '4-byte read'),
  mmio(0xfebc00d8, '4-byte write'),
  mmio(0xfebc3818, '4-byte write', 7),
  mmio(0xfebc2818, '4-byte write', 2),
  mmio(0xfebc00d0, '4-byte write'),
  mmio(0xfebc4074, '4-byte read'),
];
const AHCI = [
  mmio(0xfebf1008, '4-byte read'),
  mmio(0xfebf1110, '4-byte write'),
  mmio(0xfebf1138, '4-byte write', 5),
  mmio(0xfebf11b8, '4-byte write', 3),
  mmio(0xfebf1008, '4-byte write'),
];
const RTL8139 = [
  access('port 0xc03e, 2-byte read'),
  access('port 0xc03e, 2-byte write'),
  access('port 0xc010, 4-byte write', 4),
  access('port 0xc038, 2-byte write'),
  access('port 0xc037, 1-byte read'),
];

describe('recognize', () => {
  test.each([
    ['e1000 network card', E1000, 9],
    ['AHCI disk controller', AHCI, 8],
    ['RTL8139 network card', RTL8139, 4],
  ])('%s', (name, rows, requests) => {
    expect(recognize(rows)).toMatchObject([{ signature: { name }, rows, requests }]);
    // One access of a size that it does not have, and it is another device.
    const [first] = rows;
    const other = exitRow({ ...first, detail: first.detail!.replace(/\d-byte \w+$/, '8-byte read') });
    expect(recognize([...rows, other])).toEqual([]);
  });

  /** All statistics, as the driver's watchdog reads them, and the masks of one interrupt. */
  const watched = [
    ...Array.from({ length: 62 }, (_, n) => mmio(0xfebc4000 + 4 * n, '4-byte read', 1)),
    mmio(0xfebc00d8, '4-byte write', 1),
  ];

  test('a network card that sends nothing, by its statistics', () => {
    expect(recognize(watched)).toMatchObject([{ signature: { name: 'e1000 network card' }, requests: 0 }]);
    expect(recognize(watched.slice(40))).toEqual([]);
    expect(recognize(watched.slice(0, -1))).toEqual([]);
  });

  test('each of several devices apart, by its own window', () => {
    const second = E1000.map((row) => exitRow({ ...row, detail: row.detail!.replace('0xfebc', '0xfeb8') }));
    expect(recognize([...E1000, ...second, ...AHCI]).map(({ requests }) => requests)).toEqual([9, 9, 8]);
  });

  test.each([
    ['no descriptor was given', E1000.filter(({ detail }) => !/3818|2818/.test(detail!))],
    ['no interrupt was masked', E1000.filter(({ detail }) => !/00d[08]/.test(detail!))],
    ['no command was issued', AHCI.filter(({ detail }) => !/1138|11b8/.test(detail!))],
    ['nothing was sent', RTL8139.filter(({ detail }) => !/c010/.test(detail!))],
    ['a configuration names it', E1000.map((row) => exitRow({ ...row, device: 'something else' }))],
  ])('nothing where %s', (_why, rows) => {
    expect(recognize(rows)).toEqual([]);
  });
});
