import { describe, expect, test } from 'vitest';
import { slowPcpuWakeups as rule } from '../../../src/findings/rules/slow-pcpu-wakeups.js';
import { findingOf, ruleIds } from '../../support/findings.js';
import { explainXenRecords, explanationOfXen, xenRecording } from '../../support/xen-recordings.js';
import { type AuthoredRecord, change, IDLE, record, State, vmentry, vmexit } from '../../support/xentrace-author.js';

const { running, runnable, blocked } = State;
const MILLISECOND = 1_000_000;
const HLT = 0x78;
const VCPU = 1 << 16;

/** Once a millisecond domain 1 halts, is woken, and has its pCPU again after `waitNs`, in which `meanwhile` has it. */
function halting(count: number, waitNs: number, meanwhile: number): AuthoredRecord[][] {
  const records = [change(MILLISECOND, 1, 0, runnable, running), vmentry(MILLISECOND + 10)];
  for (let n = 2; n < count + 2; n++) {
    const at = n * MILLISECOND;
    const woken = at + 100_000;
    records.push(
      vmexit(at, HLT),
      record(at + 10, 0x28006, 1, 0),
      change(at + 20, 1, 0, running, blocked),
      change(at + 20, meanwhile, 0, runnable, running),
      change(woken, 1, 0, blocked, runnable),
      change(woken + waitNs, meanwhile, 0, running, runnable),
      change(woken + waitNs, 1, 0, runnable, running),
      vmentry(woken + waitNs + 10),
    );
  }
  return [records, [change(MILLISECOND, IDLE, 1, runnable, running), record(MILLISECOND + 1, 0x28006, VCPU, 0)]];
}

describe('slow-pcpu-wakeups', () => {
  test.each([
    ['all of waits as short as idle states', 50_000, 150 * 50_000],
    ['200 µs of longer ones', 700_000, 150 * 200_000],
  ])('likely to go is %s', async (_what, waitNs, likelyNs) => {
    const { findings } = await explainXenRecords(halting(150, waitNs, IDLE));
    const found = findingOf(findings, rule.id);
    expect(found?.costNs).toBe(150 * waitNs);
    expect(found?.gain.likelyNs).toBe(likelyNs);
    expect(found?.confidence).toBe(likelyNs === found?.costNs ? 'medium' : 'low');
  });

  test.each([
    ['waits are few', halting(60, 700_000, IDLE)],
    ['somebody else had the pCPU', halting(150, 700_000, 0)],
  ])('is silent where %s', async (_what, pcpus) => {
    expect(ruleIds((await explainXenRecords(pcpus)).findings)).not.toContain(rule.id);
  });

  test('a disk served in dom0, pv-disk: the waits that xenalyze has after wake-ups', async () => {
    const recording = xenRecording('pv-disk')!;
    const found = findingOf((await explanationOfXen(recording)).findings, rule.id);
    const guest = recording.witness('xenalyze-summary').split('|-- Domain 12 --|')[1].split('-- v0 --')[1];
    const [, count, seconds] = / wake: +(\d+) +([\d.]+)s /.exec(guest)!;
    expect(found?.costNs).toBeLessThanOrEqual((Number(seconds) + 0.005) * 1e9);
    expect(found?.costNs).toBeGreaterThanOrEqual((Number(seconds) - 0.005) * 1e9);
    expect(found?.evidence).toContain(`${count} waits`);
  });
});
