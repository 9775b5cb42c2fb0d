/** Verdicts in colours and signs: never by colour alone. */

import type { Verdict as PairVerdict } from '../../../src/benchmarks/comparison/comparison.js';
import type { Verdict as DifferenceVerdict } from '../../../src/differences/difference.js';

type Verdict = PairVerdict | DifferenceVerdict;

const SIGNS: Readonly<Record<Verdict, readonly [sign: string, tone: 'worse' | 'better' | 'unclear']>> = {
  slower: ['▲', 'worse'],
  worse: ['▲', 'worse'],
  new: ['✚', 'worse'],
  faster: ['▼', 'better'],
  better: ['▼', 'better'],
  gone: ['✖', 'better'],
  equivalent: ['=', 'unclear'],
  changed: ['◆', 'unclear'],
  inconclusive: ['?', 'unclear'],
  unclear: ['?', 'unclear'],
  'not-testable': ['–', 'unclear'],
  untested: ['–', 'unclear'],
};

export const verdictColour = (verdict: Verdict): string => `var(--${SIGNS[verdict][1]})`;

export function VerdictWord({ verdict }: { verdict: Verdict }) {
  const [sign, tone] = SIGNS[verdict];
  return (
    <span class={`verdict ${tone}`}>
      <span aria-hidden="true">{sign}</span> {verdict.replace('-', ' ')}
    </span>
  );
}
