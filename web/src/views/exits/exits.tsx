/** Which exits cost what: a flame graph and a table of the same. */

import { exitTree, type Level } from '../../books/exit-tree.js';
import { costOf } from '../../books/measures.js';
import { WithBooks } from '../../design/books.jsx';
import { plural } from '../../design/text.js';
import type { Explanation } from '../../engine/engine.js';
import { parameter, setParameters } from '../../state/address.js';
import { costKind } from '../../state/workspace.js';
import { needsRecording, type View } from '../view.js';
import { ExitTable } from './exit-table.jsx';
import { Icicle } from './icicle.jsx';

export const exitsView: View = {
  id: 'exits',
  title: 'Exits',
  about: 'which exits cost what, as table and flame graph',
  missing: needsRecording,
  Content: () => <WithBooks View={Exits} />,
};

const ORDERS = {
  cause: { title: 'cause → reason → detail → device', levels: ['cause', 'reason', 'detail', 'device', 'function'] },
  device: { title: 'device → cause → reason → detail', levels: ['device', 'cause', 'reason', 'detail', 'function'] },
  vcpu: { title: 'vCPU → cause → reason → detail', levels: ['vcpu', 'cause', 'reason', 'detail', 'device'] },
} as const satisfies Record<string, { title: string; levels: readonly Level[] }>;
type OrderName = keyof typeof ORDERS | 'flat';

const FLAT_TITLE = 'not grouped: one row a vCPU and detail';

function Exits({ explanation }: { explanation: Explanation }) {
  const filter = parameter('filter') ?? '';
  const by = orderNamed(parameter('by'));
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const keep = (row: Explanation['exits'][number]): boolean => {
    const text = `${row.machine} vcpu ${row.vcpu} ${row.cause} ${row.reason} ${row.detail ?? ''} ${row.device ?? ''}`;
    return words.every((word) => text.toLowerCase().includes(word) || hasFunction(explanation, row, word));
  };
  const rows = explanation.exits.filter(keep);
  const tree = exitTree(explanation, ORDERS[by === 'flat' ? 'cause' : by].levels, keep);
  const kind = costKind.value;
  const keptOut = tree.filter(({ cause, level }) => level === 'cause' && cause === 'vm-control');
  return (
    <>
      <div class="toolbar">
        <input
          type="search"
          aria-label="Filter exits"
          placeholder="Filter: cause, reason, detail, device, vcpu 0 …"
          value={filter}
          onInput={({ currentTarget: { value } }) => setParameters({ filter: value === '' ? null : value }, true)}
        />
        <label>
          Group by{' '}
          <select value={by} onChange={({ currentTarget: { value } }) => setParameters({ by: value, focus: null })}>
            {Object.entries(ORDERS).map(([name, { title }]) => (
              <option key={name} value={name}>
                {title}
                {name !== 'vcpu' && explanation.functions.length > 0 && ' → guest function'}
              </option>
            ))}
            <option value="flat">{FLAT_TITLE}</option>
          </select>
        </label>
        <span class="quiet">
          {rows.length === explanation.exits.length
            ? plural(rows.length, 'row')
            : `${rows.length} of ${plural(explanation.exits.length, 'row')}`}
        </span>
      </div>
      <section class="card" aria-label="Flame graph of exits">
        <h2>{kind === 'delay' ? 'Guest delay' : 'Host cost'} by exits</h2>
        <Icicle
          roots={tree.filter((node) => !keptOut.includes(node))}
          kind={kind}
          keptOutNs={keptOut.reduce((sum, { ledgerNs }) => sum + (ledgerNs === null ? 0 : costOf(ledgerNs, kind)), 0)}
        />
      </section>
      <section class="card" aria-label="Table of exits">
        <ExitTable explanation={explanation} nodes={by === 'flat' ? flat(explanation, keep) : tree} kind={kind} />
      </section>
    </>
  );
}

const orderNamed = (name: string | undefined): OrderName =>
  name === 'flat' || name === 'device' || name === 'vcpu' ? name : 'cause';

function hasFunction({ functions }: Explanation, row: Explanation['exits'][number], word: string): boolean {
  return functions.some(
    (one) =>
      one.function?.toLowerCase().includes(word) === true &&
      one.machine === row.machine &&
      one.vcpu === row.vcpu &&
      one.cause === row.cause &&
      one.reason === row.reason &&
      one.detail === row.detail,
  );
}

/** One node a row, without anything below. */
const flat = ({ exits }: Explanation, keep: (row: Explanation['exits'][number]) => boolean) =>
  exits.filter(keep).map((row) => ({
    key: `${row.machine} ${row.vcpu} ${row.cause} ${row.reason} ${row.detail}`,
    level: 'detail' as const,
    name: `${row.machine} vCPU ${row.vcpu}: ${row.cause}, ${row.detail ?? row.reason}`,
    cause: row.cause,
    reason: row.reason,
    detail: row.detail,
    device: row.device,
    count: row.count,
    guestDelayNs: row.guestDelayNs,
    ledgerNs: row.ledgerNs,
    distribution: row,
    children: [],
  }));
