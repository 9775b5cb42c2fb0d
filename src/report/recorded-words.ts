/** What was not recorded, in words, with the machines where that is not all of them. */
import { machinesApart } from '../explain/bounds.js';
import type { ExitRecord, Explanation, Recorded } from '../explain/explanation.js';

const MACHINES_NAMED = 8;

/** " (vm2, vm3)" where it holds of these machines and not of all, else nothing. */
export function ofMachines({ machines }: Explanation, holds: (recorded: Recorded) => boolean): string {
  const ids = machinesApart(machines, holds);
  if (ids.length === 0) return '';
  return ` (${ids.slice(0, MACHINES_NAMED).join(', ')}${ids.length > MACHINES_NAMED ? ', …' : ''})`;
}

const UNSEEN_EXITS: Record<Exclude<ExitRecord, 'complete'>, { readonly leftOut: string; readonly nothing: string }> = {
  missing: { leftOut: 'exits that were not recorded', nothing: 'Exits were not recorded' },
  'without lengths': {
    leftOut: 'exits whose lengths were not recorded',
    nothing: 'How long exits took was not recorded',
  },
};

function unseenExits(explanation: Explanation) {
  return (['missing', 'without lengths'] as const)
    .filter((record) => explanation.machines.some(({ recorded }) => recorded.exits === record))
    .map((record) => ({ ...UNSEEN_EXITS[record], of: ofMachines(explanation, ({ exits }) => exits === record) }));
}

/** After "the largest causes": what is not among them. */
export function leftOutOfCauses(explanation: Explanation): string {
  const leftOut = unseenExits(explanation).map((unseen) => `${unseen.leftOut}${unseen.of}`);
  return leftOut.length === 0 ? '' : `, without ${leftOut.join(' and ')}`;
}

/** In place of causes, where there are none. */
export function withoutCauses(explanation: Explanation): string {
  const unseen = unseenExits(explanation);
  if (unseen.length === 0) return 'No exit cost the guests anything.';
  const sentences = unseen.map(({ nothing, of }) => `${nothing}${of}`);
  return `${sentences.join('. ')}, and nothing else cost the guests anything.`;
}
