/** pCPUs, what they share, and how they save power. */
import { cpuListText } from './cpu-list.js';
import type { FactFiles } from './fact-files.js';
import type { Cache, HostPcpu, IdleState, NumaNode } from './host-platform.js';

const CPUS = '/sys/devices/system/cpu';
const NODES = '/sys/devices/system/node';

/** The kernel writes this where a CPU has no cluster or package. */
const NONE = [65_535, -1];

export function pcpusOf(files: FactFiles, nodes: readonly NumaNode[]): HostPcpu[] {
  const folders = files.numbered(CPUS, 'cpu');
  const online = onlineOf(files, folders);
  const isolated = files.cpuList(`${CPUS}/isolated`) ?? [];
  const tickless = files.cpuList(`${CPUS}/nohz_full`) ?? [];
  const numbers = new Set([...folders, ...(online ?? [])]);
  return [...numbers]
    .sort((a, b) => a - b)
    .map((pcpu): HostPcpu => {
      const at = (file: string) => `${CPUS}/cpu${pcpu}/${file}`;
      const identifier = (file: string) => {
        const number = files.number(at(`topology/${file}`));
        return number === null || NONE.includes(number) ? null : number;
      };
      return {
        pcpu,
        online: online?.includes(pcpu) ?? true,
        isolated: isolated.includes(pcpu),
        tickless: tickless.includes(pcpu),
        package: identifier('physical_package_id'),
        die: identifier('die_id'),
        cluster: identifier('cluster_id'),
        core: identifier('core_id'),
        node: nodes.find(({ pcpus }) => pcpus.includes(pcpu))?.node ?? null,
        capacity: files.number(at('cpu_capacity')),
        siblings: files.cpuList(at('topology/thread_siblings_list')) ?? [pcpu],
        governor: files.text(at('cpufreq/scaling_governor')),
        frequencyDriver: files.text(at('cpufreq/scaling_driver')),
        minHz: hertz(files, at('cpufreq/scaling_min_freq')),
        maxHz: hertz(files, at('cpufreq/scaling_max_freq')),
        highestHz: hertz(files, at('cpufreq/cpuinfo_max_freq')),
      };
    });
}

/** Where a host tells anything of single pCPUs, it does so of all that are online. */
function onlineOf(files: FactFiles, folders: readonly number[]): readonly number[] | null {
  const path = `${CPUS}/online`;
  const online = files.cpuList(path);
  const unknown = online?.filter((pcpu) => !folders.includes(pcpu)) ?? [];
  if (folders.length === 0 || unknown.length === 0) return online;
  files.misunderstood(path, files.text(path) ?? '', `pCPUs of which no other file tells (${cpuListText(unknown)})`);
  return null;
}

/** The files are in kHz. */
function hertz(files: FactFiles, path: string): number | null {
  const kilohertz = files.number(path);
  return kilohertz === null ? null : kilohertz * 1000;
}

export function cachesOf(files: FactFiles, pcpus: readonly HostPcpu[]): Cache[] {
  const caches = new Map<string, Cache>();
  for (const { pcpu } of pcpus) {
    const folder = `${CPUS}/cpu${pcpu}/cache`;
    for (const index of files.numbered(folder, 'index')) {
      const at = (file: string) => `${folder}/index${index}/${file}`;
      const level = files.number(at('level'));
      const type = files.text(at('type'));
      const shared = files.cpuList(at('shared_cpu_list')) ?? [pcpu];
      if (level === null || type === null) continue;
      const cache: Cache = { level, type, bytes: bytesOf(files, at('size')), pcpus: shared };
      caches.set(JSON.stringify([level, type, shared]), cache);
    }
  }
  return [...caches.values()].sort((a, b) => a.level - b.level || (a.pcpus[0] ?? 0) - (b.pcpus[0] ?? 0));
}

/** "512K", "32M". */
function bytesOf(files: FactFiles, path: string): number | null {
  const text = files.text(path);
  if (text === null) return null;
  const [, number, unit] = /^(\d{1,9})([KM])$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (unit === 'M' ? 2 ** 20 : 1024);
  files.misunderstood(path, text, 'no size');
  return null;
}

export function nodesOf(files: FactFiles): NumaNode[] {
  return files.numbered(NODES, 'node').map((node): NumaNode => {
    const at = (file: string) => `${NODES}/node${node}/${file}`;
    const distances = files.matching(at('distance'), /^\d{1,5}(?:\s+\d{1,5})*$/, 'no distances');
    return {
      node,
      pcpus: files.cpuList(at('cpulist')) ?? [],
      memoryBytes: files.kibibytes(at('meminfo'), 'MemTotal'),
      distances: distances?.split(/\s+/).map(Number) ?? [],
    };
  });
}

export function idleStatesOf(files: FactFiles, pcpus: readonly HostPcpu[]): IdleState[] {
  const states = new Map<string, Omit<IdleState, 'enabledOn'> & { readonly enabledOn: number[] }>();
  for (const { pcpu } of pcpus) {
    const folder = `${CPUS}/cpu${pcpu}/cpuidle`;
    for (const index of files.numbered(folder, 'state')) {
      const at = (file: string) => `${folder}/state${index}/${file}`;
      const [name, latency, residency] = [
        files.text(at('name')),
        files.number(at('latency')),
        files.number(at('residency')),
      ];
      if (name === null || latency === null) continue;
      const key = JSON.stringify([name, latency]);
      const state = states.get(key) ?? {
        name,
        latencyNs: latency * 1000,
        residencyNs: residency === null ? null : residency * 1000,
        enabledOn: [],
      };
      states.set(key, state);
      if (files.number(at('disable')) !== 1) state.enabledOn.push(pcpu);
    }
  }
  return [...states.values()].sort((a, b) => a.latencyNs - b.latencyNs);
}

/** Whether frequencies above the nominal one are allowed: the two drivers say it the other way round. */
export function boostOf(files: FactFiles): boolean | null {
  const boost = switchAt(files, `${CPUS}/cpufreq/boost`);
  if (boost !== null) return boost;
  const off = switchAt(files, `${CPUS}/intel_pstate/no_turbo`);
  return off === null ? null : !off;
}

export function switchAt(files: FactFiles, path: string): boolean | null {
  const text = files.matching(path, /^[01]$/, 'neither 0 nor 1');
  return text === null ? null : text === '1';
}
