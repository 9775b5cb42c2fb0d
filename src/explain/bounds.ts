/** What missing events make of a sum of accounts. */
import { type AccountName, GUEST_DELAY } from '../ledger/accounts.js';
import type { Bound, Machine, Recorded, UpperBound } from './explanation.js';

/**
 * Which way the sum of some accounts is off: too high where one of them contains others, too low where one of the
 * others contains some of them.
 *
 * @param foreign accounts that count as others where they are contained, although they are in the sum
 */
export function boundOf(
  accounts: readonly AccountName[],
  upperBounds: readonly UpperBound[],
  foreign: readonly AccountName[] = [],
): Bound {
  const isOther = (account: AccountName) => !accounts.includes(account) || foreign.includes(account);
  const tooHigh = upperBounds.some(({ account, contains }) => accounts.includes(account) && contains.some(isOther));
  const tooLow = upperBounds.some(
    ({ account, contains }) => !accounts.includes(account) && contains.some((name) => accounts.includes(name)),
  );
  if (tooHigh && tooLow) return 'rough';
  if (tooHigh) return 'at most';
  return tooLow ? 'at least' : 'measured';
}

/**
 * Time in which the VMM kept a vCPU out of the guest is no loss. It is known by returns to the VMM, so where the
 * hypervisor's time contains that of the VMM or sleeps, it may contain such time.
 */
export const lostTimeBound = (upperBounds: readonly UpperBound[]): Bound =>
  boundOf(GUEST_DELAY, upperBounds, ['vmm', 'blocked']);

/** Whether time that exits took is inside that of guests, so that exits cost at least what is told of them. */
export const hidesExits = ({ upperBounds }: Pick<Recorded, 'upperBounds'>): boolean =>
  upperBounds.some(({ account, contains }) => account === 'guest' && contains.includes('hypervisor'));

/** The ids of the machines of which it holds; none where it holds of all of them. */
export function machinesApart(machines: readonly Machine[], holds: (recorded: Recorded) => boolean): string[] {
  const found = machines.filter(({ recorded }) => holds(recorded));
  return found.length === machines.length ? [] : found.map(({ id }) => id);
}
