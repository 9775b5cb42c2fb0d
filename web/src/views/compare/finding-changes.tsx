/** Findings that came, went and stayed. */
import type { ChangedFinding } from '../../../../src/differences/difference.js';
import { formatTime, shownText } from '../../design/text.js';
import type { Difference } from '../../engine/engine.js';

const SECTIONS = [
  ['appeared', 'New findings'],
  ['gone', 'Findings that are gone'],
  ['stayed', 'Findings that stayed'],
] as const;

export function FindingChanges({ compared: { findings } }: { compared: Difference }) {
  return (
    <section class="card" aria-label="Findings">
      <h2>Findings</h2>
      <div class="finding-changes">
        {SECTIONS.map(([name, title]) => (
          <div key={name}>
            <h3>
              {title} ({findings[name].length})
            </h3>
            <ul>
              {findings[name].map((finding) => (
                <li key={`${finding.rule} ${finding.machine} ${finding.title}`}>
                  {shownText(finding.title)} <span class="quiet">{costText(finding)}</span>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}

const costText = (finding: ChangedFinding & { readonly costNsBefore?: number }): string =>
  finding.costNsBefore === undefined
    ? formatTime(finding.costNs)
    : `${formatTime(finding.costNsBefore)} → ${formatTime(finding.costNs)}`;
