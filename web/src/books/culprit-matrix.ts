/** Who took whose time: one row for everyone who had a pCPU that a vCPU waited for, one column for every vCPU. */
import type { CulpritKind, Explanation, WorstEpisode } from '../../../src/explain/explanation.js';

/** One of those who had a pCPU. */
export interface Taker {
  /** A vCPU is a sibling to some and another machine's to others: where there are several machines it is neither. */
  readonly kind: CulpritKind | 'vCPU';
  /** Untrusted text. */
  readonly name: string;
}

export interface CulpritRow extends Taker {
  readonly ns: number;
  readonly count: number;
  readonly wakeupNs: number;
  readonly preemptedNs: number;
  /** By `vcpuKey`. */
  readonly byVcpu: ReadonlyMap<string, number>;
}

export const vcpuKey = (machine: string, vcpu: number): string => `${machine}/${vcpu}`;

interface Culprit {
  readonly kind: CulpritKind;
  readonly name: string;
}

/** The same vCPU has the same name, whoever waited for it. @param machine whose vCPU waited */
export function takerOf({ machines }: Explanation, machine: string, { kind, name }: Culprit): Taker {
  if (machines.length === 1) return { kind, name };
  if (kind === 'sibling vCPU') return { kind: 'vCPU', name: `${name} of ${machine}` };
  return { kind: kind === 'other machine' ? 'vCPU' : kind, name };
}

export function culpritRows(explanation: Explanation): CulpritRow[] {
  const rows = new Map<string, CulpritRow & { byVcpu: Map<string, number> }>();
  for (const culprit of explanation.culprits) {
    const { machine, vcpu, account, ns, count } = culprit;
    const { kind, name } = takerOf(explanation, machine, culprit);
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
export function theftsOf(explanation: Explanation, { kind, name }: Taker): Theft[] {
  return explanation.worst
    .map((episode) => {
      const own = episode.culprits.filter((one) => {
        const taker = takerOf(explanation, episode.machine, one);
        return taker.kind === kind && taker.name === name;
      });
      return { episode, ns: own.reduce((sum, one) => sum + one.ns, 0) };
    })
    .filter(({ ns }) => ns > 0)
    .toSorted((a, b) => b.ns - a.ns);
}
