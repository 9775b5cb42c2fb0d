import { describe, expect, test } from 'vitest';
import { registersInQvm as rule } from '../../../src/findings/rules/registers-in-qvm.js';
import {
  serialConsoleConfiguration,
  virtioConsoleConfiguration,
} from '../../../src/simulation/qnx/demo-configurations.js';
import { serialConsolePlan, virtioConsolePlan } from '../../../src/simulation/qnx/demo-plans.js';
import { simulate } from '../../../src/simulation/qnx/simulate.js';
import { trueBooks } from '../../../src/simulation/qnx/true-books.js';
import { truthOf } from '../../../src/simulation/qnx/truth.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { explanationOfHost, guestDoing, hostWith, machineOf, vcpuOn } from '../../support/qnx-plans.js';

const shortened = { traceFromNs: 50_000, lengthNs: 100_000_000, markers: [] };
const serial = { ...serialConsolePlan(), ...shortened };
const virtio = { ...virtioConsolePlan(), ...shortened };

describe('registers-in-qvm', () => {
  test('a serial console that nobody named: all that the host really did for its exits', async () => {
    const { findings } = await explanationOfHost(serial);
    const found = findingOf(findings, rule.id)!;
    expect(findings[0]).toBe(found);
    const PL011 = 0x1c09_0000n;
    const exits = trueBooks(truthOf(simulate(serial)), serial.cyclesPerSecond)
      .flatMap((vcpu) => vcpu.exits)
      .filter(({ exit }) => exit?.cause === 'device-mmio' && exit.payload === PL011);
    const sumOf = (account: 'hypervisor' | 'blocked') => exits.reduce((sum, { sums }) => sum + (sums[account] ?? 0), 0);
    expect(found.costNs).toBe(sumOf('hypervisor'));
    // The sleep for the driver of the real port is another rule's.
    expect(findingOf(findings, 'blocked-in-exits')?.costNs).toBe(sumOf('blocked'));
    expect(found.title).toContain(`${exits.reduce((sum, { count }) => sum + count, 0).toLocaleString('en-US')} exits`);
    expect(found.evidence).toContain('single bytes');
    expect(found.knobs.map(({ text }) => text)).toEqual([expect.stringContaining('virtio-console')]);
  });

  test('accesses of words are no serial port', async () => {
    const reads = hostWith([machineOf('one', [vcpuOn([0], guestDoing({ 'serial-status': 1 }, 5000))])]);
    const found = findingOf((await explanationOfHost(reads)).findings, rule.id)!;
    expect(found.evidence).not.toContain('single bytes');
    expect(found.knobs).toEqual([]);
  });

  test('with the configuration the more specific rule has it', async () => {
    const { findings } = await explanationOfHost(serial, [serialConsoleConfiguration()]);
    expect(findings[0].rule).toBe('emulated-device');
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('is silent about what is written like a doorbell of VIRTIO', async () => {
    const rings = hostWith([machineOf('one', [vcpuOn([0], guestDoing({ 'block-doorbell': 1 }, 5000))])]);
    const { exits, findings } = await explanationOfHost(rings);
    expect(exits.find(({ cause }) => cause === 'device-mmio')?.count).toBeGreaterThan(1000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('is silent about VIRTIO devices', async () => {
    const { findings } = await explanationOfHost(virtio, [virtioConsoleConfiguration()]);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known('h3-portio', 'trace.dat', 'is silent about KVM', (_explanation, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });
});
