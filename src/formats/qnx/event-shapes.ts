/**
 * The events that are read, under kinds of our own until their rows leave the reader: their fields are those of the
 * catalog, and where a field is a thread, it is the process identifier first and the thread identifier comes last.
 */
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import type { TracepointCatalog } from '../../recording/tracepoint.js';

export interface EventShape {
  readonly name: string;
  /** A wide field takes two slots, its high half first. */
  readonly fields: readonly (readonly [name: string, slots: 1 | 2])[];
}

/** Position + 1 is the kind of a row. */
export const EVENT_SHAPES = [
  /** `tid` is not delivered. */
  shape('THREAD:STATE', 'state', 'thread', 'initial', 'priority', 'policy', 'partition', 'tid'),
  shape('SYSTEM:APS_BNKR', 'thread', 'partition', 'tid'),
  shape('QVM:GUEST_ENTER', ['guest_ip', 2]),
  shape('QVM:GUEST_EXIT', 'status', 'reason', ['clockcycles_offset', 2], ['guest_ip', 2], ['payload', 2]),
  shape('QVM:CYCLES', ['at_entry', 2], ['at_exit', 2]),
  shape('QVM:CREATE_VCPU_THREAD', 'vcpu_id'),
  shape('QVM:INTR_RAISE', 'word0', 'word1'),
  shape('QVM:INTR_LOWER', 'word0', 'word1'),
  shape('QVM:TIMER_CREATE', 'word0', 'word1'),
  shape('QVM:TIMER_FIRE', 'word0', 'word1'),
  shape('INTERRUPT:ENTRY', 'interrupt'),
  shape('INTERRUPT:EXIT', 'interrupt'),
  shape('INTERRUPT:HANDLER_ENTRY', 'interrupt', 'process'),
  shape('INTERRUPT:HANDLER_EXIT', 'interrupt'),
  shape('INTERRUPT:DELIVER', 'interrupt'),
  shape('KER_CALL:ENTER', 'call'),
  shape('KER_CALL:EXIT', 'call'),
  shape('SYSTEM:IPI', 'word0', 'word1'),
  shape('SYSTEM:POWER', 'flags'),
  // Never delivered: they tell names, and texts that programs wrote. `text` is of the TextStore.
  shape('PROCESS:PROCCREATE_NAME', 'process', 'text'),
  shape('PROCESS:PROCTHREAD_NAME', 'process', 'tid', 'text'),
  shape('USREVENT:EVENT', 'text'),
] as const satisfies readonly EventShape[];

function shape<Name extends string>(name: Name, ...fields: (string | readonly [string, 1 | 2])[]) {
  return { name, fields: fields.map((field) => (typeof field === 'string' ? ([field, 1] as const) : field)) };
}

export type EventName = (typeof EVENT_SHAPES)[number]['name'];

const kinds = new Map<string, number>(EVENT_SHAPES.map(({ name }, index) => [name, index + 1]));

/** The kind of a row, 0 for events that nobody reads. */
export const rowKindOf = (name: string): number => kinds.get(name) ?? 0;

/** How many slots the rows of a kind have. */
export const slotCount = (kind: number): number =>
  EVENT_SHAPES[kind - 1].fields.reduce((sum: number, [, slots]) => sum + slots, 0);

export const RowKind = {
  State: rowKindOf('THREAD:STATE'),
  Bankruptcy: rowKindOf('SYSTEM:APS_BNKR'),
  ProcessName: rowKindOf('PROCESS:PROCCREATE_NAME'),
  ThreadName: rowKindOf('PROCESS:PROCTHREAD_NAME'),
  Text: rowKindOf('USREVENT:EVENT'),
  CallEnter: rowKindOf('KER_CALL:ENTER'),
  CallExit: rowKindOf('KER_CALL:EXIT'),
  HandlerEntry: rowKindOf('INTERRUPT:HANDLER_ENTRY'),
} as const;

/** Slots of the rows of a kind that say more than one might think. */
export const StateSlot = { State: 0, Thread: 1, Initial: 2, Tid: 6 } as const;
export const BankruptcySlot = { Thread: 0, Tid: 2 } as const;

/** The shapes as a catalog: what the queue of rows wants to know. */
export const SHAPE_CATALOG: TracepointCatalog = EVENT_SHAPES.map(({ name, fields }, index) => {
  const [system, event] = name.split(':');
  return {
    system,
    event,
    kind: index + 1,
    fields: fields.map(([name, slots]) => ({ name, type: slots === 2 ? 'u64' : 'number' })),
  };
});

export interface Delivery {
  /** By our kind: that of the catalog, 0 where it is not wanted. */
  readonly kinds: Uint8Array;
  /** By our kind: for each slot of the delivered row the slot it comes from, -1 for none; undefined where they are the same. */
  readonly slots: readonly (Int8Array | undefined)[];
}

/** How rows become those of `catalog`. */
export function deliveryFor(catalog: TracepointCatalog): Delivery {
  const kinds = new Uint8Array(EVENT_SHAPES.length + 1);
  const slots: (Int8Array | undefined)[] = Array.from({ length: EVENT_SHAPES.length + 1 });
  for (const spec of catalog) {
    const kind = rowKindOf(`${spec.system}:${spec.event}`);
    if (kind === 0) continue;
    kinds[kind] = spec.kind;
    const sources = spec.fields.flatMap(({ name, type }) => slotsOf(EVENT_SHAPES[kind - 1], name, type === 'u64'));
    if (sources.some((source, slot) => source !== slot)) {
      slots[kind] = Int8Array.from({ length: FIELD_SLOTS }, (_, slot) => sources[slot] ?? -1);
    }
  }
  return { kinds, slots };
}

function slotsOf({ fields }: EventShape, wanted: string, isWide: boolean): number[] {
  let slot = 0;
  for (const [name, width] of fields) {
    if (name === wanted && (width === 2) === isWide) return width === 2 ? [slot, slot + 1] : [slot];
    slot += width;
  }
  return isWide ? [-1, -1] : [-1];
}
