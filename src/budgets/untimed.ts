/** Exits that have no length because events were lost: how many, and how long they can have been. */
import { counted } from '../base/quantities.js';
import type { ExitRow } from '../explain/explanation.js';
import { ACCOUNTS, sumOf } from '../ledger/accounts.js';
import type { ExitFilter } from './budget.js';
import { type Doubt, doubted } from './measured.js';
import { hintOf, unknownTime } from './missing.js';
import { EVERYTHING_TIMED, type Untimed } from './percentiles.js';
import { exitsWhere, isKeptOut, isMuchUnknown, type Scope } from './scope.js';

export interface UntimedExits extends Untimed {
  /** What they leave open; null: nothing. */
  readonly doubt: Doubt | null;
}

/** Issues of the quality, as warnings: events within T are missing. */
const LOSSES: readonly string[] = ['lost-events', 'unpaired', 'broken-visits', 'states-contradict'];

const hasLosses = ({ explanation }: Scope): boolean =>
  explanation.quality.issues.some(({ code, severity }) => severity !== 'note' && LOSSES.includes(code));

/** Where nothing was lost an exit without an entry is one in which T begins or ends: that is no exit within T. */
export function untimedExits(where: ExitFilter, scope: Scope): UntimedExits {
  const isUnknown = isMuchUnknown(scope);
  if (!isUnknown && !hasLosses(scope)) return { ...EVERYTHING_TIMED, doubt: null };
  // What an episode without its exit was about is not known, so it may be one of any kind.
  const rows = [...new Set([...exitsWhere(scope, where), ...scope.exits.filter(({ count }) => count === 0)])].filter(
    (row) => !isKeptOut(row),
  );
  const exits = rows.reduce((sum, { episodes, timed }) => sum + episodes - timed, 0);
  const doubt = doubted(`there may be further exits: ${lackOf(exits, isUnknown, scope)}`, hintOf('lost-events', scope));
  return { exits, hiddenNs: isUnknown ? scope.ledgerNs.unknown : 0, longestNs: longestOf(scope, rows), doubt };
}

function lackOf(exits: number, isUnknown: boolean, scope: Scope): string {
  const without = exits === 0 ? [] : [`${counted(exits, 'exit')} ${exits === 1 ? 'has' : 'have'} no length`];
  return [isUnknown ? unknownTime(scope) : 'events were lost', ...without].join(', ');
}

/** All that is unknown of a vCPU may be one exit, with all that was seen of those without a length. */
function longestOf({ machines }: Scope, rows: readonly ExitRow[]): number {
  const lengths = machines.flatMap(({ id, vcpus }) =>
    vcpus.map((vcpu) => {
      const own = rows.filter((row) => row.machine === id && row.vcpu === vcpu.id);
      // The last exit can be without an entry because T ends.
      const isCut = vcpu.unpairedExits <= 1;
      if (isCut && vcpu.ledgerNs.unknown === 0) return 0;
      const partly = own.filter(({ count }) => count === 0 || !isCut);
      return vcpu.ledgerNs.unknown + partly.reduce((sum, row) => sum + untimedNs(row), 0);
    }),
  );
  return Math.max(0, ...lengths);
}

const untimedNs = ({ ledgerNs, totalNs }: ExitRow): number => sumOf({ ...ledgerNs, guest: 0 }, ACCOUNTS) - totalNs;
