/** Machines and their vCPUs with the sums of their books. */
import {
  ACCOUNT_COUNT,
  type AccountSums,
  accountSums,
  addSums,
  GUEST_DELAY,
  HOST_COST,
  KEPT_OUT_ACCOUNTS,
  noTime,
  sumOf,
} from '../ledger/accounts.js';
import type { Cells } from '../ledger/cells.js';
import { causeIndex } from '../recording/causes.js';
import { PCPU_THREADS } from '../recording/event-batch.js';
import type { ThreadTable } from '../recording/threads.js';
import type { Machine, Totals, Vcpu } from './explanation.js';
import type { MachineGroup, Member } from './machines.js';
import { recordedOf, remarksOn, type SeenEvents } from './recorded.js';

const VM_CONTROL = causeIndex('vm-control');

/** @param hasThreads whether threads of the host run vCPUs, so that these have numbers */
export function machineOf(group: MachineGroup, seen: SeenEvents, threads: ThreadTable, hasThreads: boolean): Machine {
  const vcpus = group.members.map((member) => vcpuOf(member, threads, hasThreads));
  const remarks = remarksOn(seen.remarks, [group.process]);
  return {
    id: group.id,
    name: group.name,
    ...(group.process !== undefined && { process: group.process }),
    vcpusKnown: group.basis !== 'pcpu',
    vcpus,
    recorded: recordedOf({ ...seen, remarks }, ledgerOf(vcpus)),
  };
}

function vcpuOf({ id, ledger }: Member, threads: ThreadTable, hasThreads: boolean): Vcpu {
  const [threadName, priority] = [threads.name(ledger.thread), threads.priority(ledger.thread)];
  const { books } = ledger;
  const ledgerNs = accountSums(books.totals);
  return {
    id,
    thread: hasThreads && ledger.thread < PCPU_THREADS ? ledger.thread : -1,
    ...(threadName !== undefined && { threadName }),
    ...(priority !== undefined && { priority }),
    durationNs: books.totals.reduce((sum, value) => sum + value, 0),
    exits: books.exits,
    unpairedExits: books.unpairedExits,
    unpairedEntries: books.unpairedEntries,
    ledgerNs,
    guestDelayNs: sumOf(ledgerNs, GUEST_DELAY),
    hostCostNs: sumOf(ledgerNs, HOST_COST),
    keptOutNs: keptOutNs(books.cells),
  };
}

function keptOutNs(cells: Cells): number {
  let total = 0;
  for (let cell = 0; cell < cells.count; cell++) {
    if (cells.cause[cell] !== VM_CONTROL) continue;
    for (const account of KEPT_OUT_ACCOUNTS) total += cells.sums[cell * ACCOUNT_COUNT + account];
  }
  return total;
}

function ledgerOf(vcpus: readonly Vcpu[]): AccountSums {
  const sums = noTime();
  for (const vcpu of vcpus) addSums(sums, vcpu.ledgerNs);
  return sums;
}

export function totalsOf(machines: readonly Machine[]): Totals {
  const vcpus = machines.flatMap((machine) => machine.vcpus);
  const ledgerNs = ledgerOf(vcpus);
  return {
    vcpus: vcpus.length,
    exits: vcpus.reduce((sum, vcpu) => sum + vcpu.exits, 0),
    durationNs: vcpus.reduce((sum, vcpu) => sum + vcpu.durationNs, 0),
    ledgerNs,
    guestDelayNs: sumOf(ledgerNs, GUEST_DELAY),
    hostCostNs: sumOf(ledgerNs, HOST_COST),
    keptOutNs: vcpus.reduce((sum, vcpu) => sum + vcpu.keptOutNs, 0),
  };
}
