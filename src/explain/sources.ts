/** The three sources of overhead, from the matrix account × cause. */

import type { AccountSums } from '../ledger/accounts.js';
import type { ExitRow, Sources } from './explanation.js';

const INTERRUPT_CAUSES: readonly string[] = ['interrupt', 'interrupt-control'];

/**
 * overload = preempted + wakeup; interrupts = the account `interrupt` plus hypervisor, vmm and blocked of the causes
 * interrupt and interrupt-control; guest exits = the rest of hypervisor, vmm and blocked, without cause vm-control.
 */
export function sourcesOf(totals: AccountSums, exits: readonly ExitRow[]): Sources {
  let interrupts = totals.interrupt;
  let guestExits = 0;
  for (const { cause, ledgerNs } of exits) {
    const handling = ledgerNs.hypervisor + ledgerNs.vmm + ledgerNs.blocked;
    if (INTERRUPT_CAUSES.includes(cause)) interrupts += handling;
    else if (cause !== 'vm-control') guestExits += handling;
  }
  return { guestExitsNs: guestExits, interruptsNs: interrupts, overloadNs: totals.preempted + totals.wakeup };
}

/** What the guests lost of the time in which they wanted to run. */
export const lostTimeNs = ({ guestExitsNs, interruptsNs, overloadNs }: Sources): number =>
  guestExitsNs + interruptsNs + overloadNs;
