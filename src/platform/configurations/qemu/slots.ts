/**
 * VIRTIO devices without PCI sit in the slots of their board: QEMU fills them from the highest address down, in the order of
 * the command line, unless a device names its bus.
 */
import type { DeviceConfiguration } from '../machine-configuration.js';
import type { Board } from './boards.js';

const BYTES = 0x200;
const WITHOUT_PCI = /^(?:virtio|vhost)-.*-device$/;

/** Devices with the windows of their slots, as far as there are any. */
export function inSlots(devices: readonly DeviceConfiguration[], board: Board | undefined): DeviceConfiguration[] {
  const slots = board?.slots;
  if (slots === undefined) return [...devices];
  const taken = new Set<number>();
  return devices.map((device) => {
    const stated = WITHOUT_PCI.test(device.type) ? statedSlot(device) : null;
    if (stated === null) return device;
    const slot = stated ?? highestFree(slots.count, taken);
    if (slot < 0 || slot >= slots.count) return device;
    taken.add(slot);
    const { place } = device;
    const start = slots.first + slot * BYTES;
    const irq = slots.firstInterrupt === null ? [] : [slots.firstInterrupt + slot];
    return {
      ...device,
      windows: [{ space: 'mmio', start, length: BYTES, lengthFrom: 'device type', host: null, access: null, place }],
      interrupts: irq.map((line) => ({ controller: 'gic', line, host: null, flags: [], place })),
    };
  });
}

/** undefined where QEMU chooses, null where it sits elsewhere. */
function statedSlot({ options }: DeviceConfiguration): number | undefined | null {
  const bus = options.find(({ name }) => name === 'bus')?.values[0];
  if (bus === undefined) return undefined;
  const [, digits] = /^virtio-mmio-bus\.(\d{1,4})$/.exec(bus) ?? [];
  return digits === undefined ? null : Number(digits);
}

function highestFree(count: number, taken: ReadonlySet<number>): number {
  let slot = count - 1;
  while (taken.has(slot)) slot--;
  return slot;
}
