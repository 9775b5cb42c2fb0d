/** What could take the place of emulated devices: QEMU and libvirt's schema judge the snippets that are for them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { COUNTERPARTS, counterpartOf, devicesAt, isServedByVmm, replaceable } from '../../src/platform/counterparts.js';
import { configurationOf, fixtureConfiguration } from '../support/configurations.js';
import { machineFixture, machineText } from '../support/machine-configurations.js';
import { hasQemu, monitorOutput, treeDevices } from '../support/qemu.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-counterparts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const snippetsFor = (program: string) =>
  COUNTERPARTS.filter(({ startedWith }) => startedWith === program).map(
    ({ role, snippet, type }) => [role, snippet, type] as const,
  );

describe('snippets for QEMU', () => {
  const program = 'qemu-system-x86_64';
  if (!hasQemu(program)) {
    test('WITHOUT WITNESS: qemu-system-x86_64 is not installed (npm run test:setup)', () => {
      if (process.env['CI'] !== undefined) throw new Error('no QEMU');
      console.warn('snippets for QEMU are not judged by QEMU');
    });
  }

  it.runIf(hasQemu(program)).each(snippetsFor('qemu'))('%s: QEMU takes it, and has the device', (_, snippet, type) => {
    // A tap needs rights, and standard input is the monitor's; all else is as it is printed.
    const image = join(folder, 'disk.raw');
    writeFileSync(image, new Uint8Array(1 << 20));
    const line = snippet
      .replace('file=FILE', `file=${image}`)
      .replace(',cache=none', '')
      .replace(/tap,id=net0.*vhost=on/, 'user,id=net0')
      .replace('stdio,id=con0', 'null,id=con0');
    const args = ['-M', 'q35', '-nodefaults', ...line.split(' ')];
    const tree = treeDevices(monitorOutput(program, args, ['info qtree']));
    expect(tree.map((device) => device.type)).toContain(type);
  });

  it.each(snippetsFor('qemu'))('%s: vmtoll reads it as that device', (role, snippet, type) => {
    const machine = configurationOf(`qemu-system-x86_64 -accel kvm -nodefaults ${snippet}`);
    expect(machine.issues).toEqual([]);
    expect(
      machine.devices
        .filter((device) => device.kind === 'paravirtual' && device.role === role)
        .map((device) => device.type),
    ).toContain(type);
  });
});

describe('snippets for libvirt', () => {
  const hasSchema = spawnSync('virt-xml-validate', ['--version']).error === undefined;
  it.runIf(hasSchema).each(snippetsFor('libvirt'))('%s: the schema knows it', (_, snippet) => {
    const path = join(folder, 'domain.xml');
    const devices = snippet.replace('/dev/DISK', '/dev/sdb');
    const text = machineText('libvirt/arm.xml').replace(
      /<devices>[\s\S]*<\/devices>/,
      () => `<devices>${devices}</devices>`,
    );
    expect(text).toContain(devices);
    writeFileSync(path, text);
    const { stdout, stderr } = spawnSync('virt-xml-validate', [path, 'domain'], { encoding: 'utf8' });
    expect((stdout + stderr).trim()).toBe(`${path} validates`);
  });

  it.each(snippetsFor('libvirt'))('%s: vmtoll reads it as that device', (role, snippet, type) => {
    const machine = configurationOf(`<domain type="kvm"><devices>${snippet}</devices></domain>`);
    expect(machine.issues).toEqual([]);
    expect(machine.devices[0]).toMatchObject({ kind: 'paravirtual', role, type });
  });
});

it.each(snippetsFor('qvm'))('snippet for qvm: %s is read as that device', (role, snippet, type) => {
  const machine = configurationOf(`cpu\n${snippet}\n`);
  expect(machine.issues.filter(({ severity }) => severity !== 'note')).toEqual([]);
  expect(machine.devices[0]).toMatchObject({ kind: 'paravirtual', role, type });
});

it.each(snippetsFor('xl'))('snippet for xl: %s is read as that device', (role, snippet, type) => {
  const machine = configurationOf(`name = "a"\ntype = "hvm"\n${snippet}\n`);
  expect(machine.issues).toEqual([]);
  expect(machine.devices.filter((device) => device.kind === 'emulated')).toEqual([]);
  expect(machine.devices.some((device) => device.role === role && device.type === type)).toBe(true);
});

describe('counterparts', () => {
  it('of a desktop guest are those of its emulated devices', () => {
    const machine = machineFixture('qemu/desktop.sh');
    const pairs = replaceable(machine).map(({ device, counterpart }) => `${device.type} → ${counterpart.type}`);
    expect([...new Set(pairs)].toSorted()).toEqual([
      'ide-hd → virtio-blk-pci',
      'isa-serial → virtconsole',
      'piix3-ide → virtio-blk-pci',
      'rtl8139 → virtio-net-pci',
      'usb-tablet → virtio-tablet-pci',
    ]);
  });

  it('of a guest of QNX on Arm is the VIRTIO console', () => {
    const machine = fixtureConfiguration('arm-guest.qvmconf');
    const pairs = replaceable(machine).map(({ device, counterpart }) => [device.type, counterpart.type]);
    expect(pairs).toEqual([['pl011', 'virtio-console']]);
  });

  it('are none for VIRTIO, for timers, and where nothing is known of the VMM', () => {
    expect(
      counterpartOf({ format: 'libvirt' }, { kind: 'paravirtual', role: 'disk', type: 'virtio-blk-pci' }),
    ).toBeNull();
    expect(counterpartOf({ format: 'libvirt' }, { kind: 'emulated', role: 'timer', type: 'hpet' })).toBeNull();
    expect(counterpartOf({ format: 'firecracker' }, { kind: 'emulated', role: 'console', type: 'serial' })).toBeNull();
  });
});

describe('devices at an address', () => {
  const machine = machineFixture('qemu/desktop.sh');
  const at = (space: 'mmio' | 'port', address: number) =>
    devicesAt(machine, space, address).map(({ kind, type }) => `${kind} ${type}`);

  it.each([
    ['port', 0x3f8, ['emulated isa-serial']],
    ['port', 0x3ff, ['emulated isa-serial']],
    ['port', 0x1f0, ['emulated piix3-ide']],
    ['mmio', 0xfec00010, ['emulated ioapic']],
    ['mmio', 0xfed00000, []],
    ['port', 0x400, []],
  ] as const)('%s 0x%s', (space, address, devices) => expect(at(space, address)).toEqual(devices));

  it('are several where a window is inside another', () => {
    const seen = machineFixture('dumps/qemu-mtree.txt');
    expect(devicesAt(seen, 'mmio', 0xfe003000).map(({ name, type }) => name ?? type)).toEqual([
      'virtio-pci-notify-virtio-net',
      'virtio-pci',
    ]);
  });
});

test('who serves the queues of a device', () => {
  const served = (path: string, name: string) =>
    isServedByVmm(machineFixture(path).devices.find((device) => device.name === name)!);
  expect(served('libvirt/realtime.xml', 'net0')).toBe(false);
  expect(served('firecracker/function.json', 'eth0')).toBe(true);
  expect(served('cloud-hypervisor/info.json', '_net1')).toBeNull();
});
