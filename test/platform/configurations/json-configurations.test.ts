/** Firecracker and Cloud Hypervisor: what the fixtures say, read by eye; JSON with places, beside JSON.parse. */
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type JsonValue, parseJsonDocument } from '../../../src/platform/configurations/json-document.js';
import { configurationOf } from '../../support/configurations.js';
import {
  backendOf,
  issuesOf,
  machineFixture,
  machineText,
  statedDevices,
} from '../../support/machine-configurations.js';

const GIB = 2 ** 30;

test('a function of Firecracker', () => {
  const machine = machineFixture('firecracker/function.json');
  expect(machine).toMatchObject({
    format: 'firecracker',
    accelerator: 'kvm',
    memory: [{ length: GIB, backing: '2M', place: { line: 18 } }],
    memoryBacking: { hugePages: true, pageSize: 2 ** 21 },
    interruptController: { in: 'kernel' },
  });
  expect(machine.vcpus.length).toBe(2);
  expect(statedDevices(machine)).toEqual([
    'paravirtual disk virtio-blk rootfs',
    'paravirtual disk virtio-blk scratch',
    'paravirtual network virtio-net eth0',
    'paravirtual channel virtio-vsock -',
    'paravirtual balloon virtio-balloon -',
    'paravirtual random-numbers virtio-rng -',
  ]);
  expect(['rootfs', 'scratch', 'eth0'].map((name) => backendOf(machine, name))).toEqual([
    'file, Async/vmm/-/-',
    'vhost-user/?/-/-',
    'tap/vmm/-/-',
  ]);
  const added = machine.devices.filter(({ byDefault }) => byDefault !== null).map(({ type }) => type);
  expect(added).toEqual(['serial', 'i8042', 'kvm-pit', 'kvm-i8259', 'kvm-ioapic']);
  expect(machine.options.map(({ name, known }) => [name, known])).toEqual([
    ['boot-source', true],
    ['logger', true],
    ['smt', true],
    ['track_dirty_pages', true],
  ]);
  expect(issuesOf(machine)).toEqual([]);
});

test('a machine of Cloud Hypervisor', () => {
  const machine = machineFixture('cloud-hypervisor/info.json');
  expect(machine).toMatchObject({
    format: 'cloud-hypervisor',
    topology: { sockets: 2, dies: 1, cores: 2, threads: 1, maxVcpus: 4 },
    memory: [{ length: 2 * GIB }],
    memoryBacking: { hugePages: true, pageSize: GIB, shared: true, preallocated: true },
    interruptController: { in: 'split' },
  });
  expect(machine.vcpus.map(({ id, runmask, place }) => [id, runmask, place?.line])).toEqual([
    [0, [2], 10],
    [1, [3, 5], 11],
  ]);
  expect(statedDevices(machine)).toEqual([
    'paravirtual disk virtio-blk _disk0',
    'paravirtual network virtio-net _net1',
    'paravirtual random-numbers virtio-rng -',
    'paravirtual watchdog virtio-watchdog -',
    'passed-through other vfio-pci _vfio2 host /sys/bus/pci/devices/0000:01:00.0/',
    'emulated console serial - port:0x3f8+8 isa:4',
    'paravirtual console virtio-console -',
  ]);
  expect(['_disk0', '_net1'].map((name) => backendOf(machine, name))).toEqual(['file/vmm/-/2', 'vhost-user/?/-/4']);
  expect(issuesOf(machine)).toEqual([]);
});

describe('what is wrong', () => {
  const firecracker = (inside: string) => configurationOf(`{"boot-source": {}, ${inside}`, { source: 'vm.json' });

  it.each([
    ['"machine-config": {"vcpu_count": "two"}}', 'error bad-value 1:54'],
    ['"machine-config": {"vcpu_count": 2.5}}', 'error bad-number 1:54'],
    ['"machine-config": {"vcpu_count": 1e400}}', 'error bad-number 1:54'],
    ['"machine-config": {"vcpu_count": 100000}}', 'error bad-vcpus 1:39'],
    ['"machine-config": {"mem_size_mib": 9007199254740993}}', 'error bad-number 1:56'],
    ['"machine-config": {"mem_size_mib": 9007199254740991}}', 'error bad-memory 1:39'],
    ['"frobnicate": {}}', 'note unknown-option 1:21'],
    ['"drives": [1]}', 'error bad-value 1:32'],
    ['"drives": [}', 'error damaged-json 1:32'],
    ['"machine-config": {"vcpu_count": 2', 'error damaged-json 1:55'],
  ])('%s', (inside, issue) => expect(issuesOf(firecracker(inside))).toEqual([issue]));

  it('deep JSON ends at a depth', () => {
    const { issues } = firecracker(`"logger": ${'['.repeat(100_000)}`);
    expect(issues).toMatchObject([
      { code: 'damaged-json', message: expect.stringMatching(/nested more than 64 levels/) },
    ]);
  });

  it('more vCPUs than there can be are one limit', () => {
    expect(firecracker('"machine-config": {"vcpu_count": 100000}}').vcpus.length).toBe(32);
  });
});

const plain = (value: JsonValue): unknown => {
  if (value.type === 'object')
    return Object.fromEntries(value.members.map(({ name, value: inner }) => [name, plain(inner)]));
  if (value.type === 'array') return value.elements.map(plain);
  return value.type === 'string' ? value.text : (JSON.parse(value.text) as unknown);
};

describe('JSON with places', () => {
  it('is what JSON.parse reads, and what it refuses', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json({ maxDepth: 6 }), fc.string(), damagedJson()), (text) => {
        const expected = outcome(() => JSON.parse(text) as unknown);
        const { value, fault } = parseJsonDocument(text);
        expect(fault === undefined).toBe(expected !== REFUSED);
        if (fault === undefined) expect(plain(value!)).toEqual(expected);
        else expect(fault.offset).toBeLessThanOrEqual(text.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('points at every value', () => {
    const text = machineText('cloud-hypervisor/info.json');
    const visit = (value: JsonValue): void => {
      if (value.type === 'object') {
        for (const member of value.members) {
          expect(text.startsWith(JSON.stringify(member.name), member.offset)).toBe(true);
          visit(member.value);
        }
      } else if (value.type === 'array') value.elements.forEach(visit);
      else expect(text.startsWith(value.type === 'string' ? `"${value.text}"` : value.text, value.offset)).toBe(true);
    };
    visit(parseJsonDocument(text).value!);
  });
});

const REFUSED = Symbol('refused');
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return REFUSED;
  }
}

/** JSON with one character changed. "__proto__" is a name like any other only here. */
function damagedJson(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom(...Array.from('{}[]",:0123456789truefalsn-+eE. \\\n')))
    .map(([text, at, character]) => {
      const position = at % (text.length + 1);
      return text.slice(0, position) + character + text.slice(position + 1);
    })
    .filter((text) => !text.includes('__proto__'));
}
