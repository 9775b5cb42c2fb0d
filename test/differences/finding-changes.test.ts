/** A finding that only fell below the threshold, while its cost is about the same, is not called gone. */
import { expect, test } from 'vitest';
import { difference } from '../../src/differences/compare.js';
import type { Side } from '../../src/differences/difference.js';
import { differenceText } from '../../src/report/text/difference.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { sideOf } from '../support/sides.js';

const of = (name: string): Promise<Side> => sideOf(pathIn(scenario(name, 'trace.dat'), 'trace.dat'));

/** What such exits cost, by the tables. */
const costOf = ({ explanation: { exits } }: Side, isSuch: (row: Side['explanation']['exits'][number]) => boolean) =>
  exits.filter(isSuch).reduce((sum, { ledgerNs: { hypervisor, vmm, blocked } }) => sum + hypervisor + vmm + blocked, 0);

const isVendor = ({ cause, detail }: Side['explanation']['exits'][number]): boolean =>
  cause === 'cpuid' && detail === 'CPUID leaf 0x0 (vendor)';

test('it is below the threshold there, with what the tables say that it costs', async () => {
  const [little, mixed] = [await of('l2-tsc-clock-perf-z'), await of('m-mixed')];
  const { findings } = difference(little, mixed);
  const cpuid = findings.untoldAfter.find(({ finding }) => finding.title.includes('CPUID'))!;
  expect(cpuid.here.costNs).toBe(costOf(little, isVendor));
  expect(cpuid.there.costNs).toBe(costOf(mixed, isVendor));
  expect(cpuid.there.share).toBeLessThan(0.01);
  expect(findings.gone.filter(({ title }) => title.includes('CPUID'))).toEqual([]);
  const text = differenceText(difference(little, mixed), { width: 300 });
  expect(text).toMatch(/below the threshold after: vm1 used CPUID leaf .* \(after: [\d.]+ ms, 0\.\d+ %\)\n/);
  const turned = differenceText(difference(mixed, little), { width: 300 });
  expect(turned).toMatch(/below the threshold before: vm1 used CPUID leaf .* \(before: [\d.]+ ms, 0\.\d+ %\)\n/);
});

test('what the rule counts of another device is not it', async () => {
  const { findings } = difference(await of('c1-ide-read'), await of('m-mixed'));
  const isPort = ({ title }: { readonly title: string }) => title.includes('POST code port');
  expect(costOf(await of('c1-ide-read'), ({ device }) => device?.startsWith('POST code port') === true)).toBe(0);
  expect([findings.appeared.filter(isPort).length, findings.untoldBefore.length]).toEqual([1, 1]);
});

test('it is gone where it costs less than a tenth of what it did', async () => {
  const { findings } = difference(await of('b1-uart-flood'), await of('n-timer-nopoll'));
  expect(findings.gone.map(({ rule }) => rule)).toContain('emulated-device');
  for (const { here, there } of findings.untoldAfter) expect(there.share).toBeGreaterThan(0.1 * here.share);
});

test('it is told of the same machine on both sides, or new', async () => {
  const { findings } = difference(await of('n-timer-nopoll'), await of('b1-uart-flood'));
  expect(findings.appeared.map(({ rule, machine }) => [rule, machine])).toContainEqual(['emulated-device', 'vm1']);
});
