/**
 * Where in which records the fields of the catalog's events are. Several numbers can be one event: those with addresses of
 * 32 and of 64 bits, and the sixteen changes of runstate.
 *
 * Source: Xen 4.17, xen/include/public/trace.h and the places that write the records (xen/common/sched, xen/arch/x86/hvm,
 * xen/arch/x86/pv, xen/arch/x86/trace.c).
 */
import { RUNSTATE_CHANGE, RUNSTATES } from './event-names.js';

/**
 * Where a field is: in a word of the record (perhaps some bits of it), or in the number of the event itself. A field of 64
 * bits has its low half in `word`, its high half in the next one; `isShort`: this form has only the low half.
 */
export type FieldPlace =
  | { readonly word: number; readonly shift?: number; readonly bits?: number; readonly isShort?: boolean }
  | { readonly constant: number };

export interface RecordLayout {
  readonly event: number;
  /** `system:event` in catalogs. */
  readonly name: string;
  readonly fields: Readonly<Record<string, FieldPlace>>;
}

const word = (index: number): FieldPlace => ({ word: index });
const short = (index: number): FieldPlace => ({ word: index, isShort: true });
const bits = (index: number, shift: number, count: number): FieldPlace => ({ word: index, shift, bits: count });
const constant = (value: number): FieldPlace => ({ constant: value });
const layout = (event: number, name: string, fields: RecordLayout['fields'] = {}): RecordLayout => ({
  event,
  name,
  fields,
});

const VCPU = { vcpu: bits(0, 0, 16), domain: bits(0, 16, 16) };
const SEPARATE_VCPU = { domain: word(0), vcpu: word(1) };

const runstateChanges = RUNSTATES.flatMap((_, from) =>
  RUNSTATES.map((__, to) =>
    layout(RUNSTATE_CHANGE | (from << 8) | (to << 4), 'sched:runstate_change', {
      ...VCPU,
      from: constant(from),
      to: constant(to),
    }),
  ),
);

/** Forms with an address of 32 bits, and, with flag 0x100 in the number, of 64. */
function bothForms(
  event: number,
  name: string,
  fields: (address: (index: number) => FieldPlace) => RecordLayout['fields'],
) {
  return [layout(event, name, fields(short)), layout(event | 0x100, name, fields(word))];
}

const VMEXIT = (isSvm: number) => (address: (index: number) => FieldPlace) => ({
  code: word(0),
  rip: address(1),
  svm: constant(isSvm),
});
const NESTED = 0x400;

const worldSwitches = [0, NESTED].flatMap((nested) => [
  layout(0x81001 | nested, 'hvm:vmentry'),
  ...bothForms(0x81002 | nested, 'hvm:vmexit', VMEXIT(0)),
  ...bothForms(0x81003 | nested, 'hvm:vmexit', VMEXIT(1)),
]);

/** What the handler of an exit says of it: the kind of access, and which register, port or address. */
const handlers = [
  ...bothForms(0x82016, 'hvm:port', (address) => ({ address: address(0), write: constant(0) })),
  ...bothForms(0x82216, 'hvm:port', (address) => ({ address: address(0), write: constant(1) })),
  ...bothForms(0x82017, 'hvm:memory', (address) => ({ address: address(0), write: constant(0) })),
  ...bothForms(0x82217, 'hvm:memory', (address) => ({ address: address(0), write: constant(1) })),
  ...bothForms(0x82008, 'hvm:control_register', () => ({ register: word(0), write: constant(0) })),
  ...bothForms(0x82009, 'hvm:control_register', () => ({ register: word(0), write: constant(1) })),
  layout(0x8200a, 'hvm:debug_register', { write: constant(0) }),
  layout(0x8200b, 'hvm:debug_register', { write: constant(1) }),
  layout(0x8200c, 'hvm:msr', { register: word(0), write: constant(0) }),
  layout(0x8200d, 'hvm:msr', { register: word(0), write: constant(1) }),
  layout(0x8200e, 'hvm:cpuid', { leaf: word(0) }),
  layout(0x8200f, 'hvm:interrupt', { vector: word(0) }),
  layout(0x82012, 'hvm:hypercall', { call: word(0) }),
  layout(0x82013, 'hvm:halt'),
  layout(0x82021, 'hvm:nested_page_fault', { address: word(0) }),
  layout(0x82023, 'hvm:trap', { vector: word(0) }),
];

/** How a PV guest came into the hypervisor: `what` is the number of the event without its class. */
const PV_ENTRIES = [4, 5, 6, 7, 8, 9, 10, 11, 12];
const PV_TRAP = 3;
const pvEntries = [
  layout(0x201003, 'pv:entry', { what: constant(PV_TRAP), vector: bits(1, 0, 15) }),
  layout(0x201103, 'pv:entry', { what: constant(PV_TRAP), vector: bits(2, 0, 15) }),
  ...PV_ENTRIES.flatMap((what) => bothForms(0x201000 | what, 'pv:entry', () => ({ what: constant(what) }))),
];

export const RECORD_LAYOUTS: readonly RecordLayout[] = [
  ...runstateChanges,
  layout(0x21002, 'sched:continue_running', VCPU),
  layout(0x28006, 'sched:block', SEPARATE_VCPU),
  layout(0x41001, 'domain:create', { domain: word(0) }),
  layout(0x41002, 'domain:destroy', { domain: word(0) }),
  ...worldSwitches,
  ...handlers,
  layout(0x20100d, 'pv:hypercall', { call: bits(0, 0, 20), has_argument: bits(0, 20, 2), argument: word(1) }),
  layout(0x201001, 'pv:hypercall', { call: word(1) }),
  layout(0x201101, 'pv:hypercall', { call: word(2) }),
  ...pvEntries,
  layout(0x802008, 'irq:handled', { irq: word(0), from: word(1), to: word(2) }),
];
