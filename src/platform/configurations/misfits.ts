/** Why a configuration cannot be that of a machine that was recorded. It is used all the same: the user may know better. */
import type { Issue } from '../../base/issue.js';
import { counted } from '../../base/quantities.js';
import { architectureFamily } from '../architectures.js';
import type { Assignment, DeviceAccess, GivenConfiguration, RecordedMachine } from './assignment.js';
import type { MachineConfiguration } from './machine-configuration.js';
import { type Board, boardOf } from './qemu/boards.js';

export interface RecordedSystem {
  /** Id of the hypervisor. */
  readonly hypervisor: string;
  /** As uname prints it; undefined where nothing tells. */
  readonly architecture: string | undefined;
}

/** One issue for each configuration that does not fit the recording, or a machine whose own it is. */
export function misfits(
  machines: readonly RecordedMachine[],
  given: readonly GivenConfiguration[],
  { byMachine }: Pick<Assignment, 'byMachine'>,
  system: RecordedSystem,
): Issue[] {
  const configurations = new Set(given.map(({ configuration }) => configuration));
  return [...configurations].flatMap((configuration) => {
    if (configuration.scope !== 'machine') return [];
    // One of several that can be a machine's is said to be nobody's.
    const own = machines.filter(({ id }) => {
      const possible = byMachine.get(id);
      return possible?.length === 1 && possible[0] === configuration;
    });
    const reasons = [
      ...systemMisfits(configuration, system),
      ...own.slice(0, 1).flatMap((machine) => machineMisfits(configuration, machine)),
    ];
    return reasons.length === 0 ? [] : [misfit(configuration, reasons)];
  });
}

const misfit = ({ name, source }: MachineConfiguration, reasons: readonly string[]): Issue => ({
  code: 'configuration-misfit',
  severity: 'warning',
  message: `The configuration ${name === null ? source : `${name} (${source})`} does not fit the recording: ${reasons.join('; ')}`,
  hint: 'Give the configuration with which the recorded machine was started: names of devices, and findings that read it, rest on it.',
});

const HYPERVISORS: Readonly<Record<string, string>> = { kvm: 'KVM', xen: 'Xen', qnx: 'the QNX hypervisor' };

function systemMisfits(configuration: MachineConfiguration, { hypervisor, architecture }: RecordedSystem): string[] {
  const reasons: string[] = [];
  const wanted = hypervisorOf(configuration);
  const recorded = HYPERVISORS[hypervisor] ?? hypervisor;
  if (wanted !== hypervisor) {
    const stated = HYPERVISORS[wanted];
    reasons.push(
      stated === undefined
        ? `it says that "${wanted.slice(0, 40)}" runs the vCPUs, the recording is of ${recorded}`
        : `it is for ${stated}, the recording is of ${recorded}`,
    );
  }
  const own = configuration.architecture;
  if (own !== null && architecture !== undefined && architectureFamily(own) !== architectureFamily(architecture))
    reasons.push(`it is for ${own.slice(0, 40)}, the recording is of ${architecture.slice(0, 40)}`);
  return reasons;
}

/** What QEMU is told of Xen: the machine types of its guests, and the number of the domain. */
const XEN_BOARD = /^xen/;
const XEN_OPTION = /^-?xen-domid/;

/** Id of the hypervisor that it is for, or what else runs the vCPUs. */
function hypervisorOf({ format, accelerator, board, options }: MachineConfiguration): string {
  if (format === 'qvmconf') return 'qnx';
  if (accelerator !== null) return accelerator;
  return XEN_BOARD.test(board ?? '') || options.some(({ name }) => XEN_OPTION.test(name)) ? 'xen' : 'kvm';
}

/** Looking for a device takes a few accesses, using it many. Own judgement. */
const USED = 100;

function machineMisfits(configuration: MachineConfiguration, { id, vcpus, accesses = [] }: RecordedMachine): string[] {
  const reasons: string[] = [];
  const most = Math.max(configuration.vcpus.length, configuration.topology?.maxVcpus ?? 0);
  if (most > 0 && vcpus > most) reasons.push(`${id} has at least ${vcpus} vCPUs, it states ${most}`);
  const type = machineTypeOf(configuration);
  for (const { name, windows, lackedBy, broughtBy } of CONVENTIONAL) {
    if (type === undefined || !lackedBy.includes(type)) continue;
    if (configuration.devices.some((device) => broughtBy.test(device.type))) continue;
    const touched = accesses.filter((access) => windows.some((window) => isIn(access, window)));
    const count = touched.reduce((sum, access) => sum + (access.count ?? 0), 0);
    if (count < USED) continue;
    const { space, address } = touched[0];
    const where = `${space === 'port' ? 'port ' : ''}0x${address.toString(16)}`;
    reasons.push(
      `${id} left the guest ${counted(count, 'time')} for ${name} (${where}, …), which ${MACHINES[type]} lacks`,
    );
  }
  return reasons;
}

type MachineType = Board['id'] | 'firecracker' | 'cloud-hypervisor';

const MACHINES: Readonly<Record<MachineType, string>> = {
  pc: "QEMU's pc",
  q35: "QEMU's q35",
  isapc: "QEMU's isapc",
  microvm: "QEMU's microvm",
  virt: "QEMU's virt",
  firecracker: 'Firecracker',
  'cloud-hypervisor': 'Cloud Hypervisor',
};

function machineTypeOf({ format, architecture, board }: MachineConfiguration): MachineType | undefined {
  if (format === 'firecracker' || format === 'cloud-hypervisor') return format;
  return /^(?:qemu|libvirt)/.test(format) ? boardOf(architecture, board)?.id : undefined;
}

interface Range {
  readonly space: DeviceAccess['space'];
  readonly start: number;
  readonly length: number;
}

const isIn = (access: DeviceAccess, { space, start, length }: Range): boolean =>
  access.space === space && access.address >= start && access.address < start + length;

const port = (start: number, length: number): Range => ({ space: 'port', start, length });

/**
 * Devices at addresses that never change, and machines that do not have them unless they are asked to.
 * Source: the boards of QEMU (qemu/boards.ts), docs/device-api.md of Firecracker, docs/device_model.md of Cloud Hypervisor.
 */
const CONVENTIONAL: readonly {
  readonly name: string;
  readonly windows: readonly Range[];
  readonly lackedBy: readonly MachineType[];
  /** Types of devices that put one there. */
  readonly broughtBy: RegExp;
}[] = [
  {
    name: 'an IDE disk controller of a PC',
    windows: [port(0x1f0, 8), port(0x3f6, 1), port(0x170, 8), port(0x376, 1)],
    lackedBy: ['q35', 'microvm', 'firecracker', 'cloud-hypervisor'],
    // ide-hd is a disk, on q35 one of the AHCI controller.
    broughtBy: /^(?:piix\d?-|isa-|cmd646-|via-)ide/,
  },
  {
    name: 'an HPET timer',
    windows: [{ space: 'mmio', start: 0xfed00000, length: 0x400 }],
    lackedBy: ['microvm', 'firecracker', 'cloud-hypervisor'],
    broughtBy: /^hpet/,
  },
];
