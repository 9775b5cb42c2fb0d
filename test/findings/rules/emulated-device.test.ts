import { describe, expect, test } from 'vitest';
import { formatNs } from '../../../src/base/quantities.js';
import { knobsFor } from '../../../src/findings/knobs.js';
import { emulatedDevice as rule } from '../../../src/findings/rules/emulated-device.js';
import { vcpusOutnumberPcpus } from '../../../src/findings/rules/vcpus-outnumber-pcpus.js';
import { largestCauses } from '../../../src/report/text/causes.js';
import { configurationOf } from '../../support/configurations.js';
import { evidence, exitRow, machine, vcpu } from '../../support/evidence.js';
import { explanationOf } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { perfPortAccesses } from '../../support/perf-ports.js';
import { textIn } from '../../support/read-records.js';
import { scenario } from '../../support/recordings.js';

/** Hypervisor, VMM and blocked time of the rows at these ports. */
function workAt(exits: Parameters<typeof sumOf>[0], ports: readonly (readonly [number, number])[]): number {
  return sumOf(
    exits.filter(({ detail }) => {
      const port = Number.parseInt(/^port 0x([\da-f]+)/.exec(detail ?? '')?.[1] ?? '', 16);
      return ports.some(([first, last]) => port >= first && port <= last);
    }),
  );
}
const sumOf = (exits: readonly { readonly detail: string | null; readonly ledgerNs: Record<string, number> }[]) =>
  exits.reduce((sum, { ledgerNs: { hypervisor, vmm, blocked } }) => sum + hypervisor + vmm + blocked, 0);

describe('emulated-device', () => {
  for (const file of ['trace.dat', 'perf-kvm.data'])
    known('b1-uart-flood', file, 'the serial port is what to change first', (explanation, findings) => {
      const [first] = findings;
      expect([first.rule, first.machine]).toEqual([rule.id, 'vm1']);
      expect(first.costNs).toBe(workAt(explanation.exits, [[0x3f8, 0x3ff]]));
      // perf counted them as well.
      const accesses = perfPortAccesses(scenario('b1-uart-flood', file)!, 0x3f8, 0x3ff);
      expect(first.title).toContain(`in ${accesses.toLocaleString('en-US')} exits`);
      expect(first.gain.likelyNs).toBeGreaterThan(0.7 * first.costNs);
      expect(first.remedy).toBe('Use a VIRTIO console instead of the 16550 serial port COM1.');
    });

  for (const name of ['uartflood', 'n-uartflood'])
    known(
      name,
      'trace.dat',
      'the pl011 of an Arm guest is what to change first',
      (explanation, [first]) => {
        expect([first.rule, first.remedy]).toEqual([rule.id, 'Use a VIRTIO console instead of the pl011 serial port.']);
        // KVM emulated none of its accesses itself.
        const rows = explanation.exits.filter(({ detail }) => detail?.startsWith('address 0x9000'));
        expect(first.costNs).toBe(sumOf(rows));
        expect(rows.every(({ count, reachedVmm }) => reachedVmm === count)).toBe(true);
      },
      'kvm-arm64',
    );

  known(
    'vconflood',
    'trace.dat',
    'is silent for the same by VIRTIO',
    (_, findings) => {
      expect(ruleIds(findings)).not.toContain(rule.id);
    },
    'kvm-arm64',
  );

  known('c1-ide-read', 'trace.dat', 'the IDE disk comes first, its bus master with it', (explanation, findings) => {
    const [first] = findings;
    const ports = [
      [0x170, 0x177],
      [0x376, 0x376],
      [0xc120, 0xc12f],
    ] as const;
    expect(first.rule).toBe(rule.id);
    expect(first.costNs).toBe(workAt(explanation.exits, ports));
    expect(first.evidence).toContain('ports 0xc128 to 0xc12c, which have no name');
    // Three more accesses to the bus master, and all others, for each of the 200 reads that the guest made.
    expect(first.gain.reasoning).toContain('A doorbell for each of its 200 requests');
    const counted = ports.map(([low, high]) => perfPortAccesses(scenario('c1-ide-read', 'trace.dat')!, low, high));
    expect(first.title).toContain(`in ${counted.reduce((a, b) => a + b).toLocaleString('en-US')} exits`);
    expect(first.confidence).toBe('medium');
  });

  known('c2-virtio-blk-read', 'trace.dat', 'is silent about the disk when it is a VIRTIO disk', (_, findings) => {
    expect(findings.filter(({ title }) => title.includes('IDE'))).toEqual([]);
  });

  known('b2-virtio-console', 'trace.dat', 'finds a sixth of the serial port, what the shell echoed', (_, findings) => {
    expect(findingOf(findings, rule.id)?.costNs).toBeLessThan(650e6 / 6);
  });

  /**
   * What the same load by VIRTIO was measured to bring: the loss of both recordings, and what of the emulated device the
   * second one still has.
   */
  for (const [before, after] of [
    ['b1-uart-flood', 'b2-virtio-console'],
    ['c1-ide-read', 'c2-virtio-blk-read'],
  ])
    known(after, 'trace.dat', 'lost less by about what the finding of the emulated device promised', async (virtio) => {
      const emulated = await explanationOf(scenario(before, 'trace.dat')!, 'trace.dat');
      const [{ rule: id, gain }] = emulated.findings;
      expect(id).toBe(rule.id);
      const lost = ({ totals }: typeof virtio) => totals.guestDelayNs - totals.keptOutNs;
      const left = workAt(virtio.exits, before.startsWith('b1') ? [[0x3f8, 0x3ff]] : [[0x170, 0x177]]);
      const gained = lost(emulated) - lost(virtio) + left;
      expect(gain.likelyNs).toBeGreaterThan(gained / 1.5);
      expect(gain.likelyNs).toBeLessThan(1.5 * gained);
    });

  test('without halts nobody knows what waking up takes: that is said, and little is sure', () => {
    const [unsure] = findIn(ide);
    expect([unsure.confidence, unsure.gain.reasoning]).toEqual(['low', expect.stringContaining('comes on top')]);
    const halts = exitRow({ cause: 'halt', reason: 'hlt', count: 50, timed: 50, ledgerNs: { wakeup: 5e6, idle: 9e9 } });
    const [sure] = findIn(ide, halts);
    // 100 commands wake up a thread and the guest, 100 µs each.
    expect(unsure.gain.likelyNs - sure.gain.likelyNs).toBe(100 * 2 * 100_000);
    expect(sure.confidence).toBe('high');
  });

  known('e-timer', 'trace.dat', 'is silent where the guest only sleeps', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  const row = { cause: 'device-port', reason: 'io', count: 100, reachedVmm: 100, ledgerNs: { vmm: 1e8 } } as const;
  const ide = exitRow({ ...row, detail: 'port 0x1f7, 1-byte write', device: 'IDE disk controller, first channel' });
  const port = (text: string, count = 100) => exitRow({ ...row, detail: text, count, reachedVmm: count });
  const findIn = (...exits: ReturnType<typeof exitRow>[]) => rule.find(evidence({ exits }), []);

  test('ports without a name are another device if a register or a size is not that of a bus master', () => {
    const master = [port('port 0xc120, 1-byte write'), port('port 0xc124, 4-byte write')];
    expect(findIn(ide, ...master)[0].costNs).toBe(3e8);
    expect(findIn(ide, ...master, port('port 0xc126, 2-byte write'))[0].costNs).toBe(1e8);
    expect(findIn(ide, port('port 0xc120, 4-byte write'), port('port 0xc124, 4-byte write'))[0].costNs).toBe(1e8);
  });

  test('they are another device if they are used more often than the disk, or for the channel without one', () => {
    const [start, often] = [port('port 0xc120, 1-byte write'), port('port 0xc124, 4-byte write', 101)];
    expect(findIn(ide, start, often)[0].costNs).toBe(1e8);
    const second = [port('port 0xc128, 1-byte write'), port('port 0xc12c, 4-byte write')];
    expect(findIn(ide, ...second)[0].costNs).toBe(1e8);
    expect(findIn(...second)).toEqual([]);
  });

  known('c1-ide-read', 'trace.dat', 'the command line of QEMU changes names, not numbers', async (plain, findings) => {
    const found = scenario('c1-ide-read', 'trace.dat')!;
    const text = textIn(found, 'qemu-cmdline.g1');
    const configuration = configurationOf(text, { source: 'qemu-cmdline.g1' });
    const named = await explanationOf(found, 'trace.dat', { configurations: [{ configuration }] });
    const [first] = named.findings;
    expect([first.costNs, first.gain]).toEqual([findings[0].costNs, findings[0].gain]);
    expect(first.title).toContain('piix3-ide');
    expect(first.remedy).toContain('the machine has a virtio-blk-pci already');
    expect(first.knobs.map(({ tool }) => tool)).toEqual(['QEMU option']);
    expect(plain.devices.some(({ source }) => source === 'configuration')).toBe(false);
  });

  // The guest pinged three times: three packets out, three receive descriptors given back.
  known('m-mixed', 'trace.dat', 'an e1000 is known by its registers', (explanation, findings) => {
    const card = findings.find(({ title }) => title.includes('e1000 network card'));
    expect(card?.gain.reasoning).toContain('A doorbell for each of its 6 requests');
    const rows = explanation.exits.filter(({ detail }) => /^address 0xfeb[cd]/.test(detail ?? ''));
    expect(card?.costNs).toBe(sumOf(rows));
    expect(card?.confidence).toBe('medium');
  });

  for (const [name, hypervisor] of [
    ['b1-uart-flood', 'kvm-x86'],
    ['uartflood', 'kvm-arm64'],
  ])
    known(
      name,
      'trace.dat',
      'what it counts and what the tables count beside it are told, with the detail that the first screen names',
      (explanation, [first]) => {
        const rows = explanation.exits.filter(({ device }) => device !== null && first.title.includes(device));
        const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + of(row), 0);
        const interrupts = sum(({ ledgerNs }) => ledgerNs.interrupt);
        const waits = sum(({ ledgerNs }) => ledgerNs.wakeup + ledgerNs.preempted);
        expect(first.costNs + interrupts + waits).toBe(sum(({ guestDelayNs }) => guestDelayNs));
        expect(first.evidence).toContain(
          `Not counted: ${formatNs(interrupts)} of interrupts of the host and ${formatNs(waits)} of waits for a pCPU`,
        );
        const [, detail] = /: mostly (.*)$/.exec(largestCauses(explanation)[0].title)!;
        expect(first.evidence).toContain(`most of the time went to ${detail} (`);
      },
      hypervisor,
    );

  test('Firecracker has no other console: the guest is to do without, and fewer vCPUs are its own setting', () => {
    const configuration = configurationOf(
      '{"boot-source":{"kernel_image_path":"k"},"machine-config":{"vcpu_count":2,"mem_size_mib":64},"drives":[]}',
      { source: 'vm.json' },
    );
    const serial = exitRow({ ...row, detail: 'port 0x3f8, 1-byte write', device: '16550 serial port COM1' });
    const given = evidence({ exits: [serial], configurations: new Map([['vm1', [configuration]]]) });
    const [found] = rule.find(given, []);
    expect(found.remedy).toMatch(/^Have the guest not use the 16550 serial port COM1/);
    const told = knobsFor(given, 'vm1', found.knobs).map(({ text }) => text);
    expect(told).toEqual(['quiet 8250.nr_uarts=0']);
    expect([found.gain.likelyNs, found.gain.mostNs]).toEqual([found.costNs, found.costNs]);
    const fewer = knobsFor(given, 'vm1', vcpusOutnumberPcpus.knobs).map(({ tool }) => tool);
    expect(fewer).toContain('Firecracker configuration');
    expect(fewer).not.toContain('QEMU option');
  });

  test('a device of the configuration is judged by its kind, and the finding leads to its line', () => {
    const configuration = configurationOf(
      [
        'system guest',
        'cpu',
        'vdev pl011',
        '  loc 0x1c090000',
        '  intr gic:37',
        'vdev virtio-console',
        '  loc 0x1c0f0000',
        '  intr gic:42',
      ].join('\n'),
    );
    const access = { ...row, cause: 'device-mmio', reason: 'data abort' } as const;
    const one = machine('vm1', vcpu(0));
    const given = evidence({
      machines: [one],
      recording: { ...evidence().recording, hypervisor: 'qnx' },
      configurations: new Map([['vm1', [configuration]]]),
      exits: [
        exitRow({ ...access, detail: 'address 0x1c090000, 1-byte write (inferred)', device: 'pl011 console' }),
        exitRow({ ...access, detail: 'address 0x1c0f0050, 4-byte write (inferred)', device: 'virtio-console' }),
      ],
    });
    const found = rule.find(given, []);
    expect(found.map(({ costNs }) => costNs)).toEqual([1e8]);
    expect(found[0].remedy).toContain('the machine has a virtio-console already (guest.qvmconf line 6)');
    expect(found[0].references).toContainEqual({ kind: 'configuration', source: 'guest.qvmconf', line: 3 });
    const knobs = knobsFor(given, 'vm1', found[0].knobs);
    expect(knobs.map(({ tool }) => tool)).toEqual(['qvm configuration', 'kernel parameter of the guest']);
  });
});
