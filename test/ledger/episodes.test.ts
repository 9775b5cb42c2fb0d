import { describe, expect, test } from 'vitest';
import { DETAIL_OVERFLOW, MAX_CELLS } from '../../src/ledger/cells.js';
import { WORST_KEPT } from '../../src/ledger/worst.js';
import { vcpu10 } from '../support/timeline.js';

/** An exit with details said of it. */
const episode = (...details: string[]) => `
      0 cpu0 10 enters
    100 cpu0 10 exits fault
    ${details.map((detail) => `100 cpu0 10 detail ${detail}`).join('\n')}
    110 cpu0 10 enters
    110 end`;

const portlessExit = (from: number) => `${from} cpu0 10 exits io
      ${from} cpu0 10 detail 1=NaN rank 1
      ${from + 5} cpu0 10 enters`;

describe('details', () => {
  test('the first of the highest rank wins', () => {
    const books = vcpu10(episode('1=5 rank 2', '2=6 rank 3', '2=7 rank 3', '1=8 rank 1'));
    expect(books.rows).toMatchObject([{ reason: 'fault', detail: [2, 6] }]);
  });

  test('it may change the cause', () => {
    const books = vcpu10(episode('1=5 rank 2 cause device-mmio'));
    expect(books.rows).toMatchObject([{ reason: 'fault', cause: 'device-mmio', detail: [1, 5] }]);
  });

  test('a lower one does not', () => {
    const books = vcpu10(episode('1=5 rank 2', '1=6 rank 1 cause device-mmio'));
    expect(books.rows).toMatchObject([{ cause: 'page-fault', detail: [1, 5] }]);
  });

  test('what is said of one episode does not stick to the next, nor to the guest', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
       50 cpu0 10 detail 1=4 rank 9
      100 cpu0 10 exits fault
      105 cpu0 10 detail 1=5 rank 2
      110 cpu0 10 enters
      150 cpu0 10 exits fault
      160 cpu0 10 enters
      160 end`);
    expect(books.rows).toMatchObject([
      { detail: [1, 5], exits: 1 },
      { detail: [0, 0], exits: 1 },
    ]);
  });

  test('what is said while the state is unknown does not stick to the next exit', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
       50 cpu0 lost since 40
       60 cpu0 10 detail 1=4 rank 9 cause device-mmio
      100 cpu0 10 exits fault
      105 cpu0 10 detail 1=7 rank 1
      110 cpu0 10 enters
      110 end`);
    expect(books.row('fault')).toMatchObject({ cause: 'page-fault', detail: [1, 7] });
  });

  test('a detail without a value is one row however often it comes', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      ${portlessExit(100)}
      ${portlessExit(200)}
      210 end`);
    expect(books.rows).toMatchObject([{ detail: [1, Number.NaN], exits: 2 }]);
  });
});

describe('bounds', () => {
  test('more details than a table holds are booked without their detail, none is lost', () => {
    const more = 100;
    const lines = Array.from({ length: MAX_CELLS + more }, (_, i) => {
      const at = (i + 1) * 10;
      return `${at} cpu0 10 exits mmio\n${at} cpu0 10 detail 1=${i * 4096} rank 1\n${at + 3} cpu0 10 enters`;
    });
    const books = vcpu10(`0 cpu0 10 enters\n${lines.join('\n')}`);
    const { cells } = books.ledger.books;
    expect(cells.count).toBe(MAX_CELLS + 1);
    const overflow = books.rows.find(({ detail }) => detail[0] === DETAIL_OVERFLOW)!;
    expect(overflow).toMatchObject({ reason: 'mmio', exits: more, accounts: { hypervisor: 3 * more } });
    expect(books.exits).toBe(MAX_CELLS + more);
    expect(books.accounts.hypervisor).toBe(3 * (MAX_CELLS + more));
  });

  test('an episode of more pieces than are kept is booked whole', () => {
    const pieces = 3000;
    const lines = Array.from({ length: pieces }, (_, i) => {
      const at = 100 + i * 10;
      return `${at + 4} cpu0 10 preempted -> 50\n${at + 10} cpu0 50 preempted -> 10`;
    });
    const end = 100 + pieces * 10;
    const books = vcpu10(`0 cpu0 10 enters\n100 cpu0 10 exits io\n${lines.join('\n')}\n${end} cpu0 10 enters`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 4 * pieces, preempted: 6 * pieces });
    expect(books.row('io')).toMatchObject({
      exits: 1,
      episodes: 1,
      accounts: { hypervisor: 4 * pieces, preempted: 6 * pieces },
      lengths: [10 * pieces, 10 * pieces],
    });
  });

  test('a pCPU number that cannot be one does no harm', () => {
    const books = vcpu10(`
        0 cpu4000000000 10 enters
      100 cpu4000000000 10 exits io
      110 cpu4000000000 10 sleeps -> 0
      120 cpu0 0 wakes 10 on cpu99999999
      130 cpu4000000000 0 sleeps -> 10
      140 cpu4000000000 10 enters
      140 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 20, blocked: 10, wakeup: 10 });
  });
});

describe('the worst episodes', () => {
  test('are those with the longest guest delay, worst first, without idleness and polling', () => {
    const episodes = Array.from({ length: 40 }, (_, i) => {
      const at = 1000 + i * 1000;
      const length = 10 + ((i * 7) % 40); // every length from 10 to 49, out of order
      return `${at} cpu0 10 exits io\n${at + length} cpu0 10 enters`;
    });
    const books = vcpu10(`
      0 cpu0 10 enters
      10 cpu0 10 exits hlt
      900 cpu0 10 halted 885
      905 cpu0 10 enters
      ${episodes.join('\n')}`);
    const { list } = books.ledger.books.worst;
    expect(list.map(({ delayNs }) => delayNs)).toEqual(Array.from({ length: WORST_KEPT }, (_, i) => 49 - i));
    for (const { exitNs, entryNs, delayNs, ledgerNs } of list) {
      expect(entryNs - exitNs).toBe(delayNs);
      expect(ledgerNs.hypervisor).toBe(delayNs);
    }
  });
});

describe('a guest that is left before it is said why', () => {
  test('has no time from then on, and its exit is as long as that', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 is left
      130 cpu0 10 exits io
      150 cpu0 10 enters
      150 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 50 });
    expect(books.rows).toMatchObject([{ reason: 'io', exits: 1 }]);
    expect(books.rows).toHaveLength(1);
  });

  test('is an exit also where the reason was lost, and the next exit is one of its own', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 is left
      150 cpu0 10 enters
      200 cpu0 10 exits io
      210 cpu0 10 enters
      210 end`);
    expect(books.accounts).toEqual({ guest: 150, hypervisor: 60 });
    expect(books.rows.reduce((sum, { exits }) => sum + exits, 0)).toBe(2);
    expect(books.row('io')).toMatchObject({ exits: 1 });
  });

  test('after a loss the reason is not taken for that of an earlier exit', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 is left
      140 cpu0 lost since 110
      150 cpu0 10 exits io
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 20, unknown: 40 });
    expect(books.row('io')).toMatchObject({ exits: 1 });
  });
});
