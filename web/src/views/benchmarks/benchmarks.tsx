/** Benchmarks natively and in the VM: what got worse, by how much, how surely; and how much of it a recording explains. */
import { formatFactor, formatInterval, mechanismName, verdictCounts } from '../../../../src/report/comparison-words.js';
import { FailedState, LoadingState } from '../../design/states.jsx';
import { plural, shownText } from '../../design/text.js';
import type { Comparison } from '../../engine/engine.js';
import { parameter, setParameters } from '../../state/address.js';
import { latest } from '../../state/loading.js';
import { comparison, wholeExplanation, workspace } from '../../state/workspace.js';
import type { View } from '../view.js';
import { OpenPair } from './open-pair.jsx';
import { PairTable } from './pair-table.jsx';
import { pairKey, Slowdowns } from './slowdowns.jsx';
import { Waterfall } from './waterfall.jsx';

export const benchmarksView: View = {
  id: 'benchmarks',
  title: 'Benchmarks',
  about: 'slowdowns of the VM against the native side',
  missing: ({ hasComparison }) =>
    hasComparison
      ? undefined
      : 'No benchmarks were given. Results of both sides, beside a recording or alone: vmtoll open RECORDING --native NATIVE --vm VM, or folders "native" and "vm" dropped here with it.',
  Content: Benchmarks,
};

function Benchmarks() {
  const asked = comparison.value;
  if (asked.state === 'failed') return <FailedState fault={asked.fault} />;
  const compared = latest(asked);
  if (compared === undefined) return <LoadingState />;
  const books = latest(workspace.value)?.recordings.length === 0 ? undefined : latest(wholeExplanation.value);
  const reconciliation = books?.reconciliation ?? null;
  return (
    <div class="books">
      <Answer compared={compared} />
      {reconciliation !== null && <Waterfall reconciliation={reconciliation} />}
      <Pairs compared={compared} />
      <Remarks compared={compared} />
    </div>
  );
}

function Answer({ compared }: { compared: Comparison }) {
  const { geomean, pairs, options } = compared;
  return (
    <section class="answer" aria-label="The answer">
      <h1>
        {geomean === null ? (
          <>Of {plural(pairs.length, 'metric')} measured on both sides, no mean can be told</>
        ) : (
          <>
            The VM takes <b>{formatFactor(geomean.slowdown)}</b> as long as the native side, as the geometric mean of{' '}
            {plural(geomean.pairs, 'metric')}
          </>
        )}
        <small>
          {verdictCounts(compared)}
          {geomean !== null &&
            geomean.ciLow !== null &&
            `; interval of the mean ${formatInterval(geomean.ciLow, geomean.ciHigh)}`}
          {`; ${(options.confidence * 100).toFixed(0)} % intervals, false alarms at most ${(options.falseDiscoveryRate * 100).toFixed(0)} %`}
        </small>
      </h1>
    </section>
  );
}

function Pairs({ compared }: { compared: Comparison }) {
  const open = parameter('pair');
  const filter = (parameter('filter') ?? '').toLowerCase();
  const pairs = compared.pairs.filter(({ benchmark, metric, verdict, mechanism }) =>
    `${benchmark} ${metric} ${verdict} ${mechanismName(mechanism)}`.toLowerCase().includes(filter),
  );
  const opened = compared.pairs.find((pair) => pairKey(pair) === open);
  const toggle = (key: string) => setParameters({ pair: key === open ? null : key });
  return (
    <>
      <div class="toolbar">
        <input
          type="search"
          aria-label="Filter benchmarks"
          placeholder="Filter: name, verdict, mechanism …"
          value={parameter('filter') ?? ''}
          onInput={({ currentTarget: { value } }) => setParameters({ filter: value === '' ? null : value }, true)}
        />
        <span class="quiet">{plural(pairs.length, 'metric')}</span>
      </div>
      <section class="card" aria-label="Slowdowns">
        <h2>Slowdowns, worst first</h2>
        <Slowdowns pairs={pairs} open={open} onOpen={toggle} equivalence={compared.options.equivalence} />
      </section>
      {opened !== undefined && <OpenPair pair={opened} onClose={() => toggle(pairKey(opened))} />}
      <section class="card" aria-label="In numbers">
        <h2>In numbers</h2>
        <PairTable pairs={pairs} open={open} onOpen={toggle} />
      </section>
    </>
  );
}

function Remarks({ compared: { issues, differences, unpaired, mechanisms } }: { compared: Comparison }) {
  return (
    <section class="card" aria-label="Remarks">
      <h2>The general rule, and what to know of these numbers</h2>
      <ul class="mechanisms">
        {mechanisms.map(({ mechanism, name, expectation, pairs, slower, slowdown }) => (
          <li key={mechanism}>
            <b>{shownText(name)}</b> {formatFactor(slowdown)} in {plural(pairs, 'metric')}, {slower} slower
            {expectation !== null && <span class="quiet"> · should cost {shownText(expectation)}</span>}
          </li>
        ))}
      </ul>
      {differences.map(({ fact, native, vm, why }) => (
        <p key={fact}>
          The sides differ in {fact}: {shownText(String(native))} natively, {shownText(String(vm))} in the VM.{' '}
          {shownText(why)}
        </p>
      ))}
      {unpaired.length > 0 && (
        <details>
          <summary>{plural(unpaired.length, 'metric')} on one side only</summary>
          <ul>
            {unpaired.map(({ benchmark, metric, unit, side }) => (
              <li key={`${side} ${benchmark} ${metric} ${unit}`}>
                {shownText(`${benchmark}, ${metric}`)}{' '}
                <span class="quiet">
                  ({unit}, {side} only)
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
      <ul class="issues">
        {issues.map(({ code, severity, message }) => (
          <li key={`${code} ${message}`} class={severity}>
            <span class="severity">{severity}</span>
            <span>{shownText(message)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
