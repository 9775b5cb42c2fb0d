/** What the devices behind addresses are called, and how that is known. */
import type { Assignment } from '../platform/configurations/assignment.js';
import { type DeviceNames, deviceNames } from '../platform/configurations/device-names.js';
import { deviceAt } from '../platform/pc-devices.js';
import type { DetailFormatter } from '../recording/causes.js';
import type { HostFacts } from '../recording/recording.js';
import type { DeviceRow } from './explanation.js';

export class DeviceNaming {
  readonly #details: DetailFormatter;
  readonly #isPc: boolean;
  readonly #configured: DeviceNames;
  readonly #named = new Map<string, DeviceRow>();

  constructor(details: DetailFormatter, host: HostFacts, configurations: Assignment['byMachine']) {
    this.#details = details;
    this.#isPc = !host.architecture?.startsWith('aarch64');
    this.#configured = deviceNames(configurations);
  }

  /** undefined where nobody knows. */
  name(machine: string, detailClass: number, value: number): string | undefined {
    const device = this.#deviceOf(machine, detailClass, value);
    if (device === undefined) return undefined;
    this.#named.set(JSON.stringify([machine, device.name, device.evidence]), { machine, ...device });
    return device.name;
  }

  /** Everything that was named so far, by machine and name. */
  rows(): DeviceRow[] {
    return [...this.#named.values()].sort((a, b) => compareText(a.machine, b.machine) || compareText(a.name, b.name));
  }

  #deviceOf(machine: string, detailClass: number, value: number): Omit<DeviceRow, 'machine'> | undefined {
    const address = this.#details.address(detailClass, value);
    if (address === undefined) return undefined;
    const configured = address.space === 'msr' ? undefined : this.#configured(machine, address.space, address.address);
    if (configured !== undefined) return { ...configured, source: 'configuration' };
    const conventional = this.#isPc ? deviceAt(address) : undefined;
    return conventional && { ...conventional, source: 'convention' };
  }
}

const compareText = (a: string, b: string): number => Number(a > b) - Number(a < b);
