/** The accounts of the ledger: at every moment a vCPU's time goes into exactly one of them. */
export const ACCOUNTS = [
  'guest',
  'hypervisor',
  'vmm',
  'interrupt',
  'poll',
  'idle',
  'blocked',
  'wakeup',
  'preempted',
  'unknown',
] as const;
export type AccountName = (typeof ACCOUNTS)[number];

export const ACCOUNT_COUNT = ACCOUNTS.length;

/** Positions in ACCOUNTS, for columns. */
export const Account = {
  guest: 0,
  hypervisor: 1,
  vmm: 2,
  interrupt: 3,
  poll: 4,
  idle: 5,
  blocked: 6,
  wakeup: 7,
  preempted: 8,
  unknown: 9,
} as const satisfies Record<AccountName, number>;
export type Account = (typeof Account)[AccountName];

/** What the guest suffers: time in which it wanted to run and did not. */
export const GUEST_DELAY = ['hypervisor', 'vmm', 'interrupt', 'blocked', 'wakeup', 'preempted'] as const;
/** What the host burns beside guest code. */
export const HOST_COST = ['hypervisor', 'vmm', 'interrupt', 'poll'] as const;

/** Where the VMM keeps a vCPU out of the guest, what of that time is its will; waiting for a pCPU and interrupts are not. */
export const KEPT_OUT_ACCOUNTS: readonly Account[] = [Account.hypervisor, Account.vmm, Account.blocked];

export type AccountSums = Record<AccountName, number>;

/** Nanoseconds per account from a column of ACCOUNT_COUNT numbers at `offset`. */
export function accountSums(column: ArrayLike<number>, offset = 0): AccountSums {
  const of = (account: Account): number => column[offset + account] ?? 0;
  // Key by key: an object that grows in a loop is much slower to make.
  return {
    guest: of(Account.guest),
    hypervisor: of(Account.hypervisor),
    vmm: of(Account.vmm),
    interrupt: of(Account.interrupt),
    poll: of(Account.poll),
    idle: of(Account.idle),
    blocked: of(Account.blocked),
    wakeup: of(Account.wakeup),
    preempted: of(Account.preempted),
    unknown: of(Account.unknown),
  };
}

export const noTime = (): AccountSums => accountSums([]);

export function addSums(into: AccountSums, sums: AccountSums): void {
  for (const name of ACCOUNTS) into[name] += sums[name];
}

export const sumOf = (sums: AccountSums, names: readonly AccountName[]): number =>
  names.reduce((total, name) => total + sums[name], 0);
