/** `info qtree` of QEMU's monitor: the tree of buses and devices. */
import { fixedPlace } from '../qemu/device-windows.js';
import type { Line, Seen } from './dump.js';

type Window = NonNullable<Seen['windows']>[number];

interface Node {
  readonly type: string;
  readonly id: string;
  readonly indent: number;
  readonly line: Line;
  readonly windows: Window[];
  readonly pci: string[];
  readonly properties: Map<string, string>;
}

const DEVICE = /^(\s*)dev: ([^,\s]+), id "([^"]*)"/;
const MMIO = /^\s+mmio ([0-9a-f]{1,16})\/([0-9a-f]{1,16})$/;
const BAR = /^\s+bar \d+: (mem|i\/o) at 0x([0-9a-f]{1,16}) \[0x([0-9a-f]{1,16})\]/;
const PCI = /^\s+class .*, addr ([0-9a-f]{2,4}:[0-9a-f]{2}\.\d)/;
const PROPERTY = /^\s+([\w.-]+) = (.*)$/;
/** Of one device; a PCI device has seven. */
const MOST_WINDOWS = 64;

export const isTree = (text: string): boolean => /^\s*bus: main-system-bus\s*$/m.test(text);

export function treeDevices(lines: readonly Line[]): Seen[] {
  const nodes: Node[] = [];
  for (const line of lines) readLine(line, nodes);
  return nodes.flatMap((node, index) => seenOf(node, nodes[index - 1], nodes[index + 1]));
}

function readLine(line: Line, nodes: Node[]): void {
  const [, indent, type, id] = DEVICE.exec(line.text) ?? [];
  if (type !== undefined) {
    nodes.push({ type, id, indent: indent.length, line, windows: [], pci: [], properties: new Map() });
    return;
  }
  const current = nodes.at(-1);
  if (current === undefined) return;
  const [, start, length] = MMIO.exec(line.text) ?? [];
  if (start !== undefined) addWindow(current, 'mmio', Number.parseInt(start, 16), Number.parseInt(length, 16));
  const [, space, first, last] = BAR.exec(line.text) ?? [];
  if (space !== undefined) {
    const [from, to] = [Number.parseInt(first, 16), Number.parseInt(last, 16)];
    addWindow(current, space === 'mem' ? 'mmio' : 'port', from, to - from + 1);
  }
  const [, address] = PCI.exec(line.text) ?? [];
  if (address !== undefined) current.pci.push(address);
  const [, key, value] = PROPERTY.exec(line.text) ?? [];
  if (key !== undefined) current.properties.set(key, value.replace(/ \(0x[0-9a-f]+\)$/, ''));
}

/** What has no place yet is at the highest address. */
function addWindow({ windows }: Node, space: Window['space'], start: number, length: number): void {
  const isPlaced = Number.isSafeInteger(start) && Number.isSafeInteger(length) && length > 0;
  if (isPlaced && windows.length < MOST_WINDOWS) windows.push({ space, start, length });
}

/** The device inside a transport is the one that the guest talks to at its addresses. */
function seenOf(node: Node, before: Node | undefined, after: Node | undefined): Seen[] {
  const { type, id, pci, properties, line } = node;
  if (type === 'virtio-mmio' && after !== undefined && after.indent > node.indent) return [];
  const isInside = before?.type === 'virtio-mmio' && before.indent < node.indent;
  const own = isInside ? before.windows : node.windows;
  const fixed = fixedPlace(type, (key) => properties.get(key), 0);
  const windows = own.length > 0 ? own : fixed.windows;
  if (windows.length === 0) return [];
  return [{ type, name: id === '' ? null : id, windows, pci, interrupts: fixed.interrupts, place: line.place }];
}
