/** Devices of a machine of Cloud Hypervisor. */
import { deviceOf } from '../device-building.js';
import type { JsonObject, JsonValue } from '../json-document.js';
import type { JsonReader } from '../json-reader.js';
import type { DeviceBackend, DeviceConfiguration } from '../machine-configuration.js';

/** Members that hold a device, or a list of them, and what each is. */
const VIRTIO: ReadonlyMap<string, string> = new Map([
  ['disks', 'virtio-blk'],
  ['net', 'virtio-net'],
  ['rng', 'virtio-rng'],
  ['balloon', 'virtio-balloon'],
  ['fs', 'vhost-user-fs'],
  ['pmem', 'virtio-pmem'],
  ['vsock', 'virtio-vsock'],
  ['watchdog', 'virtio-watchdog'],
]);
const PASSED = ['devices', 'user_devices', 'vdpa'];
const CHARACTERS = ['serial', 'console', 'debug_console'];

/** Members of a configuration that are read here. */
export const DEVICE_MEMBERS: readonly string[] = [...VIRTIO.keys(), ...PASSED, ...CHARACTERS, 'tpm', 'pvpanic'];

export function devicesOf(config: JsonValue | undefined, reader: JsonReader): DeviceConfiguration[] {
  return [
    ...[...VIRTIO].flatMap(([name, type]) => virtioDevices(config, name, type, reader)),
    ...PASSED.flatMap((name) => reader.objects(config, name).map((object) => passedOf(object, name, reader))),
    ...CHARACTERS.flatMap((name) => characterDevice(config, name, reader)),
    ...reader.objects(config, 'tpm').map((object) => device(object, 'tpm-crb', reader)),
    ...switchDevice(config, 'pvpanic', 'pvpanic-pci', reader),
  ];
}

function virtioDevices(
  config: JsonValue | undefined,
  name: string,
  type: string,
  reader: JsonReader,
): DeviceConfiguration[] {
  if (name === 'watchdog') return switchDevice(config, name, type, reader);
  return reader.objects(config, name).map((object) => device(object, type, reader, backendOf(object, name, reader)));
}

/** A member that is true or false. */
function switchDevice(
  config: JsonValue | undefined,
  name: string,
  type: string,
  reader: JsonReader,
): DeviceConfiguration[] {
  const value = reader.value(config, name);
  if (value === undefined || reader.boolean(config, name) !== true) return [];
  return [deviceOf({ type, place: reader.placeOf(value) })];
}

function device(object: JsonObject, type: string, reader: JsonReader, backend: DeviceBackend | null = null) {
  return deviceOf({
    type,
    name: reader.text(object, 'id'),
    backend,
    options: reader.options(object, ['id']),
    place: reader.placeOf(object),
  });
}

function backendOf(object: JsonObject, name: string, reader: JsonReader): DeviceBackend | null {
  if (name !== 'disks' && name !== 'net') return null;
  const isElsewhere = reader.boolean(object, 'vhost_user') === true;
  return {
    type: isElsewhere ? 'vhost-user' : name === 'net' ? 'tap' : 'file',
    inKernel: isElsewhere ? null : false,
    iothread: null,
    queues: reader.number(object, 'num_queues'),
    place: reader.placeOf(object),
  };
}

/** Of the kernel (VFIO), of another process (vfio-user), or of vDPA hardware. */
function passedOf(object: JsonObject, name: string, reader: JsonReader): DeviceConfiguration {
  const types = { devices: 'vfio-pci', user_devices: 'vfio-user', vdpa: 'vdpa' } as const;
  const type = types[name as keyof typeof types];
  const path = reader.text(object, 'path') ?? reader.text(object, 'socket');
  const description = type === 'vfio-user' ? 'device of another process' : 'device of the host';
  return deviceOf(
    {
      type,
      name: reader.text(object, 'id'),
      pci: path === null ? [] : [`host ${path}`],
      options: reader.options(object, ['id', 'path', 'socket']),
      place: reader.placeOf(object),
    },
    { kind: 'passed-through', role: 'other', description },
  );
}

/** Modes in which there is no such device. */
const ABSENT = 'Off';

function characterDevice(config: JsonValue | undefined, name: string, reader: JsonReader): DeviceConfiguration[] {
  const object = reader.object(config, name);
  const mode = reader.text(object, 'mode');
  if (object === undefined || mode === null || mode === ABSENT) return [];
  const place = reader.placeOf(object);
  const backend = { type: mode, inKernel: null, iothread: null, queues: null, place };
  const options = reader.options(object, ['mode']);
  if (name === 'console') return [deviceOf({ type: 'virtio-console', backend, options, place })];
  if (name === 'debug_console') {
    const start = reader.number(object, 'iobase') ?? 0xe9;
    return [
      deviceOf({ type: 'isa-debugcon', windows: [{ space: 'port', start, length: 1 }], backend, options, place }),
    ];
  }
  // On x86; on Arm it is elsewhere, and the configuration does not tell which of them it is for.
  const windows = [{ space: 'port' as const, start: 0x3f8, length: 8 }];
  return [deviceOf({ type: 'serial', windows, interrupts: [['isa', 4]], backend, options, place })];
}
