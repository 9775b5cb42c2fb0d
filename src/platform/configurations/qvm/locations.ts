/** Where something is: `[mem:|io:|pci:]start[,length][,access][=host]`, as `loc` and `reserve` write it. */
import { numberOf } from './numbers.js';

export interface Location {
  readonly space: 'mmio' | 'port';
  readonly start: number;
  readonly length: number | null;
  readonly access: string | null;
  readonly host: number | null;
}

/** PCI devices get their addresses from the guest at boot, so what is written says nothing about them. */
export type LocationText = Location | 'pci' | { readonly fault: string };

const RESOURCE = /^(mem|io|pci):(.*)$/s;
const SPACES: Readonly<Record<string, Location['space']>> = { mem: 'mmio', io: 'port' };
/** Rights and attributes of memory that is passed through; `=` begins what the host calls the place. */
const ACCESS = /^[-+rwxcemdnst]+$/;
/** bus:device.function or vendor/device, which only PCI has. */
const PCI = /^(?:0x)?[0-9a-f]+[:/]/i;

/** @param space of a location that names none: each type of device has its own */
export function locationOf(text: string, space: Location['space'] = 'mmio'): LocationText {
  const [, resource, place] = RESOURCE.exec(text) ?? [undefined, undefined, text];
  if (resource === 'pci' || (resource === undefined && PCI.test(place))) return 'pci';
  const [guest, host, ...more] = place.split('=');
  const [first, ...attributes] = guest.replace(/,$/, '').split(',');
  const start = numberOf(first);
  if (start === undefined) return { fault: 'does not begin with an address' };
  const length = numberOf(attributes[0] ?? '');
  const access = attributes.slice(length === undefined ? 0 : 1);
  if (access.length > 1 || access.some((letters) => !ACCESS.test(letters))) {
    return { fault: 'is not written as start,length,access' };
  }
  const hostAddress = host === undefined ? null : numberOf(host);
  if (hostAddress === undefined || more.length > 0) return { fault: 'has no address of the host after the "="' };
  return {
    space: resource === undefined ? space : SPACES[resource],
    start,
    length: length ?? null,
    access: access[0] ?? null,
    host: hostAddress,
  };
}
