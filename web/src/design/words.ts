/** Sentences that more than one view says. */
import type { Bound, Explanation } from '../../../src/explain/explanation.js';
import { wantedNs as wantedByOne } from '../../../src/findings/costs.js';
import type { Finding } from '../../../src/findings/finding.js';
import { wantedNs } from '../books/measures.js';
import { formatShare, formatTime } from './text.js';

/** Before a number that missing events make inexact. */
export const BOUND_WORDS: Readonly<Record<Bound, string>> = {
  measured: '',
  'at most': 'up to ',
  'at least': 'at least ',
  rough: 'roughly ',
};

/** "4.43 s (17.3 %)", of the time that its machine wanted, as in its title; undefined where no gain is promised. */
export function gainWords(explanation: Explanation, { gain: { likelyNs }, machine }: Finding): string | undefined {
  const own = explanation.machines.find(({ id }) => id === machine);
  const wanted = own === undefined || explanation.machines.length === 1 ? wantedNs(explanation) : wantedByOne(own);
  return likelyNs > 0 ? `${formatTime(likelyNs)} (${formatShare(likelyNs, wanted)})` : undefined;
}
