/**
 * Ends of halts, with the polling limit that was in force.
 *
 * Before it sleeps, KVM spins for up to the limit of that vCPU. After the halt it may change the limit, and writes
 * kvm_halt_poll_ns (new, old) just before kvm_vcpu_wakeup, from the same thread (`virt/kvm/kvm_main.c`): so the limit
 * of a halt is `old` where that record came with it, else the last `new` of the thread. A vCPU that sleeps, or is halted
 * for longer than any limit, before any such record has the limit 0: a longer one would have grown or shrunk at the end
 * of that halt, with a record.
 */
import { EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import { type Handlers, pushEvent } from './handler.js';
import { slotOf } from './tracepoints.js';

const NEW_LIMIT = slotOf('kvm_halt_poll_ns', 'new');
const OLD_LIMIT = slotOf('kvm_halt_poll_ns', 'old');
const HALTED = slotOf('kvm_vcpu_wakeup', 'ns');
const WAITED = slotOf('kvm_vcpu_wakeup', 'waited');

/** The module parameter `halt_poll_ns` of kvm as it is by default, ns (`KVM_HALT_POLL_NS_DEFAULT` on x86). */
const LARGEST_LIMIT = 200_000;

/** The polling limit of one vCPU thread. */
interface Limit {
  /** In force in the halt that ends now, ns; NaN: not told in this halt. */
  told: number;
  /** In force from then on, ns. */
  next: number;
}

export function haltHandlers(): Handlers {
  const limits = new Map<number, Limit>();

  return {
    kvm_halt_poll_ns: (records, row) => {
      const at = row * FIELD_SLOTS;
      const thread = records.thread[row];
      let limit = limits.get(thread);
      if (limit === undefined) {
        limit = { told: Number.NaN, next: Number.NaN };
        limits.set(thread, limit);
      }
      limit.told = records.fields[at + OLD_LIMIT]!;
      limit.next = records.fields[at + NEW_LIMIT]!;
    },
    kvm_vcpu_wakeup: (records, row, events) => {
      const at = row * FIELD_SLOTS;
      const halted = records.fields[at + HALTED];
      if (!(halted >= 0)) return;
      const slept = records.fields[at + WAITED] > 0;
      pushEvent(
        events,
        EventKind.HaltEnd,
        records,
        row,
        halted,
        slept ? 1 : 0,
        limitOf(records.thread[row], slept, halted),
        0,
      );
    },
  };

  function limitOf(thread: number, slept: boolean, halted: number): number {
    const limit = limits.get(thread) ?? { told: Number.NaN, next: Number.NaN };
    const inForce = Number.isNaN(limit.told) ? limit.next : limit.told;
    limit.told = Number.NaN;
    if (!Number.isNaN(inForce) || (!slept && halted <= LARGEST_LIMIT)) return inForce;
    limit.next = 0;
    limits.set(thread, limit);
    return 0;
  }
}
