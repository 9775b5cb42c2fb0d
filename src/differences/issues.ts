/** What makes a comparison of two recordings doubtful. */
import type { Issue } from '../base/issue.js';
import type { Explanation } from '../explain/explanation.js';
import type { AccountName } from '../ledger/accounts.js';
import { type Alignment, type Both, SIDES, type SideSummary } from './difference.js';
import { AWAKE } from './windows.js';

/** Guest delay but for waiting for a pCPU: what exits take. */
export const HANDLING = ['hypervisor', 'vmm', 'interrupt', 'blocked'] as const;

/** Whether the sum of these accounts is mixed with others in the same way on both sides, or on none. */
export function recordedAlike(accounts: readonly AccountName[], quality: Both<Explanation['quality']>): boolean {
  const mixed = ({ upperBounds }: Explanation['quality']): string =>
    upperBounds
      .flatMap(({ account, contains }) => contains.map((name) => [account, name] as const))
      .filter(([account, name]) => accounts.includes(account) !== accounts.includes(name))
      .map((pair) => pair.join(' > '))
      .sort()
      .join(', ');
  return mixed(quality.before) === mixed(quality.after);
}

export function issuesOf(
  sides: Both<SideSummary>,
  { machines, onlyBefore, onlyAfter }: Alignment,
  isTested: boolean,
  isComparable: (accounts: readonly AccountName[]) => boolean,
  exits: Both<Explanation['quality']['exits']>,
): Issue[] {
  const issues = eventIssues(isComparable, exits.before === exits.after);
  const warn = (code: string, message: string, hint?: string) =>
    issues.push({ code, severity: 'warning', message, ...(hint !== undefined && { hint }) });
  if (exits.before === exits.after && exits.before !== 'complete') {
    const what = exits.before === 'missing' ? 'Exits were not recorded' : 'How long exits took was not recorded';
    warn('exits-unseen', `${what}, on both sides: the guests lost at least what is told here.`);
  }
  if (!isTested) {
    warn(
      'too-short',
      'A recording is too short, or its guests were awake too little, to tell how much it varies: nothing is tested.',
      'Record at least a second of the workload.',
    );
  }
  const unsteady = SIDES.filter((side) => isTested && !sides[side].isSteady);
  if (unsteady.length > 0) {
    const which = unsteady.length === 2 ? 'both recordings show' : `the recording ${unsteady[0]} shows`;
    warn(
      'unsteady',
      `What ${which} changes from phase to phase: where the phases differ, a difference can be one of them.`,
      'Record the steady part of the workload alone, or choose it with --before-part and --after-part.',
    );
  }
  for (const side of SIDES) {
    if (['D', 'F'].includes(sides[side].grade)) {
      warn(`poor-${side}`, `The quality of the recording ${side} is ${sides[side].grade}: vmtoll explain says why.`);
    }
  }
  if (machines.length > 1 && machines.some(({ by }) => by === 'order')) {
    warn(
      'aligned-by-order',
      'Machines without a common name are taken for the same one by their order.',
      'Give their configurations with --config: these have names.',
    );
  }
  const onlyOne = [...onlyBefore.map((id) => `${id} before`), ...onlyAfter.map((id) => `${id} after`)];
  if (onlyOne.length > 0) warn('machines-differ', `Only one side has these machines: ${onlyOne.join(', ')}.`);
  const vcpus = machines.filter(
    ({ vcpusOnlyBefore, vcpusOnlyAfter }) => vcpusOnlyBefore.length + vcpusOnlyAfter.length > 0,
  );
  for (const { before, vcpusOnlyBefore, vcpusOnlyAfter } of vcpus) {
    warn(
      'vcpus-differ',
      `${before.id} has other vCPUs on the other side (only before: ${vcpusOnlyBefore.join(', ') || 'none'}; only after: ${vcpusOnlyAfter.join(', ') || 'none'}); those of both are compared.`,
    );
  }
  return issues;
}

function eventIssues(isComparable: (accounts: readonly AccountName[]) => boolean, isCountedAlike: boolean): Issue[] {
  const apart = AWAKE.filter((account) => !isComparable([account]));
  if (apart.length === 0) return [];
  const exits = isComparable(HANDLING) ? '' : ' and the time that exits take';
  const message = `The sides recorded different classes of events, so these are not the same on both and are not compared: the accounts ${apart.join(', ')}${exits}, ${isCountedAlike ? 'and details of exits' : 'how many exits there were, and their details'}.`;
  const hint = 'Record both sides with the same events; vmtoll explain says what is missing.';
  return [{ code: 'events-differ', severity: 'warning', message, hint }];
}
