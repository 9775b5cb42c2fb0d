/** `-drive`, `-hda` and their like: disks whose device QEMU chooses. */
import { deviceOf } from '../device-building.js';
import type { DeviceConfiguration } from '../machine-configuration.js';
import { wholeNumber } from '../quantities.js';
import { diskBackend } from './backends.js';
import type { Board } from './boards.js';
import { keptSetting, type QemuOption, textOf } from './settings.js';

/** Where a drive is put. */
export interface DrivePlace {
  readonly option: QemuOption;
  /** As after "if="; "none" is only for a device that names it. */
  readonly interface: string;
  readonly isCdrom: boolean;
  /** Its number on its interface; null where QEMU would give it the next free one. */
  readonly index: number | null;
}

/** Short options: interface ("": that of the board), number, and whether it is a CD. */
const SHORT: Readonly<Record<string, readonly [string, number, boolean]>> = {
  hda: ['', 0, false],
  hdb: ['', 1, false],
  hdc: ['', 2, false],
  hdd: ['', 3, false],
  cdrom: ['', 2, true],
  fda: ['floppy', 0, false],
  fdb: ['floppy', 1, false],
  sd: ['sd', 0, false],
  pflash: ['pflash', 0, false],
  mtdblock: ['mtd', 0, false],
};

export function drivePlaces(options: readonly QemuOption[], board: Board | undefined): DrivePlace[] {
  const ofBoard = board === undefined || board.disk === 'ide-hd' ? 'ide' : 'virtio';
  return options.flatMap((option): DrivePlace[] => {
    if (option.name === 'drive') {
      const index = wholeNumber(textOf(option, 'index') ?? '') ?? null;
      const isCdrom = textOf(option, 'media') === 'cdrom';
      return [{ option, interface: textOf(option, 'if') ?? ofBoard, isCdrom, index }];
    }
    if (!Object.hasOwn(SHORT, option.name)) return [];
    const [written, index, isCdrom] = SHORT[option.name];
    return [{ option, interface: written === '' ? ofBoard : written, isCdrom, index }];
  });
}

/** The number on its interface of every drive, where QEMU's own numbering gives the next free one. */
export function takenIndices(places: readonly DrivePlace[], wanted: string): ReadonlySet<number> {
  const ofInterface = places.filter((place) => place.interface === wanted);
  const taken = new Set(ofInterface.flatMap(({ index }) => (index === null ? [] : [index])));
  let next = 0;
  for (const { index } of ofInterface) {
    if (index !== null) continue;
    while (taken.has(next)) next++;
    taken.add(next);
  }
  return taken;
}

export function drivesOf(options: readonly QemuOption[], board: Board | undefined): DeviceConfiguration[] {
  return drivePlaces(options, board).flatMap((place) => {
    const type = typeOf(place);
    if (type === null) return [];
    const { option } = place;
    return [
      deviceOf({
        type,
        name: textOf(option, 'id'),
        backend: option.name === 'drive' ? diskBackend(option) : null,
        options: option.settings.filter(({ key }) => key !== 'id').map(keptSetting),
        place: option.place,
      }),
    ];
  });
}

/** null where the drive has no device of its own. */
function typeOf({ interface: wanted, isCdrom }: DrivePlace): string | null {
  switch (wanted) {
    case 'ide':
      return isCdrom ? 'ide-cd' : 'ide-hd';
    case 'scsi':
      return isCdrom ? 'scsi-cd' : 'scsi-hd';
    case 'virtio':
      return 'virtio-blk-pci';
    case 'floppy':
      return 'floppy';
    case 'sd':
      return 'sd-card';
    case 'pflash':
      return 'pflash';
    default:
      return null;
  }
}
