/**
 * Which devices an address belongs to, and what could do the work of an emulated device with fewer exits.
 *
 * Snippets are written for the program that starts the machine. In those of QEMU and xl, ID, FILE, … stand for names that the
 * user has. A test gives those of QEMU to QEMU and those of libvirt to its schema; those of qvm and xl only vmtoll itself
 * reads again.
 */
import type {
  DeviceConfiguration,
  DeviceRole,
  DeviceWindow,
  MachineConfiguration,
} from './configurations/machine-configuration.js';

/** What a machine is started with, as far as there are snippets. */
export type StartedWith = 'qemu' | 'libvirt' | 'qvm' | 'xl';

export interface Counterpart {
  /** Paravirtual device, in the words of the VMM. */
  readonly type: string;
  readonly role: DeviceRole;
  readonly startedWith: StartedWith;
  /** Replaces what configures the emulated device. */
  readonly snippet: string;
  /** What the guest needs, and what changes for it. */
  readonly guestNeeds: string;
}

const PROGRAMS: Readonly<Record<string, StartedWith>> = {
  'qemu-command-line': 'qemu',
  'qemu-config': 'qemu',
  libvirt: 'libvirt',
  qvmconf: 'qvm',
  xl: 'xl',
};

/** null where vmtoll has no snippets for it. */
export const startedWith = ({ format }: Pick<MachineConfiguration, 'format'>): StartedWith | null =>
  Object.hasOwn(PROGRAMS, format) ? PROGRAMS[format] : null;

const NEEDS: Partial<Readonly<Record<DeviceRole, string>>> = {
  console:
    'a driver for VIRTIO consoles; the console is called hvc0 (Linux: console=hvc0), and early messages need another one',
  disk: 'a driver for VIRTIO disks in its initial RAM disk; the disk is called vda instead of sda',
  network: 'a driver for VIRTIO networks; the interface may get another name',
  input: 'a driver for VIRTIO input devices',
  display: 'a driver for the VIRTIO GPU',
};
const XEN_NEEDS: Partial<Readonly<Record<DeviceRole, string>>> = {
  console: 'the PV console driver; the console is called hvc0 (Linux: console=hvc0)',
  disk: 'the PV block driver (Linux: xen-blkfront); the disk is called xvda',
  network: 'the PV network driver (Linux: xen-netfront)',
};

interface Row {
  readonly role: DeviceRole;
  readonly startedWith: StartedWith;
  readonly type: string;
  readonly snippet: string;
}

/** By role and program. */
export const COUNTERPARTS: readonly Row[] = [
  {
    role: 'console',
    startedWith: 'qemu',
    type: 'virtconsole',
    snippet: '-chardev stdio,id=con0 -device virtio-serial-pci -device virtconsole,chardev=con0',
  },
  {
    role: 'disk',
    startedWith: 'qemu',
    type: 'virtio-blk-pci',
    snippet:
      '-object iothread,id=io0 -drive file=FILE,format=raw,if=none,id=disk0,cache=none -device virtio-blk-pci,drive=disk0,iothread=io0',
  },
  {
    role: 'network',
    startedWith: 'qemu',
    type: 'virtio-net-pci',
    snippet: '-netdev tap,id=net0,ifname=TAP,script=no,downscript=no,vhost=on -device virtio-net-pci,netdev=net0',
  },
  { role: 'input', startedWith: 'qemu', type: 'virtio-tablet-pci', snippet: '-device virtio-tablet-pci' },
  { role: 'display', startedWith: 'qemu', type: 'virtio-vga', snippet: '-vga virtio' },
  {
    role: 'console',
    startedWith: 'libvirt',
    type: 'virtconsole',
    snippet: '<console type="pty"><target type="virtio" port="0"/></console>',
  },
  {
    role: 'disk',
    startedWith: 'libvirt',
    type: 'virtio-blk-pci',
    snippet:
      '<disk type="block" device="disk"><driver name="qemu" type="raw" cache="none" io="native"/><source dev="/dev/DISK"/><target dev="vda" bus="virtio"/></disk>',
  },
  {
    role: 'network',
    startedWith: 'libvirt',
    type: 'virtio-net-pci',
    snippet:
      '<interface type="bridge"><source bridge="BRIDGE"/><model type="virtio"/><driver name="vhost"/></interface>',
  },
  { role: 'input', startedWith: 'libvirt', type: 'virtio-tablet-pci', snippet: '<input type="tablet" bus="virtio"/>' },
  {
    role: 'display',
    startedWith: 'libvirt',
    type: 'virtio-vga',
    snippet: '<video><model type="virtio"/></video>',
  },
  // Source: QNX' published reference of virtual devices (7.1, 8.0).
  {
    role: 'console',
    startedWith: 'qvm',
    type: 'virtio-console',
    snippet: 'vdev virtio-console\n  loc 0x20000000\n  intr gic:42',
  },
  {
    role: 'disk',
    startedWith: 'qvm',
    type: 'virtio-blk',
    snippet: 'vdev virtio-blk\n  loc 0x1c0d0000\n  intr gic:41\n  hostdev /dev/DISK',
  },
  {
    role: 'network',
    startedWith: 'qvm',
    type: 'virtio-net',
    snippet: 'vdev virtio-net\n  loc 0x1c0c0000\n  intr gic:40\n  peer /dev/vdevpeer/PEER',
  },
  {
    role: 'disk',
    startedWith: 'xl',
    type: 'xen-vbd',
    snippet: "disk = [ 'format=raw, vdev=xvda, access=rw, target=/dev/DISK' ]",
  },
  { role: 'network', startedWith: 'xl', type: 'xen-vif', snippet: "vif = [ 'type=vif, bridge=BRIDGE' ]" },
  { role: 'console', startedWith: 'xl', type: 'xen-console', snippet: 'extra = "console=hvc0"' },
];

/** Media that come and go, and what is on every board: none of them is worth another device. */
const NOT_REPLACED = ['floppy', 'isa-fdc', 'ide-cd', 'scsi-cd', 'sd-card', 'sdhci-pci', 'i8042', 'pckeyboard'];

/**
 * What could take the place of an emulated device; null where it is none, or where there is nothing better known: timers and
 * interrupt controllers, for example, are replaced by other means.
 */
export function counterpartOf(
  machine: Pick<MachineConfiguration, 'format'>,
  device: Pick<DeviceConfiguration, 'kind' | 'role' | 'type'>,
): Counterpart | null {
  if (device.kind !== 'emulated' || device.role === null || NOT_REPLACED.includes(device.type)) return null;
  const program = startedWith(machine);
  const role = device.role === 'disk-controller' ? 'disk' : device.role;
  const row = COUNTERPARTS.find((one) => one.role === role && one.startedWith === program);
  const guestNeeds = (program === 'xl' ? XEN_NEEDS : NEEDS)[role];
  return row === undefined || guestNeeds === undefined ? null : { ...row, guestNeeds };
}

/** Emulated devices of a machine with what could take their place. */
export function replaceable(
  machine: MachineConfiguration,
): readonly { readonly device: DeviceConfiguration; readonly counterpart: Counterpart }[] {
  return machine.devices.flatMap((device) => {
    const counterpart = counterpartOf(machine, device);
    return counterpart === null ? [] : [{ device, counterpart }];
  });
}

/**
 * Devices whose windows contain an address, the smallest window first. Windows of unknown length contain their first port, or
 * the page of 4 KiB at their base.
 */
export function devicesAt(
  { devices }: Pick<MachineConfiguration, 'devices'>,
  space: DeviceWindow['space'],
  address: number,
): readonly DeviceConfiguration[] {
  return devices
    .flatMap((device) => device.windows.map((window) => ({ device, window })))
    .filter(({ window }) => window.space === space && contains(window, address))
    .sort((a, b) => lengthOf(a.window) - lengthOf(b.window))
    .map(({ device }) => device);
}

const PAGE = 4096;

const lengthOf = ({ space, length }: DeviceWindow): number => length ?? (space === 'mmio' ? PAGE : 1);

function contains(window: DeviceWindow, address: number): boolean {
  const isPage = window.length === null && window.space === 'mmio';
  const first = isPage ? window.start - (window.start % PAGE) : window.start;
  return address >= window.start && address - first < lengthOf(window);
}

/**
 * Whether the doorbells of a paravirtual device end in the VMM although the host's kernel could take them: its backend says
 * that the VMM serves its queues. null where the configuration does not tell.
 */
export function isServedByVmm({ kind, backend }: Pick<DeviceConfiguration, 'kind' | 'backend'>): boolean | null {
  if (kind !== 'paravirtual' || backend === null || backend.inKernel === null) return null;
  return !backend.inKernel;
}
