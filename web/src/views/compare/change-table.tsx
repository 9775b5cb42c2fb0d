/** Every account, cause and detail on both sides, with the interval of the change. */
import type { Change, DifferenceRow } from '../../../../src/differences/difference.js';
import { type Column, Table } from '../../design/table.jsx';
import { formatCount, formatPercent, plural, shownText } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';
import { VerdictWord, verdictColour } from '../../design/verdicts.jsx';
import type { Difference } from '../../engine/engine.js';
import { parameter, setParameters } from '../../state/address.js';

const KINDS = { all: 'all', account: 'accounts', cause: 'causes', detail: 'details' } as const;
type KindChoice = keyof typeof KINDS;

export function ChangeTable({ compared }: { compared: Difference }) {
  const kind = (parameter('kind') ?? 'all') as KindChoice;
  const filter = (parameter('filter') ?? '').toLowerCase();
  const rows = compared.rows.filter(
    (row) =>
      (kind === 'all' || row.kind === kind) &&
      `${nameOf(row)} ${row.verdict} ${row.machine}`.toLowerCase().includes(filter),
  );
  // The order of the recordings: what is surely different first, then by how much.
  const rank = new Map(compared.rows.map((row, index) => [row, index + 1]));
  return (
    <Table
      name="changes"
      label="What changed"
      columns={columnsOf(compared, rank)}
      rows={rows}
      keyOf={(row) => String(rank.get(row))}
      order={{ column: 'rank', isDescending: false }}
      empty="Nothing is like that on either side."
      tools={
        <>
          <input
            type="search"
            aria-label="Filter changes"
            placeholder="Filter: name, verdict …"
            value={parameter('filter') ?? ''}
            onInput={({ currentTarget: { value } }) => setParameters({ filter: value === '' ? null : value }, true)}
          />
          <label>
            Show{' '}
            <select
              value={kind}
              onChange={({ currentTarget: { value } }) => setParameters({ kind: value === 'all' ? null : value })}
            >
              {Object.entries(KINDS).map(([id, title]) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          <span class="quiet">{plural(rows.length, 'row')}</span>
        </>
      }
    />
  );
}

function nameOf({ kind, account, cause, reason, detail, device, vcpu }: DifferenceRow): string {
  const where = vcpu === null ? '' : `vCPU ${vcpu}: `;
  if (kind === 'account') return `${where}account ${account}`;
  if (kind === 'cause') return `${where}${cause}, all`;
  return `${where}${cause}: ${[detail ?? reason, device].filter((text) => text !== null).join(', ')}`;
}

const percent = (share: number): string => (Number.isNaN(share) ? '–' : formatPercent(share * 100));
const leastP = ({ time, rate }: DifferenceRow): number | null => {
  const known = [time.p, rate?.p ?? null].filter((p) => p !== null);
  return known.length === 0 ? null : Math.min(...known);
};

function columnsOf({ alignment }: Difference, rank: ReadonlyMap<DifferenceRow, number>): Column<DifferenceRow>[] {
  const number = (
    id: string,
    title: string,
    value: (row: DifferenceRow) => number | null,
    show: (value: number) => string,
    hint?: string,
  ): Column<DifferenceRow> => ({
    id,
    title,
    align: 'number',
    value,
    show: (row) => {
      const found = value(row);
      return found === null ? '–' : show(found);
    },
    ...(hint !== undefined && { hint }),
  });
  const rate = (value: number): string =>
    value >= 99.95 ? formatCount(value) : value === 0 ? '0' : value.toPrecision(2);
  return [
    {
      ...number(
        'rank',
        '#',
        (row) => rank.get(row) ?? null,
        String,
        'What is surely different first, then by how much',
      ),
      room: 'narrow',
    },
    {
      id: 'verdict',
      title: 'verdict',
      value: ({ verdict }) => verdict,
      show: ({ verdict }) => <VerdictWord verdict={verdict} />,
    },
    ...(alignment.machines.length > 1
      ? [{ id: 'machine', title: 'machine', value: ({ machine }: DifferenceRow) => machine }]
      : []),
    {
      id: 'what',
      title: 'what',
      value: nameOf,
      show: (row) => <span class="exit-name">{shownText(nameOf(row))}</span>,
    },
    number('timeBefore', 'time before', ({ time }) => time.before, percent, 'Share of the awake time'),
    number('timeAfter', 'after', ({ time }) => time.after, percent),
    {
      id: 'change',
      title: 'change',
      room: 'narrow',
      hint: 'Of the time, with its interval, corrected for all comparisons; the line in the middle is no change',
      value: ({ time }) => time.after - time.before,
      show: ({ time, verdict }) => <ChangeStrip change={time} colour={verdictColour(verdict)} />,
    },
    {
      ...number(
        'rateBefore',
        'exits/s before',
        ({ rate }) => rate?.before ?? null,
        rate,
        'Per second of awake time of a vCPU',
      ),
      room: 'medium',
    },
    { ...number('rateAfter', 'after', ({ rate }) => rate?.after ?? null, rate), room: 'medium' },
    {
      ...number(
        'p',
        'p',
        leastP,
        (p) => (p < 0.001 ? '<0.001' : p.toFixed(3)),
        'Corrected for all comparisons; the lesser of the two',
      ),
      room: 'narrow',
    },
  ];
}

const WIDTH = 100;

interface StripProps {
  readonly change: Change;
  readonly colour: string;
}

/** All on the scale of −100 to +100 points, by the root, so that small ones are seen. */
function ChangeStrip({ change: { before, after, correctedLow: low, correctedHigh: high }, colour }: StripProps) {
  const change = after - before;
  if (Number.isNaN(change)) return null;
  const place = (points: number): number =>
    WIDTH / 2 + Math.sign(points) * Math.sqrt(Math.min(1, Math.abs(points))) * (WIDTH / 2);
  const [from, to] = [Math.min(place(0), place(change)), Math.max(place(0), place(change))];
  const inPoints = (share: number) => `${share > 0 ? '+' : ''}${(share * 100).toFixed(2)} points`;
  return (
    <svg
      class="strip"
      viewBox={`0 0 ${WIDTH} 14`}
      preserveAspectRatio="none"
      role="img"
      aria-label={inPoints(change)}
      {...explains(() => (
        <Facts
          rows={[
            ['change', inPoints(change)],
            [
              'interval, corrected for all',
              low === null || high === null ? 'not known' : `${inPoints(low)} to ${inPoints(high)}`,
            ],
          ]}
        />
      ))}
    >
      <rect class="reach" x={WIDTH / 2 - 0.4} y="0" width="0.8" height="14" />
      <rect x={from} y="3" width={Math.max(0.6, to - from)} height="8" fill={colour} opacity="0.6" />
      {low !== null && high !== null && (
        <rect x={place(low)} y="6.3" width={Math.max(0.6, place(high) - place(low))} height="1.4" fill="var(--text)" />
      )}
    </svg>
  );
}
