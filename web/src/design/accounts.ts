/** Accounts in words and colours, the same in every view. */
import { ACCOUNTS, type AccountName } from '../../../src/ledger/accounts.js';

/** What a vCPU was doing, a few words each. */
export const ACCOUNT_MEANINGS: Readonly<Record<AccountName, string>> = {
  guest: 'running guest code',
  hypervisor: 'on its pCPU, the host kernel working for an exit',
  vmm: "on its pCPU, the VMM's user-space code working for an exit",
  interrupt: 'on its pCPU, a handler of a host interrupt on top of it',
  poll: 'halted, the host spinning for its wake-up',
  idle: 'halted and asleep: nothing to do',
  blocked: 'asleep for another reason while the guest wanted to run',
  wakeup: 'awake, waiting for a pCPU',
  preempted: 'runnable, but another thread has its pCPU',
  unknown: 'nobody can say: lost events, or before the first and after the last event',
};

/** For style attributes and SVG: follows the theme by itself. */
export const accountColour = (account: AccountName): string => `var(--account-${account})`;

/** Of text on that colour. */
export const textOnAccount = (account: AccountName): string => `var(--on-${account})`;

export { ACCOUNTS, type AccountName };
