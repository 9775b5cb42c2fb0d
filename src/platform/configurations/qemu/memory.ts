/** `-m` and what stands behind it on the host. */
import { type Complaints, quoted } from '../complaints.js';
import type { MemoryBacking, MemoryRange, Place } from '../machine-configuration.js';
import { sizeOf, switchOf } from '../quantities.js';
import { isSubstituted, type QemuOption, settingOf, textOf } from './settings.js';

const MIB = 2 ** 20;
/** Of every machine type that vmtoll knows. */
const DEFAULT_SIZE = 128 * MIB;

const BACKENDS = ['memory-backend-ram', 'memory-backend-file', 'memory-backend-memfd', 'memory-backend-shm'];
const backendsOf = (options: readonly QemuOption[]): readonly QemuOption[] =>
  options.filter((option) => option.name === 'object' && BACKENDS.includes(textOf(option, 'qom-type') ?? ''));

/** @param program where the machine begins, for the size that QEMU chooses */
export function memoryOf(options: readonly QemuOption[], program: Place, complaints: Complaints): MemoryRange[] {
  const option = options.findLast(({ name, settings }) => name === 'm' && settings.some(({ key }) => key === 'size'));
  const setting = option && settingOf(option, 'size');
  const length = setting === undefined ? DEFAULT_SIZE : sizeOf(setting.value, MIB);
  if (length === undefined && setting !== undefined && !isSubstituted(setting.value)) {
    const hint = 'It is a number of MiB, or a number with K, M, G or T.';
    complaints.add('bad-memory', setting.place, `${quoted(setting.value)} is no size of memory`, { hint });
  }
  const words = setting === undefined ? 'by default' : backingWords(options);
  return [{ kind: 'ram', start: null, length: length ?? null, backing: words, place: option?.place ?? program }];
}

function backingWords(options: readonly QemuOption[]): string | null {
  const path = options.findLast(({ name }) => name === 'mem-path')?.value?.text;
  if (path !== undefined) return path;
  const types = new Set(backendsOf(options).map((backend) => textOf(backend, 'qom-type') ?? ''));
  return types.size === 0 ? null : [...types].join(', ');
}

export function memoryBackingOf(options: readonly QemuOption[], complaints: Complaints): MemoryBacking | null {
  const backends = backendsOf(options);
  const path = options.findLast(({ name }) => name === 'mem-path');
  const preallocated = options.find(({ name }) => name === 'mem-prealloc');
  const locked = lockedBy(options);
  const place = (path ?? backends[0] ?? preallocated ?? locked?.option)?.place;
  if (place === undefined) return null;
  const file = path?.value?.text ?? firstOf(backends, 'mem-path') ?? null;
  const isHuge = switchIn(backends, 'hugetlb') ?? (file === null ? null : isHugePagePath(file));
  return {
    hugePages: isHuge,
    pageSize: pageSizeOf(backends, complaints),
    path: file,
    shared: switchIn(backends, 'share'),
    preallocated: preallocated !== undefined ? true : switchIn(backends, 'prealloc'),
    locked: locked?.locked ?? null,
    place,
  };
}

const firstOf = (backends: readonly QemuOption[], key: string): string | undefined =>
  backends.map((backend) => textOf(backend, key)).find((value) => value !== undefined);

function switchIn(backends: readonly QemuOption[], key: string): boolean | null {
  const value = firstOf(backends, key);
  return value === undefined ? null : (switchOf(value) ?? null);
}

/** A file system of huge pages is mounted there by convention; null where the name does not say. */
const isHugePagePath = (path: string): true | null => (/huge(?:pages|tlbfs)?/i.test(path) ? true : null);

function pageSizeOf(backends: readonly QemuOption[], complaints: Complaints): number | null {
  const setting = backends.map((backend) => settingOf(backend, 'hugetlbsize')).find((found) => found !== undefined);
  if (setting === undefined) return null;
  const size = sizeOf(setting.value, 1);
  if (size === undefined) complaints.add('bad-memory', setting.place, `${quoted(setting.value)} is no size of a page`);
  return size ?? null;
}

function lockedBy(options: readonly QemuOption[]) {
  const option = options.findLast(
    ({ name, settings }) =>
      (name === 'overcommit' && settings.some(({ key }) => key === 'mem-lock')) ||
      (name === 'realtime' && settings.some(({ key }) => key === 'mlock')),
  );
  const locked = option && switchOf(textOf(option, 'mem-lock', 'mlock') ?? '');
  return option && locked !== undefined ? { option, locked } : undefined;
}
