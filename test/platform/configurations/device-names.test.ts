/** Devices by address, and whose configuration is whose. */
import { describe, expect, it, test } from 'vitest';
import { assignConfigurations, type GivenConfiguration } from '../../../src/platform/configurations/assignment.js';
import { deviceNames } from '../../../src/platform/configurations/device-names.js';
import { configurationOf, fixtureConfiguration } from '../../support/configurations.js';

const namesOf = (...texts: string[]) => deviceNames(new Map([['vm1', texts.map((text) => configurationOf(text))]]));

describe('names by the configuration of a guest on Arm', () => {
  const names = deviceNames(new Map([['vm1', [fixtureConfiguration('arm-guest.qvmconf')]]]));

  it.each([
    [0x1c090000, 'pl011 console', 'arm-guest.qvmconf line 20'],
    [0x1c090fff, 'pl011 console', 'arm-guest.qvmconf line 20'],
    [0x1c050ffc, 'shmem shared memory', 'arm-guest.qvmconf line 29'],
    [0x1c0f0c00, 'wdt-sp805 watchdog', 'arm-guest.qvmconf line 58'],
    [0xfe204004, 'device passed through at 0xfe204000', 'arm-guest.qvmconf line 62'],
  ])('0x%s is %s', (address, name, evidence) => {
    expect(names('vm1', 'mmio', address)).toEqual({ name, evidence });
  });

  it('says that the length of a window is not known', () => {
    const device = names('vm1', 'mmio', 0x20040050);
    expect(device?.name).toBe('virtio-net network guest_to_guest');
    expect(device?.evidence).toMatch(/^arm-guest\.qvmconf line 36, by the page of its base address: .* not known$/);
    expect(names('vm1', 'mmio', 0x20040fff)?.name).toBe(device?.name);
  });

  it.each([
    ['vm1', 'mmio', 0x1c08ffff],
    ['vm1', 'mmio', 0x1c091000],
    ['vm1', 'mmio', 0x20041000],
    ['vm1', 'mmio', 0x2003ffff],
    ['vm1', 'port', 0x1c090000],
    ['vm2', 'mmio', 0x1c090000],
    ['vm1', 'mmio', Number.NaN],
  ] as const)('%s %s 0x%s is nobody', (machine, space, address) => {
    expect(names(machine, space, address)).toBeUndefined();
  });
});

test('only the first port counts where the number of ports is not known', () => {
  const names = namesOf('vdev pckeyboard loc 0x60\n');
  expect(names('vm1', 'port', 0x60)?.evidence).toMatch(/line 1, by its first port/);
  expect(names('vm1', 'port', 0x61)).toBeUndefined();
});

test('an unaligned device owns its page only from its base on no more than the page', () => {
  const names = namesOf('vdev virtio-net loc 0x1200\n');
  expect(
    ['0xfff', '0x1000', '0x1200', '0x1fff', '0x2000'].map((text) => names('vm1', 'mmio', Number(text))?.name),
  ).toEqual([undefined, 'virtio-net network', 'virtio-net network', 'virtio-net network', undefined]);
});

test('two devices that claim an address name it neither; a known length beats a page', () => {
  const both = namesOf('vdev pl011 loc 0x1000\nvdev wdt-sp805 loc 0x1000\n');
  expect(both('vm1', 'mmio', 0x1000)).toBeUndefined();
  const one = namesOf('vdev virtio-net loc 0x1000\nvdev pl011 loc 0x1000\n');
  expect(one('vm1', 'mmio', 0x1000)?.name).toBe('pl011 console');
});

test('several devices of one name are told apart', () => {
  const names = namesOf('vdev virtio-net loc 0x1000\nvdev virtio-net loc 0x2000\nvdev virtio-net name a loc 0x3000\n');
  expect([0x1000, 0x2000, 0x3000].map((address) => names('vm1', 'mmio', address)?.name)).toEqual([
    'virtio-net network at 0x1000',
    'virtio-net network at 0x2000',
    'virtio-net network a',
  ]);
});

test('several possible configurations must agree', () => {
  const names = namesOf(
    'vdev pl011 loc 0x1000\nvdev pl011 loc 0x5000\n',
    'vdev pl011 loc 0x1000\nvdev hpet loc 0x5000\n',
  );
  expect(names('vm1', 'mmio', 0x1000)?.name).toBe('pl011 console at 0x1000');
  expect(names('vm1', 'mmio', 0x5000)).toBeUndefined();
});

describe('whose configuration is whose', () => {
  const configuration = (name: string | null, vcpus = 1) =>
    configurationOf(`${name === null ? '' : `system ${name}\n`}${'cpu\n'.repeat(vcpus)}`, {
      source: `${name}.qvmconf`,
    });
  type Given = ReturnType<typeof configuration> | GivenConfiguration;
  const machine = (id: string, vcpus = 1, ...names: string[]) => ({ id, vcpus, names });
  const assigned = (machines: ReturnType<typeof machine>[], configurations: Given[]) => {
    const given = configurations.map((one) => ('configuration' in one ? one : { configuration: one }));
    const { byMachine, notes } = assignConfigurations(machines, given);
    return {
      machines: Object.fromEntries([...byMachine].map(([id, all]) => [id, all.map(({ source }) => source)])),
      notes: notes.map(({ code }) => code),
    };
  };

  it('is told by the name, and for one machine by being the only one', () => {
    expect(
      assigned([machine('vm1', 2, 'b'), machine('vm2', 1, 'a')], [configuration('a'), configuration('b')]),
    ).toEqual({
      machines: { vm1: ['b.qvmconf'], vm2: ['a.qvmconf'] },
      notes: [],
    });
    expect(assigned([machine('vm1', 1, 'qvm')], [configuration('a')])).toEqual({
      machines: { vm1: ['a.qvmconf'] },
      notes: [],
    });
  });

  it('is open among as many as there are machines, which is said', () => {
    expect(assigned([machine('vm1'), machine('vm2')], [configuration('a', 1), configuration('b', 4)])).toEqual({
      machines: { vm1: ['a.qvmconf', 'b.qvmconf'], vm2: ['a.qvmconf', 'b.qvmconf'] },
      notes: ['configuration-unclear'],
    });
  });

  it('is told by too few vCPUs, and then the other one is that of the other machine', () => {
    expect(assigned([machine('vm1', 2), machine('vm2', 1)], [configuration('a', 1), configuration('b', 4)])).toEqual({
      machines: { vm1: ['b.qvmconf'], vm2: ['a.qvmconf'] },
      notes: [],
    });
  });

  it('is told by devices that only one of them has', () => {
    const [serial, virtio] = ['pl011 loc 0x1c090000', 'virtio-console loc 0x1c0e0000'].map((device, index) =>
      configurationOf(`system same\ncpu\nvdev ${device}\nvdev virtio-blk loc 0x1c0d0000\n`, { source: `${index}` }),
    );
    const using = (id: string, ...addresses: number[]) => {
      return { ...machine(id), accesses: addresses.map((address) => ({ space: 'mmio' as const, address })) };
    };
    const both = { machines: { vm1: ['0'], vm2: ['1'] }, notes: [] };
    expect(assigned([using('vm1', 0x1c09_0018), using('vm2', 0x1c0e_0050)], [virtio, serial])).toEqual(both);
    expect(assigned([using('vm1', 0x1c09_0000), using('vm2', 0x1c0d_0050)], [virtio, serial])).toEqual(both);
    // What both have or none has tells nothing.
    const [first, second] = [using('vm1', 0x1c0d_0050), using('vm2', 0x5000)];
    expect(assigned([first, second], [virtio, serial]).notes).toEqual(['configuration-unclear']);
    expect(assigned([using('vm1', 0x1c0e_0050)], [serial, virtio])).toEqual({
      machines: { vm1: ['1'] },
      notes: ['configuration-unused'],
    });
  });

  it('is not guessed where there are more machines than configurations', () => {
    expect(assigned([machine('vm1'), machine('vm2')], [configuration('a')])).toEqual({
      machines: {},
      notes: ['configuration-unclear'],
    });
    expect(
      assigned([machine('vm1', 1, 'a'), machine('vm2'), machine('vm3')], [configuration('a'), configuration('b')]),
    ).toEqual({ machines: { vm1: ['a.qvmconf'] }, notes: ['configuration-unclear'] });
  });

  it('is nobody\u2019s where every machine has more vCPUs, or another one by name', () => {
    expect(assigned([machine('vm1', 3)], [configuration('a', 2)]).notes).toEqual([
      'configuration-unclear',
      'configuration-unused',
    ]);
    expect(assigned([machine('vm1', 1, 'a')], [configuration('a'), configuration('b')])).toEqual({
      machines: { vm1: ['a.qvmconf'] },
      notes: ['configuration-unused'],
    });
  });

  it('is the one that the user says', () => {
    const given = [{ configuration: configuration('a'), machine: 'vm2' }, configuration('b')];
    expect(assigned([machine('vm1', 1, 'a'), machine('vm2', 1, 'b')], given)).toEqual({
      machines: { vm1: ['b.qvmconf'], vm2: ['a.qvmconf'] },
      notes: [],
    });
  });
});
