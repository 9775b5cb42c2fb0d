/**
 * A configuration of Cloud Hypervisor → the machine.
 *
 * Source: Cloud Hypervisor's API (vmm/src/api/openapi/cloud-hypervisor.yaml) and its documentation of devices. The kernel has
 * the local APICs, the VMM the I/O APIC.
 */
import type { Complaints } from '../complaints.js';
import type { ConfigurationFile } from '../configuration-format.js';
import type { JsonValue } from '../json-document.js';
import type { JsonReader } from '../json-reader.js';
import {
  type MachineConfiguration,
  type MemoryBacking,
  type MemoryRange,
  UNSTATED_PLATFORM,
  type VcpuConfiguration,
} from '../machine-configuration.js';
import { DEVICE_MEMBERS, devicesOf } from './devices.js';

/** KVM's largest machine on x86. */
const MOST_VCPUS = 4096;

const KEPT = new Set([
  'payload',
  'platform',
  'numa',
  'rate_limit_groups',
  'landlock_enable',
  'landlock_rules',
  'gdb',
  'pci_segments',
  'preserved_fds',
  'sgx_epc',
  'tdx',
  'iommu',
]);

export function machineOf(
  { source }: ConfigurationFile,
  format: string,
  root: JsonValue | undefined,
  reader: JsonReader,
  complaints: Complaints,
): MachineConfiguration {
  // What the API tells of a running machine has the configuration inside.
  const config = reader.object(root, 'config') ?? root;
  const byDefault = 'Cloud Hypervisor has the I/O APIC itself';
  return {
    ...UNSTATED_PLATFORM,
    format,
    source,
    scope: 'machine',
    name: null,
    accelerator: 'kvm',
    vcpus: vcpusOf(config, reader),
    topology: topologyOf(config, reader),
    memory: memoryOf(config, reader),
    memoryBacking: backingOf(config, reader),
    interruptController: { in: 'split', byDefault, place: null },
    devices: devicesOf(config, reader),
    variables: [],
    options: [
      ...reader.kept(config, new Set(['cpus', 'memory', ...DEVICE_MEMBERS]), KEPT),
      ...reader.kept(reader.object(config, 'cpus'), CPUS_READ, CPUS_KEPT),
      ...reader.kept(reader.object(config, 'memory'), MEMORY_READ, MEMORY_KEPT),
    ],
    issues: complaints.list(),
  };
}

const CPUS_READ = new Set(['boot_vcpus', 'max_vcpus', 'topology', 'affinity']);
const CPUS_KEPT = new Set(['kvm_hyperv', 'max_phys_bits', 'features', 'nested']);
const MEMORY_READ = new Set(['size', 'shared', 'hugepages', 'hugepage_size', 'prefault']);
const MEMORY_KEPT = new Set([
  'mergeable',
  'hotplug_method',
  'hotplug_size',
  'hotplugged_size',
  'thp',
  'zones',
  'reserve',
]);

function vcpusOf(config: JsonValue | undefined, reader: JsonReader): VcpuConfiguration[] {
  const cpus = reader.object(config, 'cpus');
  const stated = reader.number(cpus, 'boot_vcpus') ?? 1;
  const count = Math.min(Math.max(stated, 1), MOST_VCPUS);
  if (count !== stated && cpus !== undefined) {
    reader.complain('bad-vcpus', cpus, `a machine has 1 to ${MOST_VCPUS} vCPUs, not ${stated}`);
  }
  const pinned = new Map(
    reader.objects(cpus, 'affinity').map((one) => [reader.number(one, 'vcpu'), { one, runmask: pcpusOf(one, reader) }]),
  );
  return Array.from({ length: count }, (_, id) => {
    const own = pinned.get(id);
    const at = own?.one ?? cpus;
    return {
      id,
      scheduling: null,
      runmask: own?.runmask ?? null,
      cluster: null,
      partition: null,
      options: [],
      place: at === undefined ? null : reader.placeOf(at),
    };
  });
}

function pcpusOf(affinity: JsonValue, reader: JsonReader): readonly number[] | null {
  const list = reader.value(affinity, 'host_cpus');
  if (list?.type !== 'array') return null;
  return list.elements.flatMap((element) => reader.wholeNumber(element) ?? []);
}

function topologyOf(config: JsonValue | undefined, reader: JsonReader): MachineConfiguration['topology'] {
  const cpus = reader.object(config, 'cpus');
  const topology = reader.object(cpus, 'topology');
  const at = topology ?? cpus;
  if (at === undefined) return null;
  return {
    sockets: reader.number(topology, 'packages'),
    dies: reader.number(topology, 'dies_per_package'),
    clusters: null,
    cores: reader.number(topology, 'cores_per_die'),
    threads: reader.number(topology, 'threads_per_core'),
    maxVcpus: reader.number(cpus, 'max_vcpus'),
    place: reader.placeOf(at),
  };
}

function memoryOf(config: JsonValue | undefined, reader: JsonReader): MemoryRange[] {
  const memory = reader.object(config, 'memory');
  if (memory === undefined) return [];
  const main = {
    kind: 'ram',
    start: null,
    length: reader.number(memory, 'size'),
    backing: null,
    place: reader.placeOf(memory),
  } as const;
  const zones = reader.objects(memory, 'zones').map(
    (zone): MemoryRange => ({
      kind: 'ram',
      start: null,
      length: reader.number(zone, 'size'),
      backing: reader.text(zone, 'file'),
      place: reader.placeOf(zone),
    }),
  );
  // With zones the memory itself has the size 0.
  return main.length === 0 && zones.length > 0 ? zones : [main, ...zones];
}

function backingOf(config: JsonValue | undefined, reader: JsonReader): MemoryBacking | null {
  const memory = reader.object(config, 'memory');
  if (memory === undefined) return null;
  return {
    hugePages: reader.boolean(memory, 'hugepages'),
    pageSize: reader.number(memory, 'hugepage_size'),
    path: null,
    shared: reader.boolean(memory, 'shared'),
    preallocated: reader.boolean(memory, 'prefault'),
    locked: null,
    place: reader.placeOf(memory),
  };
}
