import { describe, expect, test } from 'vitest';
import { knobsFor } from '../../../src/findings/knobs.js';
import { clockReads as rule } from '../../../src/findings/rules/clock-reads.js';
import {
  type MachineConfiguration,
  UNSTATED_PLATFORM,
} from '../../../src/platform/configurations/machine-configuration.js';
import { deviceAt } from '../../../src/platform/pc-devices.js';
import { configurationOf } from '../../support/configurations.js';
import { evidence, exitRow } from '../../support/evidence.js';
import { workIn } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { exit, exitsEvery, explainLines, mmio, toVmm } from '../../support/kernel-text.js';
import { explanationOfXen, xenRecording } from '../../support/xen-recordings.js';

const reads = (space: 'port' | 'mmio', address: number, count = 1000) =>
  exitRow({
    cause: space === 'port' ? 'device-port' : 'device-mmio',
    reason: 'io',
    detail: `${space === 'port' ? 'port' : 'address'} 0x${address.toString(16)}, 4-byte read`,
    device: deviceAt({ space, address })!.name,
    count,
    reachedVmm: count,
    ledgerNs: { hypervisor: 1e7, vmm: 2e7 },
  });

/** Exit information of SVM for a port: bits 16 and up its number, 0x40 four bytes, 0x10 one, 1 a read. */
const READ_PM_TIMER = 0x0608_0041;
const READ_PIT = 0x0040_0011;
const READ_SERIAL_STATUS = 0x03fd_0011;
/** Error code of SVM: a read of a reserved page, while translating a guest physical address. */
const DEVICE_READ = 0x1_0000_000d;
const HPET_COUNTER = 0xfed0_00f0;

describe('clock-reads', () => {
  test.each([
    ['ACPI power management timer', [exit('io', READ_PM_TIMER), toVmm.port]],
    ['8254 timer (PIT)', [exit('io', READ_PIT)]],
    ['HPET timer', [exit('npf', DEVICE_READ, HPET_COUNTER), mmio('unsatisfied-read', 4, HPET_COUNTER), toVmm.mmio]],
    ['rdtsc', [exit('rdtsc')]],
  ])('a guest that reads the %s, read from text: its cost is the time of these exits', async (name, within) => {
    const { exits, findings } = await explainLines(exitsEvery(0.1, 200, ...within));
    const [first] = findings;
    expect([first.rule, first.machine]).toEqual([rule.id, 'vm1']);
    expect(first.title).toContain(`${name}, 200 times`);
    // 50 µs each.
    expect([first.costNs, workIn(exits)]).toEqual([10_000_000, 10_000_000]);
  });

  test.each([
    ['the same exits are for the status of a serial port', 200, [exit('io', READ_SERIAL_STATUS), toVmm.port]],
    ['it reads a clock at its start only', 90, [exit('io', READ_PM_TIMER), toVmm.port]],
  ])('is silent where %s', async (_name, count, within) => {
    const { exits, findings } = await explainLines(exitsEvery(0.1, count, ...within));
    expect(workIn(exits)).toBe(count * 50_000);
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test.each([
    ['PIT', 'port', 0x40],
    ['real-time clock', 'port', 0x71],
    ['ACPI power management timer of a q35 machine', 'port', 0x608],
    ['ACPI power management timer of a pc machine', 'port', 0xb008],
    ['HPET', 'mmio', 0xfed000f0],
  ] as const)('fires for the %s, at the address that it has by convention', (_name, space, address) => {
    const [finding] = rule.find(evidence({ exits: [reads(space, address)] }), []);
    expect([finding.costNs, finding.gain.mostNs, finding.gain.likelyNs]).toEqual([3e7, 3e7, 3e7]);
    expect(finding.title).toContain(deviceAt({ space, address })!.name);
  });

  test.each([
    ['the TSC, where it is intercepted', { cause: 'register', reason: 'rdtsc' }],
    [
      'the counter of Hyper-V',
      { cause: 'register', reason: 'msr', detail: 'MSR 0x40000020 HV_X64_MSR_TIME_REF_COUNT read' },
    ],
    ['the counter of ARM', { cause: 'timer', reason: 'SYS64', detail: 'CNTPCT_EL0 read (inferred)' }],
  ] as const)('fires for %s', (_name, row) => {
    const exits = [exitRow({ ...row, count: 1000, ledgerNs: { hypervisor: 1e7 } })];
    expect(rule.find(evidence({ exits }), [])).toHaveLength(1);
  });

  test.each([
    ['the serial port', reads('port', 0x3f8)],
    ['a timer that is set up once', reads('port', 0x40, 40)],
    [
      'the deadline timer',
      exitRow({
        cause: 'timer',
        detail: 'MSR 0x6e0 IA32_TSC_DEADLINE write',
        count: 9000,
        ledgerNs: { hypervisor: 1e8 },
      }),
    ],
  ])('is silent for %s', (_name, row) => {
    expect(rule.find(evidence({ exits: [row] }), [])).toEqual([]);
  });

  test('points to the timer in the configuration of the machine', () => {
    const place = { source: 'vm.xml', line: 12, column: 3 };
    const configuration: MachineConfiguration = {
      ...UNSTATED_PLATFORM,
      clock: { base: 'utc', timers: [{ name: 'hpet', present: true, tickPolicy: null, place }], place },
      format: 'libvirt',
      source: 'vm.xml',
      scope: 'machine',
      name: 'vm1',
      vcpus: [],
      memory: [],
      devices: [],
      variables: [],
      options: [],
      issues: [],
    };
    const configurations = new Map([['vm1', [configuration]]]);
    const given = evidence({ exits: [reads('mmio', 0xfed000f0)], configurations });
    const [finding] = rule.find(given, []);
    const tools = knobsFor(given, 'vm1', finding.knobs).map(({ tool }) => tool);
    expect(tools).toContain('libvirt XML');
    expect(tools).not.toContain('QEMU option');
    expect(finding.references).toContainEqual({ kind: 'configuration', source: 'vm.xml', line: 12 });
  });

  test('a timer8254 of qvm is one, and what the VMM did there is not told, since no event does', () => {
    const configuration = configurationOf('system guest\ncpu\nvdev timer8254\n  loc 0x40\n  intr myioapic:0\n');
    const row = reads('port', 0x40);
    const given = evidence({
      recording: { ...evidence().recording, hypervisor: 'qnx' },
      exits: [{ ...row, device: 'timer8254 timer' }],
      configurations: new Map([['vm1', [configuration]]]),
    });
    const [finding] = rule.find(given, []);
    expect(finding.references).toContainEqual({ kind: 'configuration', source: 'guest.qvmconf', line: 3 });
    expect(finding.evidence).not.toContain('reached the VMM');
  });

  // A PVH guest has none of these devices, and its clock is that of Xen.
  test('is silent on Xen, pvh-timer', async () => {
    const { findings } = await explanationOfXen(xenRecording('pvh-timer')!);
    expect(findingOf(findings, rule.id)).toBeUndefined();
  });

  for (const name of ['m-mixed', 'e-timer'])
    known(name, 'trace.dat', 'is silent', (_explanation, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    });
});
