/**
 * Ends of halts, with the polling limit that was in force.
 *
 * Before it sleeps, KVM spins for up to the limit of that vCPU. After the halt it may change the limit, and writes
 * kvm_halt_poll_ns (new, old) just before kvm_vcpu_wakeup, from the same thread (`virt/kvm/kvm_main.c`): so the limit
 * of a halt is `old` where that record came with it, else the last `new` of the thread. A vCPU that sleeps, or is halted
 * for longer than the largest limit, before any such record has the limit 0: another would have grown or shrunk at the end
 * of that halt, with a record.
 *
 * KVM reads the clock for the halt's length before it writes either of them. So the halt ended with the first of the two:
 * how long it takes to write that one down (several µs where recorders are slow) is not part of it.
 */
import { causeIndex } from '../../recording/causes.js';
import { EventKind } from '../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import type { HostFacts } from '../../recording/recording.js';
import { DetailSort, Rank } from './details.js';
import { type Handlers, pushDetail, pushEvent } from './handler.js';
import { isArm64, isRiscv } from './host-architecture.js';
import { OpenExit, type OpenExits } from './open-exits.js';
import { slotOf } from './tracepoints.js';
import type { VcpuThreads } from './vcpu-threads.js';

const NEW_LIMIT = slotOf('kvm_halt_poll_ns', 'new');
const OLD_LIMIT = slotOf('kvm_halt_poll_ns', 'old');
const LIMIT_VCPU = slotOf('kvm_halt_poll_ns', 'vcpu_id');
const HALTED = slotOf('kvm_vcpu_wakeup', 'ns');
const WAITED = slotOf('kvm_vcpu_wakeup', 'waited');

/**
 * The largest limit that KVM grows to by default, ns (`KVM_HALT_POLL_NS_DEFAULT` of the architecture). It can be changed, with the
 * module parameter `halt_poll_ns` or for one machine (KVM_CAP_HALT_POLL), and no event tells: where it is larger, a
 * longer halt without sleep that comes before the first kvm_halt_poll_ns of its thread counts as not polled.
 */
const LARGEST_LIMIT_X86 = 200_000;
const LARGEST_LIMIT_ELSEWHERE = 500_000;

/** The polling limit of one vCPU thread. */
interface Limit {
  /** In force in the halt that ends now, ns; NaN: not told in this halt. */
  told: number;
  /** When that was told, ns. */
  toldAt: number;
  /** In force from then on, ns. */
  next: number;
}

/** More threads than real hosts have vCPUs; the limits of further ones count as not told. */
const MAX_THREADS = 65_536;

const HALT = causeIndex('halt');

export function haltHandlers(host: HostFacts, open: OpenExits, threads: VcpuThreads): Handlers {
  const limits = new Map<number, Limit>();
  const largestLimit = isArm64(host) || isRiscv(host) ? LARGEST_LIMIT_ELSEWHERE : LARGEST_LIMIT_X86;

  return {
    kvm_halt_poll_ns: (records, row) => {
      const at = row * FIELD_SLOTS;
      const thread = records.thread[row];
      if (threads.active) threads.setNumber(thread, records.fields[at + LIMIT_VCPU]);
      let limit = limits.get(thread);
      if (limit === undefined) {
        if (limits.size >= MAX_THREADS) return;
        limit = { told: Number.NaN, toldAt: 0, next: Number.NaN };
        limits.set(thread, limit);
      }
      limit.told = records.fields[at + OLD_LIMIT]!;
      limit.toldAt = records.time[row];
      limit.next = records.fields[at + NEW_LIMIT]!;
    },
    kvm_vcpu_wakeup: (records, row, events) => {
      const at = row * FIELD_SLOTS;
      const halted = records.fields[at + HALTED];
      if (!(halted >= 0)) return;
      const slept = records.fields[at + WAITED] > 0;
      const thread = records.thread[row];
      const over = overFor(thread, records.time[row], halted);
      const limit = limitOf(thread, slept, halted);
      // What the CPU did not say of the exit: the instruction was a wait.
      if (open.get(thread) === OpenExit.VirtualInstruction) {
        pushDetail(events, records, row, DetailSort.Wait, 0, HALT, Rank.Wait);
      }
      pushEvent(events, EventKind.HaltEnd, records, row, halted, slept ? 1 : 0, limit, over);
    },
  };

  /** A kvm_halt_poll_ns from before the halt is that of another one, whose kvm_vcpu_wakeup is missing. */
  function overFor(thread: number, time: number, halted: number): number {
    const limit = limits.get(thread);
    if (limit === undefined || Number.isNaN(limit.told)) return 0;
    const over = time - limit.toldAt;
    return over < halted ? over : 0;
  }

  function limitOf(thread: number, slept: boolean, halted: number): number {
    const limit = limits.get(thread);
    if (limit === undefined) {
      if (!slept && halted <= largestLimit) return Number.NaN;
      if (limits.size < MAX_THREADS) limits.set(thread, { told: Number.NaN, toldAt: 0, next: 0 });
      return 0;
    }
    const inForce = Number.isNaN(limit.told) ? limit.next : limit.told;
    limit.told = Number.NaN;
    return inForce;
  }
}
