/** What to change first: the findings, by what they are likely to bring. */
import { shownText } from '../../design/text.js';
import { gainWords } from '../../design/words.js';
import type { Explanation } from '../../engine/engine.js';
import { linkTo } from '../../state/address.js';

const SHOWN = 6;

export function Advice({ explanation }: { explanation: Explanation }) {
  const { findings } = explanation;
  return (
    <section class="card advice" aria-label="What to change">
      <h2>What to change, by likely gain</h2>
      {findings.length === 0 && <p class="quiet">No rule found anything to change.</p>}
      <ol>
        {findings.slice(0, SHOWN).map((finding, index) => {
          const { rule, title, machine, confidence } = finding;
          const gain = gainWords(explanation, finding);
          return (
            <li key={`${rule} ${machine} ${title}`}>
              <a href={linkTo('findings', { open: rule })}>
                <span class="advice-title">{shownText(title)}</span>
                <span class="advice-gain">
                  {gain === undefined ? 'no gain promised' : <b>likely gain {gain}</b>}
                  <span class="quiet"> · {confidence} confidence</span>
                </span>
              </a>
              <span class="rank" aria-hidden="true">
                {index + 1}
              </span>
            </li>
          );
        })}
      </ol>
      {findings.length > SHOWN && <a href={linkTo('findings')}>All {findings.length} findings</a>}
    </section>
  );
}
