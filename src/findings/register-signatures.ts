/**
 * Emulated devices on PCI, whose addresses the firmware chooses: known by how their registers are used. Each access must
 * be to a register of the device, of its size, and those that its driver cannot do without must be among them.
 */
import { accessOf, type DeviceAccess, isNameless } from './accesses.js';
import type { ExitRow } from './evidence.js';

export interface Signature {
  readonly name: string;
  readonly role: 'disk' | 'network';
  readonly spaces: readonly DeviceAccess['space'][];
  /** Bytes or ports, a power of two of which its first address is a multiple. */
  readonly window: number;
  readonly isRegister: (offset: number, size: number) => boolean;
  /** Whether its driver uses registers so. @param read distinct offsets, as `written` */
  readonly isDriven: (read: readonly number[], written: readonly number[]) => boolean;
  /** A write that asks the device to do something. */
  readonly isRequest: (offset: number) => boolean;
}

export interface Recognized {
  readonly signature: Signature;
  readonly rows: readonly ExitRow[];
  readonly requests: number;
}

const at =
  (...offsets: readonly number[]) =>
  (offset: number): boolean =>
    offsets.includes(offset);

/** Intel, PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual, table 13-2; 4 bytes each. */
const E1000_INTERRUPT_MASKS = [0xd0, 0xd8] as const;
const E1000_TAILS = [0x3818, 0x2818] as const;
/** First and last register of: control, interrupts, receiver, transmitter, flow, LED, packet buffer, queues, statistics, tables. */
const E1000_RANGES: readonly (readonly [number, number])[] = [
  [0x0, 0x38],
  [0xc0, 0xd8],
  [0x100, 0x178],
  [0x400, 0x458],
  [0xe00, 0xe00],
  [0x1000, 0x1000],
  [0x2160, 0x2168],
  [0x2800, 0x282c],
  [0x3410, 0x3430],
  [0x3800, 0x382c],
  [0x4000, 0x4124],
  [0x5000, 0x59fc],
];
/** Linux' driver of it (e1000_update_stats) reads them all every two seconds, also while nothing is sent: 62 on an 82540EM. */
const isE1000Statistic = (offset: number): boolean => offset >= 0x4000 && offset <= 0x40fc;
const E1000_STATISTICS = 32;
const isE1000Driven = (read: readonly number[], written: readonly number[]): boolean =>
  written.some(at(...E1000_INTERRUPT_MASKS)) &&
  (written.some(at(...E1000_TAILS)) || read.filter(isE1000Statistic).length >= E1000_STATISTICS);
const isE1000Register = (offset: number, size: number): boolean =>
  size === 4 && offset % 4 === 0 && E1000_RANGES.some(([first, last]) => offset >= first && offset <= last);

/** Serial ATA AHCI 1.3.1, sections 3.1 and 3.3: 4 bytes each. */
const AHCI_PORTS = 0x100;
const AHCI_PORT = 0x80;
const AHCI_LAST_GLOBAL = 0x28;
const AHCI_LAST_OF_PORT = 0x48;
const ofAhciPort = (register: number) => (offset: number) =>
  offset >= AHCI_PORTS && (offset - AHCI_PORTS) % AHCI_PORT === register;
const isAhciRegister = (offset: number): boolean =>
  offset < AHCI_PORTS ? offset <= AHCI_LAST_GLOBAL : (offset - AHCI_PORTS) % AHCI_PORT <= AHCI_LAST_OF_PORT;

/** Realtek RTL8139C(L) data sheet, table of registers: bytes by first offset; those up to 7 are the MAC address. */
const RTL8139_SIZES: readonly (readonly [sizes: readonly number[], offsets: readonly number[]])[] = [
  [
    [1, 4],
    [0x0, 0x4],
  ],
  [[4], [0x8, 0xc, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x40, 0x44, 0x48, 0x4c]],
  [[2], [0x38, 0x3a, 0x3c, 0x3e, 0x5c, 0x60, 0x62, 0x64, 0x66]],
  [[1], [0x37, 0x50, 0x51, 0x52, 0x58, 0x59]],
];
const isRtl8139Register = (offset: number, size: number): boolean =>
  RTL8139_SIZES.some(([sizes, offsets]) => offsets.includes(offset) && sizes.includes(size));
const isRtl8139Send = at(0x10, 0x14, 0x18, 0x1c);
const RTL8139_INTERRUPT_STATUS = 0x3e;

export const SIGNATURES: readonly Signature[] = [
  {
    name: 'e1000 network card',
    role: 'network',
    spaces: ['mmio'],
    window: 0x20000,
    isRegister: isE1000Register,
    isDriven: isE1000Driven,
    isRequest: at(...E1000_TAILS),
  },
  {
    name: 'AHCI disk controller',
    role: 'disk',
    spaces: ['mmio'],
    window: 0x1000,
    isRegister: (offset, size) => size === 4 && offset % 4 === 0 && isAhciRegister(offset),
    isDriven: (_, written) => written.some(ofAhciPort(0x10)) && written.some(ofAhciPort(0x38)),
    isRequest: ofAhciPort(0x38),
  },
  {
    name: 'RTL8139 network card',
    role: 'network',
    spaces: ['mmio', 'port'],
    window: 0x100,
    isRegister: isRtl8139Register,
    isDriven: (_, written) => written.some(isRtl8139Send) && written.some(at(RTL8139_INTERRUPT_STATUS)),
    isRequest: isRtl8139Send,
  },
];

/** Which of the rows that have no device are those of a device with a signature. */
export function recognize(rows: readonly ExitRow[]): Recognized[] {
  const nameless = rows.flatMap((row) => {
    const access = isNameless(row) ? accessOf(row) : undefined;
    return access === undefined ? [] : [{ row, access }];
  });
  return SIGNATURES.flatMap((signature) =>
    [...blocksOf(nameless, signature)].flatMap((block) => {
      const requests = requestsIn(block, signature);
      return requests === undefined ? [] : [{ signature, rows: block.map(({ row }) => row), requests }];
    }),
  );
}

interface Access {
  readonly row: ExitRow;
  readonly access: DeviceAccess;
}

function blocksOf(accesses: readonly Access[], { spaces, window }: Signature): Iterable<readonly Access[]> {
  const blocks = new Map<string, Access[]>();
  for (const one of accesses) {
    const { space, address } = one.access;
    if (!spaces.includes(space)) continue;
    const key = `${space} ${address - (address % window)}`;
    const block = blocks.get(key);
    if (block === undefined) blocks.set(key, [one]);
    else block.push(one);
  }
  return blocks.values();
}

/** How often the device was asked for something; undefined where it is another device. */
function requestsIn(
  block: readonly Access[],
  { window, isRegister, isDriven, isRequest }: Signature,
): number | undefined {
  const fits = block.every(({ access: { address, size } }) => size !== null && isRegister(address % window, size));
  const writes = block.filter(({ access }) => access.write);
  const reads = block.filter(({ access }) => !access.write);
  if (!fits || !isDriven(offsetsOf(reads, window), offsetsOf(writes, window))) return undefined;
  return writes.reduce((total, { row, access }) => (isRequest(access.address % window) ? total + row.count : total), 0);
}

const offsetsOf = (accesses: readonly Access[], window: number): number[] => [
  ...new Set(accesses.map(({ access }) => access.address % window)),
];
