/** The files of a host → what is known of it. */

import { controlGroupsOf } from './control-groups.js';
import type { FactFiles } from './fact-files.js';
import type { HostInterrupt, HostPlatform, HugePages, Named } from './host-platform.js';
import { boostOf, cachesOf, idleStatesOf, nodesOf, pcpusOf, switchAt } from './pcpus.js';
import { cpuOf } from './processor.js';
import { chosenMode, moduleParametersOf, settingsOf } from './settings.js';
import { kernelThreadsOf, vmmsOf } from './threads.js';

const CLOCK = '/sys/devices/system/clocksource/clocksource0';
const CPUS = '/sys/devices/system/cpu';
const MEMORY = '/sys/kernel/mm';

export function readHostFacts(files: FactFiles): HostPlatform {
  const nodes = nodesOf(files);
  const pcpus = pcpusOf(files, nodes);
  const maker = [files.text('/sys/class/dmi/id/sys_vendor'), files.text('/sys/class/dmi/id/product_name')];
  return {
    source: files.source,
    kernel: files.text('/proc/sys/kernel/osrelease'),
    kernelBuild: files.text('/proc/sys/kernel/version'),
    architecture: files.text('uname -m'),
    ...cpuOf(files),
    product: maker.filter((text) => text !== null).join(' ') || null,
    commandLine: files.text('/proc/cmdline'),
    clocksource: files.text(`${CLOCK}/current_clocksource`),
    clocksources: files.text(`${CLOCK}/available_clocksource`)?.split(/\s+/) ?? [],
    memoryBytes: files.kibibytes('/proc/meminfo', 'MemTotal'),
    swapBytes: files.kibibytes('/proc/meminfo', 'SwapTotal'),
    smt: switchAt(files, `${CPUS}/smt/active`),
    boost: boostOf(files),
    idleDriver: files.text(`${CPUS}/cpuidle/current_driver`),
    idleGovernor: files.text(`${CPUS}/cpuidle/current_governor_ro`) ?? files.text(`${CPUS}/cpuidle/current_governor`),
    pcpus,
    caches: cachesOf(files, pcpus),
    nodes,
    idleStates: idleStatesOf(files, pcpus),
    mitigations: namedIn(files, `${CPUS}/vulnerabilities`),
    moduleParameters: moduleParametersOf(files),
    settings: settingsOf(files),
    hugePages: hugePagesOf(files),
    vmms: vmmsOf(files),
    kernelThreads: kernelThreadsOf(files),
    controlGroups: controlGroupsOf(files),
    interrupts: interruptsOf(files),
    issues: files.issues.list(),
  };
}

const namedIn = (files: FactFiles, folder: string): Named[] =>
  files.names(folder).flatMap((name) => {
    const value = files.text(`${folder}/${name}`);
    return value === null ? [] : [{ name, value }];
  });

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
    transparent: chosenMode(files, `${transparent}/enabled`),
    defrag: chosenMode(files, `${transparent}/defrag`),
    pools: pools.sort((a, b) => a.bytes - b.bytes),
  };
}

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
