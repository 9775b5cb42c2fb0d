/** Emulated devices whose work a VIRTIO device could do, and which rows of exits are theirs. */
import { groupedBy } from '../base/grouped-by.js';
import { deviceName } from '../platform/configurations/device-names.js';
import type { DeviceConfiguration, Place } from '../platform/configurations/machine-configuration.js';
import { accessOf, type DeviceAccess, isNameless } from './accesses.js';
import { sumExits } from './costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from './evidence.js';
import { recognize } from './register-signatures.js';

/** What there is a VIRTIO device for. */
export type VirtioRole = 'console' | 'disk' | 'network' | 'display';

export interface EmulatedDevice {
  /** Untrusted text where it is from a configuration. */
  readonly name: string;
  readonly role: VirtioRole;
  readonly rows: readonly ExitRow[];
  /** How often it was asked to do something, where its registers show that; null: not known. */
  readonly requests: number | null;
  /** Addresses without a name that are taken for its own, and why; null: none. */
  readonly inferred: string | null;
  /** Where the machine's configuration has it; null: it does not, or there is none. */
  readonly place: Place | null;
}

/** Names by convention: see platform/pc-devices.ts. */
const BY_NAME: readonly (readonly [RegExp, VirtioRole, string?])[] = [
  [/^16550 serial port|^pl011 serial port/, 'console'],
  [/^IDE disk controller/, 'disk', 'IDE disk controller'],
  [/^VGA display|^Bochs display/, 'display', 'VGA display'],
];

const ROLES: Readonly<Record<string, VirtioRole>> = {
  console: 'console',
  disk: 'disk',
  'disk-controller': 'disk',
  network: 'network',
  display: 'display',
};

/** @returns those whose registers the guest used, most expensive first */
export function emulatedDevices(evidence: Evidence, machine: Machine): EmulatedDevice[] {
  const rows = exitsOf(evidence, machine).filter(({ cause }) => cause === 'device-port' || cause === 'device-mmio');
  const configured = configuredDevices(evidence, machine);
  return [...namedDevices(rows, configured), ...recognizedDevices(rows, configured)].sort(
    (a, b) => sumExits(b.rows).workNs - sumExits(a.rows).workNs,
  );
}

function namedDevices(rows: readonly ExitRow[], configured: readonly DeviceConfiguration[]): EmulatedDevice[] {
  const groups = new Map<string, { readonly role: VirtioRole; readonly rows: readonly ExitRow[] }>();
  for (const [device, own] of groupedBy(rows, (row) => row.device ?? '')) {
    const known = classify(device, configured);
    if (known === undefined) continue;
    const before = groups.get(known.name)?.rows ?? [];
    groups.set(known.name, { role: known.role, rows: [...before, ...own] });
  }
  return [...groups].map(([name, { role, rows: own }]) => {
    const commands = countOf(own, isIdeCommand);
    const busMaster = commands > 0 ? busMasterRows(rows, own) : [];
    return {
      name,
      role,
      rows: [...own, ...busMaster],
      requests: commands > 0 ? commands : null,
      inferred: busMaster.length === 0 ? null : usedAs(busMaster, 'its bus master'),
      place: placeOf(name, role, configured),
    };
  });
}

const recognizedDevices = (rows: readonly ExitRow[], configured: readonly DeviceConfiguration[]): EmulatedDevice[] =>
  recognize(rows).map(({ signature: { name, role }, rows: own, requests }) => ({
    name,
    role,
    rows: own,
    requests,
    inferred: usedAs(own, 'such a device'),
    place: placeOf(name, role, configured),
  }));

/** A device of the machine's configuration that does the same by VIRTIO, or another protocol made for VMs. */
export function paravirtualOf(evidence: Evidence, machine: Machine, role: VirtioRole): DeviceConfiguration | undefined {
  return configuredDevices(evidence, machine).find(
    (device) => device.kind === 'paravirtual' && ROLES[device.role ?? ''] === role,
  );
}

const configuredDevices = ({ configurations }: Evidence, { id }: Machine): readonly DeviceConfiguration[] =>
  (configurations.get(id) ?? []).flatMap(({ devices }) => devices);

function classify(
  device: string,
  configured: readonly DeviceConfiguration[],
): { readonly name: string; readonly role: VirtioRole } | undefined {
  const own = configured.find((one) => isNamed(device, one));
  if (own !== undefined) {
    const role = own.kind === 'emulated' ? ROLES[own.role ?? ''] : undefined;
    return role && { name: device, role };
  }
  const known = BY_NAME.find(([pattern]) => pattern.test(device));
  return known && { name: known[2] ?? device, role: known[1] };
}

function isNamed(name: string, device: DeviceConfiguration): boolean {
  const own = deviceName(device);
  return name === own || name.startsWith(`${own} at `);
}

/** Its own place, or else that of the only emulated device with this role. */
function placeOf(name: string, role: VirtioRole, configured: readonly DeviceConfiguration[]): Place | null {
  const own = configured.find((device) => isNamed(name, device));
  if (own !== undefined) return own.place;
  const alike = configured.filter(({ kind, role: one }) => kind === 'emulated' && one === role);
  return alike.length === 1 ? alike[0].place : null;
}

function countOf(rows: readonly ExitRow[], matches: (access: DeviceAccess) => boolean): number {
  return rows.reduce((total, row) => {
    const access = accessOf(row);
    return access !== undefined && matches(access) ? total + row.count : total;
  }, 0);
}

/** The command registers of both channels. */
const IDE_COMMANDS: readonly number[] = [0x1f7, 0x177];
const isIdeCommand = ({ address, write }: DeviceAccess): boolean => write && IDE_COMMANDS.includes(address);

/**
 * Registers of a bus master by their offset from its first port, which the firmware chooses: command, status (one byte
 * each) and the address of the descriptors (four bytes), then the same for the second channel.
 * Source: SFF-8038i, Programming Interface for Bus Master IDE Controller.
 */
const BUS_MASTER_PORTS = 16;
const CHANNEL_PORTS = 8;
const COMMAND = 0;
const DESCRIPTORS = 4;
const BUS_MASTER_SIZES: ReadonlyMap<number, number> = new Map([
  [COMMAND, 1],
  [2, 1],
  [DESCRIPTORS, 4],
]);

/**
 * Ports without a name are those of the IDE controller's bus master if they are used as its registers are: no other
 * register and no other size, commands for the channels whose disks got commands, and not more transfers than these.
 */
function busMasterRows(rows: readonly ExitRow[], ide: readonly ExitRow[]): ExitRow[] {
  const blocks = new Map<number, { row: ExitRow; access: DeviceAccess }[]>();
  for (const row of rows) {
    const access = isNameless(row) ? accessOf(row) : undefined;
    if (access?.space !== 'port') continue;
    const base = access.address - (access.address % BUS_MASTER_PORTS);
    const block = blocks.get(base);
    if (block === undefined) blocks.set(base, [{ row, access }]);
    else block.push({ row, access });
  }
  const found = [...blocks].filter(([base, block]) => isBusMaster(base, block, ide));
  return found.length === 1 ? found[0][1].map(({ row }) => row) : [];
}

function isBusMaster(
  base: number,
  block: readonly { row: ExitRow; access: DeviceAccess }[],
  ide: readonly ExitRow[],
): boolean {
  const hasShape = block.every(({ access: { address, size } }) => {
    const expected = BUS_MASTER_SIZES.get(address % CHANNEL_PORTS);
    return expected !== undefined && (size === null || size === expected);
  });
  if (!hasShape) return false;
  const rows = block.map(({ row }) => row);
  let transfers = 0;
  for (const [channel, command] of IDE_COMMANDS.entries()) {
    const first = base + channel * CHANNEL_PORTS;
    const started = countOf(rows, ({ address, write }) => write && address === first + COMMAND);
    const described = countOf(rows, ({ address, write }) => write && address === first + DESCRIPTORS);
    const commands = countOf(ide, ({ address, write }) => write && address === command);
    if (described > commands || (described > 0 && started === 0)) return false;
    transfers += described;
  }
  return transfers > 0;
}

function usedAs(rows: readonly ExitRow[], device: string): string {
  const accesses = rows.map((row) => accessOf(row)!);
  const addresses = accesses.map(({ address }) => address);
  const [first, last] = [Math.min(...addresses), Math.max(...addresses)];
  const places = accesses[0].space === 'port' ? 'ports' : 'addresses';
  return `${places} 0x${first.toString(16)} to 0x${last.toString(16)}, which have no name, are used as the registers of ${device} are`;
}
