/** Names for those who ran while a vCPU waited. */
import { Account } from '../ledger/accounts.js';
import { IDLE_THREAD, OTHER_THREADS, threadAsInterrupt, UNKNOWN_THREAD } from '../ledger/culprits.js';
import type { ThreadTable } from '../recording/threads.js';
import type { CulpritKind, CulpritRow } from './explanation.js';
import type { MachineGroup } from './machines.js';

/** How the kernel names its own threads (a recording does not say which threads have no process). */
const KERNEL_THREAD =
  /^(?:kworker\/|ksoftirqd\/|migration\/|rcu_|rcuo|kcompactd|khugepaged|kswapd|ktimers\/|cpuhp\/|irq\/|vhost-|watchdog|kthreadd|jbd2\/|idle_inject\/|kvm-pit|kvm-nx-lpage)/;

export function culpritRows(
  machines: readonly MachineGroup[],
  threads: ThreadTable,
  interruptName: (index: number) => string,
): CulpritRow[] {
  const owners = new Map(
    machines.flatMap((machine) => machine.members.map(({ id, ledger }) => [ledger.thread, { machine, id }] as const)),
  );
  const processes = new Map(machines.map((machine) => [machine.process, machine]));

  const describe = (thread: number, of: MachineGroup): { kind: CulpritKind; name: string } => {
    const interrupt = threadAsInterrupt(thread);
    if (interrupt !== undefined) return { kind: 'interrupt', name: interruptName(interrupt) };
    if (thread === IDLE_THREAD) return { kind: 'idle pCPU', name: 'nobody: the pCPU itself had to wake up' };
    if (thread === UNKNOWN_THREAD) return { kind: 'unknown', name: 'not recorded' };
    if (thread === OTHER_THREADS) return { kind: 'process', name: 'all further threads' };
    const owner = owners.get(thread);
    if (owner?.machine === of) return { kind: 'sibling vCPU', name: `vCPU ${owner.id}` };
    if (owner !== undefined) return { kind: 'other machine', name: `vCPU ${owner.id} of ${owner.machine.id}` };
    const name = threads.name(thread) ?? `thread ${thread}`;
    const process = threads.process(thread);
    const vmm = process === undefined ? undefined : processes.get(process);
    if (vmm !== undefined) return { kind: 'VMM thread', name: `${name} of ${vmm.id}` };
    return { kind: KERNEL_THREAD.test(name) ? 'kernel thread' : 'process', name };
  };

  const rows = new Map<string, CulpritRow & { ns: number; count: number }>();
  for (const machine of machines) {
    for (const { id, ledger } of machine.members) {
      for (const { account, thread, ns, count } of ledger.books.culprits.list) {
        const accountName = account === Account.preempted ? 'preempted' : 'wakeup';
        const { kind, name } = describe(thread, machine);
        const key = JSON.stringify([machine.id, id, accountName, kind, name]);
        const row = rows.get(key);
        if (row === undefined)
          rows.set(key, { machine: machine.id, vcpu: id, account: accountName, kind, name, ns, count });
        else Object.assign(row, { ns: row.ns + ns, count: row.count + count });
      }
    }
  }
  return [...rows.values()].sort((a, b) => b.ns - a.ns);
}
