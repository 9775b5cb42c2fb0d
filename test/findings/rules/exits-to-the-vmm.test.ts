import { describe, expect, test } from 'vitest';
import { exitsToTheVmm as rule } from '../../../src/findings/rules/exits-to-the-vmm.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { exit, exitsEvery, explainLines, toVmm } from '../../support/kernel-text.js';
import { perfPortAccesses } from '../../support/perf-ports.js';
import { scenario } from '../../support/recordings.js';

const find = (...exits: ReturnType<typeof exitRow>[]) => rule.find(evidence({ exits }), []);
const port = (number: number, reachedVmm: number, device: string | null = null) =>
  exitRow({
    cause: 'device-port',
    reason: 'io',
    detail: `port 0x${number.toString(16)}, 1-byte write`,
    device,
    count: 100,
    reachedVmm,
    ledgerNs: { hypervisor: 1e6, vmm: 2e6, blocked: 3e6, interrupt: 9e6, wakeup: 9e6, preempted: 9e6 },
  });

/** Exit information of SVM: a write of one byte to port 0x80. */
const WRITE_POST_CODE = 0x0080_0010;

describe('exits-to-the-vmm', () => {
  test('writes that only the VMM can answer, read from text: their cost is the time of these exits', async () => {
    const { exits, findings } = await explainLines(exitsEvery(0.1, 200, exit('io', WRITE_POST_CODE), toVmm.port));
    expect(findings[0].rule).toBe(rule.id);
    expect(findings[0].title).toContain('200 exits at POST code port');
    // 50 µs each.
    expect([findings[0].costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
  });

  test('is silent where the kernel answers the same writes', async () => {
    const { exits, findings } = await explainLines(exitsEvery(0.1, 200, exit('io', WRITE_POST_CODE)));
    expect(workIn(exits)).toBe(10_000_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known('h3-portio', 'trace.dat', '5,000 writes of port 0x80 come first', ({ exits }, findings) => {
    const [first, second] = findings;
    expect([first.rule, second.rule]).toEqual([rule.id, 'emulated-device']);
    const writes = exits.filter(({ detail }) => detail === 'port 0x80, 1-byte write');
    expect(first.costNs).toBe(
      writes.reduce((sum, { ledgerNs: { hypervisor, vmm, blocked } }) => sum + hypervisor + vmm + blocked, 0),
    );
    const seenByPerf = perfPortAccesses(scenario('h3-portio', 'trace.dat')!, 0x80, 0x80);
    expect(first.title).toContain(`${seenByPerf.toLocaleString('en-US')} exits at POST code port`);
    expect(first.knobs.map(({ text }) => text)).toContain('io_delay=none');
  });

  for (const name of ['b1-uart-flood', 'c1-ide-read'])
    known(name, 'trace.dat', 'leaves out what emulated-device has found', (_, findings) => {
      expect(ruleIds(findings)).toContain('emulated-device');
      expect(findingOf(findings, rule.id)).toBeUndefined();
    });

  known('h1-cpuid', 'trace.dat', 'is silent about exits that the kernel answers', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('an exit costs what hypervisor, VMM and blocking took, not what waiting for a pCPU took', () => {
    const [finding] = find(port(0x80, 100, 'POST code port (also used as a delay)'));
    expect([finding.costNs, finding.gain.likelyNs]).toEqual([6e6, 6e6]);
  });

  test('half is likely of a device without a name, whose ports belong together', () => {
    const found = find(port(0xc0c0, 100), port(0xc0cf, 100), port(0xc0d0, 100));
    expect(found.map(({ costNs, gain, confidence }) => [costNs, gain.likelyNs, confidence])).toEqual([
      [12e6, 6e6, 'low'],
      [6e6, 3e6, 'low'],
    ]);
    expect(found[0].title).toContain('200 exits at the ports 0xc0c0 to 0xc0cf, whose device is not known,');
  });

  test('is silent where less than half of the exits reached the VMM, and about halts and a paused machine', () => {
    expect(find(port(0x80, 49))).toEqual([]);
    for (const cause of ['halt', 'vm-control'] as const)
      expect(find(exitRow({ ...port(0x80, 100), cause }))).toEqual([]);
  });
});
