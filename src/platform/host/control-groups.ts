/** What control groups allow, and how often they had to hold somebody back: versions 1 and 2. */
import type { FactFiles } from './fact-files.js';
import type { ControlGroup } from './host-platform.js';

const ROOT = '/sys/fs/cgroup';
/** Folders deeper than this are none that anybody made. */
const DEEPEST = 64;

export function controlGroupsOf(files: FactFiles): ControlGroup[] {
  return foldersBelow(files, ROOT, 0)
    .map((folder) => groupAt(files, folder))
    .filter(({ path: _path, ...facts }) => Object.values(facts).some((fact) => fact !== null));
}

function foldersBelow(files: FactFiles, folder: string, depth: number): string[] {
  if (depth > DEEPEST) return [];
  const inside = files.names(folder).map((name) => `${folder}/${name}`);
  return [
    folder,
    ...inside.filter((path) => files.names(path).length > 0).flatMap((path) => foldersBelow(files, path, depth + 1)),
  ];
}

function groupAt(files: FactFiles, folder: string): ControlGroup {
  const at = (file: string) => `${folder}/${file}`;
  const counters = new Map(files.lines(at('cpu.stat')).map((line) => counterOf(files, at('cpu.stat'), line)));
  const throttledUs = counters.get('throttled_usec') ?? null;
  return {
    path: folder.slice(ROOT.length) || '/',
    ...quotaAt(files, at),
    pcpus: files.cpuList(at('cpuset.cpus.effective')) ?? files.cpuList(at('cpuset.effective_cpus')),
    periods: counters.get('nr_periods') ?? null,
    throttledPeriods: counters.get('nr_throttled') ?? null,
    throttledNs: throttledUs === null ? (counters.get('throttled_time') ?? null) : throttledUs * 1000,
  };
}

/** A line such as "nr_periods 10". */
function counterOf(files: FactFiles, path: string, line: string): [name: string, count: number | null] {
  const [, name, count] = /^([\w.]+)\s+(\d{1,18})$/.exec(line.trim()) ?? [];
  if (count !== undefined) return [name, Number(count)];
  files.misunderstood(path, line, 'no counter');
  return ['', null];
}

/** Version 2: "200000 100000" or "max 100000"; version 1: two files, -1 for no limit. In µs. */
function quotaAt(files: FactFiles, at: (file: string) => string): Pick<ControlGroup, 'quotaPcpus' | 'periodNs'> {
  const unified = files.text(at('cpu.max'));
  const [quota, period] =
    unified === null
      ? [files.number(at('cpu.cfs_quota_us')), files.number(at('cpu.cfs_period_us'))]
      : numbersOf(files, at('cpu.max'), unified);
  if (quota === null || period === null || quota < 0 || period <= 0) {
    return { quotaPcpus: null, periodNs: period === null || period <= 0 ? null : period * 1000 };
  }
  return { quotaPcpus: quota / period, periodNs: period * 1000 };
}

function numbersOf(files: FactFiles, path: string, text: string): [quota: number | null, period: number | null] {
  const [, quota, period] = /^(max|\d{1,15})\s+(\d{1,15})$/.exec(text) ?? [];
  if (period === undefined) {
    files.misunderstood(path, text, 'no quota and period');
    return [null, null];
  }
  return [quota === 'max' ? -1 : Number(quota), Number(period)];
}
