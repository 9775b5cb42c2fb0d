/** The ledger of a vCPU as parts that add up to T, time kept out by the VMM apart. */
import type { Explanation, Machine, Vcpu } from '../../../src/explain/explanation.js';
import { ACCOUNTS, type AccountName, noTime } from '../../../src/ledger/accounts.js';

export type PartName = AccountName | 'kept out';

export interface LedgerPart {
  readonly name: PartName;
  readonly ns: number;
}

export interface VcpuParts {
  readonly machine: Machine;
  readonly vcpu: Vcpu;
  /** In the order of accounts; kept out after blocked, without parts of no length. They add up to vcpu.durationNs. */
  readonly parts: readonly LedgerPart[];
}

/** The order in which parts are drawn. */
export const PARTS: readonly PartName[] = ACCOUNTS.flatMap((account): PartName[] =>
  account === 'blocked' ? [account, 'kept out'] : [account],
);

/** Accounts that time kept out by the VMM is in. */
export const KEPT_OUT_IN = ['hypervisor', 'vmm', 'blocked'] as const satisfies readonly AccountName[];

export function partsOf({ machines, exits }: Explanation): VcpuParts[] {
  const keptOut = new Map<string, ReturnType<typeof noTime>>();
  for (const { machine, vcpu, cause, ledgerNs } of exits) {
    if (cause !== 'vm-control') continue;
    const key = `${vcpu} ${machine}`;
    const sums = keptOut.get(key) ?? noTime();
    keptOut.set(key, sums);
    for (const account of KEPT_OUT_IN) sums[account] += ledgerNs[account];
  }
  return machines.flatMap((machine) =>
    machine.vcpus.map((vcpu) => {
      const out = keptOut.get(`${vcpu.id} ${machine.id}`) ?? noTime();
      const lengthOf = (name: PartName): number =>
        name === 'kept out'
          ? KEPT_OUT_IN.reduce((sum, account) => sum + out[account], 0)
          : vcpu.ledgerNs[name] - out[name];
      const parts = PARTS.map((name) => ({ name, ns: lengthOf(name) })).filter(({ ns }) => ns > 0);
      return { machine, vcpu, parts };
    }),
  );
}
