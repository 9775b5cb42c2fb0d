/** Names for those who ran while a vCPU waited. */
import { Account } from '../ledger/accounts.js';
import {
  IDLE_THREAD,
  OTHER_THREADS,
  threadAsInterrupt,
  threadAsPartition,
  UNKNOWN_THREAD,
} from '../ledger/culprits.js';
import { SCHEDULER_THREAD } from '../recording/event-batch.js';
import type { ThreadTable } from '../recording/threads.js';
import type { CulpritKind, CulpritRow } from './explanation.js';
import type { MachineGroup } from './machines.js';

/** How kernels name their own threads, the common ones (QNX: those of its process procnto): a recording does not say which threads have no process. */
const KERNEL_THREAD =
  /^(?:kworker\/|ksoftirqd\/|migration\/|rcu_|rcuo|kcompactd|khugepaged|kswapd|ktimers\/|cpuhp\/|irq\/|vhost-|watchdog|kthreadd|jbd2\/|idle_inject\/|kvm-pit|kvm-nx-lpage|ksmd|napi\/|xfsaild|kauditd|oom_reaper|khungtaskd|kdevtmpfs|scsi_eh_|dmcrypt_write|md\d+_|nvme|blkcg_punt|cpu_dma|psimon|procnto)/;

/** What a thread, or a stand-in for one, is to a machine. */
export type ThreadNamer = (thread: number, of: MachineGroup) => { readonly kind: CulpritKind; readonly name: string };

export function threadNamer(
  machines: readonly MachineGroup[],
  threads: ThreadTable,
  interruptName: (index: number) => string,
): ThreadNamer {
  const owners = new Map(
    machines.flatMap((machine) => machine.members.map(({ id, ledger }) => [ledger.thread, { machine, id }] as const)),
  );
  const processes = new Map(machines.map((machine) => [machine.process, machine]));

  return (thread, of) => {
    const interrupt = threadAsInterrupt(thread);
    if (interrupt !== undefined) return { kind: 'interrupt', name: interruptName(interrupt) };
    const partition = threadAsPartition(thread);
    if (partition !== undefined) return { kind: 'partition budget', name: `budget of partition ${partition}, used up` };
    if (thread === IDLE_THREAD) return { kind: 'idle pCPU', name: 'nobody: the pCPU itself had to wake up' };
    if (thread === SCHEDULER_THREAD)
      return { kind: 'kernel thread', name: "the host's scheduler, between two threads" };
    if (thread === UNKNOWN_THREAD) return { kind: 'unknown', name: 'unknown after lost events' };
    if (thread === OTHER_THREADS) return { kind: 'process', name: 'all further threads' };
    const owner = owners.get(thread);
    if (owner?.machine.id === of.id) return { kind: 'sibling vCPU', name: `vCPU ${owner.id}` };
    if (owner !== undefined) return { kind: 'other machine', name: `vCPU ${owner.id} of ${owner.machine.id}` };
    const name = threads.name(thread) ?? `thread ${thread}`;
    const process = threads.process(thread);
    const vmm = process === undefined ? undefined : processes.get(process);
    if (vmm !== undefined) return { kind: 'VMM thread', name: `${name} of ${vmm.id}` };
    return { kind: KERNEL_THREAD.test(name) ? 'kernel thread' : 'process', name };
  };
}

export function culpritRows(
  machines: readonly MachineGroup[],
  describe: ThreadNamer,
  threads: ThreadTable,
): CulpritRow[] {
  const rows = new Map<string, CulpritRow & { ns: number; count: number; priority?: number | undefined }>();
  for (const machine of machines) {
    for (const { id, ledger } of machine.members) {
      for (const { account, thread, ns, count } of ledger.books.culprits.list) {
        const accountName = account === Account.preempted ? 'preempted' : 'wakeup';
        const { kind, name } = describe(thread, machine);
        const key = JSON.stringify([machine.id, id, accountName, kind, name]);
        const row = rows.get(key);
        const priority = threads.priority(thread);
        if (row === undefined) {
          const known = priority === undefined ? {} : { priority };
          rows.set(key, { machine: machine.id, vcpu: id, account: accountName, kind, name, ns, count, ...known });
          continue;
        }
        row.ns += ns;
        row.count += count;
        // Threads of one name need not have one priority.
        if (row.priority !== priority) delete row.priority;
      }
    }
  }
  return [...rows.values(), ...unexplainedWaits(machines)].sort((a, b) => b.ns - a.ns);
}

/** Waits of which no event tells who had the pCPU: with them all culprits together are all of wakeup and preempted. */
function unexplainedWaits(machines: readonly MachineGroup[]): CulpritRow[] {
  return machines.flatMap((machine) =>
    machine.members.flatMap(({ id, ledger: { books } }) =>
      (['wakeup', 'preempted'] as const).flatMap((account): CulpritRow[] => {
        const known = books.culprits.list.filter((culprit) => culprit.account === Account[account]);
        const ns = books.totals[Account[account]] - known.reduce((sum, culprit) => sum + culprit.ns, 0);
        return ns > 0 ? [{ machine: machine.id, vcpu: id, account, ...NOT_RECORDED, ns, count: 1 }] : [];
      }),
    ),
  );
}

const NOT_RECORDED = { kind: 'unknown', name: 'not recorded' } as const;
