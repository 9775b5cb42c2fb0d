/** `info mtree`, and with `-f`, of QEMU's monitor: which region of memory and ports belongs to what. */
import { deviceModel } from '../device-models.js';
import type { Line, Seen } from './dump.js';

/** Names of regions, and the device whose they are. */
const DEVICES: Readonly<Record<string, string>> = {
  serial: 'isa-serial',
  parallel: 'isa-parallel',
  pic: 'isa-i8259',
  'kvm-pic': 'kvm-i8259',
  elcr: 'isa-i8259',
  'kvm-elcr': 'kvm-i8259',
  pit: 'isa-pit',
  rtc: 'mc146818rtc',
  'rtc-index': 'mc146818rtc',
  ide: 'piix3-ide',
  fdc: 'isa-fdc',
  vga: 'VGA',
  vbe: 'VGA',
  'vga-lowmem': 'VGA',
  fwcfg: 'fw_cfg_io',
  'pci-conf-idx': 'i440FX-pcihost',
  'pci-conf-data': 'i440FX-pcihost',
  gicv3_dist: 'gic',
  gic_dist: 'gic',
};

/** Parts of regions' names that say what of a device they are. */
const PARTS = /[-.](?:mmio|io|data|cmd|msix|msix-table|msix-pba|pba|table|ctl|dma|pci-msix|cfg)$/;

const HEADING = /^\s*address-space: (.*?)\s*$/;
const FLAT = /^\s*FlatView #\d+/;
const FLAT_SPACE = /^\s*AS "([^"]*)"/;
const REGION = /^(\s+)([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, i\/o\): (.+?)\s*$/;
/** Regions that hold others, or lead elsewhere. */
const CONTAINER = /^(?:alias |bus master|container|(?:system|io|pci|memory)(?: @|$))/;
const SPACES: Readonly<Record<string, 'mmio' | 'port'>> = { memory: 'mmio', 'I/O': 'port' };

export const isMap = (text: string): boolean => /^(?:address-space: (?:memory|I\/O)|FlatView #\d+)\s*$/m.test(text);

export function mappedDevices(lines: readonly Line[]): Seen[] {
  const seen = new Map<string, Seen>();
  let spaces: ReadonlySet<'mmio' | 'port'> = new Set();
  for (const line of lines) {
    spaces = spacesAfter(line.text, spaces);
    for (const space of spaces) addRegion(line, space, seen);
  }
  return [...seen.values()];
}

/** Of flat views, several address spaces can be one. */
function spacesAfter(text: string, before: ReadonlySet<'mmio' | 'port'>): ReadonlySet<'mmio' | 'port'> {
  if (text.startsWith('  ')) return before;
  if (FLAT.test(text)) return new Set();
  const [, heading] = HEADING.exec(text) ?? [];
  if (heading !== undefined) return spaceNamed(heading);
  const [, flat] = FLAT_SPACE.exec(text) ?? [];
  if (flat !== undefined) return new Set([...before, ...spaceNamed(flat)]);
  return /^\s*memory-region:/.test(text) ? new Set() : before;
}

const spaceNamed = (name: string): ReadonlySet<'mmio' | 'port'> =>
  new Set(Object.hasOwn(SPACES, name) ? [SPACES[name]] : []);

function addRegion({ text, place }: Line, space: 'mmio' | 'port', seen: Map<string, Seen>): void {
  const [, , first, last, name] = REGION.exec(text) ?? [];
  if (name === undefined || CONTAINER.test(name) || /\[disabled\]/.test(name)) return;
  const [from, to] = [Number.parseInt(first, 16), Number.parseInt(last, 16)];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to < from) return;
  const windows = [{ space, start: from, length: to - from + 1 }];
  // A region is printed in each place from which it can be seen.
  const key = `${space} ${from} ${to} ${name}`;
  if (!seen.has(key)) seen.set(key, { ...deviceOfRegion(name), windows, place });
}

/** "virtio-pci-notify-virtio-net" and "e1000-mmio" are parts of a device, whose name is kept beside its type. */
function deviceOfRegion(written: string): Pick<Seen, 'type' | 'name'> {
  // Flat views name the part of a region: "e1000-mmio @0000000000000010".
  const name = written.replace(/ @[0-9a-f]{16}$/, '').slice(0, 120);
  const [, virtio] = /^virtio-pci-(?:common|isr|device|notify|notify-pio)-(.+)$/.exec(name) ?? [];
  const bare = virtio ?? name.replace(PARTS, '').replace(PARTS, '');
  const type = Object.hasOwn(DEVICES, bare) ? DEVICES[bare] : bare;
  if (deviceModel(type) === undefined) return { type: name, name: null };
  return { type, name: type === name ? null : name };
}
