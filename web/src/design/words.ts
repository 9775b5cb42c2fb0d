/** Sentences that more than one view says. */
import type { Bound, Explanation } from '../../../src/explain/explanation.js';
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

/** "4.43 s, 17.3 % of the time wanted"; undefined where no gain is promised. */
export function gainWords(explanation: Explanation, { gain: { likelyNs } }: Finding): string | undefined {
  return likelyNs > 0 ? `${formatTime(likelyNs)} (${formatShare(likelyNs, wantedNs(explanation))})` : undefined;
}
