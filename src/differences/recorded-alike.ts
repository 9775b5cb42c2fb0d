/** Whether the events that were recorded of a machine tell the same on both sides. */
import type { Recorded } from '../explain/explanation.js';
import type { AccountName } from '../ledger/accounts.js';
import type { AlignedMachine, Both, Side } from './difference.js';

export interface RecordedOfBoth extends Both<Recorded> {
  /** As rows name it: its id before. */
  readonly machine: string;
}

export function recordedOfBoth({ before, after }: AlignedMachine, sides: Both<Side>): RecordedOfBoth {
  const of = ({ explanation }: Side, machine: string): Recorded =>
    explanation.machines.find(({ id }) => id === machine)?.recorded ?? explanation.quality;
  return { machine: before.id, before: of(sides.before, before.id), after: of(sides.after, after.id) };
}

/** Whether the sum of these accounts is mixed with others in the same way on both sides, or on none. */
export function recordedAlike(accounts: readonly AccountName[], { before, after }: Both<Recorded>): boolean {
  const mixed = ({ upperBounds }: Recorded): string =>
    upperBounds
      .flatMap(({ account, contains }) => contains.map((name) => [account, name] as const))
      .filter(([account, name]) => accounts.includes(account) !== accounts.includes(name))
      .map((pair) => pair.join(' > '))
      .sort()
      .join(', ');
  return mixed(before) === mixed(after);
}
