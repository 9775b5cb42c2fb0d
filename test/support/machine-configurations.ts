/** Fixtures of machine configurations, and what they come down to. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  DeviceConfiguration,
  MachineConfiguration,
} from '../../src/platform/configurations/machine-configuration.js';
import { configurationOf } from './configurations.js';

export const MACHINES = 'fixtures/configurations';

export const machineText = (path: string): string => readFileSync(join(MACHINES, path), 'utf8');
export const machineFixture = (path: string): MachineConfiguration =>
  configurationOf(machineText(path), { source: path });

/** Paths below the folder of fixtures, of one format or of all. */
export const machineFixtures = (folder = ''): readonly string[] =>
  readdirSync(join(MACHINES, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'README.md')
    .map((entry) => join(entry.parentPath, entry.name).slice(MACHINES.length + 1))
    .toSorted();

/** "emulated console isa-serial serial0 port:0x3f8+8 isa:4": what a reader would write down of a device. */
export function briefDevice({ kind, role, type, name, windows, pci, interrupts }: DeviceConfiguration): string {
  const places = windows.map(({ space, start, length }) => `${space}:0x${start.toString(16)}+${length ?? '?'}`);
  const lines = interrupts.map(({ controller, line }) => `${controller}:${line}`);
  return [kind, role ?? '?', type, name ?? '-', ...places, ...pci, ...lines].join(' ');
}

/** Those that the configuration states itself. */
export const statedDevices = ({ devices }: MachineConfiguration): string[] =>
  devices.filter(({ byDefault }) => byDefault === null).map(briefDevice);

/** "tap/kernel/iothread1/2": what stands behind the device of a name. */
export function backendOf({ devices }: MachineConfiguration, name: string): string | undefined {
  const backend = devices.find((device) => device.name === name)?.backend;
  if (backend == null) return undefined;
  const { type, inKernel, iothread, queues } = backend;
  return [type, inKernel === null ? '?' : inKernel ? 'kernel' : 'vmm', iothread ?? '-', queues ?? '-'].join('/');
}

export const issuesOf = ({ issues }: MachineConfiguration): string[] =>
  issues.map(({ code, severity, place }) => `${severity} ${code} ${place?.line}:${place?.column}`);
