/**
 * The events of a QNX kernel trace that the translator understands. Systems are the classes and events the names that
 * traceprinter prints; the readers in `formats/` deliver them whatever the release calls them.
 *
 * Numbers and names: QNX' published documentation of the System Analysis Toolkit and of the hypervisor's trace events.
 */
import type { FieldSpec, TracepointCatalog } from '../../recording/tracepoint.js';

const number = (name: string): FieldSpec => ({ name, type: 'number' });
const u64 = (name: string): FieldSpec => ({ name, type: 'u64' });

/** [class, event, fields]: the position in this list + 1 is the record kind. */
const ROWS = [
  ['QVM', 'GUEST_ENTER', [u64('guest_ip')]],
  [
    'QVM',
    'GUEST_EXIT',
    [number('status'), number('reason'), u64('clockcycles_offset'), u64('guest_ip'), u64('payload')],
  ],
  ['QVM', 'CYCLES', [u64('at_entry'), u64('at_exit')]],
  ['QVM', 'CREATE_VCPU_THREAD', [number('vcpu_id')]],
  ['QVM', 'INTR_RAISE', [number('word0'), number('word1')]],
  ['QVM', 'INTR_LOWER', [number('word0'), number('word1')]],
  ['QVM', 'TIMER_CREATE', [number('word0'), number('word1')]],
  ['QVM', 'TIMER_FIRE', [number('word0'), number('word1')]],
  /**
   * All changes of thread states. `state`: of THREAD_STATES; `thread`: our number of the thread; `initial`: 1 where the
   * kernel tells the state at the start of the trace, which is no change. Priority, policy and partition are NaN in
   * events that are not wide.
   */
  [
    'THREAD',
    'STATE',
    [number('state'), number('thread'), number('initial'), number('priority'), number('policy'), number('partition')],
  ],
  ['INTERRUPT', 'ENTRY', [number('interrupt')]],
  ['INTERRUPT', 'EXIT', [number('interrupt')]],
  ['INTERRUPT', 'HANDLER_ENTRY', [number('interrupt'), number('process')]],
  ['INTERRUPT', 'HANDLER_EXIT', [number('interrupt')]],
  ['INTERRUPT', 'DELIVER', [number('interrupt')]],
  ['KER_CALL', 'ENTER', [number('call')]],
  ['KER_CALL', 'EXIT', [number('call')]],
  ['SYSTEM', 'APS_BNKR', [number('thread'), number('partition')]],
  ['SYSTEM', 'IPI', [number('word0'), number('word1')]],
  ['SYSTEM', 'POWER', [number('flags')]],
] as const satisfies readonly (readonly [string, string, readonly FieldSpec[]])[];

export type TraceEventName = `${(typeof ROWS)[number][0]}:${(typeof ROWS)[number][1]}`;

const kinds = new Map<string, number>(ROWS.map(([system, event], index) => [`${system}:${event}`, index + 1]));

/** The record kind of an event. */
export const kindOf = (name: TraceEventName): number => kinds.get(name) as number;

export const QNX_CATALOG: TracepointCatalog = ROWS.map(([system, event, fields], index) => ({
  system,
  event,
  kind: index + 1,
  fields,
}));

/** Where a field of an event lies among the record's fields; of a `u64` the high half, the low half is next. */
export function slotOf(name: TraceEventName, field: string): number {
  const { fields } = QNX_CATALOG[kindOf(name) - 1];
  let slot = 0;
  for (const { name: candidate, type } of fields) {
    if (candidate === field) return slot;
    slot += type === 'u64' ? 2 : 1;
  }
  throw new RangeError(`${name} has no field ${field}`);
}
