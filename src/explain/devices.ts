/** What the devices behind addresses are called, and how that is known. */
import type { Glossary } from '../hypervisors/translator.js';
import type { Assignment } from '../platform/configurations/assignment.js';
import { type DeviceNames, deviceNames } from '../platform/configurations/device-names.js';
import { deviceAt, type PcDevice } from '../platform/pc-devices.js';
import { virtDeviceAt } from '../platform/virt-devices.js';
import type { DetailFormatter, DeviceAddress } from '../recording/causes.js';
import type { HostFacts } from '../recording/recording.js';
import type { DeviceRow } from './explanation.js';
import { vocabulariesOf } from './host.js';
import { recordedArchitecture } from './other-host.js';

export class DeviceNaming {
  readonly #details: DetailFormatter;
  readonly #conventional: (address: DeviceAddress) => PcDevice | undefined;
  readonly #configured: DeviceNames;
  readonly #named = new Map<string, DeviceRow>();

  constructor(
    glossary: Pick<Glossary, 'details' | 'hypervisor' | 'reasons'>,
    host: HostFacts,
    { byMachine, dumps }: Pick<Assignment, 'byMachine' | 'dumps'>,
  ) {
    this.#details = glossary.details;
    this.#conventional = conventionOf(
      recordedArchitecture(host, vocabulariesOf(glossary.reasons)),
      glossary.hypervisor,
    );
    this.#configured = deviceNames(byMachine, dumps);
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
    const conventional = this.#conventional(address);
    return conventional && { ...conventional, source: 'convention' };
  }
}

/**
 * Where devices are by convention, as far as there is one for such a machine.
 * @param hypervisor its id: what runs on KVM is mostly a machine of QEMU
 */
function conventionOf(
  architecture: string | undefined,
  hypervisor: string,
): (address: DeviceAddress) => PcDevice | undefined {
  if (architecture?.startsWith('riscv') === true) return () => undefined;
  if (architecture?.startsWith('aarch64') !== true) return deviceAt;
  return hypervisor === 'kvm' ? virtDeviceAt : () => undefined;
}

const compareText = (a: string, b: string): number => Number(a > b) - Number(a < b);
