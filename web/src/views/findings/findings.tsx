/** What to change: evidence that leads into the other views, commands to copy, how to see that it worked. */
import { useEffect } from 'preact/hooks';
import type { Finding } from '../../../../src/findings/finding.js';
import { WithBooks } from '../../design/books.jsx';
import { formatShare, formatTime, shownText } from '../../design/text.js';
import { gainWords } from '../../design/words.js';
import type { Explanation } from '../../engine/engine.js';
import { parameter, setParameters } from '../../state/address.js';
import { needsRecording, type View } from '../view.js';
import { Evidence } from './evidence.jsx';
import { Remedy } from './remedy.jsx';

export const findingsView: View = {
  id: 'findings',
  title: 'Findings',
  about: 'what to change, by likely gain',
  missing: needsRecording,
  Content: () => <WithBooks View={Findings} />,
};

function Findings({ explanation }: { explanation: Explanation }) {
  const { findings } = explanation;
  const open = parameter('open') ?? keyOf(findings[0], findings);
  useEffect(() => {
    if (parameter('open') !== undefined) document.querySelector('.finding.open')?.scrollIntoView({ block: 'start' });
  }, []);
  if (findings.length === 0) {
    return <p class="card quiet">No rule found anything to change. “vmtoll rules” lists what was looked for.</p>;
  }
  return (
    <ol class="findings">
      {findings.map((finding, index) => {
        const key = keyOf(finding, findings);
        return (
          <li key={key}>
            <OneFinding explanation={explanation} finding={finding} rank={index + 1} id={key} isOpen={open === key} />
          </li>
        );
      })}
    </ol>
  );
}

/** The rule; the second finding of the same rule is "rule~2". */
function keyOf(finding: Finding | undefined, findings: readonly Finding[]): string {
  if (finding === undefined) return '';
  const same = findings.filter(({ rule }) => rule === finding.rule);
  const position = same.indexOf(finding);
  return position === 0 ? finding.rule : `${finding.rule}~${position + 1}`;
}

interface OneFindingProps {
  readonly explanation: Explanation;
  readonly finding: Finding;
  readonly rank: number;
  readonly id: string;
  readonly isOpen: boolean;
}

function OneFinding({ explanation, finding, rank, id, isOpen }: OneFindingProps) {
  const { title, machine, costNs, gain, confidence, rule, accounts, sources, verify, risk } = finding;
  const gainText = gainWords(explanation, finding);
  return (
    <article class={isOpen ? 'card finding open' : 'card finding'} data-rule={rule}>
      <h2>
        <button
          type="button"
          class="finding-title"
          aria-expanded={isOpen}
          onClick={() => setParameters({ open: isOpen ? 'none' : id })}
        >
          <span class="rank">{rank}</span>
          <span>{shownText(title)}</span>
        </button>
      </h2>
      <p class="finding-numbers">
        {gainText === undefined ? (
          <span>no gain promised</span>
        ) : (
          <span>
            likely gain <b>{gainText}</b>, at most {formatTime(gain.mostNs)}
          </span>
        )}
        {costNs > 0 && (
          <span>
            costs {formatTime(costNs)}, {formatShare(costNs, explanation.totals.durationNs)} of all T
          </span>
        )}
        <span>{confidence} confidence</span>
        {machine !== null && <span>{shownText(machine)}</span>}
      </p>
      <div class="finding-body" hidden={!isOpen}>
        <section aria-label="Evidence">
          <h3>What was seen</h3>
          <p>{shownText(finding.evidence)}</p>
          <Evidence explanation={explanation} references={finding.references} />
          <p class="quiet">
            Counted in {accounts.join(', ')}. {shownText(gain.reasoning)}
          </p>
        </section>
        <section aria-label="Remedy">
          <h3>What to change</h3>
          <Remedy finding={finding} />
          <h3>What it can break</h3>
          <p>{shownText(risk)}</p>
          <h3>How to see that it worked</h3>
          <p>{shownText(verify)}</p>
        </section>
        <details>
          <summary>Rule {rule} and its sources</summary>
          <ul>
            {sources.map((source) => (
              <li key={source} class="quiet">
                {source}
              </li>
            ))}
          </ul>
        </details>
      </div>
    </article>
  );
}
