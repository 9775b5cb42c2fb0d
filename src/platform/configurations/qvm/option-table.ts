/**
 * The options of a qvm configuration and how many words follow each.
 *
 * Source: QNX' published reference of virtual machine configurations and of virtual devices (7.0, 7.1, 8.0). Options
 * whose arguments those pages leave open are marked 'line'.
 */

/** How many words belong to an option; 'line': those on its line that are no options themselves. */
export type Arity = number | 'line';
export type OptionTable = ReadonlyMap<string, Arity>;
type OptionRows = readonly (readonly [string, Arity])[];

/** Options that may stand anywhere. */
export const TOP_OPTIONS: OptionTable = new Map<string, Arity>([
  ['system', 1],
  ['cpu', 0],
  ['ram', 1],
  ['rom', 1],
  ['reserve', 0],
  ['load', 1],
  ['cmdline', 1],
  ['pass', 0],
  ['vdev', 1],
  ['set', 2],
  ['unsupported', 2],
  ['logger', 2],
  ['safety', 1],
  ['user', 1],
  ['dryrun', 0],
  ['smmu', 'line'],
  ['debug', 'line'],
  ['dump', 'line'],
]);

/** Kinds of data that may stand before `load` and `pass`. */
export const BLOB_TYPES: ReadonlySet<string> = new Set(['acpi', 'data', 'fdt', 'initrd']);

const CPU_OPTIONS: OptionTable = new Map([
  ['partition', 1],
  ['runmask', 1],
  ['cluster', 1],
  ['sched', 1],
]);

const LOCATION_OPTIONS: OptionTable = new Map([
  ['loc', 1],
  ['intr', 1],
]);

const COMMON_VDEV_OPTIONS: OptionRows = [
  ...LOCATION_OPTIONS,
  ['name', 1],
  ['hostdev', 1],
  ['sched', 1],
  ['hostvector', 1],
  ['log', 2],
];

/** What the types of virtual devices have beside the common options. */
const VDEV_OPTIONS: Readonly<Record<string, OptionRows>> = {
  gic: [
    ['version', 1],
    ['msi', 1],
  ],
  hpet: [
    ['frequency', 1],
    ['intrmap', 1],
    ['legacy-free', 0],
  ],
  ser8250: [
    ['batch', 1],
    ['delayed', 1],
  ],
  shmem: [
    ['create', 1],
    ['allow', 1],
    ['deny', 1],
  ],
  'virtio-net': [
    ['peer', 1],
    ['peerfeats', 1],
    ['mac', 1],
  ],
};

const withCommonOptions = (options: OptionRows): OptionTable => new Map([...COMMON_VDEV_OPTIONS, ...options]);
const VDEV_TABLES = new Map(Object.entries(VDEV_OPTIONS).map(([type, options]) => [type, withCommonOptions(options)]));
const ANY_VDEV = withCommonOptions([]);

const CONTEXTS: ReadonlyMap<string, OptionTable> = new Map([
  ['cpu', CPU_OPTIONS],
  ['pass', LOCATION_OPTIONS],
  ['reserve', LOCATION_OPTIONS],
]);

/** What may follow an option that opens a context; undefined where it opens none. */
export function contextOf(option: string, value: string | undefined): OptionTable | undefined {
  if (option !== 'vdev') return CONTEXTS.get(option);
  return VDEV_TABLES.get(typeOfVdev(value ?? '')) ?? ANY_VDEV;
}

/** The contexts in which an option is known, for hints. */
export function contextsWith(option: string): readonly string[] {
  const plain = [...CONTEXTS].filter(([, table]) => table.has(option)).map(([name]) => name);
  if (ANY_VDEV.has(option)) return [...plain, 'vdev'];
  const types = [...VDEV_TABLES].filter(([, table]) => table.has(option)).map(([type]) => `vdev ${type}`);
  return [...plain, ...types];
}

/** The type may be written as its shared object is called, "vdev-pl011", and of the variant for safety. */
export const typeOfVdev = (written: string): string => written.replace(/^vdev-/, '').replace(/-safety$/, '');
