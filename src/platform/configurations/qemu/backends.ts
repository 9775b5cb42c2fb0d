/** What devices stand on: `-netdev`, `-drive`, `-blockdev`, `-chardev`, found by the ids that devices name. */
import type { DeviceBackend } from '../machine-configuration.js';
import { switchOf, wholeNumber } from '../quantities.js';
import { type QemuOption, textOf } from './settings.js';

export class Backends {
  readonly #byId = new Map<string, QemuOption>();

  constructor(options: readonly QemuOption[]) {
    for (const option of options) {
      const id = option.name === 'blockdev' ? textOf(option, 'node-name') : textOf(option, 'id');
      if (id !== undefined && KINDS.includes(option.name)) this.#byId.set(`${option.name} ${id}`, option);
    }
  }

  /** Of a `-device`; null where it names none. */
  of(device: QemuOption): DeviceBackend | null {
    const network = this.#named(device, 'netdev', 'netdev');
    if (network !== undefined) return networkBackend(network, queuesOf(device));
    const disk = this.#named(device, 'drive', 'drive') ?? this.#named(device, 'blockdev', 'drive');
    const iothread = textOf(device, 'iothread') ?? null;
    if (disk !== undefined) return { ...diskBackend(disk), iothread, queues: queuesOf(device), place: device.place };
    const characters = this.#named(device, 'chardev', 'chardev');
    if (characters !== undefined) return plain(textOf(characters, 'backend') ?? 'chardev', characters);
    return null;
  }

  /** Of `-serial`: "chardev:ID", or the kind of character device itself. */
  ofCharacters({ value, place }: QemuOption): DeviceBackend {
    const text = value?.text ?? '';
    const named = this.#byId.get(`chardev ${/^chardev:(.*)$/.exec(text)?.[1] ?? ''}`);
    const type = named === undefined ? text.replace(/^mon:/, '').split(/[:,]/, 1)[0] : textOf(named, 'backend');
    return { type: type ?? 'chardev', inKernel: null, iothread: null, queues: null, place };
  }

  network(id: string): DeviceBackend | null {
    const option = this.#byId.get(`netdev ${id}`);
    return option === undefined ? null : networkBackend(option, null);
  }

  #named(device: QemuOption, kind: string, key: string): QemuOption | undefined {
    const id = textOf(device, key);
    return id === undefined ? undefined : this.#byId.get(`${kind} ${id}`);
  }
}

const KINDS = ['netdev', 'drive', 'blockdev', 'chardev'];

function queuesOf(device: QemuOption): number | null {
  const stated = wholeNumber(textOf(device, 'num-queues', 'num_queues', 'queues') ?? '');
  if (stated !== undefined) return stated;
  // For a network each pair of queues takes two vectors, and two are for all else.
  const vectors = wholeNumber(textOf(device, 'vectors') ?? '');
  return switchOf(textOf(device, 'mq') ?? '') === true && vectors !== undefined ? Math.floor((vectors - 2) / 2) : null;
}

/** @param queues as its device says; the backend may say it as well */
export function networkBackend(option: QemuOption, queues: number | null): DeviceBackend {
  const type = textOf(option, 'type') ?? 'network';
  const vhost = textOf(option, 'vhost');
  return {
    type,
    inKernel: inKernel(type, vhost),
    iothread: null,
    queues: queues ?? wholeNumber(textOf(option, 'queues') ?? '') ?? null,
    place: option.place,
  };
}

/** Only taps have a kernel's half; by default it is off. */
function inKernel(type: string, vhost: string | undefined): boolean | null {
  if (type === 'vhost-user' || type === 'vhost-vdpa') return null;
  return vhost === undefined ? false : (switchOf(vhost) ?? null);
}

export function diskBackend(option: QemuOption): DeviceBackend {
  const type = option.name === 'blockdev' ? textOf(option, 'driver') : (textOf(option, 'format') ?? 'file');
  return plain(type ?? 'file', option);
}

const plain = (type: string, { place }: QemuOption): DeviceBackend => ({
  type,
  inKernel: null,
  iothread: null,
  queues: null,
  place,
});
