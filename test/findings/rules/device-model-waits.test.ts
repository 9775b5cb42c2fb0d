import { describe, expect, test } from 'vitest';
import type { ExitRow } from '../../../src/explain/explanation.js';
import { deviceModelWaits as rule } from '../../../src/findings/rules/device-model-waits.js';
import { findingOf, ruleIds } from '../../support/findings.js';
import { explainXenRecords, explanationOfXen, xenRecording } from '../../support/xen-recordings.js';
import { type AuthoredRecord, change, IDLE, record, State, vmentry, vmexit } from '../../support/xentrace-author.js';

const { running, runnable, blocked, offline } = State;
const START = 1_000_000;
const PERIOD = 100_000;
/** Exit code of SVM. */
const IOIO = 0x7b;
/** Port 0x80, by which kernels wait: no VIRTIO device does its work. */
const writePort = record(undefined, 0x82216, 0x80, 0x41);

/** Of domain 1: what its exits waited for. */
const waitedIn = (exits: readonly ExitRow[]): number =>
  exits
    .filter(({ reachedVmm }) => reachedVmm > 0)
    .reduce((sum, { ledgerNs: { vmm, blocked: asleep, wakeup } }) => sum + vmm + asleep + wakeup, 0);

/**
 * Once in 100 µs domain 1 writes to a port and is taken offline 1 µs later. dom0 begins to run 10 µs after that, has done it
 * in 20 µs, and 5 µs later the vCPU has its pCPU again.
 */
function waiting(count: number): AuthoredRecord[][] {
  const guest = [change(START, 1, 0, runnable, running), vmentry(START)];
  const dom0 = [change(START, IDLE, 1, runnable, running)];
  for (let n = 1; n <= count; n++) {
    const left = START + n * PERIOD;
    const offlineAt = left + 1_000;
    const served = offlineAt + 10_000;
    const done = served + 20_000;
    const back = done + 5_000;
    guest.push(
      vmexit(left, IOIO),
      writePort,
      change(offlineAt, 1, 0, running, offline),
      change(offlineAt, IDLE, 0, runnable, running),
      change(back, IDLE, 0, running, runnable),
      change(back, 1, 0, runnable, running),
      vmentry(back + 1_000),
    );
    dom0.push(
      change(served, IDLE, 1, running, runnable),
      change(served, 0, 0, runnable, running),
      change(done, 1, 0, offline, runnable),
      change(done + 1_000, 0, 0, running, blocked),
      change(done + 1_000, IDLE, 1, runnable, running),
    );
  }
  return [guest, dom0];
}

/** The same exits, which Xen answers itself. */
const answered = (count: number): AuthoredRecord[] => [
  change(START, 1, 0, runnable, running),
  vmentry(START),
  ...Array.from({ length: count }, (_, n) => {
    const left = START + (n + 1) * PERIOD;
    return [vmexit(left, IOIO), writePort, vmentry(left + 37_000)];
  }).flat(),
];

describe('device-model-waits', () => {
  test('a written recording: its cost is the time that the domain waited for dom0, and for its pCPU after it', async () => {
    const { exits, findings } = await explainXenRecords(waiting(100));
    const [first] = findings;
    expect(first.rule).toBe(rule.id);
    expect(first.title).toContain('100 times');
    // 10 µs until dom0 ran, 20 µs while it did, 5 µs of wake-up.
    expect([first.costNs, waitedIn(exits)]).toEqual([3_500_000, 3_500_000]);
    expect(first.evidence).toContain('2.00 ms while dom0 ran, 1.00 ms while it did not, 500 µs until');
  });

  test.each([
    ['such waits are few', waiting(49)],
    ['Xen answers the same exits itself', [answered(100)]],
  ])('is silent where %s', async (_name, pcpus) => {
    const { exits, findings } = await explainXenRecords(pcpus);
    expect(exits.find(({ cause }) => cause === 'device-port')?.detail).toBe('port 0x80, write');
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test.each(['hvm-idle', 'pvh-timer', 'pv-disk'])('%s: is silent where no device model is at work', async (name) => {
    const { findings } = await explanationOfXen(xenRecording(name)!);
    expect(findingOf(findings, rule.id)).toBeUndefined();
  });

  test('hvm-flood: waits for the serial port are of the finding about that', async () => {
    const { findings } = await explanationOfXen(xenRecording('hvm-flood')!);
    expect(findings[0].rule).toBe('emulated-device');
    const left = findingOf(findings, rule.id);
    expect(left?.references ?? []).not.toContainEqual(expect.objectContaining({ device: '16550 serial port COM1' }));
  });
});
