/** trace-cmd and perf recorded the same interval: they must tell the same story. */
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { ACCOUNTS, type AccountSums } from '../../src/ledger/accounts.js';
import { explanationOf, realRecordings, sumBy, vcpusOf } from '../support/explained.js';
import { perfSamples } from '../support/perf.js';
import { pathIn, runTool } from '../support/read-records.js';
import type { Scenario } from '../support/recordings.js';

/**
 * The probes of the two run one after the other and take time themselves on this emulated hardware, so their stamps of
 * one event are 5 to 25 µs apart. That moves time between two neighbours, mostly guest and hypervisor, once per exit.
 */
const STAMP_OFFSET_NS = 25_000;

/** trace.dat and perf.data on clocks that both count the time since boot. */
const pairs = realRecordings(['perf.data']).filter(
  ({ scenario }) => scenario.file('trace.dat') !== undefined && !scenario.folder.endsWith('l2-tsc-clock-perf-z'),
);

describe.each(pairs)('$scenario.name', ({ scenario }) => {
  /**
   * Both over the time that perf covers, less the moment in which it switched its events on. Their clocks count the
   * same nanoseconds from different zeros; the last exit is in both.
   */
  async function both(): Promise<[Explanation, Explanation]> {
    const trace = (await explanationOf(scenario, 'trace.dat')).recording;
    const perf = (await explanationOf(scenario, 'perf.data')).recording;
    const between = lastExitOfTraceCmd(scenario) - lastExitOfPerf(scenario);
    const perfStart = Number(BigInt(perf.startNs) + between - BigInt(trace.startNs));
    const from = Math.max(0, perfStart) + 100_000_000;
    const to = Math.min(trace.durationNs, perfStart + perf.durationNs);
    return [
      await explanationOf(scenario, 'trace.dat', { fromNs: from, toNs: to }),
      await explanationOf(scenario, 'perf.data', { fromNs: from - perfStart, toNs: to - perfStart }),
    ];
  }

  test('the same exits, reason by reason', async () => {
    const [trace, perf] = await both();
    const counts = [trace, perf].map(({ exits }) =>
      sumBy(
        exits,
        ({ vcpu, reason }) => `${vcpu} ${reason}`,
        (row) => row.count,
      ),
    );
    // An exit may lie on the other side of an end for one of them.
    for (const key of new Set(counts.flatMap(Object.keys))) {
      expect(Math.abs((counts[0][key] ?? 0) - (counts[1][key] ?? 0)), key).toBeLessThanOrEqual(1);
    }
  });

  test('the same accounts', async () => {
    const [trace, perf] = await both();
    for (const [index, vcpu] of vcpusOf(trace).entries()) {
      const a = vcpu.ledgerNs;
      const b = vcpusOf(perf)[index].ledgerNs;
      const offset = STAMP_OFFSET_NS * vcpu.exits;
      const of = (accounts: AccountSums) => accounts.guest + accounts.hypervisor;
      expect(Math.abs(b.guest - a.guest), 'guest').toBeLessThan(offset);
      expect(Math.abs(b.hypervisor - a.hypervisor), 'hypervisor').toBeLessThan(offset);
      expect(Math.abs(of(b) - of(a)) / of(a), 'guest + hypervisor').toBeLessThan(0.01);
      const trips = trace.exits.filter((row) => row.vcpu === vcpu.id).reduce((sum, row) => sum + row.reachedVmm, 0);
      for (const account of ACCOUNTS) {
        if (account === 'guest' || account === 'hypervisor') continue;
        const allowed = 0.05 * a[account] + 1_000_000 + (account === 'vmm' ? STAMP_OFFSET_NS * trips : 0);
        expect(Math.abs(b[account] - a[account]), `${account} ${a[account]} ${b[account]}`).toBeLessThan(allowed);
      }
    }
  });

  test('the same three biggest causes', async () => {
    const [trace, perf] = await both();
    expect(biggest(perf)).toEqual(biggest(trace));
  });

  test('the same order of the three sources', async () => {
    const [trace, perf] = await both();
    const order = ({ sources }: Explanation) =>
      Object.entries(sources)
        .sort((a, b) => b[1] - a[1])
        .map(([name]) => name);
    expect(order(perf)).toEqual(order(trace));
  });
});

/** When the guest was left for the last time, as the recorder's own tool prints it, ns on its clock. */
function lastExitOfTraceCmd(scenario: Scenario): bigint {
  const lines = runTool('trace-cmd', ['report', '-t', '-F', 'kvm_exit', pathIn(scenario, 'trace.dat')]);
  const [, seconds, fraction] = [...lines.matchAll(/ (\d+)\.(\d{9}): kvm_exit:/g)].at(-1)!;
  return BigInt(seconds + fraction);
}

const lastExitOfPerf = (scenario: Scenario): bigint =>
  perfSamples(pathIn(scenario, 'perf.data')).findLast(({ event }) => event === 'kvm:kvm_exit')!.ns;

const biggest = ({ groups }: Explanation): string[] =>
  groups.detail
    .filter(({ cause }) => cause !== 'vm-control')
    .slice(0, 3)
    .map(({ key }) => key);
