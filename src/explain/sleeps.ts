/** Names for what vCPUs slept for, and for those who woke them. */
import { Account } from '../ledger/accounts.js';
import { IDLE_THREAD } from '../ledger/culprits.js';
import type { ThreadNamer } from './culprits.js';
import type { SleepRow } from './explanation.js';
import type { MachineGroup } from './machines.js';

/** Nobody runs on an idle pCPU: whatever wakes a thread there is an interrupt. */
const INTERRUPT = { kind: 'interrupt', name: 'an interrupt of an idle pCPU' } as const;

/** What the guest suffers from first: then the longest. */
export function sleepRows(
  machines: readonly MachineGroup[],
  describe: ThreadNamer,
  stateName: (state: number) => string,
): SleepRow[] {
  const rows = new Map<string, SleepRow & { ns: number; count: number }>();
  for (const machine of machines) {
    for (const { id, ledger } of machine.members) {
      for (const sleep of ledger.books.sleeps.list) {
        const account = sleep.account === Account.idle ? 'idle' : 'blocked';
        const state = stateName(sleep.state);
        const { kind, name } = sleep.waker === IDLE_THREAD ? INTERRUPT : describe(sleep.waker, machine);
        const key = JSON.stringify([machine.id, id, account, state, kind, name]);
        const row = rows.get(key);
        const { ns, count } = sleep;
        if (row === undefined)
          rows.set(key, { machine: machine.id, vcpu: id, account, state, kind, wokenBy: name, ns, count });
        else Object.assign(row, { ns: row.ns + ns, count: row.count + count });
      }
    }
  }
  return [...rows.values()].sort((a, b) => a.account.localeCompare(b.account) || b.ns - a.ns);
}
