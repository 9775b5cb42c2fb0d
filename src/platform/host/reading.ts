/** The files of a host → what is known of it. */

import { controlGroupsOf } from './control-groups.js';
import type { FactFiles } from './fact-files.js';
import type { HostInterrupt, HostPlatform, HugePages, ModuleParameter, Named } from './host-platform.js';
import { boostOf, cachesOf, idleStatesOf, nodesOf, pcpusOf } from './pcpus.js';
import { kernelThreadsOf, vmmsOf } from './threads.js';

const CLOCK = '/sys/devices/system/clocksource/clocksource0';
const CPUS = '/sys/devices/system/cpu';
const MEMORY = '/sys/kernel/mm';

/** Single settings that matter for virtual machines. */
const SETTINGS = [
  '/proc/sys/kernel/sched_rt_runtime_us',
  '/proc/sys/kernel/numa_balancing',
  '/proc/sys/kernel/timer_migration',
  '/proc/sys/kernel/nmi_watchdog',
  '/proc/sys/kernel/sched_autogroup_enabled',
  '/sys/kernel/debug/sched/preempt',
  '/sys/kernel/realtime',
  `${MEMORY}/ksm/run`,
  '/sys/devices/system/clockevents/clockevent0/current_device',
];

/** Modules whose parameters matter. */
const MODULES = /^(?:kvm|vhost)/;

export function readHostFacts(files: FactFiles): HostPlatform {
  const pcpus = pcpusOf(files);
  const cpuinfo = files.lines('/proc/cpuinfo').join('\n');
  const cpuFact = (name: string) => new RegExp(`^${name}\\s*: *(.*)$`, 'm').exec(cpuinfo)?.[1].trim();
  const flags = cpuFact('flags');
  const memory = (name: string) => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d{1,12}) kB`, 'm').exec(files.lines('/proc/meminfo').join('\n'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  };
  const maker = [files.text('/sys/class/dmi/id/sys_vendor'), files.text('/sys/class/dmi/id/product_name')];
  const smt = files.number(`${CPUS}/smt/active`);
  return {
    source: files.source,
    kernel: files.text('/proc/sys/kernel/osrelease'),
    kernelBuild: files.text('/proc/sys/kernel/version'),
    architecture: files.text('uname -m'),
    cpuModel: cpuFact('model name') ?? cpuFact('CPU part') ?? null,
    product: maker.filter((text) => text !== null).join(' ') || null,
    isGuest: flags === undefined ? null : flags.split(' ').includes('hypervisor'),
    commandLine: files.text('/proc/cmdline'),
    clocksource: files.text(`${CLOCK}/current_clocksource`),
    clocksources: files.text(`${CLOCK}/available_clocksource`)?.split(/\s+/) ?? [],
    memoryBytes: memory('MemTotal'),
    swapBytes: memory('SwapTotal'),
    smt: smt === null ? null : smt === 1,
    boost: boostOf(files),
    idleDriver: files.text(`${CPUS}/cpuidle/current_driver`),
    idleGovernor: files.text(`${CPUS}/cpuidle/current_governor_ro`) ?? files.text(`${CPUS}/cpuidle/current_governor`),
    pcpus,
    caches: cachesOf(files, pcpus),
    nodes: nodesOf(files),
    idleStates: idleStatesOf(files, pcpus),
    mitigations: namedIn(files, `${CPUS}/vulnerabilities`),
    moduleParameters: moduleParametersOf(files),
    settings: SETTINGS.flatMap((path) => namedAt(files, path, path.slice(path.lastIndexOf('/') + 1))),
    hugePages: hugePagesOf(files),
    vmms: vmmsOf(files),
    kernelThreads: kernelThreadsOf(files),
    controlGroups: controlGroupsOf(files),
    interrupts: interruptsOf(files),
    issues: files.issues.list(),
  };
}

function namedAt(files: FactFiles, path: string, name: string): Named[] {
  const value = files.text(path);
  return value === null ? [] : [{ name, value }];
}

const namedIn = (files: FactFiles, folder: string): Named[] =>
  files.names(folder).flatMap((name) => namedAt(files, `${folder}/${name}`, name));

const moduleParametersOf = (files: FactFiles): ModuleParameter[] =>
  files
    .names('/sys/module')
    .filter((module) => MODULES.test(module))
    .flatMap((module) =>
      namedIn(files, `/sys/module/${module}/parameters`).map((parameter) => ({ module, ...parameter })),
    );

function hugePagesOf(files: FactFiles): HugePages {
  const transparent = `${MEMORY}/transparent_hugepage`;
  const pools = files.names(`${MEMORY}/hugepages`).flatMap((name) => {
    const kibibytes = /^hugepages-(\d{1,9})kB$/.exec(name)?.[1];
    const total = files.number(`${MEMORY}/hugepages/${name}/nr_hugepages`);
    if (kibibytes === undefined || total === null) return [];
    const free = files.number(`${MEMORY}/hugepages/${name}/free_hugepages`);
    return [{ bytes: Number(kibibytes) * 1024, total, free }];
  });
  return {
    transparent: chosen(files.text(`${transparent}/enabled`)),
    defrag: chosen(files.text(`${transparent}/defrag`)),
    pools: pools.sort((a, b) => a.bytes - b.bytes),
  };
}

/** Of "always [madvise] never" the one in brackets. */
const chosen = (text: string | null): string | null =>
  text === null ? null : (/\[([\w+-]+)\]/.exec(text)?.[1] ?? text);

function interruptsOf(files: FactFiles): HostInterrupt[] {
  return files
    .numbered('/sys/kernel/irq')
    .map((interrupt) => ({
      interrupt,
      handlers: files.text(`/sys/kernel/irq/${interrupt}/actions`) ?? '',
      allowed: files.cpuList(`/proc/irq/${interrupt}/smp_affinity_list`),
      effective: files.cpuList(`/proc/irq/${interrupt}/effective_affinity_list`),
    }))
    .filter(({ handlers }) => handlers !== '');
}
