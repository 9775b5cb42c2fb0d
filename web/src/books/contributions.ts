/** What the three sources are made of. */
import type { CulpritKind, Explanation } from '../../../src/explain/explanation.js';

export interface Contribution {
  /** A cause of exits, or who had the pCPU (untrusted text). */
  readonly name: string;
  readonly ns: number;
}

export type SourceName = 'exits' | 'interrupts' | 'overload';

const SHOWN = 3;
/** Kinds of culprits that count together. */
const TOGETHER: Partial<Record<CulpritKind, string>> = {
  'sibling vCPU': 'sibling vCPUs',
  'idle pCPU': 'nobody: the pCPU had to wake up',
};
const INTERRUPT_CAUSES: readonly string[] = ['interrupt', 'interrupt-control'];

/** The largest parts of a source; together all parts are all of it. */
export function largestOf({ exits, culprits, totals }: Explanation, source: SourceName): Contribution[] {
  const sums = new Map<string, number>();
  const add = (name: string, ns: number) => sums.set(name, (sums.get(name) ?? 0) + ns);
  if (source === 'overload') {
    for (const { kind, name, ns } of culprits) add(TOGETHER[kind] ?? name, ns);
  } else {
    const isWanted = source === 'interrupts';
    for (const { cause, ledgerNs } of exits) {
      if (cause === 'vm-control' || INTERRUPT_CAUSES.includes(cause) !== isWanted) continue;
      add(cause, ledgerNs.hypervisor + ledgerNs.vmm + ledgerNs.blocked);
    }
    if (isWanted) add('handlers of host interrupts', totals.ledgerNs.interrupt);
  }
  return [...sums]
    .map(([name, ns]) => ({ name, ns }))
    .filter(({ ns }) => ns > 0)
    .toSorted((a, b) => b.ns - a.ns)
    .slice(0, SHOWN);
}
