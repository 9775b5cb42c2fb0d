/** All devices of a machine: those that options name, those of the board, and those that QEMU adds by itself. */
import { type Complaints, quoted } from '../complaints.js';
import { deviceOf } from '../device-building.js';
import { deviceModel } from '../device-models.js';
import type { DeviceConfiguration } from '../machine-configuration.js';
import { Backends } from './backends.js';
import { boardDevices, type Surroundings } from './board-devices.js';
import type { Board } from './boards.js';
import { addedDevices } from './defaults.js';
import { fixedPlace } from './device-windows.js';
import { drivesOf } from './drives.js';
import { networksOf } from './networks.js';
import { isRemoved } from './platform.js';
import { keptSetting, type QemuOption, settingOf, textOf } from './settings.js';
import { inSlots } from './slots.js';

export function devicesOf(
  options: readonly QemuOption[],
  surroundings: Surroundings,
  complaints: Complaints,
): DeviceConfiguration[] {
  const { board } = surroundings;
  const backends = new Backends(options);
  const ports = portsOf(options, board, backends);
  // Drives come after devices on buses that fill up in order.
  const withoutPci = [...deviceOptions(options, ports, backends, complaints), ...drivesOf(options, board)];
  const named = [
    ...ports,
    ...displaysOf(options),
    ...networksOf(options, board, backends),
    ...watchdogsOf(options),
    ...inSlots(withoutPci, board),
  ];
  const onBoard = boardDevices(surroundings, (type, ofBoard) => isRemoved(type, options, ofBoard));
  return [...named, ...onBoard, ...addedDevices(options, surroundings, named)];
}

/** `-serial` and `-parallel`: the port of the board whose turn it is. */
function portsOf(options: readonly QemuOption[], board: Board | undefined, backends: Backends): DeviceConfiguration[] {
  const ports: DeviceConfiguration[] = [];
  for (const kind of ['serial', 'parallel'] as const) {
    const type = board?.[kind] ?? null;
    options
      .filter(({ name }) => name === kind)
      .forEach((option, number) => {
        // "none" leaves its place in the row empty.
        if (type === null || option.value?.text === 'none') return;
        const place = fixedPlace(type, () => undefined, number);
        ports.push(deviceOf({ type, ...place, backend: backends.ofCharacters(option), place: option.place }));
      });
  }
  return ports;
}

const DISPLAYS: Readonly<Record<string, string>> = {
  std: 'VGA',
  cirrus: 'cirrus-vga',
  vmware: 'vmware-svga',
  qxl: 'qxl-vga',
  virtio: 'virtio-vga',
};

function displaysOf(options: readonly QemuOption[]): DeviceConfiguration[] {
  const option = options.findLast(({ name }) => name === 'vga');
  const model = option?.value?.text ?? 'none';
  if (option === undefined || model === 'none') return [];
  return [deviceOf({ type: Object.hasOwn(DISPLAYS, model) ? DISPLAYS[model] : model, place: option.place })];
}

/** `-watchdog` of QEMU up to 7.1. */
const watchdogsOf = (options: readonly QemuOption[]): DeviceConfiguration[] =>
  options.flatMap(({ name, value, place }) =>
    name === 'watchdog' && value !== null ? [deviceOf({ type: value.text, place })] : [],
  );

function deviceOptions(
  options: readonly QemuOption[],
  ports: readonly DeviceConfiguration[],
  backends: Backends,
  complaints: Complaints,
): DeviceConfiguration[] {
  const counts = new Map<string, number>();
  for (const { type } of ports) counts.set(type, (counts.get(type) ?? 0) + 1);
  return options
    .filter(({ name, settings }) => name === 'device' && settings.length > 0)
    .map((option) => {
      const type = textOf(option, 'driver') ?? '';
      const number = counts.get(type) ?? 0;
      counts.set(type, number + 1);
      return deviceOption(option, type, number, backends, complaints);
    });
}

function deviceOption(
  option: QemuOption,
  type: string,
  number: number,
  backends: Backends,
  complaints: Complaints,
): DeviceConfiguration {
  if (deviceModel(type) === undefined) {
    const place = settingOf(option, 'driver')?.place ?? option.place;
    complaints.note('unknown-device', place, `vmtoll does not know the device ${quoted(type)}: its kind is not known`);
  }
  return deviceOf({
    type,
    name: textOf(option, 'id'),
    ...fixedPlace(type, (key) => textOf(option, key), number),
    pci: pciOf(option),
    backend: backends.of(option),
    options: option.settings.filter(({ key }) => key !== 'driver' && key !== 'id').map(keptSetting),
    place: option.place,
  });
}

/** Its address on the guest's bus, and the device of the host that is passed through. */
function pciOf(option: QemuOption): string[] {
  const [bus, address, host] = ['bus', 'addr', 'host'].map((key) => textOf(option, key));
  const guest = address === undefined ? [] : [bus === undefined ? `addr ${address}` : `${bus} addr ${address}`];
  return host === undefined ? guest : [...guest, `host ${host}`];
}
