/** `-nic` and `-net nic`: network devices whose model QEMU chooses, or that are named short. */
import { deviceOf } from '../device-building.js';
import type { DeviceBackend, DeviceConfiguration } from '../machine-configuration.js';
import { type Backends, networkBackend } from './backends.js';
import type { Board } from './boards.js';
import { keptSetting, type QemuOption, textOf } from './settings.js';

export function networksOf(
  options: readonly QemuOption[],
  board: Board | undefined,
  backends: Backends,
): DeviceConfiguration[] {
  return options.flatMap((option) => {
    const type = textOf(option, 'type');
    if (option.name === 'nic' && type !== 'none') return [networkOf(option, networkBackend(option, null), board)];
    if (option.name !== 'net' || type !== 'nic') return [];
    const named = textOf(option, 'netdev');
    return [networkOf(option, named === undefined ? onHub(options) : backends.network(named), board)];
  });
}

/** All of `-net` hang on one hub: with one other end there, it is known. */
function onHub(options: readonly QemuOption[]): DeviceBackend | null {
  const others = options.filter(
    (option) => option.name === 'net' && !['nic', 'none'].includes(textOf(option, 'type') ?? ''),
  );
  return others.length === 1 ? networkBackend(others[0], null) : null;
}

function networkOf(option: QemuOption, backend: DeviceBackend | null, board: Board | undefined): DeviceConfiguration {
  const model = textOf(option, 'model');
  const parts = {
    name: textOf(option, 'id', 'name'),
    backend,
    options: option.settings.filter(({ key }) => !['id', 'name', 'type', 'model'].includes(key)).map(keptSetting),
    place: option.place,
  };
  if (model !== undefined) return deviceOf({ ...parts, type: longName(model) });
  const type = board?.network ?? 'nic';
  const byDefault = `no model is stated: QEMU takes ${type} for the machine type ${board?.id}`;
  return deviceOf({ ...parts, type, byDefault: board === undefined ? null : byDefault });
}

const longName = (model: string): string => (/^virtio(?:-net)?$/.test(model) ? 'virtio-net-pci' : model);
