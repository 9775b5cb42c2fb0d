/** qvm configurations: what the fixtures say, read by eye. */
import { describe, expect, it, test } from 'vitest';
import type { DeviceConfiguration } from '../../../src/platform/configurations/machine-configuration.js';
import { VDEV_TYPES } from '../../../src/platform/configurations/qvm/vdev-types.js';
import { deviceAt } from '../../../src/platform/pc-devices.js';
import { configurationOf, fixtureConfiguration, fixtureText } from '../../support/configurations.js';

const MIB = 1024 * 1024;

const brief = ({ kind, type, name, windows, interrupts }: DeviceConfiguration) => [
  kind,
  type,
  name,
  windows.map(({ space, start, length }) => [space, start, length]),
  interrupts.map(({ controller, line, host, flags }) => [controller, line, host, ...flags]),
];

describe('a QNX guest on Arm', () => {
  const machine = fixtureConfiguration('arm-guest.qvmconf');

  it('has a name, one vCPU that may run anywhere, and memory', () => {
    expect(machine.name).toBe('guest_1');
    expect(machine.vcpus).toMatchObject([{ id: 0, scheduling: null, runmask: null, cluster: null, partition: null }]);
    expect(machine.memory).toMatchObject([{ kind: 'ram', start: 0x80000000, length: 512 * MIB, backing: null }]);
  });

  it('has all devices with kind, addresses and interrupts', () => {
    expect(machine.devices.map(brief)).toEqual([
      ['emulated', 'gic', null, [], []],
      ['emulated', 'pl011', null, [['mmio', 0x1c090000, 0x1000]], [['gic', 37, null]]],
      ['paravirtual', 'virtio-console', null, [['mmio', 0x20000000, null]], [['gic', 42, null]]],
      ['paravirtual', 'shmem', null, [['mmio', 0x1c050000, 0x1000]], [['gic', 38, null]]],
      ['paravirtual', 'virtio-net', 'guest_to_guest', [['mmio', 0x20040000, null]], [['gic', 43, null]]],
      ['paravirtual', 'virtio-net', 'guest_to_host', [['mmio', 0x1c0c0000, null]], [['gic', 40, null]]],
      ['paravirtual', 'virtio-blk', 'virtio-blk_qvmdisk0', [['mmio', 0x1c0d0000, null]], [['gic', 41, null]]],
      ['emulated', 'wdt-sp805', null, [['mmio', 0x1c0f0000, 0x1000]], []],
      ['passed-through', 'pass', null, [['mmio', 0xfe204000, 0x1000]], [['gic', 44, 150]]],
      ['passed-through', 'pass', null, [['mmio', 0xfe200000, 0x1000]], []],
      ['emulated', 'smmu', null, [], []],
    ]);
    expect(machine.devices[8].windows[0]).toMatchObject({ access: 'rwn', host: null, lengthFrom: 'configuration' });
    expect(machine.devices[1].windows[0].lengthFrom).toBe('device type');
  });

  it('keeps the options of devices as they are written', () => {
    const written = (index: number) => machine.devices[index].options.map(({ name, values }) => [name, ...values]);
    expect(written(3)).toEqual([
      ['loc', '0x1c050000'],
      ['intr', 'gic:38'],
      ['create', 'fb_shared,0x400000'],
      ['allow', 'fb_shared'],
    ]);
    expect(written(5)).toContainEqual(['mac', 'aa:bb:cc:dd:ee:f0']);
  });

  it('understands everything', () => expect(machine.issues).toEqual([]));

  it('says where everything stands, as grep does', () => {
    const lines = fixtureText('arm-guest.qvmconf').split('\n');
    for (const { type, place, options } of machine.devices) {
      const line = lines[place.line - 1];
      expect(line.slice(place.column - 1).split(/\s/, 2)).toEqual(type === 'pass' ? ['pass'] : ['vdev', type]);
      for (const option of options) {
        expect(lines[option.place.line - 1].slice(option.place.column - 1).startsWith(option.name)).toBe(true);
      }
    }
    const values = machine.devices.flatMap(({ windows, interrupts }) => [...windows, ...interrupts]);
    const texts = values.map(({ place }) => lines[place.line - 1].slice(place.column - 1).split(/\s/)[0]);
    expect(texts.slice(0, 5)).toEqual(['0x1c090000', 'gic:37', '0x20000000', 'gic:42', '0x1c050000']);
  });
});

describe('a Linux guest on Arm', () => {
  const machine = fixtureConfiguration('linux-guest.qvmconf');

  it('has vCPUs on clusters', () => {
    expect(machine.vcpus.map(({ cluster, scheduling }) => [cluster, scheduling?.policy, scheduling?.priority])).toEqual(
      [
        ['_cpu-1', undefined, undefined],
        ['_cpu-2', undefined, undefined],
        ['_cpu-3', 'fifo', 12],
      ],
    );
  });

  it('is loaded with a command line that goes over two lines', () => {
    const options = machine.options.map(({ name, values }) => [name, ...values]);
    expect(options).toContainEqual(['initrd load', './rootfs.cpio.gz']);
    expect(options).toContainEqual([
      'cmdline',
      'console=ttyAMA0,115200 earlycon=pl011,mmio32,0x1c090000 root=/dev/vda rw rootwait loglevel=8',
    ]);
  });

  it('has a device that vmtoll does not know, and keeps its options', () => {
    const gpu = machine.devices.find(({ type }) => type === 'virtio-gpu')!;
    expect(gpu).toMatchObject({
      kind: 'paravirtual',
      description: null,
      windows: [{ length: null, lengthFrom: null }],
    });
    expect(gpu.options.filter(({ known }) => !known).map(({ name, values }) => [name, ...values])).toEqual([
      ['scanout-display', '1'],
      ['scanout-width', '1024'],
      ['scanout-height', '600'],
    ]);
    expect(machine.issues.map(({ code, severity, place }) => [code, severity, place?.line])).toEqual([
      ['unknown-option', 'warning', 14],
      ['unknown-vdev', 'note', 28],
      ['unknown-option', 'note', 31],
      ['unknown-option', 'note', 32],
      ['unknown-option', 'note', 33],
    ]);
  });
});

describe('an x86 guest', () => {
  const machine = fixtureConfiguration('x86-guest.qvmconf');

  it('has memory with the holes of a PC', () => {
    expect(machine.memory.map(({ kind, start, length }) => [kind, start, length])).toEqual([
      ['ram', 0, 640 * 1024],
      ['reserved', 0xa0000, 128 * 1024],
      ['rom', 0xc0000, 256 * 1024],
      ['ram', MIB, 1023 * MIB],
    ]);
  });

  it('has two vCPUs from one line', () => {
    expect(machine.vcpus.map(({ scheduling }) => [scheduling?.policy, scheduling?.priority])).toEqual([
      ['round-robin', 8],
      ['round-robin', 10],
    ]);
  });

  it('has ports, PCI devices and interrupts without a line', () => {
    const byType = (type: string) => machine.devices.filter((device) => device.type === type);
    expect(byType('8259').flatMap(({ windows }) => windows)).toMatchObject([
      { space: 'port', start: 0x20, length: 2 },
      { space: 'port', start: 0xa0, length: 2 },
    ]);
    expect(byType('ser8250')[0].windows).toMatchObject([{ space: 'port', start: 0x3f8, length: 8 }]);
    expect(byType('ioapic')[0].interrupts).toMatchObject([{ controller: 'apic', line: null }]);
    expect(byType('hpet')[0].interrupts.map(({ controller, line }) => `${controller}:${line}`)).toEqual([
      'myioapic:2',
      'myioapic:8',
    ]);
    expect(byType('virtio-blk')[0]).toMatchObject({ windows: [], pci: ['pci:0:4.0'] });
    expect(byType('pass')[0]).toMatchObject({ windows: [], pci: ['pci:0x8086/0x10d3'] });
    expect(machine.issues).toEqual([]);
  });

  it('has its fixed devices as long as in a PC', () => {
    const windows = machine.devices.flatMap((device) => (device.type === 'pckeyboard' ? [] : device.windows));
    const ports = windows.filter(({ space }) => space === 'port');
    expect(ports.length).toBe(3);
    for (const { space, start, length } of ports) {
      const first = deviceAt({ space, address: start });
      expect(deviceAt({ space, address: start + length! - 1 })).toEqual(first);
      expect(deviceAt({ space, address: start + length! })).not.toEqual(first);
      expect(first).toBeDefined();
    }
  });
});

describe('every option', () => {
  const machine = fixtureConfiguration('every-option.qvmconf');

  it('is understood in both ways of writing', () => expect(machine.issues).toEqual([]));

  it('of vCPUs: partitions, runmasks, all policies', () => {
    expect(machine.vcpus.map(({ partition, runmask, cluster }) => [partition, runmask, cluster])).toEqual([
      ['guests', [0, 1], null],
      [null, [3, 2], '_cpu-2'],
      [null, null, null],
    ]);
    expect(machine.vcpus.map(({ scheduling }) => scheduling)).toEqual([
      { policy: 'round-robin', priority: 20, sporadic: null },
      {
        policy: 'sporadic',
        priority: 30,
        sporadic: { lowPriority: 10, maxReplenishments: 5, periodNs: 40_000_000, budgetNs: 10_000_000 },
      },
      { policy: 'other', priority: 8, sporadic: null },
    ]);
  });

  it('of what is passed through: 7.x and 8.0', () => {
    const passed = machine.devices.filter(({ kind }) => kind === 'passed-through');
    expect(passed.map(({ windows }) => windows.map(({ place: _place, ...window }) => window))).toEqual([
      [{ space: 'mmio', start: 0x2000, length: null, lengthFrom: null, host: 0x1000, access: 'r' }],
      [{ space: 'port', start: 0x2f8, length: 8, lengthFrom: 'configuration', host: null, access: 'rw' }],
      [
        {
          space: 'mmio',
          start: 0xfe980000,
          length: 0x10000,
          lengthFrom: 'configuration',
          host: 0x3f980000,
          access: 'rwn',
        },
        { space: 'mmio', start: 0xfe990000, length: 4096, lengthFrom: 'configuration', host: null, access: 'rw' },
      ],
      [{ space: 'mmio', start: 0x88000000, length: 0x10000, lengthFrom: 'configuration', host: null, access: 'r' }],
    ]);
    expect(passed.map(({ type, interrupts }) => [type, interrupts.map(({ host, flags }) => [host, ...flags])])).toEqual(
      [
        ['pass', []],
        ['pass', [[160, 't']]],
        ['pass', [[161, 'u']]],
        ['fdt pass', []],
      ],
    );
  });

  it('of an included file has its place there', () => {
    const console = machine.devices.find(({ type }) => type === 'pl011')!;
    expect(console.place).toEqual({ source: 'parts/console.qvmconf', line: 2, column: 1 });
    expect(console.windows[0]).toMatchObject({ start: 0x1c090000, place: { line: 3, column: 7 } });
    const following = machine.devices[machine.devices.indexOf(console) + 1];
    expect(following.place.source).toBe('every-option.qvmconf');
  });

  it('of all else is kept, and variables say what they stand in', () => {
    expect(machine.options.map(({ name }) => name)).toEqual(
      'safety user logger unsupported unsupported unsupported smmu debug dump dryrun load initrd·load fdt·load acpi·load cmdline'
        .split(' ')
        .map((name) => name.replace('·', ' ')),
    );
    expect(machine.variables.map(({ name, value, within }) => [name, value, within])).toEqual([
      ['exit-on-halt', 'off', null],
      ['counter-offset', '0', null],
      ['trace-wfe', 'on', 'cpu'],
    ]);
  });
});

it('has values that only qvm knows: those are no faults, and nothing is known of them', () => {
  const text = `system sdv
cpu sched 10 runmask $env{CPUS}
ram $asinfo_start{guest_ram},$asinfo_length{guest_ram}
pass loc mem:$asinfo_start{frames},$asinfo_length{frames},rw intr gic:$env{LINE}
`;
  const { vcpus, memory, devices, issues } = configurationOf(text);
  expect(issues.map(({ code, severity, place }) => [code, severity, `${place!.line}:${place!.column}`])).toEqual([
    ['substituted-value', 'note', '2:22'],
    ['substituted-value', 'note', '3:5'],
    ['substituted-value', 'note', '4:10'],
    ['substituted-value', 'note', '4:67'],
  ]);
  expect([vcpus[0].runmask, memory, devices[0].windows, devices[0].interrupts]).toEqual([null, [], [], []]);
});

describe('a broken configuration', () => {
  const machine = fixtureConfiguration('broken.qvmconf');

  it('is read as far as it can be, with line and column of every fault', () => {
    expect(machine.issues.map(({ code, place }) => `${place!.line}:${place!.column} ${code}`)).toEqual([
      '1:5 bad-memory',
      '2:1 system-not-first',
      '4:5 not-whole-pages',
      '5:11 bad-scheduling',
      '5:24 bad-runmask',
      '6:14 repeated-option',
      '7:16 bad-location',
      '7:29 bad-interrupt',
      '8:6 unknown-vdev',
      '8:25 unknown-option',
      '9:1 misplaced-option',
      '10:10 bad-location',
      '11:1 include-failed',
      '12:13 bad-value',
      '13:1 unknown-option',
      '14:9 unclosed-quote',
      '15:1 missing-value',
    ]);
    for (const { message, place } of machine.issues) {
      expect(message).toMatch(new RegExp(`^broken\\.qvmconf:${place!.line}:${place!.column}: `));
    }
    expect(machine.name).toBe('late');
    expect(machine.vcpus.map(({ scheduling }) => scheduling?.priority)).toEqual([undefined, 11]);
    expect(machine.devices.map(({ type, kind }) => [type, kind])).toEqual([
      ['pl011', 'emulated'],
      ['mystery', 'unknown'],
      ['pass', 'passed-through'],
    ]);
  });
});

test('a value that is missing takes no option of the next line for itself', () => {
  const text =
    'safety\ncpu sched 12\ncpu\nset exit-on-halt\nram 1G\nset\n  debug 3\nvdev pl011\n  intr\n  gic:37\n  loc\nvdev\n';
  const machine = configurationOf(text);
  expect(machine.vcpus.map(({ place }) => place?.line)).toEqual([2, 3]);
  expect(machine.memory.map(({ length }) => length)).toEqual([1024 * MIB]);
  expect(machine.variables.map(({ name, value }) => [name, value])).toEqual([['debug', '3']]);
  expect(machine.devices.slice(0, 1).map(brief)).toEqual([['emulated', 'pl011', null, [], [['gic', 37, null]]]]);
  const faults = machine.issues.map(({ code, place }) => `${place!.line}:${place!.column} ${code}`);
  expect(faults).toEqual(['1:1 missing-value', '4:1 missing-value', '11:3 missing-value', '12:1 missing-value']);
});

test('memory in numbers that may be octal is refused, and the hint says why', () => {
  const { memory, issues } = configurationOf('system a\nram 010M\nram 0x1000,064K\nram 0d64M\n');
  expect(memory.map(({ length }) => length)).toEqual([64 * MIB]);
  expect(issues).toHaveLength(2);
  for (const { hint } of issues) expect(hint).toContain('may be octal');
});

test('a configuration without cpu gets the one vCPU that qvm makes', () => {
  const { vcpus } = configurationOf('ram 1M\n');
  expect(vcpus.map(({ id, place }) => [id, place])).toEqual([[0, null]]);
});

test('the types of virtual devices are listed once, and a length has a source', () => {
  expect(new Set(VDEV_TYPES.map(({ type }) => type)).size).toBe(VDEV_TYPES.length);
  for (const { length, source } of VDEV_TYPES) expect(length === null).toBe(source === null);
});

/** The emulated and paravirtual devices that QNX' guide lists, and the tables of other specifications for their lengths. */
test.each([
  ['pl011', 0x1000],
  ['wdt-sp805', 0x1000],
  ['hpet', 1024],
  ['lapic', 4096],
  ['timer8254', 4],
  ['mc146818', 2],
  ['ser8250', 8],
  ['8259', 2],
  ['shmem', 4096],
  ['virtio-net', null],
  ['ioapic', null],
  ['gic', null],
])('%s has registers of length %s', (type, length) => {
  expect(VDEV_TYPES.find((row) => row.type === type)?.length).toBe(length);
});
