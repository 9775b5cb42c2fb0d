/** `lspci -v` of a guest: PCI devices with the addresses that the guest gave them. */
import type { ConfigurationFile, ConfigurationFormat } from '../configuration-format.js';
import type { DeviceKind, DeviceRole, MachineConfiguration } from '../machine-configuration.js';
import { sizeOf } from '../quantities.js';
import { dumpOf, type Line, linesOf, type Seen } from './dump.js';

const ID = 'lspci';
const DEVICE = /^((?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) ([^:]{1,80}): (.+)$/;
const MEMORY = /^\s+Memory at ([0-9a-f]{1,16}) \([^)]*\)(?: \[[a-z]+\])* \[size=(\d{1,12}[KMGT]?)\]/;
const PORTS = /^\s+I\/O ports at ([0-9a-f]{1,8})(?: \[[a-z]+\])* \[size=(\d{1,12}[KMGT]?)\]/;
const DRIVER = /^\s+Kernel driver in use: (\S+)/;
const INTERRUPT = /\bIRQ (\d{1,5})\b/;

const ROLES: readonly (readonly [RegExp, DeviceRole])[] = [
  [/^(?:Ethernet|Network) controller/, 'network'],
  [/^(?:SCSI storage|Mass storage)|^(?:IDE interface|SATA controller|RAID bus)/, 'disk-controller'],
  [/^Non-Volatile memory/, 'disk'],
  [/^(?:VGA compatible|Display) controller/, 'display'],
  [/^USB controller/, 'usb'],
  [/bridge$/, 'bus'],
  [/^(?:Audio|Multimedia)/, 'sound'],
  [/^Communication controller/, 'channel'],
  [/^(?:SMBus)/, 'bus'],
];

export const lspciListing: ConfigurationFormat = {
  id: ID,
  name: '"lspci -v" of a guest',
  example: 'in the guest, as root: lspci -v',
  sniff: (text) => {
    const first = text.split('\n', 50).find((line) => line.trim() !== '' && !line.startsWith('lspci:'));
    return first !== undefined && DEVICE.test(first);
  },
  read: (file) => listingOf(file),
};

interface Listed {
  readonly address: string;
  readonly class: string;
  readonly device: string;
  readonly line: Line;
  readonly windows: NonNullable<Seen['windows']>[number][];
  driver: string | undefined;
  interrupt: number | undefined;
}

function listingOf(file: ConfigurationFile): MachineConfiguration {
  const listed: Listed[] = [];
  for (const line of linesOf(file)) {
    const [, address, className, device] = DEVICE.exec(line.text) ?? [];
    if (address !== undefined) {
      listed.push({ address, class: className, device, line, windows: [], driver: undefined, interrupt: undefined });
    } else if (listed.length > 0) readDetail(line.text, listed.at(-1)!);
  }
  return dumpOf(file, ID, listed.map(seenOf));
}

/** A PCI device has six windows. */
const MOST_WINDOWS = 6;

function readDetail(text: string, device: Listed): void {
  for (const [pattern, space] of [
    [MEMORY, 'mmio'],
    [PORTS, 'port'],
  ] as const) {
    const [, first, size] = pattern.exec(text) ?? [];
    const start = Number.parseInt(first ?? '', 16);
    const length = sizeOf(size ?? '', 1);
    const isKnown = length !== undefined && Number.isSafeInteger(start) && length > 0;
    if (isKnown && device.windows.length < MOST_WINDOWS) device.windows.push({ space, start, length });
  }
  device.driver ??= DRIVER.exec(text)?.[1];
  const interrupt = INTERRUPT.exec(text)?.[1];
  if (interrupt !== undefined) device.interrupt ??= Number(interrupt);
}

function seenOf({ address, class: className, device, line, windows, driver, interrupt }: Listed): Seen {
  return {
    type: driver ?? className,
    name: address,
    windows,
    pci: [address],
    interrupts: interrupt === undefined ? [] : [['guest', interrupt]],
    place: line.place,
    what: {
      kind: kindOf(device, driver),
      role: ROLES.find(([pattern]) => pattern.test(className))?.[1] ?? null,
      description: device.slice(0, 120),
    },
  };
}

/** A guest cannot tell emulated hardware from hardware that is passed to it. */
const kindOf = (device: string, driver: string | undefined): DeviceKind =>
  /\bVirtio\b/i.test(device) || /virtio|vmxnet3|xen/i.test(driver ?? '') ? 'paravirtual' : 'unknown';
