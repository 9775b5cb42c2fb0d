/**
 * A configuration of Firecracker → the machine.
 *
 * Source: Firecracker's API (src/firecracker/swagger) and its documentation of devices. All its devices are VIRTIO on MMIO or
 * PCI, whose addresses the VMM chooses; beside them a PC has a serial port, a keyboard controller and, in the kernel, the
 * interrupt controllers and the PIT.
 */
import type { Complaints } from '../complaints.js';
import type { ConfigurationFile } from '../configuration-format.js';
import { type DeviceParts, deviceOf } from '../device-building.js';
import type { JsonObject, JsonValue } from '../json-document.js';
import type { JsonReader } from '../json-reader.js';
import {
  type DeviceConfiguration,
  type MachineConfiguration,
  type MemoryBacking,
  UNSTATED_PLATFORM,
  type VcpuConfiguration,
} from '../machine-configuration.js';

const MIB = 2 ** 20;
/** Firecracker's limit (MAX_SUPPORTED_VCPUS). */
const MOST_VCPUS = 32;

const READ = new Set([
  'machine-config',
  'drives',
  'network-interfaces',
  'vsock',
  'balloon',
  'entropy',
  'pmem',
  'memory-hotplug',
]);
const KEPT = new Set(['boot-source', 'logger', 'metrics', 'mmds-config', 'cpu-config', 'serial']);

export function machineOf(
  { source }: ConfigurationFile,
  format: string,
  root: JsonValue | undefined,
  reader: JsonReader,
  complaints: Complaints,
): MachineConfiguration {
  const machine = reader.object(root, 'machine-config');
  const byDefault = 'Firecracker leaves them to KVM';
  return {
    ...UNSTATED_PLATFORM,
    format,
    source,
    scope: 'machine',
    name: null,
    accelerator: 'kvm',
    vcpus: vcpusOf(machine, reader),
    memory: memoryOf(machine, reader),
    memoryBacking: machine === undefined ? null : backingOf(machine, reader),
    interruptController: { in: 'kernel', byDefault, place: null },
    devices: [...devicesOf(root, reader), ...boardOf(root, reader)],
    variables: [],
    options: [
      ...reader.kept(root, READ, KEPT),
      ...reader.kept(machine, new Set(['vcpu_count', 'mem_size_mib', 'huge_pages']), MACHINE_OPTIONS),
    ],
    issues: complaints.list(),
  };
}

const MACHINE_OPTIONS = new Set(['smt', 'ht_enabled', 'cpu_template', 'track_dirty_pages']);

function vcpusOf(machine: JsonObject | undefined, reader: JsonReader): VcpuConfiguration[] {
  const stated = reader.number(machine, 'vcpu_count') ?? 1;
  const count = Math.min(Math.max(stated, 1), MOST_VCPUS);
  if (count !== stated && machine !== undefined) {
    reader.complain('bad-vcpus', machine, `a machine of Firecracker has 1 to ${MOST_VCPUS} vCPUs, not ${stated}`);
  }
  const place = machine === undefined ? null : reader.placeOf(machine);
  return Array.from({ length: count }, (_, id) => ({ ...UNPLACED, id, place }));
}

const UNPLACED = { scheduling: null, runmask: null, cluster: null, partition: null, options: [] };

function memoryOf(machine: JsonObject | undefined, reader: JsonReader): MachineConfiguration['memory'] {
  const size = reader.number(machine, 'mem_size_mib');
  if (machine === undefined || size === null) return [];
  const length = size * MIB;
  if (!Number.isSafeInteger(length)) reader.complain('bad-memory', machine, `${size} MiB of memory are too much`);
  const backing = reader.text(machine, 'huge_pages');
  return [
    {
      kind: 'ram',
      start: null,
      length: Number.isSafeInteger(length) ? length : null,
      backing,
      place: reader.placeOf(machine),
    },
  ];
}

function backingOf(machine: JsonObject, reader: JsonReader): MemoryBacking | null {
  const pages = reader.text(machine, 'huge_pages');
  if (pages === null) return null;
  const isHuge = pages !== 'None';
  return {
    hugePages: isHuge,
    pageSize: pages === '2M' ? 2 * MIB : null,
    path: null,
    shared: null,
    preallocated: null,
    locked: null,
    place: reader.placeOf(machine),
  };
}

function devicesOf(root: JsonValue | undefined, reader: JsonReader): DeviceConfiguration[] {
  const device = (object: JsonObject, parts: Pick<DeviceParts, 'type' | 'name' | 'backend'>, read: string[]) =>
    deviceOf({ ...parts, options: reader.options(object, read), place: reader.placeOf(object) });
  const one = (name: string, type: string) =>
    reader.objects(root, name).map((object) => device(object, { type, name: reader.text(object, 'id') }, ['id']));
  return [
    ...reader
      .objects(root, 'drives')
      .map((drive) =>
        device(
          drive,
          { type: 'virtio-blk', name: reader.text(drive, 'drive_id'), backend: diskBackend(drive, reader) },
          ['drive_id', 'io_engine'],
        ),
      ),
    ...reader.objects(root, 'network-interfaces').map((network) =>
      device(
        network,
        {
          type: 'virtio-net',
          name: reader.text(network, 'iface_id'),
          backend: backend('tap', false, network, reader),
        },
        ['iface_id'],
      ),
    ),
    ...one('vsock', 'virtio-vsock'),
    ...one('balloon', 'virtio-balloon'),
    ...one('entropy', 'virtio-rng'),
    ...one('pmem', 'virtio-pmem'),
    ...one('memory-hotplug', 'virtio-mem'),
  ];
}

/** "Sync", "Async" (io_uring), or a process of its own. */
function diskBackend(drive: JsonObject, reader: JsonReader) {
  const socket = reader.text(drive, 'socket');
  const engine = reader.text(drive, 'io_engine') ?? 'Sync';
  return socket === null
    ? backend(`file, ${engine}`, false, drive, reader)
    : backend('vhost-user', null, drive, reader);
}

const backend = (type: string, inKernel: boolean | null, object: JsonObject, reader: JsonReader) => ({
  type,
  inKernel,
  iothread: null,
  queues: null,
  place: reader.placeOf(object),
});

/** Nothing in a configuration says whether it is for x86 or Arm: the devices of a PC are there only on x86. */
function boardOf(root: JsonValue | undefined, reader: JsonReader): DeviceConfiguration[] {
  if (root === undefined) return [];
  const place = reader.placeOf(root);
  const byDefault = 'Firecracker has it on x86';
  return [
    deviceOf({
      type: 'serial',
      windows: [{ space: 'port', start: 0x3f8, length: 8 }],
      interrupts: [['isa', 4]],
      byDefault,
      place,
    }),
    deviceOf({ type: 'i8042', windows: [{ space: 'port', start: 0x60, length: 5 }], byDefault, place }),
    deviceOf({ type: 'kvm-pit', windows: [{ space: 'port', start: 0x40, length: 4 }], byDefault, place }),
    deviceOf({
      type: 'kvm-i8259',
      windows: [
        { space: 'port', start: 0x20, length: 2 },
        { space: 'port', start: 0xa0, length: 2 },
      ],
      byDefault,
      place,
    }),
    deviceOf({ type: 'kvm-ioapic', windows: [{ space: 'mmio', start: 0xfec00000, length: 0x1000 }], byDefault, place }),
  ];
}
