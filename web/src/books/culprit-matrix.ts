/** Who took whose time: one row for everyone who had a pCPU that a vCPU waited for, one column for every vCPU. */
import type { CulpritKind, Explanation, WorstEpisode } from '../../../src/explain/explanation.js';

export interface CulpritRow {
  readonly kind: CulpritKind;
  /** Untrusted text. */
  readonly name: string;
  readonly ns: number;
  readonly count: number;
  readonly wakeupNs: number;
  readonly preemptedNs: number;
  /** By `vcpuKey`. */
  readonly byVcpu: ReadonlyMap<string, number>;
}

export const vcpuKey = (machine: string, vcpu: number): string => `${machine}/${vcpu}`;

export function culpritRows({ culprits }: Explanation): CulpritRow[] {
  const rows = new Map<string, CulpritRow & { byVcpu: Map<string, number> }>();
  for (const { machine, vcpu, account, kind, name, ns, count } of culprits) {
    const key = JSON.stringify([kind, name]);
    const before = rows.get(key) ?? { kind, name, ns: 0, count: 0, wakeupNs: 0, preemptedNs: 0, byVcpu: new Map() };
    const column = vcpuKey(machine, vcpu);
    before.byVcpu.set(column, (before.byVcpu.get(column) ?? 0) + ns);
    rows.set(key, {
      ...before,
      ns: before.ns + ns,
      count: before.count + count,
      wakeupNs: before.wakeupNs + (account === 'wakeup' ? ns : 0),
      preemptedNs: before.preemptedNs + (account === 'preempted' ? ns : 0),
    });
  }
  return [...rows.values()];
}

export interface Theft {
  readonly episode: WorstEpisode;
  /** What this culprit had of it. */
  readonly ns: number;
}

/** When: those of the worst episodes in which this one had the pCPU, most of it first. */
export function theftsOf({ worst }: Explanation, { kind, name }: Pick<CulpritRow, 'kind' | 'name'>): Theft[] {
  return worst
    .map((episode) => {
      const own = episode.culprits.filter((one) => one.kind === kind && one.name === name);
      return { episode, ns: own.reduce((sum, one) => sum + one.ns, 0) };
    })
    .filter(({ ns }) => ns > 0)
    .toSorted((a, b) => b.ns - a.ns);
}
