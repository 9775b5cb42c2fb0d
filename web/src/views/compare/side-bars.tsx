/** The accounts of both recordings as stacked bars of the awake time, so that one scale serves both. */
import type { DifferenceRow } from '../../../../src/differences/difference.js';
import { ACCOUNTS, type AccountName, textOnAccount } from '../../design/accounts.js';
import { remPx, textWidth } from '../../design/measure.js';
import { Legend, PartPatterns, partColour } from '../../design/parts.jsx';
import { Picture } from '../../design/picture.jsx';
import { formatPercent, shownName } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';
import type { Difference } from '../../engine/engine.js';

/** rem */
const BAR = 1.5;
const GAP = 0.4;
const BETWEEN = 1.1;
const AXIS = 1.5;
const TEXT = 0.86;

interface Group {
  readonly machine: string;
  readonly rows: readonly DifferenceRow[];
}

export function SideBars({ compared }: { compared: Difference }) {
  const groups = groupsOf(compared);
  if (groups.length === 0) return <p class="quiet">No machine is on both sides.</p>;
  const present = ACCOUNTS.filter((account) =>
    groups.some(({ rows }) => rows.some((row) => row.account === account && row.time.before + row.time.after > 0)),
  );
  return (
    <>
      <Legend names={present} counts={() => true} />
      <Picture name="compare" label="Accounts before and after" draw={(width) => draw(groups, width)}>
        <span class="quiet">
          Shares of the awake time: T × vCPUs without unknown time and without time kept out by VMMs.
        </span>
      </Picture>
    </>
  );
}

/** Of whole machines. */
function groupsOf({ rows, alignment }: Difference): Group[] {
  return alignment.machines.map(({ before }) => ({
    machine: before.id,
    rows: rows.filter(({ kind, machine, vcpu }) => kind === 'account' && machine === before.id && vcpu === null),
  }));
}

function draw(groups: readonly Group[], width: number) {
  const rem = remPx();
  const left = Math.ceil(textWidth('before', TEXT * rem)) + rem * 0.7;
  const room = width - left - 1;
  const step = (BAR + GAP) * rem;
  const most = Math.max(
    1,
    ...groups.flatMap(({ rows }) => (['before', 'after'] as const).map((side) => sumOf(rows, side))),
  );
  const height = groups.length * (2 * step + BETWEEN * rem);
  return {
    height: Math.ceil(height + AXIS * rem),
    content: (
      <>
        <PartPatterns />
        {groups.map(({ machine, rows }, index) => {
          const top = index * (2 * step + BETWEEN * rem) + BETWEEN * rem;
          return (
            <g key={machine}>
              <text x="0" y={top - rem * 0.3} class="strong">
                {shownName(machine)}
              </text>
              {(['before', 'after'] as const).map((side, position) => (
                <g key={side}>
                  <text x="0" y={top + position * step + BAR * rem * 0.68}>
                    {side}
                  </text>
                  <Bar rows={rows} side={side} x={left} y={top + position * step} pxPerShare={room / most} />
                </g>
              ))}
            </g>
          );
        })}
        <g class="axis">
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <text
              key={share}
              x={left + share * (room / most)}
              y={height + rem * 0.9}
              text-anchor={share === 0 ? 'start' : share === 1 ? 'end' : 'middle'}
            >
              {share * 100} %
            </text>
          ))}
        </g>
      </>
    ),
  };
}

const sumOf = (rows: readonly DifferenceRow[], side: 'before' | 'after'): number =>
  rows.reduce((sum, { time, account }) => sum + (account === 'unknown' ? 0 : time[side]), 0);

interface BarProps {
  readonly rows: readonly DifferenceRow[];
  readonly side: 'before' | 'after';
  readonly x: number;
  readonly y: number;
  readonly pxPerShare: number;
}

function Bar({ rows, side, x, y, pxPerShare }: BarProps) {
  const rem = remPx();
  let at = 0;
  return (
    <>
      {ACCOUNTS.map((account: AccountName) => {
        const row = rows.find((one) => one.account === account);
        const share = row?.time[side] ?? 0;
        if (row === undefined || share <= 0 || account === 'unknown') return null;
        const left = x + at * pxPerShare;
        at += share;
        const text = formatPercent(share * 100);
        return (
          <g
            key={account}
            class="part"
            {...explains(() => (
              <>
                <b>{account}</b>
                <Facts
                  rows={[
                    ['before', formatPercent(row.time.before * 100)],
                    ['after', formatPercent(row.time.after * 100)],
                    ['verdict', row.verdict],
                  ]}
                />
              </>
            ))}
          >
            <rect
              x={left}
              y={y}
              width={Math.max(0.75, share * pxPerShare)}
              height={BAR * rem}
              fill={partColour(account)}
            />
            {textWidth(text, TEXT * rem) + 8 < share * pxPerShare && (
              <text
                x={left + (share * pxPerShare) / 2}
                y={y + BAR * rem * 0.68}
                class="inside"
                fill={textOnAccount(account)}
                text-anchor="middle"
              >
                {text}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}
