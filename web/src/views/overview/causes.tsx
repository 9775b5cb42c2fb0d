/** Where the lost time went, largest first: exits by device or detail, waits by who had the pCPU. */

import { leftOutOfCauses, withoutCauses } from '../../../../src/report/recorded-words.js';
import { largestCauses } from '../../../../src/report/text/causes.js';
import { wantedNs } from '../../books/measures.js';
import { formatShare, formatTime, shownText } from '../../design/text.js';
import type { Explanation } from '../../engine/engine.js';

const SHOWN = 8;

export function LargestCauses({ explanation }: { explanation: Explanation }) {
  const wanted = wantedNs(explanation);
  const causes = largestCauses(explanation).filter(({ ns }) => ns > 0);
  const largest = causes[0]?.ns ?? 1;
  const isOneMachine = explanation.machines.length === 1;
  return (
    <section class="card causes" aria-label="The largest causes">
      <h2>The largest causes of lost time{shownText(leftOutOfCauses(explanation))}</h2>
      {causes.length === 0 && <p class="quiet">{shownText(withoutCauses(explanation))}</p>}
      <ol class="bars">
        {causes.slice(0, SHOWN).map(({ machine, ns, title, note }) => (
          <li key={`${machine} ${title}`}>
            <span class="bar-title">
              {isOneMachine ? '' : `${shownText(machine)}: `}
              {shownText(title)} <span class="quiet">{note}</span>
            </span>
            <span class="number">
              {formatTime(ns)} <span class="quiet">{formatShare(ns, wanted)}</span>
            </span>
            <span class="bar">
              <span style={{ width: `${(ns / largest) * 100}%` }} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
