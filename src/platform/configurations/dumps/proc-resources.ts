/** /proc/ioports and /proc/iomem of a Linux guest, alone or one after the other. */
import { Complaints } from '../complaints.js';
import type { ConfigurationFile, ConfigurationFormat } from '../configuration-format.js';
import type { MachineConfiguration } from '../machine-configuration.js';
import { resourceNamed } from './driver-names.js';
import { dumpOf, type Line, linesOf, type Seen } from './dump.js';

const ID = 'guest-resources';
const RESOURCE = /^( *)([0-9a-f]{4,16})-([0-9a-f]{4,16}) : (.*)$/;
const PCI_ADDRESS = /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/;
/** What is no device: memory, and places that hold others. */
const NO_DEVICE =
  /^(?:System RAM|RAM buffer|reserved|Reserved|Kernel|Crash kernel|ACPI (?:Tables|Non-volatile|NVS)|Unusable|Video ROM|System ROM|Adapter ROM|PCI Bus|PCI ECAM|PCI MMCONFIG|Unknown|Persistent Memory|CXL Window)/i;
/** Ports have four digits; addresses of memory at least eight. */
const PORT_DIGITS = 4;

export const guestResources: ConfigurationFormat = {
  id: ID,
  name: '/proc/ioports and /proc/iomem of a Linux guest',
  example: 'in the guest, as root: cat /proc/ioports /proc/iomem',
  sniff: (text) => {
    const first = text.split('\n', 50).find((line) => line.trim() !== '');
    return first !== undefined && RESOURCE.test(first);
  },
  read: (file) => resourcesOf(file),
};

function resourcesOf(file: ConfigurationFile): MachineConfiguration {
  const complaints = new Complaints();
  const seen: Seen[] = [];
  const outer: { readonly indent: number; readonly name: string }[] = [];
  let hidden: Line | undefined;
  for (const line of linesOf(file)) {
    const [, { length: indent }, first, last, name] = RESOURCE.exec(line.text) ?? [undefined, '', '', '', undefined];
    if (name === undefined) {
      if (line.text.trim() !== '') complaints.add('bad-line', line.place, 'no range with a name stands here');
      continue;
    }
    while (outer.length > 0 && outer.at(-1)!.indent >= indent) outer.pop();
    const address = outer.findLast((one) => PCI_ADDRESS.test(one.name))?.name;
    outer.push({ indent, name });
    const [from, to] = [Number.parseInt(first, 16), Number.parseInt(last, 16)];
    if (to === 0) hidden ??= line;
    const isRange = Number.isSafeInteger(from) && Number.isSafeInteger(to) && to > 0 && to >= from;
    if (!isRange || NO_DEVICE.test(name) || name === '') continue;
    const space = first.length === PORT_DIGITS ? 'port' : 'mmio';
    seen.push(deviceNamed(name, address, { space, start: from, length: to - from + 1 }, line));
  }
  if (hidden !== undefined && seen.length === 0) {
    const hint = 'The kernel shows addresses only to root.';
    complaints.add('hidden-addresses', hidden.place, 'all addresses are 0', { hint });
  }
  return dumpOf(file, ID, seen, complaints);
}

/** @param address of the PCI device that it is a part of */
function deviceNamed(
  name: string,
  address: string | undefined,
  window: NonNullable<Seen['windows']>[number],
  { place }: Line,
): Seen {
  const isPci = PCI_ADDRESS.test(name);
  const pci = isPci ? [name] : address === undefined ? [] : [address];
  const what = resourceNamed(name) ?? { kind: 'unknown', role: null, description: null };
  return { type: isPci ? 'PCI device' : name.slice(0, 120), name: pci[0] ?? null, windows: [window], pci, place, what };
}
