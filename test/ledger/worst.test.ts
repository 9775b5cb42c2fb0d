/** Who had the pCPU in each of the worst episodes: in that one, not in all of them together. */
import { describe, expect, test } from 'vitest';
import { Account } from '../../src/ledger/accounts.js';
import { explanationOf, realRecordings } from '../support/explained.js';
import { type VcpuBooks, vcpu10 } from '../support/timeline.js';

const culpritsOf = ({ ledger }: VcpuBooks) =>
  ledger.books.worst.list.map(({ delayNs, culprits }) => [
    delayNs,
    culprits.map(({ account, thread, ns, count }) => [account, thread, ns, count]),
  ]);

describe('the culprits of an episode', () => {
  test('are those of its own waits, in the order in which they had the pCPU', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits intr
      100 cpu0 10 preempted -> 50
      130 cpu0 50 preempted -> 51
      140 cpu0 51 preempted -> 50
      145 cpu0 50 sleeps -> 10
      150 cpu0 10 enters
      200 cpu0 10 exits io
      210 cpu0 10 preempted -> 60
      300 cpu0 60 sleeps -> 10
      310 cpu0 10 enters
      400 cpu0 10 exits fault
      410 cpu0 10 sleeps -> 0
      450 cpu0 0 wakes 10
      455 cpu0 0 preempted -> 10
      456 cpu0 10 enters
      500 end`);
    expect(culpritsOf(books)).toEqual([
      [110, [[Account.preempted, 60, 90, 1]]],
      [56, [[Account.wakeup, 0, 5, 1]]],
      [
        50,
        [
          [Account.preempted, 50, 35, 2],
          [Account.preempted, 51, 10, 1],
        ],
      ],
    ]);
  });

  test('are none where the VMM kept it out of the guest meanwhile, and it waited there as well', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 10 preempted -> 50
      150 cpu0 50 sleeps -> 10
      160 cpu0 10 to vmm unasked
      170 cpu0 10 preempted -> 51
      270 cpu0 51 sleeps -> 10
      280 cpu0 10 from vmm
      290 cpu0 10 enters
      300 end`);
    expect(books.accounts.preempted).toBe(140);
    expect(culpritsOf(books).map(([, culprits]) => culprits)).toEqual([[]]);
  });

  test('are the eight that had it longest', () => {
    const turns = Array.from({ length: 12 }, (_, turn) => {
      const from = 100 + turn * 100;
      return `${from} cpu0 ${turn === 0 ? 10 : 49 + turn} preempted -> ${50 + turn}`;
    });
    const books = vcpu10(
      ['0 cpu0 10 enters', '100 cpu0 10 exits intr', ...turns, '1205 cpu0 61 sleeps -> 10', '1210 cpu0 10 enters'].join(
        '\n',
      ),
    );
    const [[, culprits]] = culpritsOf(books) as [[number, number[][]]];
    expect(culprits.map(([, thread]) => thread)).toEqual([50, 51, 52, 53, 54, 55, 56, 57]);
  });
});

describe.each(realRecordings(['trace.dat', 'perf.data']).map((one) => [one.name, one] as const))(
  '%s',
  (_, { scenario, file }) => {
    test('culprits of an episode have no more than it waited, and all of it where they are few', async () => {
      const { worst } = await explanationOf(scenario, file);
      for (const { culprits, ledgerNs } of worst) {
        const sum = culprits.reduce((total, { ns }) => total + ns, 0);
        expect(sum).toBeLessThanOrEqual(ledgerNs.wakeup + ledgerNs.preempted);
        if (culprits.length > 0 && culprits.length < 8) expect(sum).toBe(ledgerNs.wakeup + ledgerNs.preempted);
      }
    });
  },
);
