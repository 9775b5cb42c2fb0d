/** The books balance: on every recording, to the nanosecond. */
import { describe, expect, test } from 'vitest';
import { type ExitCounts, type Explanation, GROUP_BY } from '../../src/explain/explanation.js';
import { ACCOUNTS, GUEST_DELAY, HOST_COST, noTime } from '../../src/ledger/accounts.js';
import { explanationOf, realRecordings, sumBy, vcpusOf } from '../support/explained.js';
import { truth, vcpuThreads } from '../support/witnesses.js';

const OUTSIDE = ACCOUNTS.filter((account) => account !== 'guest');
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe.each(realRecordings())('$name', ({ scenario, file }) => {
  test('every vCPU has every nanosecond of T in exactly one account', async () => {
    const { machines, recording, totals } = await explanationOf(scenario, file);
    expect(recording.durationNs).toBe(recording.toNs - recording.fromNs);
    expect(recording.durationNs).toBeGreaterThan(0);
    for (const { vcpus } of machines) {
      for (const { ledgerNs, durationNs, guestDelayNs, hostCostNs } of vcpus) {
        expect(Object.keys(ledgerNs)).toEqual([...ACCOUNTS]);
        for (const account of ACCOUNTS) {
          expect(Number.isSafeInteger(ledgerNs[account]), `${account} ${ledgerNs[account]}`).toBe(true);
          expect(ledgerNs[account], account).toBeGreaterThanOrEqual(0);
        }
        expect(sum(Object.values(ledgerNs))).toBe(durationNs);
        expect(durationNs).toBe(recording.durationNs);
        expect(guestDelayNs).toBe(sum(GUEST_DELAY.map((account) => ledgerNs[account])));
        expect(hostCostNs).toBe(sum(HOST_COST.map((account) => ledgerNs[account])));
      }
    }
    expect(totals.durationNs).toBe(totals.vcpus * recording.durationNs);
  });

  test('the totals are the sums over the vCPUs', async () => {
    const explanation = await explanationOf(scenario, file);
    const vcpus = vcpusOf(explanation);
    const { totals } = explanation;
    expect(totals.vcpus).toBe(vcpus.length);
    expect(totals.exits).toBe(sum(vcpus.map((vcpu) => vcpu.exits)));
    for (const key of ['durationNs', 'guestDelayNs', 'hostCostNs'] as const) {
      expect(totals[key]).toBe(sum(vcpus.map((vcpu) => vcpu[key])));
    }
    const accounts = noTime();
    for (const account of ACCOUNTS) accounts[account] = sum(vcpus.map(({ ledgerNs }) => ledgerNs[account]));
    expect(totals.ledgerNs).toEqual(accounts);
  });

  test('the exits hold all time outside the guest, vCPU by vCPU', async () => {
    const { machines, exits } = await explanationOf(scenario, file);
    for (const { id, vcpus } of machines) {
      for (const vcpu of vcpus) {
        const rows = exits.filter((row) => row.machine === id && row.vcpu === vcpu.id);
        expect(sum(rows.map((row) => row.count))).toBe(vcpu.exits);
        for (const account of OUTSIDE) {
          const booked = sum(rows.map(({ ledgerNs }) => ledgerNs[account]));
          // Unknown time belongs to no episode.
          expect(booked, account).toBe(account === 'unknown' ? 0 : vcpu.ledgerNs[account]);
        }
      }
    }
  });

  test('the three sources follow from the exits by the definition', async () => {
    const { sources, exits, totals } = await explanationOf(scenario, file);
    const handling = exits.map(({ cause, ledgerNs: { hypervisor, vmm, blocked } }) => ({
      kind: cause === 'interrupt' || cause === 'interrupt-control' ? 'interrupts' : cause,
      ns: hypervisor + vmm + blocked,
    }));
    const by = sumBy(
      handling,
      ({ kind }) => (kind === 'interrupts' || kind === 'vm-control' ? kind : 'guest exits'),
      ({ ns }) => ns,
    );
    const of = (kind: string) => by[kind] ?? 0;
    expect(sources).toEqual({
      guestExitsNs: of('guest exits'),
      interruptsNs: of('interrupts') + totals.ledgerNs.interrupt,
      overloadNs: totals.ledgerNs.preempted + totals.ledgerNs.wakeup,
    });
    const { hypervisor, vmm, blocked } = totals.ledgerNs;
    expect(of('guest exits') + of('interrupts') + totals.keptOutNs).toBe(hypervisor + vmm + blocked);
    expect(totals.keptOutNs).toBe(of('vm-control'));
  });

  test('whatever exits are summed up by, the sum is the same', async () => {
    const explanation = await explanationOf(scenario, file);
    const whole = amountOf(explanation.exits);
    for (const by of GROUP_BY) expect(amountOf(explanation.groups[by]), by).toEqual(whole);
    expect(explanation.groups.cause.map(({ key }) => key).sort()).toEqual(
      [...new Set(explanation.exits.map(({ cause }) => cause))].sort(),
    );
  });

  test('every wait has its culprits, but for waits before the first event of a vCPU', async () => {
    const explanation = await explanationOf(scenario, file);
    for (const { id, vcpus } of explanation.machines) {
      for (const vcpu of vcpus) {
        const isOwn = (row: { machine: string; vcpu: number }) => row.machine === id && row.vcpu === vcpu.id;
        const keptOut = explanation.exits.filter((row) => isOwn(row) && row.cause === 'vm-control');
        for (const account of ['wakeup', 'preempted'] as const) {
          const culprits = explanation.culprits.filter((row) => isOwn(row) && row.account === account);
          const unexplained = vcpu.ledgerNs[account] - sum(culprits.map(({ ns }) => ns));
          expect(unexplained, account).toBeGreaterThanOrEqual(0);
          // Whether a wait that ran into a hole was one is not known, so nobody is blamed for its beginning either.
          if (explanation.recording.gaps > 0) continue;
          // Of the time before that event, in which the VMM kept it out, only sums are left.
          expect(unexplained, account).toBeLessThanOrEqual(sum(keptOut.map(({ ledgerNs }) => ledgerNs[account])));
        }
      }
    }
  });

  test('no row says more than it can', async () => {
    const { exits, groups } = await explanationOf(scenario, file);
    for (const row of [...exits, ...GROUP_BY.flatMap((by) => groups[by])]) {
      expect(row.episodes).toBeGreaterThanOrEqual(row.count);
      expect(row.count).toBeGreaterThanOrEqual(row.timed);
      expect(row.episodes).toBeGreaterThanOrEqual(row.reachedVmm);
      if (row.timed === 0) continue;
      const { minNs, p50Ns, p90Ns, p99Ns, p999Ns, maxNs } = row;
      const rising = [minNs, p50Ns, p90Ns, p99Ns, p999Ns, maxNs].map(Number);
      expect(rising).toEqual([...rising].sort((a, b) => a - b));
      expect(row.totalNs).toBeGreaterThanOrEqual(row.timed * Number(minNs));
      expect(row.totalNs).toBeLessThanOrEqual(row.timed * Number(maxNs));
    }
  });

  test('its vCPUs are the threads that the VMM names so', async () => {
    const { machines } = await explanationOf(scenario, file);
    expect(machines).toHaveLength(truth(scenario).vms.length);
    const found = machines[0].vcpus.map(({ id, thread }) => [id, thread]);
    expect(found).toEqual([...vcpuThreads(scenario)]);
  });
});

/** Everything of rows that adds up. */
function amountOf(rows: readonly ExitCounts[]): Record<string, number> {
  const amount: Record<string, number> = {};
  for (const key of ['count', 'episodes', 'reachedVmm', 'timed', 'totalNs', 'guestDelayNs'] as const) {
    amount[key] = sum(rows.map((row) => row[key]));
  }
  for (const account of OUTSIDE) {
    amount[account] = sum(rows.map(({ ledgerNs }) => ledgerNs[account]));
  }
  return amount;
}

test('there are recordings to test with', () => {
  const formats = new Set(realRecordings().map(({ file }) => file));
  expect([...formats].sort()).toEqual([
    'ftrace-trace.txt',
    'perf-kvm.data',
    'perf-script.txt',
    'perf.data',
    'trace-cmd-report.txt',
    'trace.dat',
  ]);
});

/** Text prints what the binary holds, rounded to microseconds. */
test.each(
  [
    ['trace.dat', 'trace-cmd-report.txt'],
    ['perf.data', 'perf-script.txt'],
  ].flatMap(([binary, text]) => realRecordings([text]).map(({ scenario }) => ({ scenario, binary, text }))),
)('$scenario.name: $text gives what $binary gives, but for rounding', async ({ scenario, binary, text }) => {
  const [a, b]: Explanation[] = [await explanationOf(scenario, binary), await explanationOf(scenario, text)];
  expect(b.exits.map(nameAndCount).sort()).toEqual(a.exits.map(nameAndCount).sort());
  for (const account of ACCOUNTS) {
    // Both ends of every segment are off by up to 1 µs; there are at most a few per exit.
    expect(Math.abs(a.totals.ledgerNs[account] - b.totals.ledgerNs[account]), account).toBeLessThan(
      1000 * (a.totals.exits + 100),
    );
  }
});

const nameAndCount = ({ cause, reason, detail, count }: Explanation['exits'][number]): string =>
  JSON.stringify([cause, reason, detail, count]);
