/** Which device of a machine has an address, by its configuration. */
import type { DeviceConfiguration, DeviceWindow, MachineConfiguration } from './machine-configuration.js';

export interface NamedDevice {
  /** For example "pl011 console". Holds text from the configuration: make it printable. */
  readonly name: string;
  /** Where it is configured, for example "guest.qvmconf line 12"; and how sure that is, where it is not. */
  readonly evidence: string;
}

/** @param machine id under which the configurations were given */
export type DeviceNames = (machine: string, space: DeviceWindow['space'], address: number) => NamedDevice | undefined;

/** Memory is divided among devices in pages; a port belongs to one device. */
const SMALLEST_WINDOW = { mmio: 4096, port: 1 };
/** Of one configuration: every address is compared with all of them. */
const MOST_WINDOWS = 4096;

/**
 * Names devices by their windows. Where the length of a window is not known, only the page (or port) at its base counts.
 * Where two devices of a configuration claim an address, it names neither; of what was seen, the smallest window counts,
 * since buses and bridges hold others. What a configuration says for certain comes first, then what was seen, then pages.
 *
 * @param configurations by machine; those of a machine are its possible ones, which must agree on a name
 * @param dumps by machine, in the order in which they are asked
 */
export function deviceNames(
  configurations: ReadonlyMap<string, readonly MachineConfiguration[]>,
  dumps: ReadonlyMap<string, readonly MachineConfiguration[]> = new Map(),
): DeviceNames {
  const [configured, seen] = [configurations, dumps].map(
    (given) => new Map([...given].map(([machine, all]) => [machine, all.map(windowsOf)])),
  );
  return (machine, space, address) => {
    const common = commonWindow(configured.get(machine) ?? [], space, address);
    const found =
      common !== undefined && common.window.length !== null
        ? common
        : (firstSeen(seen.get(machine) ?? [], space, address) ?? common);
    return found && { name: found.name, evidence: evidenceOf(found) };
  };
}

function commonWindow(
  possible: readonly (readonly NamedWindow[])[],
  space: DeviceWindow['space'],
  address: number,
): NamedWindow | undefined {
  const found = possible.map((windows) => windowAt(windows, space, address));
  const [first] = found;
  return found.every((other) => other?.device === first?.device) ? first : undefined;
}

/** The smallest window of the first dump that has one; of equal ones the last, which stands inside the others. */
function firstSeen(
  dumps: readonly (readonly NamedWindow[])[],
  space: DeviceWindow['space'],
  address: number,
): NamedWindow | undefined {
  for (const windows of dumps) {
    const covering = windows.filter(({ window }) => window.space === space && covers(window, address));
    const sizes = covering.map(({ window }) => window.length ?? SMALLEST_WINDOW[space]);
    const smallest = Math.min(...sizes);
    if (covering.length > 0) return covering[sizes.lastIndexOf(smallest)];
  }
  return undefined;
}

interface NamedWindow {
  /** Type, what it is, and the name that the user gave it. */
  readonly device: string;
  /** The same, with its address where the machine has several of them. */
  readonly name: string;
  readonly window: DeviceWindow;
  readonly byDefault: string | null;
}

function windowsOf({ devices }: MachineConfiguration): readonly NamedWindow[] {
  const counts = new Map<string, number>();
  for (const name of devices.map(deviceName)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return devices
    .flatMap((device) => {
      const name = deviceName(device);
      const isOnly = counts.get(name) === 1;
      return device.windows.map((window) => ({
        device: name,
        name: isOnly ? name : `${name} at ${addressText(window)}`,
        window,
        byDefault: device.byDefault,
      }));
    })
    .slice(0, MOST_WINDOWS);
}

const addressText = ({ space, start }: DeviceWindow): string =>
  `${space === 'port' ? 'port ' : ''}0x${start.toString(16)}`;

function windowAt(
  windows: readonly NamedWindow[],
  space: DeviceWindow['space'],
  address: number,
): NamedWindow | undefined {
  const covering = windows.filter(({ window }) => window.space === space && covers(window, address));
  const certain = covering.filter(({ window }) => window.length !== null);
  const claims = certain.length > 0 ? certain : covering;
  return claims.length === 1 ? claims[0] : undefined;
}

function covers({ space, start, length }: DeviceWindow, address: number): boolean {
  const smallest = SMALLEST_WINDOW[space];
  const first = length === null ? start - (start % smallest) : start;
  return address >= first && address - first < (length ?? smallest);
}

/** What a device is called in rows of exits, where its machine has only one of that name. */
export function deviceName({ kind, type, description, name }: DeviceConfiguration): string {
  if (kind === 'passed-through') return 'device passed through';
  return [type, description, name].filter((part) => part !== null).join(' ');
}

function evidenceOf({ window: { place, length, space }, byDefault }: NamedWindow): string {
  const where = `${place.source} ${byDefault === null ? `line ${place.line}` : `(${byDefault})`}`;
  if (length !== null) return where;
  return space === 'port'
    ? `${where}, by its first port: how many it has is not known`
    : `${where}, by the page of its base address: the length of its registers is not known`;
}
