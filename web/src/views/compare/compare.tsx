/** Two recordings side by side: the same scales, what changed, and how surely. */
import { isSure } from '../../../../src/differences/compare.js';
import { FailedState, LoadingState } from '../../design/states.jsx';
import { formatPercent, formatTime, plural, shownName, shownText } from '../../design/text.js';
import type { Difference } from '../../engine/engine.js';
import { latest } from '../../state/loading.js';
import { difference } from '../../state/workspace.js';
import type { View } from '../view.js';
import { ChangeTable } from './change-table.jsx';
import { FindingChanges } from './finding-changes.jsx';
import { SideBars } from './side-bars.jsx';

export const compareView: View = {
  id: 'compare',
  title: 'Compare',
  about: 'two recordings: what changed, and how surely',
  missing: ({ hasDifference }) =>
    hasDifference ? undefined : 'There is one recording here. Two are compared: vmtoll open BEFORE AFTER',
  Content: Compare,
};

function Compare() {
  const asked = difference.value;
  if (asked.state === 'failed') return <FailedState fault={asked.fault} />;
  const compared = latest(asked);
  if (compared === undefined) return <LoadingState />;
  return (
    <div class="books">
      <Answer compared={compared} />
      <section class="card" aria-label="Side by side">
        <h2>Where the time went, on one scale</h2>
        <SideBars compared={compared} />
      </section>
      <section class="card" aria-label="What changed">
        <h2>What changed</h2>
        <ChangeTable compared={compared} />
      </section>
      <FindingChanges compared={compared} />
      <Method compared={compared} />
    </div>
  );
}

function Answer({ compared: { lost, rows, method, before, after, issues } }: { compared: Difference }) {
  const sure = rows.filter(isSure).length;
  const percent = (share: number) => formatPercent(share * 100);
  return (
    <section class="answer" aria-label="The answer">
      <h1>
        {lost === null ? (
          'On a side no guest wanted to run, as far as is known'
        ) : (
          <>
            The guests lost <b>{percent(lost.before)}</b> before and <b>{percent(lost.after)}</b> after
          </>
        )}
        <small>
          {lost !== null &&
            lost.correctedLow !== null &&
            lost.correctedHigh !== null &&
            `a change of ${points(lost.after - lost.before)} (${Number(((1 - method.level) * 100).toPrecision(3))} % interval, corrected for all comparisons: ${points(lost.correctedLow)} to ${points(lost.correctedHigh)}${lost.p === null ? '' : `, p ${lost.p.toPrecision(2)}`}); `}
          {lost?.p === null &&
            issues.some(({ code }) => code === 'events-differ') &&
            'which cannot be compared: the sides recorded different events; '}
          {method.tests === 0
            ? 'nothing could be tested: these recordings do not tell how much they vary by themselves'
            : `${plural(sure, 'row')} of ${rows.length} differ by more than what varies within the recordings`}
          {`; ${formatTime(before.durationNs)} before, ${formatTime(after.durationNs)} after`}
        </small>
      </h1>
    </section>
  );
}

const points = (share: number): string => `${share > 0 ? '+' : '−'}${Math.abs(share * 100).toFixed(1)} points`;

function Method({ compared: { issues, alignment, placement, method } }: { compared: Difference }) {
  return (
    <section class="card" aria-label="How it was compared">
      <h2>How it was compared</h2>
      <p>
        {alignment.machines
          .map(({ before, after, by }) => `${before.id} is taken for ${after.id}, by ${by}`)
          .map(shownText)
          .join('; ')}
        {alignment.onlyBefore.length > 0 && `; only before: ${alignment.onlyBefore.map(shownName).join(', ')}`}
        {alignment.onlyAfter.length > 0 && `; only after: ${alignment.onlyAfter.map(shownName).join(', ')}`}.
      </p>
      <p class="quiet">
        {plural(method.tests, 'comparison')} share a chance of {formatPercent(method.level * 100)} that anything is
        called different by mistake; {method.resamples} draws of whole windows.
      </p>
      <ul>
        {placement.map(({ machine, vcpu, moves, pcpus }) => (
          <li key={`${machine}/${vcpu}`}>
            vCPU {vcpu} of {shownName(machine)}: {moves.before} → {moves.after} migrations, on {pcpus.before} →{' '}
            {plural(pcpus.after, 'pCPU')}
          </li>
        ))}
      </ul>
      <ul class="issues">
        {issues.map(({ code, severity, message, hint }) => (
          <li key={`${code} ${message}`} class={severity}>
            <span class="severity">{severity}</span>
            <span>
              {shownText(message)} {hint !== undefined && <span class="quiet">{shownText(hint)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
