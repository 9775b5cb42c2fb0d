/** The books in slices are the books: what all slices hold together is what the ledger holds, to the nanosecond. */
import { describe, expect, test } from 'vitest';
import { WINDOWS, windowsOf } from '../../src/differences/windows.js';
import { sumOf } from '../../src/ledger/accounts.js';
import { MOST_SLICES } from '../../src/ledger/slices.js';
import { realRecordings } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';
import { sideOf } from '../support/sides.js';

const total = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0);
const OUTSIDE_GUEST = ['hypervisor', 'vmm', 'interrupt', 'poll', 'idle', 'blocked', 'wakeup', 'preempted'] as const;

describe.each(realRecordings(['trace.dat', 'perf.data']))('$name', ({ scenario, file }) => {
  const side = sideOf(pathIn(scenario, file));

  test('slices cover T', async () => {
    const { explanation, series } = await side;
    expect(total(series.lengthsNs)).toBe(explanation.recording.durationNs);
    expect(series.lengthsNs.length).toBeLessThanOrEqual(MOST_SLICES);
    expect(series.lengthsNs.length).toBeGreaterThan(MOST_SLICES / 2 - 1);
  });

  test('accounts add up to the ledger, and exits to the exits', async () => {
    const { explanation, series } = await side;
    for (const { machine, vcpu, accounts, keptOut, exits } of series.vcpus) {
      const own = explanation.machines.find(({ id }) => id === machine)!.vcpus.find(({ id }) => id === vcpu)!;
      expect(total(accounts.guest)).toBe(own.ledgerNs.guest);
      const outside = total(OUTSIDE_GUEST.map((name) => total(accounts[name])));
      expect(total(keptOut)).toBe(own.keptOutNs);
      expect(outside + total(keptOut)).toBe(sumOf(own.ledgerNs, OUTSIDE_GUEST));
      expect(total(exits.map(({ slices }) => total(slices!.exits)))).toBe(own.exits);
      const rows = explanation.exits.filter((row) => row.machine === machine && row.vcpu === vcpu);
      expect(exits.length).toBe(rows.length);
      const handling = (cause: string) =>
        total(exits.filter((exit) => exit.cause === cause).map(({ slices }) => total(slices!.handlingNs)));
      for (const cause of new Set(rows.map((row) => row.cause))) {
        const ofRows = rows.filter((row) => row.cause === cause);
        const expected = total(
          ofRows.map(({ guestDelayNs, ledgerNs }) => guestDelayNs - ledgerNs.wakeup - ledgerNs.preempted),
        );
        expect(handling(cause), cause).toBe(expected);
      }
    }
  });

  test('windows hold all of it, in about equal parts', async () => {
    const { series } = await side;
    const windows = windowsOf(series);
    expect(windows.count).toBeLessThanOrEqual(WINDOWS);
    for (const { accounts } of series.vcpus) expect(total(windows.sum(accounts.guest))).toBe(total(accounts.guest));
  });

  test('no slice holds more than its length', async () => {
    const { series } = await side;
    for (const { accounts, keptOut } of series.vcpus) {
      const most = series.lengthsNs.map(
        (length, slice) => length - keptOut[slice] - total(Object.values(accounts).map((times) => times[slice])),
      );
      expect(Math.min(...most)).toBeGreaterThanOrEqual(0);
    }
  });
});
