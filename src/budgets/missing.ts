/** What a recording lacks to judge a limit, in words, and how to record it. */

import { boundOf } from '../explain/bounds.js';
import type { UpperBound } from '../explain/explanation.js';
import { EVENTS_OF_CLASS, UNSEEN, WITHOUT_CLASS, WITHOUT_PART } from '../explain/missing-events.js';
import { hypervisorOf } from '../hypervisors/registry.js';
import type { EventClass } from '../hypervisors/translator.js';
import type { AccountName } from '../ledger/accounts.js';
import { type Doubt, doubted } from './measured.js';
import { hidesKeptOut, type Scope, unknownShare } from './scope.js';

/** The class without which most is unknown comes first. */
const CLASSES: readonly EventClass['id'][] = ['exits', 'scheduler', 'vmm', 'wakeups', 'interrupts', 'halts'];

/**
 * Which events are missing, so that some of these accounts contain others, or are contained in them.
 * @param withoutKeptOut whether they are to be without time kept out by the VMM
 */
export function missingEvents(accounts: readonly AccountName[], scope: Scope, withoutKeptOut = false): Doubt {
  return inWords(
    scope,
    accounts,
    (bounds) => boundOf(accounts, bounds) !== 'measured' || (withoutKeptOut && hidesKeptOut(bounds)),
  );
}

/** Which events are missing at all. */
export const allMissingEvents = (scope: Scope): Doubt => inWords(scope, [], (bounds) => bounds.length > 0);

function inWords(
  scope: Scope,
  accounts: readonly AccountName[],
  matters: (bounds: readonly UpperBound[]) => boolean,
): Doubt {
  const { recording, quality } = scope.explanation;
  const found = quality.issues.filter(({ code }) => matters(boundsOf(code, scope)));
  const classes = CLASSES.filter((id) => found.some(({ code }) => code === codeOf(id)));
  const names = classes.map((id) => EVENTS_OF_CLASS[id]);
  if (classes.length === 1) return doubted(`${names[0]} were not recorded`, hintOf(codeOf(classes[0]), scope));
  if (classes.length > 1) {
    const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
    return doubted(`${list} were not recorded`, hypervisorOf(recording.format).advice.everything);
  }
  const other = found.at(0) ?? quality.issues.find(({ code }) => isTellingOf(code, accounts));
  return doubted(other?.message ?? 'events that tell were not recorded', other?.hint ?? null);
}

/** Whether it says that no event tells one of these accounts. */
const isTellingOf = (code: string, accounts: readonly AccountName[]): boolean =>
  UNSEEN[code]?.notRecorded.some((account) => accounts.includes(account)) ?? false;

const codeOf = (id: EventClass['id']): string => `no-${id}`;

/** What an issue of the quality says of accounts, as far as it holds here: it may be about other machines. */
function boundsOf(code: string, { recorded }: Scope): UpperBound[] {
  const ofClass = CLASSES.find((id) => codeOf(id) === code);
  const bounds =
    ofClass !== undefined
      ? WITHOUT_CLASS[ofClass].upperBounds
      : (UNSEEN[code]?.upperBounds ??
        Object.values(WITHOUT_PART).find((part) => part.code === code)?.upperBounds ??
        []);
  return bounds.filter(({ account, contains }) =>
    recorded.upperBounds.some(
      (open) => open.account === account && contains.every((one) => open.contains.includes(one)),
    ),
  );
}

/** For example "67.6 % of the time is unknown". */
export const unknownTime = (scope: Scope): string =>
  `${(unknownShare(scope) * 100).toFixed(1)} % of the time is unknown`;

export const tooMuchUnknown = (scope: Scope): Doubt => doubted(unknownTime(scope), hintOf('lost-events', scope));

/** What can be done about an issue of the quality; null where there is none. */
export const hintOf = (code: string, { explanation }: Scope): string | null =>
  explanation.quality.issues.find((issue) => issue.code === code)?.hint ?? null;
