/** Guests that crashed: a remark on the first screen. */

import { counted } from '../../base/quantities.js';
import type { Explanation } from '../../explain/explanation.js';

/** Exit reasons of a guest that failed to handle a double fault: SVM's and VMX' names. */
const TRIPLE_FAULTS: readonly string[] = ['shutdown', 'TRIPLE_FAULT'];
const CRASHES_SHOWN = 4;

export function crashLines({ exits, worst }: Explanation): string[] {
  const isCrash = ({ reason }: { readonly reason: string }) => TRIPLE_FAULTS.includes(reason);
  const crashed = exits.filter((row) => isCrash(row) && row.count > 0);
  const timed = worst.filter(isCrash).sort((a, b) => a.atNs - b.atNs);
  return crashed.slice(0, CRASHES_SHOWN).map(({ machine, vcpu, count }) => {
    const first = timed.find((episode) => episode.machine === machine && episode.vcpu === vcpu);
    // A guest that was not entered again has no episode whose time is kept.
    const at = first === undefined ? '' : ` at ${first.clockTime.slice(0, -6)} s`;
    const more = count > 1 ? `, ${counted(count, 'time')} in all` : '';
    return `${machine} shut down (triple fault)${at}${more}`;
  });
}
