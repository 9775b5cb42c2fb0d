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
