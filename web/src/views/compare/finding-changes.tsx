/** Findings that came, went and stayed. */
import type { ChangedFinding, SideName, Untellable } from '../../../../src/differences/difference.js';
import { notRecordedText } from '../../../../src/differences/words.js';
import { formatTime, shownText } from '../../design/text.js';
import type { Difference } from '../../engine/engine.js';

type Costed = ChangedFinding & { readonly costNsBefore?: number; readonly notShown?: string };

function sectionsOf(findings: Difference['findings']) {
  const { appeared, gone, untoldAfter, untoldBefore, cannotTellAfter, cannotTellBefore, stayed } = findings;
  const cannotTell = (some: readonly Untellable[], side: SideName): Costed[] =>
    some.map(({ finding, notRecorded }) => ({ ...finding, notShown: `${side}: ${notRecordedText(notRecorded)}` }));
  const unshown = [...cannotTell(cannotTellAfter, 'after'), ...cannotTell(cannotTellBefore, 'before')];
  const below: readonly Costed[] = [
    ...untoldAfter.map(({ finding, here, there }) => ({ ...finding, costNs: there.costNs, costNsBefore: here.costNs })),
    ...untoldBefore.map(({ finding, there }) => ({ ...finding, costNsBefore: there.costNs })),
  ];
  const sections: readonly (readonly [title: string, findings: readonly Costed[]])[] = [
    ['New findings', appeared],
    ['Findings that are gone', gone],
    ['Findings that one side does not tell, though what they are about is there', below],
    ['Findings that one side cannot show, for want of what was not recorded', unshown],
    ['Findings that stayed', stayed],
  ];
  return sections;
}

export function FindingChanges({ compared: { findings } }: { compared: Difference }) {
  return (
    <section class="card" aria-label="Findings">
      <h2>Findings</h2>
      <div class="finding-changes">
        {sectionsOf(findings).map(([title, own]) => (
          <div key={title}>
            <h3>
              {title} ({own.length})
            </h3>
            <ul>
              {own.map((finding) => (
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

function costText({ costNs, costNsBefore, notShown }: Costed): string {
  const cost = costNsBefore === undefined ? formatTime(costNs) : `${formatTime(costNsBefore)} → ${formatTime(costNs)}`;
  return notShown === undefined ? cost : `${cost}; ${notShown}`;
}
