/** What a row of exits says of an access to a device: read back from the detail that people see. */
import type { ExitRow } from './evidence.js';

export interface DeviceAccess {
  readonly space: 'port' | 'mmio';
  /** Port number or guest physical address. */
  readonly address: number;
  /** Bytes; null where not recorded. */
  readonly size: number | null;
  readonly write: boolean;
}

/** Every hypervisor's details are written so: a test holds them together. */
const ACCESS = /^(port|address) 0x([0-9a-f]{1,16}), (?:(\d+)-byte )?(read|write)\b/;

/** undefined: the row is about no device, or its detail is not known. */
export function accessOf({ cause, detail }: Pick<ExitRow, 'cause' | 'detail'>): DeviceAccess | undefined {
  if (cause !== 'device-port' && cause !== 'device-mmio') return undefined;
  const match = ACCESS.exec(detail ?? '');
  if (match === null) return undefined;
  const [, space, address, size, direction] = match;
  return {
    space: space === 'port' ? 'port' : 'mmio',
    address: Number.parseInt(address, 16),
    size: size === undefined ? null : Number(size),
    write: direction === 'write',
  };
}

/** Registers of a device without a name lie close together: in a page of memory, or in a few ports. */
const PAGE = 4096;
const PORTS = 16;

/** Names by convention that tell no device from another. */
const NO_DEVICE = ['PCI device', 'ports of PCI devices'];

export const isNameless = ({ device }: Pick<ExitRow, 'device'>): boolean =>
  device === null || NO_DEVICE.includes(device);

/** Within a sentence, after where it is. */
export const UNKNOWN_DEVICE = ', whose device is not known,';

/** What rows of the same device have in common, for sentences: its name, or where it is. */
export function placeOf(row: ExitRow): string {
  if (row.device !== null && !isNameless(row)) return row.device;
  const access = accessOf(row);
  if (access === undefined) return row.detail ?? row.reason;
  const size = access.space === 'mmio' ? PAGE : PORTS;
  const first = access.address - (access.address % size);
  const places = access.space === 'mmio' ? 'addresses' : 'ports';
  return `the ${places} 0x${first.toString(16)} to 0x${(first + size - 1).toString(16)}${UNKNOWN_DEVICE}`;
}
