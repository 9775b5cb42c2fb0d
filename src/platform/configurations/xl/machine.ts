/** Settings of xl → the machine. Source: xl.cfg(5) of Xen 4.17. */
import type { Complaints } from '../complaints.js';
import type { ConfigurationFile } from '../configuration-format.js';
import {
  type Clock,
  type CpuBudget,
  type MachineConfiguration,
  type MemoryRange,
  type Timer,
  UNSTATED_PLATFORM,
  type VcpuConfiguration,
} from '../machine-configuration.js';
import { DEVICE_SETTINGS, devicesOf } from './devices.js';
import { KNOWN_SETTINGS } from './known-settings.js';
import { keptSetting, Settings } from './settings.js';
import type { XlSetting } from './syntax.js';

const MIB = 2 ** 20;
/** Of a machine of Xen on x86 (HVM_MAX_VCPUS is 128; PV guests can have more). */
const MOST_VCPUS = 512;
/** Settings that become parts of the model, beside those of devices. */
const READ = new Set([
  'name',
  'vcpus',
  'maxvcpus',
  'cpus',
  'memory',
  'maxmem',
  'cpu_weight',
  'cap',
  'localtime',
  'hpet',
]);

export type GuestType = 'hvm' | 'pv' | 'pvh';

export function machineOf(
  { source }: ConfigurationFile,
  format: string,
  written: readonly XlSetting[],
  complaints: Complaints,
): MachineConfiguration {
  const settings = new Settings(written, complaints);
  const type = typeOf(settings);
  return {
    ...UNSTATED_PLATFORM,
    format,
    source,
    scope: 'machine',
    name: settings.text('name'),
    board: type,
    accelerator: 'xen',
    vcpus: vcpusOf(settings),
    topology: topologyOf(settings),
    memory: memoryOf(settings),
    clock: clockOf(settings, type),
    budgets: budgetsOf(settings),
    devices: devicesOf(settings, type),
    variables: [],
    options: written
      .filter(({ name }) => !READ.has(name) && !DEVICE_SETTINGS.has(name))
      .map((setting) => keptOf(setting, settings)),
    issues: complaints.list(),
  };
}

function keptOf(setting: XlSetting, settings: Settings) {
  const known = KNOWN_SETTINGS.has(setting.name);
  if (!known) settings.note('unknown-option', setting, `vmtoll does not know the setting "${setting.name}"`);
  return keptSetting(setting, known);
}

/** "builder" is what older releases call it; PV is the default. */
function typeOf(settings: Settings): GuestType {
  const stated = settings.text('type') ?? settings.text('builder');
  if (stated === 'hvm' || stated === 'pvh') return stated;
  const setting = settings.setting('type');
  if (stated !== null && stated !== 'pv' && setting !== undefined) {
    settings.complain('bad-value', setting.value, `"${stated}" is no type of guest: it is hvm, pvh or pv`);
  }
  return 'pv';
}

function vcpusOf(settings: Settings): VcpuConfiguration[] {
  const stated = settings.number('vcpus') ?? settings.number('maxvcpus') ?? 1;
  const count = Math.min(Math.max(stated, 1), MOST_VCPUS);
  const setting = settings.setting('vcpus') ?? settings.setting('maxvcpus');
  if (count !== stated && setting !== undefined) {
    settings.complain('bad-vcpus', setting.value, `a machine of Xen has 1 to ${MOST_VCPUS} vCPUs, not ${stated}`);
  }
  const runmasks = runmasksOf(settings);
  const pinning = settings.setting('cpus');
  const place = (pinning ?? setting)?.place ?? null;
  return Array.from({ length: count }, (_, id) => ({
    id,
    scheduling: null,
    runmask: runmasks(id),
    cluster: settings.text('pool'),
    partition: null,
    options: [],
    place,
  }));
}

/** A list has one set for each vCPU, a string one for all. */
function runmasksOf(settings: Settings): (vcpu: number) => readonly number[] | null {
  const value = settings.setting('cpus')?.value;
  const sets = settings.list('cpus').map((scalar) => settings.pcpus(scalar));
  if (value?.type === 'list') return (vcpu) => sets[vcpu] ?? null;
  return () => sets[0] ?? null;
}

function topologyOf(settings: Settings): MachineConfiguration['topology'] {
  const most = settings.setting('maxvcpus');
  const nothing = { sockets: null, dies: null, clusters: null, cores: null, threads: null };
  return most === undefined ? null : { ...nothing, maxVcpus: settings.number('maxvcpus'), place: most.place };
}

function memoryOf(settings: Settings): MemoryRange[] {
  const setting = settings.setting('memory') ?? settings.setting('maxmem');
  if (setting === undefined) return [];
  const size = settings.number(setting.name);
  const length = size === null ? null : size * MIB;
  if (length !== null && !Number.isSafeInteger(length)) {
    settings.complain('bad-memory', setting.value, `${size} MiB of memory are too much`);
  }
  const isSafe = length !== null && Number.isSafeInteger(length);
  return [{ kind: 'ram', start: null, length: isSafe ? length : null, backing: null, place: setting.place }];
}

function clockOf(settings: Settings, type: GuestType): Clock {
  const local = settings.setting('localtime');
  const hpet = settings.setting('hpet');
  const stated: Timer[] =
    hpet === undefined
      ? []
      : [{ name: 'hpet', present: settings.number('hpet') !== 0, tickPolicy: null, place: hpet.place }];
  const mode = settings.setting('timer_mode');
  const ticks: Timer[] =
    mode === undefined || type !== 'hvm'
      ? []
      : [
          {
            name: 'virtual platform timers',
            present: true,
            tickPolicy: settings.text('timer_mode'),
            place: mode.place,
          },
        ];
  const isLocal = local !== undefined && settings.number('localtime') !== 0;
  return { base: isLocal ? 'localtime' : null, timers: [...stated, ...ticks], place: local?.place ?? null };
}

/** The weight is against other machines (256 by default), the cap in percent of one pCPU; 0 is none. */
function budgetsOf(settings: Settings): CpuBudget[] {
  const setting = settings.setting('cpu_weight') ?? settings.setting('cap');
  if (setting === undefined) return [];
  const cap = settings.number('cap');
  const limitPcpus = cap === null || cap === 0 ? null : cap / 100;
  return [{ of: 'machine', weight: settings.number('cpu_weight'), limitPcpus, place: setting.place }];
}
