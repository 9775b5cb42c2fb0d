/** libvirt domains: what the fixtures say, read by eye; that they are domains says libvirt's own schema. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { configurationOf } from '../../support/configurations.js';
import {
  backendOf,
  briefDevice,
  issuesOf,
  MACHINES,
  machineFixture,
  machineFixtures,
  statedDevices,
} from '../../support/machine-configurations.js';

const GIB = 2 ** 30;
const hasSchema = spawnSync('virt-xml-validate', ['--version']).error === undefined;
const MISSING = 'virt-xml-validate is not installed (libvirt-clients; npm run test:setup installs it)';
if (!hasSchema) {
  test(`WITHOUT WITNESS: ${MISSING}`, () => {
    if (process.env['CI'] !== undefined) throw new Error(MISSING);
    console.warn(`libvirt's schema does not judge the fixtures: ${MISSING}`);
  });
}

it.runIf(hasSchema).each(machineFixtures('libvirt'))('%s is what libvirt wants', (path) => {
  const { status, stdout, stderr } = spawnSync('virt-xml-validate', [join(MACHINES, path), 'domain'], {
    encoding: 'utf8',
  });
  expect([status, (stdout + stderr).trim()]).toEqual([0, `${join(MACHINES, path)} validates`]);
});

describe('a tuned guest', () => {
  const machine = machineFixture('libvirt/realtime.xml');

  it('has vCPUs and threads where they are pinned', () => {
    expect(
      machine.vcpus.map(({ id, runmask, scheduling }) => [id, runmask, scheduling?.policy, scheduling?.priority]),
    ).toEqual([
      [0, [2], undefined, undefined],
      [1, [3], 'fifo', 4],
      [2, [4], 'fifo', 4],
      [3, [0, 1, 2, 3, 4, 5, 6, 7], undefined, undefined],
    ]);
    expect(machine.threads.map(({ role, id, runmask }) => [role, id, runmask])).toEqual([
      ['emulator', null, [0, 1]],
      ['iothread', 'iothread1', [1]],
    ]);
    expect(machine.budgets.map(({ of, weight, limitPcpus }) => [of, weight, limitPcpus])).toEqual([
      ['machine', 2048, null],
      ['emulator', null, 0.5],
    ]);
  });

  it('has what the XML says of the platform', () => {
    expect(machine).toMatchObject({
      name: 'plc',
      architecture: 'x86_64',
      board: 'pc-q35-7.2',
      accelerator: 'kvm',
      topology: { sockets: 1, dies: 1, cores: 4, threads: 1, clusters: null },
      memory: [{ kind: 'ram', length: 4 * GIB, backing: 'hugepages' }],
      memoryBacking: { hugePages: true, pageSize: GIB, shared: true, preallocated: true, locked: true },
      interruptController: { in: 'split', byDefault: null },
      clock: { base: 'utc' },
    });
    expect(machine.clock.timers.map(({ name, present, tickPolicy }) => [name, present, tickPolicy])).toEqual([
      ['rtc', null, 'catchup'],
      ['pit', null, 'delay'],
      ['hpet', false, null],
      ['kvmclock', true, null],
    ]);
    expect(machine.cpu!.features.map(({ name, enabled, value }) => `${enabled ? '+' : '-'}${name} ${value}`)).toEqual([
      '+tsc-deadline null',
      '-vmx null',
      '+hv-relaxed null',
      '+hv-vapic null',
      '+hv-spinlocks 8191',
      '-hv-stimer null',
      '-kvm-hidden null',
      '+kvm-hint-dedicated null',
    ]);
  });

  it('has its devices', () => {
    expect(statedDevices(machine)).toEqual([
      'paravirtual disk virtio-blk-pci virtio-disk0 0000:04:00.0',
      'emulated disk ide-cd -',
      'emulated bus pcie-root-port -',
      'paravirtual bus virtio-serial-pci -',
      'paravirtual network virtio-net-pci net0',
      'passed-through network vfio-pci - host 0000:3b:02.1',
      'emulated console isa-serial - port:0x2f8+8 isa:3',
      'paravirtual console virtconsole -',
      'paravirtual channel virtserialport -',
      'emulated tpm tpm-crb - mmio:0xfed40000+4096',
      'passed-through other vfio-pci - host 0000:5e:00.0',
      'emulated watchdog i6300esb -',
      'paravirtual random-numbers virtio-rng-pci -',
      'paravirtual other pvpanic - port:0x505+1',
    ]);
    expect(backendOf(machine, 'virtio-disk0')).toBe('block/?/iothread1/4');
    expect(backendOf(machine, 'net0')).toBe('bridge/kernel/-/2');
    expect(machine.devices.find(({ name }) => name === 'net2')).toMatchObject({
      type: 'rtl8139',
      byDefault: 'no model is stated: libvirt takes rtl8139',
    });
    expect(issuesOf(machine)).toEqual([]);
  });

  it('has the board of its machine type, less what it takes away', () => {
    const onBoard = machine.devices.filter(({ byDefault }) => byDefault?.startsWith('it is on the board') === true);
    const types = onBoard.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['ioapic', 'isa-pit', 'mc146818rtc', 'q35-pcihost', 'ich9-ahci']));
    expect(types.filter((type) => type === 'hpet' || type === 'vmport' || type === 'kvm-pit')).toEqual([]);
  });
});

describe('a desktop guest', () => {
  const machine = machineFixture('libvirt/desktop.xml');

  it('has what is stated, and what libvirt adds', () => {
    expect([machine.vcpus.length, machine.topology?.maxVcpus]).toEqual([2, 4]);
    expect(machine.interruptController).toMatchObject({ in: 'kernel', place: null });
    expect(statedDevices(machine)).toEqual([
      'emulated disk ide-hd -',
      'emulated disk floppy -',
      'emulated network e1000 -',
      'emulated console isa-serial - port:0x3f8+8 isa:4',
      'emulated other isa-parallel - port:0x378+8',
      'emulated input usb-tablet -',
      'emulated sound intel-hda -',
      'paravirtual display qxl-vga -',
      'emulated usb usb-redir -',
    ]);
    const byLibvirt = machine.devices.filter(({ byDefault }) => byDefault?.startsWith('libvirt') === true);
    expect(byLibvirt.map(({ type }) => type)).toEqual(['virtio-balloon-pci']);
    expect(machine.devices.map(({ type }) => type)).toEqual(expect.arrayContaining(['hpet', 'kvm-pit', 'kvm-ioapic']));
  });
});

test('a guest on Arm has VIRTIO where no model is stated', () => {
  const machine = machineFixture('libvirt/arm.xml');
  expect(machine.devices.slice(0, 4).map(briefDevice)).toEqual([
    'paravirtual disk virtio-blk-pci -',
    'paravirtual network virtio-net-pci -',
    'emulated console pl011 - mmio:0x9000000+4096 gic:33',
    'paravirtual balloon virtio-balloon-pci -',
  ]);
  expect(machine.memory[0].length).toBe(GIB);
});

test('a guest of Xen has its devices', () => {
  const machine = machineFixture('libvirt/xen.xml');
  expect(machine).toMatchObject({ accelerator: 'xen', interruptController: null });
  expect(machine.vcpus.map(({ runmask }) => runmask)).toEqual([[1, 3]]);
  expect(machine.devices.map(briefDevice)).toEqual([
    'paravirtual disk xen-vbd -',
    'paravirtual network xen-vif -',
    'paravirtual console xen-console -',
  ]);
});

const read = (inside: string) => configurationOf(`<domain type='kvm'>${inside}</domain>`, { source: 'guest.xml' });

describe('what is wrong', () => {
  it.each([
    ['<vcpu>many</vcpu>', 'error bad-number 1:20'],
    ['<vcpu>1000000</vcpu>', 'error bad-vcpus 1:20'],
    ['<memory unit="stones">5</memory>', 'error bad-memory 1:20'],
    ['<memory>9007199254740993</memory>', 'error bad-memory 1:20'],
    ['<vcpu>2</vcpu><cputune><vcpupin vcpu="0" cpuset="all"/></cputune>', 'error bad-runmask 1:43'],
    ['<vcpu>2</vcpu><cputune><vcpupin vcpu="7" cpuset="1"/></cputune>', 'warning bad-vcpus 1:43'],
    ['<cputune><emulatorsched scheduler="lottery"/></cputune>', 'error bad-scheduling 1:29'],
    ['<frobnicator/>', 'note unknown-option 1:20'],
    ['<devices><memballoon model="none"/><frobnicator/></devices>', 'note unknown-device 1:55'],
    ['<name>a</nam', 'error damaged-xml 1:33'],
    ['<name>&lol;</name>', 'error damaged-xml 1:31'],
  ])('%s', (inside, issue) => expect(issuesOf(read(inside))).toEqual([issue]));

  it('is no entity that expands', () => {
    const bomb = `<!DOCTYPE domain [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><domain><name>&b;</name></domain>`;
    const { name, issues } = configurationOf(bomb, { source: 'guest.xml' });
    expect([name, issues.map(({ code }) => code)]).toEqual([null, ['damaged-xml']]);
  });

  it('is not more than the first machine', () => {
    const text = '<domainsnapshot><domain><name>a</name></domain><domain><name>b</name></domain></domainsnapshot>';
    const { name, issues } = configurationOf(text);
    expect([name, issues.map(({ code }) => code)]).toEqual(['a', ['several-machines']]);
  });
});
