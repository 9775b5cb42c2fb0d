/** Which devices the tables name, where they were seen, and how it is known that they are there: each once. */

import { counted } from '../../base/quantities.js';
import type { DeviceRow, ExitRow, Explanation } from '../../explain/explanation.js';
import { accessOf } from '../../findings/accesses.js';
import { printable } from '../untrusted.js';
import type { Style } from './style.js';
import { type Column, omitted, tableLines } from './table.js';

/** A device with what the exits say of it. */
interface SeenDevice extends DeviceRow {
  readonly exits: number;
  readonly where: string;
}

/** Those with most exits first. */
export function deviceLines(explanation: Explanation, top: number, style: Style): string[] {
  const { devices, machines } = explanation;
  if (devices.length === 0) return [];
  const rows = exitsByDevice(explanation);
  const seen = devices
    .map((device) => seenDevice(device, rows.get(keyOf(device.machine, device.name)) ?? []))
    .toSorted((a, b) => b.exits - a.exits);
  const columns: Column<SeenDevice>[] = [
    ...(machines.length > 1
      ? [{ title: 'machine', align: 'left', cell: ({ machine }: SeenDevice) => machine } as const]
      : []),
    { title: 'where', align: 'left', cell: ({ where }) => where },
    { title: 'device', align: 'left', cell: ({ name }) => printable(name), isKey: true },
    { title: 'known by', align: 'left', cell: ({ evidence }) => printable(evidence) },
    { title: '', align: 'right', cell: ({ exits }) => counted(exits, 'exit') },
  ];
  return [
    style.bold('Devices that these exits are for, and how their names are known'),
    ...tableLines(seen.slice(0, top), columns, style),
    ...omitted(seen.length - top, style),
  ];
}

const keyOf = (machine: string, device: string): string => `${machine} ${device}`;

function exitsByDevice({ exits }: Explanation): Map<string, ExitRow[]> {
  const rows = new Map<string, ExitRow[]>();
  for (const row of exits) {
    if (row.device === null) continue;
    const key = keyOf(row.machine, row.device);
    const own = rows.get(key);
    if (own === undefined) rows.set(key, [row]);
    else own.push(row);
  }
  return rows;
}

function seenDevice(device: DeviceRow, rows: readonly ExitRow[]): SeenDevice {
  const accesses = rows.flatMap((row) => accessOf(row) ?? []);
  return {
    ...device,
    exits: rows.reduce((sum, { count }) => sum + count, 0),
    where: (['port', 'mmio'] as const)
      .flatMap((space) =>
        rangeText(
          space,
          accesses.flatMap((one) => (one.space === space ? one.address : [])),
        ),
      )
      .join(', '),
  };
}

/** From the first address that was used to the last one: "port 0x3f8 to 0x3fd". */
function rangeText(space: 'port' | 'mmio', addresses: readonly number[]): string[] {
  if (addresses.length === 0) return [];
  const [first, last] = [Math.min(...addresses), Math.max(...addresses)].map((address) => `0x${address.toString(16)}`);
  return [`${space === 'port' ? 'port' : 'address'} ${first === last ? first : `${first} to ${last}`}`];
}
