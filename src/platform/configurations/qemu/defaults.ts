/**
 * Devices that QEMU adds where the command line names none of their kind.
 *
 * Source: system/vl.c of QEMU (`default_list`, `default_drive`, …), and what `info qtree` prints.
 */
import { deviceOf } from '../device-building.js';
import type { DeviceConfiguration } from '../machine-configuration.js';
import type { Surroundings } from './board-devices.js';
import type { Board } from './boards.js';
import { fixedPlace } from './device-windows.js';
import { drivePlaces, takenIndices } from './drives.js';
import { type QemuOption, textOf } from './settings.js';

type Kind = 'serial' | 'parallel' | 'floppy' | 'cdrom' | 'display';

/** Models of `-device` whose presence keeps QEMU from adding one of the kind. */
const REPLACING: Readonly<Record<Kind, readonly string[]>> = {
  serial: ['isa-serial', 'xen-console'],
  parallel: ['isa-parallel'],
  floppy: ['isa-fdc', 'floppy'],
  cdrom: ['ide-cd', 'ide-hd', 'ide-drive', 'scsi-cd', 'scsi-hd'],
  display: [
    'VGA',
    'isa-vga',
    'cirrus-vga',
    'isa-cirrus-vga',
    'vmware-svga',
    'qxl-vga',
    'virtio-vga',
    'virtio-vga-gl',
    'ati-vga',
    'vhost-user-vga',
  ],
};
const NETWORK_OPTIONS = ['net', 'nic', 'netdev'];

export function addedDevices(
  options: readonly QemuOption[],
  { board, program }: Surroundings,
  named: readonly DeviceConfiguration[],
): DeviceConfiguration[] {
  if (board === undefined) return [];
  const devices: DeviceConfiguration[] = [];
  const add = (type: string | null, reason: string) => {
    if (type === null) return;
    devices.push(deviceOf({ type, ...fixedPlace(type, () => undefined, 0), byDefault: reason, place: program }));
  };
  const hasDefaults = !options.some(({ name }) => name === 'nodefaults');
  const isMissing = (kind: Kind) => isNotReplaced(kind, options, board);
  if (hasDefaults ? isMissing('serial') : board.hasFixedSerial && !named.some(({ type }) => type === board.serial)) {
    add(
      board.serial,
      hasDefaults ? 'QEMU adds it without -serial and -nodefaults' : `the board ${board.id} has it always`,
    );
  }
  if (!hasDefaults) return devices;
  if (isMissing('parallel')) add(board.parallel, 'QEMU adds it without -parallel and -nodefaults');
  if (isMissing('display')) add(board.display, 'QEMU adds it without -vga and -nodefaults');
  if (!options.some(({ name }) => NETWORK_OPTIONS.includes(name))) {
    add(board.network, 'QEMU adds it without -nic, -net, -netdev and -nodefaults');
  }
  if (isMissing('cdrom')) add(board.cdrom, 'QEMU adds an empty CD drive without -nodefaults');
  if (isMissing('floppy')) add(board.floppy, 'QEMU adds an empty floppy drive without -nodefaults');
  return devices;
}

function isNotReplaced(kind: Kind, options: readonly QemuOption[], board: Board): boolean {
  const isNamed = options.some(
    (option) => option.name === 'device' && REPLACING[kind].includes(textOf(option, 'driver') ?? ''),
  );
  if (isNamed) return false;
  if (kind === 'serial' || kind === 'parallel') return !options.some(({ name }) => name === kind);
  if (kind === 'display') return !options.some(({ name }) => name === 'vga');
  const places = drivePlaces(options, board);
  // The empty CD drive is the third on the board's interface.
  return kind === 'cdrom' ? !takenIndices(places, 'ide').has(2) : !takenIndices(places, 'floppy').has(0);
}
