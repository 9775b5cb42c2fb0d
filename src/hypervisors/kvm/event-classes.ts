/** Classes of events that accounts of the ledger need, and how to record them. */
import type { EventClass } from '../translator.js';
import { VECTOR_EVENTS } from './interrupt-names.js';
import { kindOf, type TracepointName } from './tracepoints.js';

interface ClassRow {
  readonly id: EventClass['id'];
  /** Any of these is enough to say that the class was recorded. */
  readonly events: readonly TracepointName[];
  readonly record: string;
}

const pair = (event: string): string => `-e ${event}_entry -e ${event}_exit`;
/** The other vectors are rare: who records these does not miss time that matters. */
const FREQUENT_VECTORS = ['local_timer', 'reschedule', 'call_function_single', 'irq_work'].map(
  (v) => `irq_vectors:${v}`,
);

const CLASSES: readonly ClassRow[] = [
  { id: 'exits', events: ['kvm_exit'], record: '-e kvm:kvm_exit -e kvm:kvm_entry' },
  {
    id: 'vmm',
    events: ['kvm_userspace_exit'],
    record: '-e kvm:kvm_userspace_exit -e kvm:kvm_fpu',
  },
  { id: 'scheduler', events: ['sched_switch'], record: '-e sched:sched_switch' },
  {
    id: 'wakeups',
    events: ['sched_waking', 'sched_wakeup', 'sched_wakeup_new'],
    record: '-e sched:sched_waking -e sched:sched_wakeup -e sched:sched_wakeup_new',
  },
  {
    id: 'interrupts',
    events: ['irq_handler_entry', 'softirq_entry', ...VECTOR_EVENTS.map(([name]): TracepointName => `${name}_entry`)],
    record: `${pair('irq:irq_handler')} ${pair('irq:softirq')} ${FREQUENT_VECTORS.map(pair).join(' ')}`,
  },
  { id: 'halts', events: ['kvm_vcpu_wakeup'], record: '-e kvm:kvm_vcpu_wakeup -e kvm:kvm_halt_poll_ns' },
];

/** @param seen by record kind: not 0 if such a record was read */
export function eventClasses(seen: Uint8Array): EventClass[] {
  return CLASSES.map(({ id, events, record }) => ({
    id,
    record,
    seen: events.some((event) => seen[kindOf(event)] !== 0),
  }));
}
