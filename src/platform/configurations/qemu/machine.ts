/** Options of QEMU → the machine. */
import type { Complaints } from '../complaints.js';
import type { ConfigurationFile } from '../configuration-format.js';
import type { ConfiguredOption, MachineConfiguration, Place, VmmThread } from '../machine-configuration.js';
import { boardOf } from './boards.js';
import type { QemuCommand } from './command.js';
import { cpuOf, topologyOf, vcpusOf } from './cpus.js';
import { devicesOf } from './devices.js';
import { launcherOptions, runmaskOfLauncher } from './launchers.js';
import { memoryBackingOf, memoryOf } from './memory.js';
import { acceleratorOf, clockOf, interruptControllerOf, machineType } from './platform.js';
import { keptOption, type QemuOption, settingOf, textOf } from './settings.js';

/** Options that become parts of the model; all others are kept as they are. */
const STRUCTURED = new Set(
  (
    'name smp m cpu device drive blockdev netdev net nic chardev serial parallel vga hda hdb hdc hdd cdrom fda fdb sd ' +
    'mem-path mem-prealloc rtc no-hpet enable-kvm accel watchdog balloon nodefaults'
  ).split(' '),
);

/** What is known beside the options. */
export interface Start extends Pick<QemuCommand, 'architecture' | 'accelerator' | 'before'> {
  /** Where QEMU, or the first group, is named: what QEMU adds by itself is placed there. */
  readonly program: Place;
}

export const UNKNOWN_START: Omit<Start, 'program'> = { architecture: null, accelerator: null, before: [] };

export function machineOf(
  { source }: ConfigurationFile,
  format: string,
  options: readonly QemuOption[],
  { architecture, accelerator: acceleratorOfProgram, before, program }: Start,
  complaints: Complaints,
): MachineConfiguration {
  const type = machineType(options);
  const board = boardOf(architecture, type);
  const accelerator = acceleratorOf(options) ?? acceleratorOfProgram;
  const interruptController = interruptControllerOf(options, accelerator, board);
  const runmask = runmaskOfLauncher(before, complaints);
  return {
    format,
    source,
    scope: 'machine',
    name: nameOf(options),
    architecture,
    board: type ?? (board === undefined ? null : board.id),
    accelerator,
    vcpus: vcpusOf(options, program, runmask, complaints),
    cpu: cpuOf(options),
    topology: topologyOf(options, complaints),
    memory: memoryOf(options, program, complaints),
    memoryBacking: memoryBackingOf(options, complaints),
    interruptController,
    clock: clockOf(options),
    threads: threadsOf(options, runmask, program),
    budgets: [],
    devices: devicesOf(options, { board, program, accelerator, interruptController }, complaints),
    variables: [],
    options: [...launcherOptions(before), ...options.filter((option) => !isStructured(option)).map(keptOption)].map(
      withoutSecrets,
    ),
    issues: complaints.list(),
  };
}

const isStructured = ({ name, known }: QemuOption): boolean => known && STRUCTURED.has(name);

/** All that is not a vCPU runs where taskset put it; I/O threads are objects. */
function threadsOf(options: readonly QemuOption[], runmask: readonly number[] | null, program: Place): VmmThread[] {
  const ofMachine: VmmThread[] =
    runmask === null ? [] : [{ role: 'emulator', id: null, runmask, scheduling: null, place: program }];
  const iothreads = options
    .filter((option) => option.name === 'object' && textOf(option, 'qom-type') === 'iothread')
    .map(
      (option): VmmThread => ({
        role: 'iothread',
        id: textOf(option, 'id') ?? null,
        runmask,
        scheduling: null,
        place: option.place,
      }),
    );
  return [...ofMachine, ...iothreads];
}

function nameOf(options: readonly QemuOption[]): string | null {
  const named = options.findLast(({ name }) => name === 'name');
  return (named && settingOf(named, 'guest')?.value) ?? null;
}

/** Keys of disks and of libvirt stand on command lines. */
function withoutSecrets(option: ConfiguredOption): ConfiguredOption {
  if (option.name !== '-object' || !/\bsecret\b/.test(option.values.join())) return option;
  return { ...option, values: option.values.map((value) => value.replace(/(data"?\s*[=:]\s*"?)[^",]+/g, '$1…')) };
}
