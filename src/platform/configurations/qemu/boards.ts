/**
 * QEMU's machine types: what is soldered to the board, and which devices QEMU adds where the command line names none.
 *
 * Source: what `info qtree` and `info mtree` of QEMU 7.2 print for each of them, which a test repeats.
 */
import type { DeviceWindow } from '../machine-configuration.js';

export interface BoardDevice {
  readonly type: string;
  /** What it is called where the kernel emulates it, with all interrupt controllers. */
  readonly inKernel?: string;
  readonly windows: readonly BoardWindow[];
  /** Controller and input. */
  readonly interrupts: readonly (readonly [string, number])[];
}

export type BoardWindow = Pick<DeviceWindow, 'space' | 'start'> & { readonly length: number };

export interface Board {
  readonly id: 'pc' | 'q35' | 'isapc' | 'microvm' | 'virt';
  readonly devices: readonly BoardDevice[];
  /** Models that QEMU adds; null: none of that kind. */
  readonly network: string | null;
  readonly display: string | null;
  readonly disk: string | null;
  readonly cdrom: string | null;
  readonly floppy: string | null;
  readonly serial: string | null;
  readonly parallel: string | null;
  /** The first serial port is there whatever the command line says. */
  readonly hasFixedSerial: boolean;
  /** Where VIRTIO devices without PCI are. */
  readonly slots?: {
    /** Guest-physical address of the first one. */
    readonly first: number;
    readonly count: number;
    /** Input of the GIC of the first one; null: QEMU chooses. */
    readonly firstInterrupt: number | null;
  };
}

const port = (start: number, length: number): BoardWindow => ({ space: 'port', start, length });
const memory = (start: number, length: number): BoardWindow => ({ space: 'mmio', start, length });
const device = (
  type: string,
  windows: readonly BoardWindow[],
  interrupts: BoardDevice['interrupts'] = [],
  inKernel?: string,
): BoardDevice => ({ type, windows, interrupts, ...(inKernel && { inKernel }) });

const PIC: readonly BoardDevice[] = [
  device('isa-i8259', [port(0x20, 2), port(0xa0, 2), port(0x4d0, 2)], [], 'kvm-i8259'),
];
const IOAPIC = device('ioapic', [memory(0xfec00000, 0x1000)], [], 'kvm-ioapic');
const PIT = device('isa-pit', [port(0x40, 4)], [['isa', 0]], 'kvm-pit');
const RTC = device('mc146818rtc', [port(0x70, 2)], [['isa', 8]]);
const ISA: readonly BoardDevice[] = [
  ...PIC,
  PIT,
  RTC,
  device(
    'i8042',
    [port(0x60, 1), port(0x64, 1)],
    [
      ['isa', 1],
      ['isa', 12],
    ],
  ),
  device('fw_cfg_io', [port(0x510, 2), port(0x514, 8)]),
];
const VMWARE = [device('vmport', [port(0x5658, 1)])];
const HPET = device('hpet', [memory(0xfed00000, 0x400)], [['isa', 0]]);
const PCI_CONFIGURATION = [port(0xcf8, 4), port(0xcfc, 4)];
const IDE_PORTS = [port(0x1f0, 8), port(0x3f6, 1), port(0x170, 8), port(0x376, 1)];
const FLOPPY = device('isa-fdc', [port(0x3f1, 5), port(0x3f7, 1)], [['isa', 6]]);
const ADDED = { serial: 'isa-serial', parallel: 'isa-parallel', hasFixedSerial: false } as const;

/** Distributor; of version 2 the CPU interface and the frame of MSIs, of version 3 the ITS and the redistributors. */
const GIC = [
  memory(0x08000000, 0x10000),
  memory(0x08010000, 0x10000),
  memory(0x08020000, 0x1000),
  memory(0x08080000, 0x20000),
  memory(0x080a0000, 0xf60000),
];

const BOARDS: readonly Board[] = [
  {
    id: 'pc',
    devices: [
      device('i440FX-pcihost', PCI_CONFIGURATION),
      IOAPIC,
      HPET,
      ...ISA,
      ...VMWARE,
      device('piix3-ide', IDE_PORTS, [
        ['isa', 14],
        ['isa', 15],
      ]),
      FLOPPY,
      device('PIIX4_PM', [], [['isa', 9]]),
    ],
    network: 'e1000',
    display: 'VGA',
    disk: 'ide-hd',
    cdrom: 'ide-cd',
    floppy: 'floppy',
    ...ADDED,
  },
  {
    id: 'q35',
    devices: [
      device('q35-pcihost', PCI_CONFIGURATION),
      IOAPIC,
      HPET,
      ...ISA,
      ...VMWARE,
      device('ich9-ahci', []),
      device('ICH9-LPC', []),
      device('ICH9-SMB', []),
    ],
    network: 'e1000e',
    display: 'VGA',
    disk: 'ide-hd',
    cdrom: 'ide-cd',
    floppy: null,
    ...ADDED,
  },
  {
    id: 'isapc',
    devices: [...ISA, ...VMWARE, device('isa-ide', IDE_PORTS.slice(0, 2), [['isa', 14]]), FLOPPY],
    network: 'ne2k_isa',
    display: 'isa-cirrus-vga',
    disk: 'ide-hd',
    cdrom: 'ide-cd',
    floppy: 'floppy',
    ...ADDED,
  },
  {
    id: 'microvm',
    devices: [IOAPIC, ...PIC, PIT, RTC, device('fw_cfg_io', [port(0x510, 2), port(0x514, 8)])],
    network: null,
    display: null,
    disk: 'virtio-blk-pci',
    cdrom: null,
    floppy: null,
    serial: 'isa-serial',
    parallel: null,
    hasFixedSerial: false,
    slots: { first: 0xfeb00000, count: 24, firstInterrupt: null },
  },
  {
    id: 'virt',
    devices: [
      device('gic', GIC),
      device('pl031', [memory(0x09010000, 0x1000)], [['gic', 34]]),
      device('fw_cfg_mem', [memory(0x09020000, 0x18)]),
      device('pl061', [memory(0x09030000, 0x1000)], [['gic', 39]]),
      device('gpex-pcihost', [memory(0x3eff0000, 0x10000)]),
    ],
    network: 'virtio-net-pci',
    display: null,
    disk: 'virtio-blk-pci',
    cdrom: null,
    floppy: null,
    serial: 'pl011',
    parallel: null,
    hasFixedSerial: true,
    slots: { first: 0x0a000000, count: 32, firstInterrupt: 48 },
  },
];

const ARM = ['aarch64', 'armv7l'];
const PC = ['x86_64', 'i686'];

/**
 * undefined where vmtoll does not know what is on the board.
 * @param type as it is written, for example "pc-i440fx-7.2"
 */
export function boardOf(architecture: string | null, type: string | null): Board | undefined {
  const isPc = architecture === null || PC.includes(architecture);
  if (type === null) return isPc && architecture !== null ? byId('pc') : undefined;
  const bare = type
    .replace(/\+.*/s, '')
    .replace(/-(?:\d+\.\d+(?:\.\d+)?|rhel[\d.]+|[a-z]+-v?\d[\w.]*|hpb-[\w.]+)$/, '');
  if (bare === 'virt') return architecture === null || ARM.includes(architecture) ? byId('virt') : undefined;
  if (!isPc) return undefined;
  if (/^(?:pc|pc-i440fx(?:-.*)?|pc-\d[\d.]*)$/.test(bare)) return byId('pc');
  if (/^(?:q35|pc-q35(?:-.*)?)$/.test(bare)) return byId('q35');
  return bare === 'isapc' || bare === 'microvm' ? byId(bare) : undefined;
}

const byId = (id: Board['id']) => BOARDS.find((board) => board.id === id);

/** Ports and ISA interrupts of the serial and parallel ports of a PC, by number; QEMU's own tables. */
export const SERIAL_PORTS: readonly (readonly [number, number])[] = [
  [0x3f8, 4],
  [0x2f8, 3],
  [0x3e8, 4],
  [0x2e8, 3],
];
export const PARALLEL_PORTS: readonly number[] = [0x378, 0x278, 0x3bc];
