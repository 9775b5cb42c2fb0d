/** A finding that only fell below the threshold, while its cost is about the same, is not called gone. */
import { describe, expect, test } from 'vitest';
import { difference } from '../../src/differences/compare.js';
import type { Alignment, Side } from '../../src/differences/difference.js';
import { findingChanges } from '../../src/differences/finding-changes.js';
import { differenceText } from '../../src/report/text/difference.js';
import { exit, exitsEvery, explainLines, type Line } from '../support/kernel-text.js';
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
  expect(findings.appeared.filter(isPort)).toHaveLength(1);
  expect(findings.untoldBefore.filter(({ finding }) => isPort(finding))).toEqual([]);
  expect(findings.untoldBefore.length).toBeGreaterThan(0);
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

test('of rules that tell one for each device, another device is another finding', async () => {
  const { findings } = difference(await of('b1-uart-flood'), await of('c1-ide-read'));
  const titles = (some: readonly { readonly rule: string; readonly title: string }[]) =>
    some.filter(({ rule }) => rule === 'emulated-device').map(({ title }) => /emulated (.*) cost/.exec(title)![1]);
  expect(titles(findings.appeared)).toEqual(['IDE disk controller']);
  expect(titles(findings.stayed)).toEqual([]);
  expect(titles([...findings.gone, ...findings.untoldAfter.map(({ finding }) => finding)])).toContain(
    '16550 serial port COM1',
  );
});

describe('the exits of a finding that another rule counts on the other side', () => {
  const faults = exitsEvery(0.1, 200, exit('npf', 0x1_0000_0004, 0x1234000));
  const unmapped = Array.from(
    { length: 200 },
    (_, n): Line => [
      20 + n * 0.1,
      'kvm_unmap_hva_range: mmu notifier unmap range: 0x7f2c00000000 -- 0x7f2c00001000',
      'ksmd-30',
    ],
  );

  test('it is not gone: they cost as much, and the other finding is named', async () => {
    const [touched, taken] = [await explainLines(faults), await explainLines([...faults, ...unmapped])];
    const cost = 200 * 50_000;
    expect([touched.findings[0].rule, taken.findings[0].rule]).toEqual(['first-touch-faults', 'memory-taken-back']);
    const machines = [{ before: { id: 'vm1' }, after: { id: 'vm1' } }] as unknown as Alignment['machines'];
    const changes = findingChanges(touched, taken, { machines, onlyBefore: [], onlyAfter: [] });
    expect(changes.gone).toEqual([]);
    expect(changes.appeared).toEqual([]);
    const [after] = changes.untoldAfter;
    expect([after.finding.rule, after.because, after.by]).toEqual([
      'first-touch-faults',
      'other findings',
      ['memory-taken-back'],
    ]);
    expect(after.there.costNs).toBe(cost);
    const [before] = changes.untoldBefore;
    expect([before.finding.rule, before.because, before.by]).toEqual([
      'memory-taken-back',
      'other findings',
      ['first-touch-faults'],
    ]);
    expect(before.there.costNs).toBe(cost);
  });
});

test('where no rule finds fault with them any more, they are said to be there', async () => {
  // Polling is in force before, and not after: what a halt waits for its pCPU then is worth telling.
  const { findings } = difference(await of('n-timer-nopoll'), await of('e-timer'));
  const polling = findings.untoldAfter.find(({ finding }) => finding.rule === 'halt-polling');
  expect(polling).toMatchObject({ because: 'rule is silent', by: [] });
  const side = await of('e-timer');
  const waits = side.explanation.exits
    .filter(({ cause }) => cause === 'halt')
    .reduce((sum, { ledgerNs }) => sum + ledgerNs.wakeup, 0);
  expect(polling!.there.costNs).toBeLessThanOrEqual(waits);
  const text = differenceText(difference(await of('n-timer-nopoll'), side), { width: 300 });
  expect(text).toMatch(/not told after: vm1 waited .* for pCPUs to wake up .* \(after: [\d.]+ ms, 0\.\d+ %\)\n/);
});
