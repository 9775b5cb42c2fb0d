/** Classes of events that accounts of the ledger need, which halves of them were seen, and how to record the rest. */
import type { EventClass, MissingPart } from '../translator.js';
import { VECTOR_EVENTS } from './interrupt-names.js';
import { kindOf, type TracepointName } from './tracepoints.js';

/** Whether a tracepoint was seen. */
type Has = (event: TracepointName) => boolean;

interface ClassRow {
  readonly id: EventClass['id'];
  /** Whether what the class tells is there at all. */
  readonly seen: (has: Has) => boolean;
  /** What is missing although the class was seen. */
  readonly missing?: (has: Has) => MissingPart[];
  readonly record: string;
  /** On arm64 and RISC-V, where that is something else. */
  readonly recordElsewhere?: string;
}

/** Tracepoints that come in pairs: a handler begins and ends. */
interface Pair {
  readonly system: 'irq' | 'irq_vectors';
  readonly event: 'irq_handler' | 'softirq' | (typeof VECTOR_EVENTS)[number][0];
  /** For people. */
  readonly name: string;
}

const PAIRS: readonly Pair[] = [
  { system: 'irq', event: 'irq_handler', name: 'device interrupts' },
  { system: 'irq', event: 'softirq', name: 'softirqs' },
  ...VECTOR_EVENTS.map(([event, name]): Pair => ({ system: 'irq_vectors', event, name })),
];
/** The other vectors are rare: who records these does not miss time that matters. */
const FREQUENT = ['irq_handler', 'softirq', 'local_timer', 'reschedule', 'call_function_single', 'irq_work'];

const recordEnds = ({ system, event }: Pair): string => `-e ${system}:${event}_exit`;
const recordPair = (pair: Pair): string => `-e ${pair.system}:${pair.event}_entry ${recordEnds(pair)}`;
const begins = (has: Has, { event }: Pair): boolean => has(`${event}_entry`);
const isWhole = (has: Has, pair: Pair): boolean => begins(has, pair) && has(`${pair.event}_exit`);

const CLASSES: readonly ClassRow[] = [
  {
    id: 'exits',
    seen: (has) => has('kvm_exit') || isElsewhere(has),
    missing: (has) => (has('kvm_entry') ? [] : [{ part: 'entries', names: [], record: '-e kvm:kvm_entry' }]),
    record: '-e kvm:kvm_exit -e kvm:kvm_entry',
  },
  {
    id: 'vmm',
    seen: (has) => has('kvm_userspace_exit'),
    missing: (has) =>
      has('kvm_fpu') || has('kvm_get_timer_map') || has('sys_enter_ioctl') || has('sys_enter')
        ? []
        : [{ part: 'vmm-returns', names: [], record: returnsOf(has) }],
    record: '-e kvm:kvm_userspace_exit -e kvm:kvm_fpu',
    recordElsewhere: '-e kvm:kvm_userspace_exit -e kvm:kvm_get_timer_map -e raw_syscalls:sys_enter',
  },
  { id: 'scheduler', seen: (has) => has('sched_switch'), record: '-e sched:sched_switch' },
  {
    id: 'wakeups',
    seen: (has) => has('sched_waking') || has('sched_wakeup'),
    record: '-e sched:sched_waking -e sched:sched_wakeup -e sched:sched_wakeup_new',
  },
  {
    id: 'interrupts',
    seen: (has) => PAIRS.some((pair) => isWhole(has, pair)),
    missing: (has) => [...interruptsWithoutEnds(has), ...interruptsNotSeen(has)],
    record: PAIRS.filter(({ event }) => FREQUENT.includes(event))
      .map(recordPair)
      .join(' '),
    recordElsewhere: '-e irq -e ipi',
  },
  {
    id: 'halts',
    seen: (has) => has('kvm_vcpu_wakeup'),
    missing: (has) =>
      has('kvm_halt_poll_ns') ? [] : [{ part: 'poll-limits', names: [], record: '-e kvm:kvm_halt_poll_ns' }],
    record: '-e kvm:kvm_vcpu_wakeup -e kvm:kvm_halt_poll_ns',
  },
];

/** Exits as arm64 and RISC-V write them. */
const isElsewhere = (has: Has): boolean => has('kvm_exit@esr_ec') || has('kvm_exit@scause');

/** Of those that show when a vCPU thread is back from its VMM, the one that this architecture has. */
function returnsOf(has: Has): string {
  if (has('kvm_exit@scause')) return '-e raw_syscalls:sys_enter';
  return has('kvm_exit@esr_ec') ? '-e kvm:kvm_get_timer_map' : '-e kvm:kvm_fpu';
}

function interruptsWithoutEnds(has: Has): MissingPart[] {
  const open = PAIRS.filter((pair) => begins(has, pair) && !isWhole(has, pair));
  if (open.length === 0) return [];
  const names = open.map(({ name }) => name);
  return [{ part: 'interrupt-ends', names, record: open.map(recordEnds).join(' ') }];
}

/** Of the three sorts of handlers, those of which nothing was seen. */
function interruptsNotSeen(has: Has): MissingPart[] {
  // Interrupts of the CPU itself are numbered like all others where there are no vectors.
  const wanted = PAIRS.filter(
    ({ system, event }) => FREQUENT.includes(event) && (system === 'irq' || !isElsewhere(has)),
  );
  const absent = wanted.filter((pair) =>
    pair.system === 'irq' ? !begins(has, pair) : !PAIRS.some((o) => o.system === 'irq_vectors' && begins(has, o)),
  );
  if (absent.length === 0) return [];
  const names = absent.map(({ system, name }) => (system === 'irq' ? name : 'interrupts of the CPU itself'));
  return [{ part: 'interrupt-sorts', names: [...new Set(names)], record: absent.map(recordPair).join(' ') }];
}

/** @param seen by record kind: not 0 if such a record was read */
export function eventClasses(seen: Uint8Array): EventClass[] {
  const has: Has = (event) => seen[kindOf(event)] !== 0;
  return CLASSES.map((row) => {
    const isSeen = row.seen(has);
    const record = isElsewhere(has) ? (row.recordElsewhere ?? row.record) : row.record;
    return { id: row.id, record, seen: isSeen, missing: (isSeen && row.missing?.(has)) || [] };
  });
}
