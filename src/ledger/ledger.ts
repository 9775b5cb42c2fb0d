/**
 * The ledger: neutral events in, the books of every vCPU out. One pass, no memory per event.
 */
import type { Issue } from '../base/issue.js';
import type { ReasonTable } from '../recording/causes.js';
import { EVENT_COLUMNS, type EventBatch, EventColumn, EventKind } from '../recording/event-batch.js';
import { Account } from './accounts.js';
import type { Contention } from './contention.js';
import { detail, entry, exit, handlersByKind } from './event-handlers.js';
import { Host } from './host.js';
import type { PcpuLoss } from './losses.js';
import type { Placement } from './placement.js';
import type { LedgerSink } from './sink.js';
import type { Slices } from './slices.js';
import type { Timeline } from './timeline.js';
import type { VcpuLedger } from './vcpu.js';
import type { Window } from './window.js';

export class Ledger {
  readonly #window: Window;
  readonly #host: Host;
  readonly #handlers: ReturnType<typeof handlersByKind>;

  /**
   * @param timeline of the same window, where it is to be known what the vCPUs did over time
   * @param slices likewise, where it is to be known how much their books vary
   * @param sink who sees over time all that is booked
   */
  constructor(reasons: ReasonTable, window: Window, timeline?: Timeline, slices?: Slices, sink?: LedgerSink) {
    this.#window = window;
    this.#host = new Host(reasons, window, timeline, slices, sink);
    this.#handlers = handlersByKind(this.#host);
  }

  /** From here on it is kept where in the guests exits come from. */
  collectAddresses(): void {
    this.#host.roster.collectAddresses();
  }

  /** The vCPUs in the order in which they were met. */
  get vcpus(): VcpuLedger[] {
    return [...this.#host.vcpus.values()];
  }

  /** Which threads ran where. */
  get placement(): Placement {
    return this.#host.placement;
  }

  /** How many vCPUs wanted a pCPU at the same time. */
  get contention(): Contention {
    return this.#host.contention;
  }

  /** What was lost, by pCPU. */
  get losses(): PcpuLoss[] {
    return this.#host.losses.list;
  }

  /** Whether there was an event of the scheduler. */
  get schedulerSeen(): boolean {
    return this.#host.schedulerSeen;
  }

  /** How many gaps touch T. */
  get gapsWithin(): number {
    return this.#host.losses.gapsWithin;
  }

  /** What found no room in the books. */
  limitsReached(): Issue[] {
    return this.#host.roster.limitsReached();
  }

  process(events: EventBatch): void {
    const host = this.#host;
    host.learnReasons();
    const { pcpus } = host;
    const { numbers } = events;
    const handlers = this.#handlers;
    const end = events.count * EVENT_COLUMNS;
    for (let at = 0; at < end; at += EVENT_COLUMNS) {
      const number = numbers[at + EventColumn.pcpu] | 0;
      const cpu = pcpus[number] ?? host.pcpu(number);
      const kind = numbers[at] | 0;
      // Nine of ten events are one of three kinds: these are not looked up.
      if (kind === EventKind.Entry) entry(host, cpu, numbers, at);
      else if (kind === EventKind.Exit) exit(host, cpu, numbers, at);
      else if (kind === EventKind.Detail) detail(host, cpu, numbers, at);
      else handlers[kind](cpu, numbers, at);
    }
  }

  /**
   * Closes the books: every vCPU's accounts then add up to exactly the interval from `first` to `last`.
   * @throws {Error} where they do not: a bug
   */
  finish(first: number, last: number): void {
    const length = this.#window.overlap(first, last);
    const host = this.#host;
    host.placement.finish(last);
    host.contention.finish(last);
    for (const vcpu of host.vcpus.values()) {
      vcpu.charge(host.pcpu(vcpu.pcpu).running, last);
      vcpu.finish(last);
      const { totals } = vcpu.books;
      totals[Account.unknown] += this.#window.overlap(first, vcpu.begin);
      const sum = totals.reduce((total, value) => total + value, 0);
      if (sum !== length) throw new Error(`the books of thread ${vcpu.thread} do not balance: ${sum} of ${length} ns`);
    }
  }
}
