/** The matrix of who took whose time; a row opened says when. */
import { culpritKindText } from '../../../../src/report/culprit-kinds.js';
import { type CulpritRow, culpritRows, theftsOf, vcpuKey } from '../../books/culprit-matrix.js';
import { wantedNs } from '../../books/measures.js';
import { accountColour } from '../../design/accounts.js';
import { type Column, Table } from '../../design/table.jsx';
import { formatCount, formatShare, formatTime, shownName } from '../../design/text.js';
import type { Explanation } from '../../engine/engine.js';
import { parameter, setParameters } from '../../state/address.js';
import { episodeLink } from '../../state/links.js';
import { HeatCell } from './heat-cell.jsx';

/** vCPUs that get a column; with more, only sums are shown. */
const MOST_COLUMNS = 24;
const EPISODES = 8;

export function Culprits({ explanation }: { explanation: Explanation }) {
  const { placement, quality } = explanation;
  const filter = (parameter('filter') ?? '').toLowerCase();
  const culprit = parameter('culprit');
  const rows = culpritRows(explanation).filter(({ name, kind }) => `${name} ${kind}`.toLowerCase().includes(filter));
  const isRecorded = placement.fromScheduler || rows.length > 0;
  return (
    <section class="card" aria-label="Who took whose time">
      <h2>Who took whose time</h2>
      {!isRecorded && (
        <p class="quiet">
          No scheduler events were recorded
          {quality.notRecorded.length > 0 && ` (${quality.notRecorded.join(', ')} are 0 for that reason)`}, so nobody
          can be named. Record sched events next time.
        </p>
      )}
      {isRecorded && (
        <Table
          name="culprits"
          label="Who took whose time"
          columns={columnsOf(explanation, rows)}
          rows={rows}
          keyOf={({ kind, name }) => `${kind} ${name}`}
          order={{ column: 'total', isDescending: true }}
          onOpen={({ name }) => setParameters({ culprit: name === culprit ? null : name })}
          isOpen={({ name }) => name === culprit}
          opened={(row) => <When explanation={explanation} row={row} />}
          empty="No vCPU waited for a pCPU."
          tools={
            <input
              type="search"
              aria-label="Filter by name"
              placeholder="Filter by name or kind …"
              value={parameter('filter') ?? ''}
              onInput={({ currentTarget: { value } }) => setParameters({ filter: value === '' ? null : value }, true)}
            />
          }
        />
      )}
    </section>
  );
}

function columnsOf(explanation: Explanation, rows: readonly CulpritRow[]): Column<CulpritRow>[] {
  const wanted = wantedNs(explanation);
  const vcpus = explanation.machines.flatMap(({ id, vcpus }) => vcpus.map((vcpu) => ({ machine: id, vcpu: vcpu.id })));
  const largest = Math.max(1, ...rows.flatMap(({ byVcpu }) => [...byVcpu.values()]));
  const isOneMachine = explanation.machines.length === 1;
  const time = (id: string, title: string, hint: string, value: (row: CulpritRow) => number): Column<CulpritRow> => ({
    id,
    title,
    hint,
    unit: 'ns',
    align: 'number',
    value,
    show: (row) => formatTime(value(row)),
  });
  return [
    { id: 'name', title: 'who had the pCPU', value: ({ name }) => name, show: ({ name }) => shownName(name) },
    {
      id: 'kind',
      title: 'what it is',
      room: 'narrow',
      value: ({ kind }) => kind,
      show: ({ kind }) => culpritKindText(explanation.recording.hypervisor, kind),
    },
    ...(vcpus.length > MOST_COLUMNS ? [] : vcpus).map(({ machine, vcpu }): Column<CulpritRow> => {
      const key = vcpuKey(machine, vcpu);
      const title = isOneMachine ? `from vCPU ${vcpu}` : `from ${shownName(machine)}/${vcpu}`;
      return {
        id: `from ${key}`,
        title,
        unit: 'ns',
        align: 'number',
        room: 'narrow',
        value: ({ byVcpu }) => byVcpu.get(key) ?? 0,
        show: ({ byVcpu }) => (
          <HeatCell share={(byVcpu.get(key) ?? 0) / largest} colour={accountColour('wakeup')}>
            {byVcpu.has(key) ? formatTime(byVcpu.get(key)!) : '·'}
          </HeatCell>
        ),
      };
    }),
    {
      ...time('preempted', 'preempted', 'It took the pCPU from a vCPU that was running', (row) => row.preemptedNs),
      room: 'wide',
    },
    {
      ...time('wakeup', 'wakeup', 'A vCPU woke up and had to wait for it', (row) => row.wakeupNs),
      room: 'wide',
    },
    time('total', 'total', 'Time that vCPUs waited meanwhile', ({ ns }) => ns),
    {
      id: 'share',
      title: 'of wanted',
      hint: 'Of the time in which guests wanted to run',
      align: 'number',
      value: ({ ns }) => ns / Math.max(1, wanted),
      show: ({ ns }) => formatShare(ns, wanted),
    },
    {
      id: 'count',
      title: 'pieces',
      align: 'number',
      room: 'wide',
      value: ({ count }) => count,
      show: ({ count }) => formatCount(count),
    },
  ];
}

function When({ explanation, row }: { explanation: Explanation; row: CulpritRow }) {
  const thefts = theftsOf(explanation, row);
  if (thefts.length === 0) {
    return (
      <p class="quiet">
        It has no part in the {explanation.worst.length} episodes that kept a guest waiting longest: it took its time in
        small pieces, {formatTime(row.ns / Math.max(1, row.count))} each on average.
      </p>
    );
  }
  return (
    <>
      <h3>
        When: of the {explanation.worst.length} episodes that kept a guest waiting longest, those in which it had the
        pCPU
      </h3>
      <ol class="thefts">
        {thefts.slice(0, EPISODES).map(({ episode, ns }) => (
          <li key={`${episode.machine} ${episode.vcpu} ${episode.atNs}`}>
            <a href={episodeLink(episode)} data-theft>
              at {formatSeconds(episode.atNs - explanation.recording.fromNs)}
            </a>{' '}
            it kept vCPU {episode.vcpu} of {shownName(episode.machine)} waiting on pCPU {episode.pcpu} for{' '}
            <b>{formatTime(ns)}</b> of {formatTime(episode.durationNs)}{' '}
            <span class="quiet">
              ({episode.cause}, recorder’s clock {episode.clockTime})
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

const formatSeconds = (ns: number): string => `${(ns / 1e9).toFixed(6)} s`;
