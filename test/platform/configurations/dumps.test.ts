/** What running machines show of their devices: QEMU's monitor, and a guest's /proc and lspci. */
import { describe, expect, it, test } from 'vitest';
import { deviceNames } from '../../../src/platform/configurations/device-names.js';
import { VIRT_DEVICES, virtDeviceAt } from '../../../src/platform/virt-devices.js';
import { configurationOf } from '../../support/configurations.js';
import { briefDevice, issuesOf, machineFixture } from '../../support/machine-configurations.js';
import { hasQemu, mappedRegions, monitorOutput } from '../../support/qemu.js';

const namesIn = (...paths: string[]) =>
  deviceNames(new Map(), new Map([['vm1', paths.map((path) => machineFixture(`dumps/${path}`))]]));
const nameAt = (path: string, space: 'mmio' | 'port', address: number) => namesIn(path)('vm1', space, address)?.name;

test('info qtree', () => {
  const machine = machineFixture('dumps/qemu-qtree.txt');
  expect(machine).toMatchObject({ format: 'qemu-monitor', scope: 'devices', vcpus: [], issues: [] });
  expect(machine.devices.map(briefDevice)).toEqual(
    expect.arrayContaining([
      'emulated timer hpet - mmio:0xfed00000+1024',
      'paravirtual network virtio-net-pci - port:0xc040+32 mmio:0xfebf1000+4096 mmio:0xfe000000+16384 00:04.0',
      'emulated network e1000 - mmio:0xfebc0000+131072 port:0xc000+64 00:03.0',
      'emulated console isa-serial - port:0x3f8+8 isa:4',
    ]),
  );
});

test('info qtree of a guest on Arm: devices are where their transports are', () => {
  const machine = machineFixture('dumps/qemu-qtree-arm.txt');
  const brief = machine.devices.map(briefDevice);
  expect(brief).toEqual(
    expect.arrayContaining([
      'paravirtual random-numbers virtio-rng-device - mmio:0xa003e00+512',
      'paravirtual bus virtio-serial-device - mmio:0xa003c00+512',
      'paravirtual bus virtio-mmio - mmio:0xa000000+512',
    ]),
  );
  expect(brief.filter((text) => text.includes('0xa003e00')).length).toBe(1);
});

describe.each(['qemu-mtree.txt', 'qemu-mtree-flat.txt'])('%s', (path) => {
  it.each([
    ['port', 0x3f8, 'isa-serial 16550 serial port serial'],
    ['port', 0xc010, 'e1000 network e1000-io'],
    ['mmio', 0xfebc0400, 'e1000 network e1000-mmio'],
    ['mmio', 0xfe003010, 'virtio-net network virtio-pci-notify-virtio-net'],
    ['mmio', 0xfed000f0, 'hpet HPET timer'],
    ['port', 0x20, 'isa-i8259 8259 interrupt controller (PIC) pic at port 0x20'],
  ] as const)('%s 0x%s is %s', (space, address, name) => expect(nameAt(path, space, address)).toBe(name));

  it('has no memory, and no holes', () => {
    expect(nameAt(path, 'mmio', 0x1000)).toBeUndefined();
    expect(nameAt(path, 'port', 0x1234)).toBeUndefined();
  });
});

describe('a guest', () => {
  it.each([
    ['ioports.txt', 'port', 0x3f8, 'serial 16550 serial port'],
    ['ioports.txt', 'port', 0x1f7, 'ata_piix IDE disk controller 0000:00:01.1 at port 0x1f0'],
    ['ioports.txt', 'port', 0x608, 'ACPI PM_TMR ACPI power management timer 0000:00:01.3'],
    ['ioports.txt', 'port', 0xc040, 'virtio-pci-legacy VIRTIO device 0000:00:04.0'],
    ['iomem.txt', 'mmio', 0xfebc0400, 'e1000 network 0000:00:03.0'],
    ['iomem.txt', 'mmio', 0xfee000b0, 'Local APIC local APIC'],
    ['lspci.txt', 'mmio', 0xfe003000, 'virtio-pci Red Hat, Inc. Virtio network device 00:04.0'],
    ['lspci.txt', 'port', 0xc01f, 'e1000 Intel Corporation 82540EM Gigabit Ethernet Controller (rev 03) 00:03.0'],
  ] as const)('by %s has at %s 0x%s: %s', (path, space, address, name) => {
    expect(nameAt(path, space, address)).toBe(name);
  });

  it('has its memory and the buses in no device', () => {
    expect(nameAt('iomem.txt', 'mmio', 0x2000)).toBeUndefined();
    expect(nameAt('iomem.txt', 'mmio', 0x09000000)).toBeUndefined();
    expect(nameAt('ioports.txt', 'port', 0x300)).toBeUndefined();
  });

  it('says where it is seen', () => {
    expect(namesIn('ioports.txt')('vm1', 'port', 0x3f8)?.evidence).toBe('dumps/ioports.txt line 14');
  });

  it('knows what is VIRTIO, and no more than that of the rest', () => {
    const kinds = machineFixture('dumps/lspci.txt').devices.map(({ pci, kind, role }) => [pci[0], kind, role]);
    expect(kinds).toEqual([
      ['00:00.0', 'unknown', 'bus'],
      ['00:01.1', 'unknown', 'disk-controller'],
      ['00:02.0', 'unknown', 'display'],
      ['00:03.0', 'unknown', 'network'],
      ['00:04.0', 'paravirtual', 'network'],
    ]);
  });

  it('without rights shows no addresses, which is said', () => {
    const machine = configurationOf('00000000-00000000 : Reserved\n00000000-00000000 : IOAPIC 0\n');
    expect([machine.devices, issuesOf(machine)]).toEqual([[], ['error hidden-addresses 1:1']]);
  });
});

describe('a configuration and what was seen', () => {
  const configured = new Map([
    ['vm1', [configurationOf('qemu-system-x86_64 -M pc -serial null -device virtio-net-pci,id=n')]],
  ]);
  const both = deviceNames(
    configured,
    new Map([['vm1', [machineFixture('dumps/qemu-qtree.txt'), machineFixture('dumps/lspci.txt')]]]),
  );

  it('name each what it knows: the configuration first, then the first dump', () => {
    expect(both('vm1', 'port', 0x3f8)).toEqual({
      name: 'isa-serial 16550 serial port',
      evidence: 'guest.qvmconf line 1',
    });
    expect(both('vm1', 'mmio', 0xfe000000)?.name).toBe('virtio-net-pci network');
    expect(both('vm1', 'port', 0xc065)?.evidence).toMatch(/^dumps\/qemu-qtree\.txt line \d+$/);
    expect(both('vm2', 'port', 0x3f8)).toBeUndefined();
  });
});

it.runIf(hasQemu('qemu-system-aarch64'))("the table of QEMU's virt board is QEMU's", () => {
  for (const board of ['gic-version=2', 'gic-version=3', 'gic-version=3,highmem=off']) {
    const printed = monitorOutput('qemu-system-aarch64', ['-M', `virt,${board}`], ['info mtree']);
    const [, ...configuration] = /([0-9a-f]{16})-([0-9a-f]{16}) .*alias pcie-ecam/.exec(printed)!;
    for (const address of configuration.map((end) => Number.parseInt(end, 16))) {
      expect(virtDeviceAt({ space: 'mmio', address })?.name).toBe('PCI Express configuration');
    }
    const regions = mappedRegions(printed, 'mmio').filter(([first]) => first < 0x40000000);
    expect(regions.length).toBeGreaterThan(35);
    for (const [first, last] of regions) {
      const rows = [first, last].map((address) => virtDeviceAt({ space: 'mmio', address })?.name);
      expect([first.toString(16), rows[0]]).toEqual([first.toString(16), rows[1]]);
      expect(rows[0]).toBeDefined();
    }
  }
});

test('rows of the virt board do not overlap', () => {
  const rows = VIRT_DEVICES.toSorted((a, b) => a.first - b.first);
  const overlapping = rows.filter((row, index) => index > 0 && rows[index - 1].last >= row.first);
  expect(overlapping).toEqual([]);
});
