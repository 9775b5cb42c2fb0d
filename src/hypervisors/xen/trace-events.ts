/**
 * The events of a xentrace recording that the translator understands. Their systems and names are ours where several numbers
 * are one event; the reader in `formats/xentrace` says which numbers those are, and where their fields lie.
 *
 * Source: Xen 4.17, xen/include/public/trace.h.
 */
import type { FieldSpec, TracepointCatalog } from '../../recording/tracepoint.js';

const number = (name: string): FieldSpec => ({ name, type: 'number' });
const u64 = (name: string): FieldSpec => ({ name, type: 'u64' });

/** [system, event, fields]: the position in this list + 1 is the record kind. */
const ROWS = [
  /** `from` and `to`: of RUNSTATES. */
  ['sched', 'runstate_change', [number('domain'), number('vcpu'), number('from'), number('to')]],
  ['sched', 'continue_running', [number('domain'), number('vcpu')]],
  ['sched', 'block', [number('domain'), number('vcpu')]],
  ['domain', 'create', [number('domain')]],
  ['domain', 'destroy', [number('domain')]],
  ['hvm', 'vmentry', []],
  /** `svm`: 1 where the event itself says that `code` is SVM's. */
  ['hvm', 'vmexit', [number('code'), u64('rip'), number('svm')]],
  ['hvm', 'port', [number('address'), number('write')]],
  ['hvm', 'memory', [u64('address'), number('write')]],
  ['hvm', 'control_register', [number('register'), number('write')]],
  ['hvm', 'debug_register', [number('write')]],
  ['hvm', 'msr', [number('register'), number('write')]],
  ['hvm', 'cpuid', [number('leaf')]],
  ['hvm', 'interrupt', [number('vector')]],
  ['hvm', 'hypercall', [number('call')]],
  ['hvm', 'halt', []],
  ['hvm', 'nested_page_fault', [u64('address')]],
  ['hvm', 'trap', [number('vector')]],
  /** `argument`: the first one, if `has_argument` is not 0. */
  ['pv', 'hypercall', [number('call'), number('has_argument'), number('argument')]],
  /** `what`: the number of the event in its class (PV_ENTRIES); `vector` of a trap. */
  ['pv', 'entry', [number('what'), number('vector')]],
  /** `from` and `to`: the low 32 bits of the cycles when the handler began and ended. */
  ['irq', 'handled', [number('irq'), number('from'), number('to')]],
] as const satisfies readonly (readonly [string, string, readonly FieldSpec[]])[];

export type TraceEventName = `${(typeof ROWS)[number][0]}:${(typeof ROWS)[number][1]}`;

const kinds = new Map<string, number>(ROWS.map(([system, event], index) => [`${system}:${event}`, index + 1]));

/** The record kind of an event. */
export const kindOf = (name: TraceEventName): number => kinds.get(name) as number;

export const XEN_CATALOG: TracepointCatalog = ROWS.map(([system, event, fields], index) => ({
  system,
  event,
  kind: index + 1,
  fields,
}));

/** Where a field of an event lies among the record's fields; of a `u64` the high half, the low half is next. */
export function slotOf(name: TraceEventName, field: string): number {
  const { fields } = XEN_CATALOG[kindOf(name) - 1];
  let slot = 0;
  for (const { name: candidate, type } of fields) {
    if (candidate === field) return slot;
    slot += type === 'u64' ? 2 : 1;
  }
  throw new RangeError(`${name} has no field ${field}`);
}
