/**
 * What others measured over the interval of a recording: KVM's own counters, the scheduler's accounts of threads, the
 * tables of `perf kvm stat`, what ran. The files lie beside the recordings; see fixtures/README.md.
 */
import { textIn } from './read-records.js';
import type { Scenario } from './recordings.js';

/** KVM's counters over the interval (debugfs), of all machines together and by machine ("PID-FD"). */
export interface KvmCounters {
  /** 0 where KVM counted none: only counters that changed are listed. */
  readonly all: (name: string) => number;
  readonly machines: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export function kvmCounters(scenario: Scenario): KvmCounters {
  const machines = new Map<string, Map<string, number>>();
  for (const [, machine = '', name, value] of textIn(scenario, 'kvm-debugfs.delta').matchAll(
    /^\.\/(?:(\d+-\d+)\/)?([\w-]+) (-?\d+)$/gm,
  )) {
    const counters = machines.get(machine) ?? new Map<string, number>();
    counters.set(name, Number(value));
    machines.set(machine, counters);
  }
  const totals = machines.get('');
  if (totals === undefined) throw new Error(`${scenario.name}: kvm-debugfs.delta holds no counters`);
  machines.delete('');
  return { all: (name) => totals.get(name) ?? 0, machines };
}

/** What the host's scheduler booked for one thread over the interval. */
export interface ThreadTimes {
  readonly runNs: number;
  /** Runnable, without a pCPU. */
  readonly waitNs: number;
  /** How often it got a pCPU. */
  readonly slices: number;
}

/** By thread, for those that lived all the time. */
export function threadTimes(scenario: Scenario): Map<number, ThreadTimes> {
  const before = schedstat(textIn(scenario, 'schedstat.before'));
  const times = new Map<number, ThreadTimes>();
  for (const [thread, { runNs, waitNs, slices }] of schedstat(textIn(scenario, 'schedstat.after'))) {
    const old = before.get(thread);
    if (old === undefined) continue;
    times.set(thread, { runNs: runNs - old.runNs, waitNs: waitNs - old.waitNs, slices: slices - old.slices });
  }
  return times;
}

/** Lines "g1 /proc/PID/task/TID/schedstat:RUN WAIT SLICES", or "g1 TID NAME RUN WAIT SLICES UTIME STIME". */
function schedstat(text: string): Map<number, ThreadTimes> {
  const times = new Map<number, ThreadTimes>();
  const line = /^g\d+ (?:\/proc\/\d+\/task\/(\d+)\/schedstat:|(\d+) \S+ )(\d+) (\d+) (\d+)(?: \d+ \d+)?$/gm;
  for (const [, path, plain, run, wait, slices] of text.matchAll(line)) {
    times.set(Number(path ?? plain), { runNs: Number(run), waitNs: Number(wait), slices: Number(slices) });
  }
  return times;
}

/** Rows of a table that `perf kvm stat report` printed: how many intervals perf timed, and for how long, by name. */
export interface PerfTable {
  readonly samples: Readonly<Record<string, number>>;
  readonly total: number;
  readonly totalUs: number;
}

export function perfKvmStat(text: string): PerfTable {
  const samples: Record<string, number> = {};
  for (const [, name, count] of text.matchAll(/^ *(\S+) +(\d+) +[\d.]+% +[\d.]+% .*us \( \+-/gm)) {
    samples[name] = Number(count);
  }
  const sums = /^Total Samples:(\d+), Total events handled time:([\d.]+)us\.$/m.exec(text);
  if (sums === null) throw new Error('not a table of perf kvm stat');
  return { samples, total: Number(sums[1]), totalUs: Number(sums[2]) };
}

/** Which table of `perf kvm stat` belongs to which recording. */
export const PERF_TABLE_OF: Readonly<Record<string, string>> = {
  'perf-kvm.data': 'perf-kvm-stat-vmexit.txt',
  'perf.data': 'perf-kvm-stat-vmexit.from-perf.data.txt',
};

interface Interval {
  readonly wall_interval_s: number;
  /** The host's clock: with "hpet" the recorders' clock is unsteady. */
  readonly clocksource: string;
}

export const interval = (scenario: Scenario): Interval => JSON.parse(textIn(scenario, 'interval.json')) as Interval;

interface Truth {
  readonly vms: readonly { readonly tag: string; readonly vcpus: number }[];
  readonly guest_command?: string;
}

export const truth = (scenario: Scenario): Truth => JSON.parse(textIn(scenario, 'truth.json')) as Truth;

/** Threads "CPU n/KVM" of a guest: vCPU number → thread. */
export function vcpuThreads(scenario: Scenario, guest = 'g1'): Map<number, number> {
  const threads = JSON.parse(textIn(scenario, `threads.${guest}.json`)) as { tid: number; comm: string }[];
  const found = new Map<number, number>();
  for (const { tid, comm } of threads) {
    const vcpu = /^CPU[ _](\d+)\/KVM$/.exec(comm);
    if (vcpu !== null) found.set(Number(vcpu[1]), tid);
  }
  return found;
}

/** Events by name, as other tools counted them: lines "COUNT NAME" or "COUNT SYSTEM:NAME:". */
export function eventCounts(text: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, count, name] of text.matchAll(/^ *(\d+) (?:\w+:)?(\w+):?$/gm)) counts[name] = Number(count);
  return counts;
}
