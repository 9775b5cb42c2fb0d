/** How far the numbers are to be trusted, and what to record next time. */
import { ofMachines } from '../../../../src/report/recorded-words.js';
import { shownText } from '../../design/text.js';
import type { Explanation } from '../../engine/engine.js';

const GRADES = {
  A: 'complete',
  B: 'something is missing or inferred',
  C: 'important events or the clock are missing, or up to 10 % is unknown',
  D: 'much is unknown',
  F: 'not enough to say much',
} as const;

export function DataQuality({ explanation }: { explanation: Explanation }) {
  const { grade, issues, upperBounds, notRecorded } = explanation.quality;
  const withBound = (account: string) =>
    ofMachines(explanation, (recorded) => recorded.upperBounds.some((bound) => bound.account === account));
  return (
    <section class="card quality" aria-label="Data quality">
      <h2>
        Data quality <span class={`grade grade-${grade}`}>{grade}</span> <span class="quiet">{GRADES[grade]}</span>
      </h2>
      {upperBounds.map(({ account, contains }) => (
        <p key={account}>
          <b>{account}</b> is an upper bound{shownText(withBound(account))}: it contains {contains.join(', ')}.
        </p>
      ))}
      {notRecorded.length > 0 && <p>Not recorded: {notRecorded.join(', ')}.</p>}
      <ul class="issues">
        {issues.map(({ code, severity, message, hint }) => (
          <li key={`${code} ${message}`} id={`issue-${code}`} class={severity}>
            <span class="severity">{severity}</span>
            <span>
              {shownText(message)}
              {hint !== undefined && <span class="quiet"> {shownText(hint)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
