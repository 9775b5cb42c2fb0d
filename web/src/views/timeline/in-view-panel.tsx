/** How the time of all vCPUs in view, or in the range that counts, is divided: exact, and quick also where nothing is exact yet. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ACCOUNTS } from '../../../../src/ledger/accounts.js';
import { CopyButton } from '../../design/copy.jsx';
import { formatShare, formatTime, plural } from '../../design/text.js';
import { lengthOf, type Span } from '../../drawing/span.js';
import { clockText } from '../../drawing/time-axis.js';
import type { LaneSums, TimelineInfo } from '../../engine/engine.js';
import { failed, LOADING, type Loadable, latest, ready } from '../../state/loading.js';
import { type ColumnValues, csvOf, jsonOf } from '../../state/tables.js';
import { explanation, range, selectRange, workspace } from '../../state/workspace.js';
import type { TimelineController } from './controller.js';
import { Swatch } from './hit-tip.jsx';
import { view } from './state.js';
import { kindMeaning } from './words.js';

/** The view has to stand still for so many milliseconds before it is counted. */
const STILL_MS = 150;

export function InViewPanel({ controller }: { controller: TimelineController }) {
  const { info } = controller.data;
  const part = range.value ?? view.value;
  const sums = useSums(controller, part);
  return (
    <section class="card in-view" aria-label={range.value === undefined ? 'In view' : 'Selected range'}>
      <h2>{range.value === undefined ? 'In view' : 'Selected range'}</h2>
      <p class="quiet">
        {formatTime(lengthOf(part))} from {clockText(Math.floor(part.fromNs))}
      </p>
      <SumsTable sums={latest(sums)} info={info} isOld={sums.state === 'loading'} />
      {sums.state === 'failed' && <p role="alert">{sums.fault.message}</p>}
      <RangeTools part={part} />
    </section>
  );
}

function RangeTools({ part }: { part: Span }) {
  const space = latest(workspace.value);
  if (range.value === undefined) {
    return (
      <>
        <p class="quiet">
          Drag with Shift, or on the time axis, to select a range.
          {space?.ranges === true && ' Every view then counts that range only.'}
        </p>
        <p>
          <button type="button" onClick={() => selectRange(part)}>
            Select what is in view
          </button>
        </p>
      </>
    );
  }
  return (
    <>
      {space?.ranges === false && (
        <p class="quiet">
          The other views go on counting all of T: for parts of it open the recording with <code>vmtoll open</code>.
        </p>
      )}
      <p>
        <button type="button" onClick={() => selectRange(null)}>
          Count all of T again
        </button>
      </p>
    </>
  );
}

/** Sums over all vCPU lanes; the ones before stay while others are asked for. */
function useSums(controller: TimelineController, part: Span): Loadable<readonly LaneSums[]> {
  const sums = useSignal<Loadable<readonly LaneSums[]>>(LOADING);
  const { engine, recording, info } = controller.data;
  useEffect(() => {
    const abort = new AbortController();
    const before = latest(sums.peek());
    sums.value = { state: 'loading', ...(before !== undefined && { before }) };
    const timer = setTimeout(() => {
      const lanes = info.lanes.flatMap(({ type }, lane) => (type === 'vcpu' ? [lane] : []));
      const query = { recording, lanes, fromNs: Math.floor(part.fromNs), toNs: Math.ceil(part.toNs) };
      engine.sums(query, abort.signal).then(
        (value) => {
          if (!abort.signal.aborted) sums.value = ready(value);
        },
        (error: unknown) => {
          if (!abort.signal.aborted) sums.value = failed(error);
        },
      );
    }, STILL_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [controller, part.fromNs, part.toNs]);
  return sums.value;
}

interface AccountRow {
  readonly account: string;
  readonly ns: number;
}

const COLUMNS: readonly ColumnValues<AccountRow>[] = [
  { id: 'account', title: 'account', value: ({ account }) => account },
  { id: 'time', title: 'time', unit: 'ns', value: ({ ns }) => ns },
];

const rowsOf = (totals: readonly number[]): AccountRow[] =>
  ACCOUNTS.map((account, kind) => ({ account, ns: totals[kind] }));

interface SumsTableProps {
  readonly sums: readonly LaneSums[] | undefined;
  readonly info: TimelineInfo;
  readonly isOld: boolean;
}

function SumsTable({ sums, info, isOld }: SumsTableProps) {
  if (sums === undefined) return <p class="quiet">Counting …</p>;
  const totals = ACCOUNTS.map((_, kind) => sums.reduce((sum, { ns }) => sum + ns[kind], 0));
  const whole = totals.reduce((sum, ns) => sum + ns, 0);
  const errorNs = sums.reduce((sum, lane) => sum + lane.errorNs, 0);
  const vcpus = info.lanes.filter(({ type }) => type === 'vcpu').length;
  const keptOutNs = latest(explanation.value)?.totals.keptOutNs ?? 0;
  return (
    <>
      <table class="in-view-table" aria-busy={isOld}>
        <caption class="visually-hidden">Time of all vCPUs by account</caption>
        <tbody>
          {ACCOUNTS.map((account, kind) => (
            <tr key={account} class={totals[kind] === 0 ? 'quiet' : undefined} title={kindMeaning(account, 'vcpu')}>
              <th scope="row">
                <Swatch lane={{ type: 'vcpu' }} kind={kind} /> {account}
              </th>
              <td class="number" data-account={account} data-ns={totals[kind]}>
                {formatTime(totals[kind])}
              </td>
              <td class="number">{formatShare(totals[kind], whole)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="in-view-copy">
        <CopyButton label="Copy CSV" what="time in view by account" text={() => csvOf(rowsOf(totals), COLUMNS)} />
        <CopyButton label="Copy JSON" what="time in view by account" text={() => jsonOf(rowsOf(totals), COLUMNS)} />
      </p>
      <p class="quiet">
        of {plural(vcpus, 'vCPU')}
        {errorNs > 0 && `; each is off by at most ${formatTime(errorNs)}, since single events are not kept here`}
        {errorNs > whole && ': too much for a part as short as this'}
      </p>
      {keptOutNs > 0 && (
        <p class="quiet">
          Time kept out by the VMM (hatched) is part of hypervisor, vmm and blocked here: {formatTime(keptOutNs)} in all
          that is counted.
        </p>
      )}
    </>
  );
}
