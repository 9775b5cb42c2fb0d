/** What each of several machines lost: one line a machine on the first screen. */
import { groupedBy } from '../../base/grouped-by.js';
import { counted, formatNs, formatShare } from '../../base/quantities.js';
import type { Bound, ExitRow, Explanation, Machine } from '../../explain/explanation.js';
import { lostTimeNs, sourcesOf } from '../../explain/sources.js';
import { addSums, noTime } from '../../ledger/accounts.js';
import { printable } from '../untrusted.js';
import { largestCauses } from './causes.js';
import { cut } from './table.js';

const MACHINES_SHOWN = 6;
/** Characters of a machine's name. */
const LONGEST_NAME = 40;

/** Before a number that missing events make inexact. */
export const BOUND_WORDS: Record<Bound, string> = {
  measured: '',
  'at most': 'up to ',
  'at least': 'at least ',
  rough: 'roughly ',
};

/**
 * Those that lost most time first; nothing for a single machine.
 * @param namesCauses false: the recording cannot tell which cause is the largest
 */
export function machineLines(explanation: Explanation, namesCauses: boolean): string[] {
  const { machines } = explanation;
  if (machines.length < 2) return [];
  const causes = namesCauses ? largestCauses(explanation) : [];
  const exits = groupedBy(explanation.exits, ({ machine }) => machine);
  const losses = machines
    .map((machine) => lossOf(machine, exits.get(machine.id) ?? []))
    .sort((a, b) => b.lostNs - a.lostNs);
  const lines = losses.slice(0, MACHINES_SHOWN).map(({ machine: { id, name, recorded }, lostNs, wantedNs }) => {
    const largest = causes.find((cause) => cause.machine === id && cause.ns > 0);
    const most = largest === undefined ? '' : `, most to ${largest.title} (${formatNs(largest.ns)})`;
    const share = `${BOUND_WORDS[recorded.lostTime]}${formatShare(lostNs, wantedNs)}`;
    return `  ${id} ${cut(printable(name), LONGEST_NAME)}: ${share} of ${formatNs(wantedNs)}${most}`;
  });
  const more = machines.length - MACHINES_SHOWN;
  return more > 0 ? [...lines, `  and ${counted(more, 'machine')} more`] : lines;
}

interface Loss {
  readonly machine: Machine;
  readonly lostNs: number;
  /** Time in which its guest wanted to run. */
  readonly wantedNs: number;
}

function lossOf(machine: Machine, exits: readonly ExitRow[]): Loss {
  const sums = noTime();
  for (const vcpu of machine.vcpus) addSums(sums, vcpu.ledgerNs);
  const lostNs = lostTimeNs(sourcesOf(sums, exits));
  return { machine, lostNs, wantedNs: sums.guest + lostNs };
}
