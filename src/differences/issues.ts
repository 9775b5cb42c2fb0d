/** What makes a comparison of two recordings doubtful. */
import type { Issue } from '../base/issue.js';
import type { AccountName } from '../ledger/accounts.js';
import { type Alignment, type Both, SIDES, type SideSummary } from './difference.js';
import { type RecordedOfBoth, recordedAlike } from './recorded-alike.js';
import { AWAKE } from './windows.js';

/** Guest delay but for waiting for a pCPU: what exits take. */
export const HANDLING = ['hypervisor', 'vmm', 'interrupt', 'blocked'] as const;

export function issuesOf(
  sides: Both<SideSummary>,
  { machines, onlyBefore, onlyAfter }: Alignment,
  isTested: boolean,
  recorded: readonly RecordedOfBoth[],
): Issue[] {
  const issues = [...byMachine(recorded, eventIssue), ...byMachine(recorded, unseenIssue)];
  const warn = (code: string, message: string, hint?: string) =>
    issues.push({ code, severity: 'warning', message, ...(hint !== undefined && { hint }) });
  if (!isTested) {
    warn(
      'too-short',
      'A recording is too short, or its guests were awake too little, to tell how much it varies: nothing is tested.',
      'Record at least a second of the workload.',
    );
  }
  const unsteady = SIDES.filter((side) => isTested && !sides[side].isSteady);
  if (unsteady.length > 0) {
    const where = unsteady.length === 2 ? 'either recording' : `the recording ${unsteady[0]}`;
    warn(
      'unsteady',
      `The workload was not steady in ${where}: its exits or its guest time rise, fall or jump along the way. So a difference may only mean that the recordings caught different parts of the work.`,
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

/** What holds for all machines is said once, all other with the machines for which it holds. */
function byMachine(recorded: readonly RecordedOfBoth[], issueOf: (pair: RecordedOfBoth) => Issue | undefined): Issue[] {
  const found = new Map<string, { readonly issue: Issue; readonly machines: string[] }>();
  for (const pair of recorded) {
    const issue = issueOf(pair);
    if (issue === undefined) continue;
    const same = found.get(issue.message);
    if (same === undefined) found.set(issue.message, { issue, machines: [pair.machine] });
    else same.machines.push(pair.machine);
  }
  return [...found.values()].map(({ issue, machines }) =>
    machines.length === recorded.length ? issue : { ...issue, message: `${machines.join(', ')}: ${issue.message}` },
  );
}

function unseenIssue({ before, after }: RecordedOfBoth): Issue | undefined {
  if (before.exits !== after.exits || before.exits === 'complete') return undefined;
  const what = before.exits === 'missing' ? 'Exits were not recorded' : 'How long exits took was not recorded';
  const message = `${what}, on both sides: the guests lost at least what is told here.`;
  return { code: 'exits-unseen', severity: 'warning', message };
}

function eventIssue(pair: RecordedOfBoth): Issue | undefined {
  const isComparable = (accounts: readonly AccountName[]) => recordedAlike(accounts, pair);
  const apart = AWAKE.filter((account) => !isComparable([account]));
  if (apart.length === 0) return undefined;
  const isCountedAlike = pair.before.exits === pair.after.exits;
  const exits = isComparable(HANDLING) ? '' : ' and the time that exits take';
  const message = `The sides recorded different classes of events, so these are not the same on both and are not compared: the accounts ${apart.join(', ')}${exits}, ${isCountedAlike ? 'and details of exits' : 'how many exits there were, and their details'}.`;
  const hint = 'Record both sides with the same events; vmtoll explain says what is missing.';
  return { code: 'events-differ', severity: 'warning', message, hint };
}
