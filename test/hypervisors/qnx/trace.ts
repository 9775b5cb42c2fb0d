/** Hand-built records of a QNX trace, their neutral events as plain objects, and the books that the ledger keeps of them. */
import { type ThreadState, threadState } from '../../../src/formats/qnx/thread-states.js';
import { kindOf, slotOf, type TraceEventName } from '../../../src/hypervisors/qnx/trace-events.js';
import { QnxTranslator } from '../../../src/hypervisors/qnx/translator.js';
import type { Told } from '../../../src/hypervisors/translator.js';
import { Ledger } from '../../../src/ledger/ledger.js';
import { Window } from '../../../src/ledger/window.js';
import { CAUSES } from '../../../src/recording/causes.js';
import { type CycleClock, cyclesToNs } from '../../../src/recording/cycles.js';
import { EVENTS_PER_RECORD, EventBatch, EventKind } from '../../../src/recording/event-batch.js';
import { FIELD_SLOTS, LOSS_RECORD, RecordBatch } from '../../../src/recording/record-batch.js';
import type { HostFacts } from '../../../src/recording/recording.js';
import { ThreadTable } from '../../../src/recording/threads.js';
import { VcpuBooks } from '../../support/timeline.js';

export const ARM: HostFacts = { architecture: 'aarch64le' };
export const INTEL: HostFacts = { architecture: 'x86_64', virtualization: 'vmx' };
export const AMD: HostFacts = { architecture: 'x86_64', virtualization: 'svm' };

/** One cycle is one nanosecond, unless a test says otherwise. */
const NS_CLOCK: CycleClock = { hz: 1e9, origin: 0n };

export interface PlainEvent {
  readonly kind: string;
  readonly time: number;
  readonly pcpu: number;
  readonly thread: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

const KIND_NAMES = new Map<number, string>(Object.entries(EventKind).map(([name, kind]) => [kind, name]));

type Fields = Readonly<Record<string, number | bigint>>;

export class Trace {
  readonly threads = new ThreadTable();
  readonly translator: QnxTranslator;
  readonly events: PlainEvent[] = [];
  readonly #ledger: Ledger;
  readonly #clock: CycleClock;
  #first = Number.NaN;
  #last = 0;

  constructor(host: HostFacts = ARM, clock: CycleClock | undefined = NS_CLOCK, told: Told = {}) {
    this.#clock = clock ?? NS_CLOCK;
    const recording = { host, threads: this.threads, ...(clock !== undefined && { cycles: clock }) };
    this.translator = new QnxTranslator(recording, told);
    this.#ledger = new Ledger(this.translator.reasons, new Window(0));
  }

  /** @param cycles of the host's clock, since its origin @returns the events of the record */
  record(
    cycles: number,
    pcpu: number,
    thread: number,
    event: TraceEventName | 'loss',
    fields: Fields = {},
  ): PlainEvent[] {
    const time = cyclesToNs(cycles, this.#clock.hz);
    const batch = new RecordBatch();
    batch.count = 1;
    batch.time[0] = time;
    batch.pcpu[0] = pcpu;
    batch.thread[0] = thread;
    batch.kind[0] = event === 'loss' ? LOSS_RECORD : kindOf(event);
    batch.fields.fill(Number.NaN, 0, FIELD_SLOTS);
    for (const [name, value] of Object.entries(fields)) {
      const slot = event === 'loss' ? Number(name) : slotOf(event, name);
      if (typeof value === 'number') {
        batch.fields[slot] = value;
      } else {
        batch.fields[slot] = Number(BigInt.asUintN(64, value) >> 32n);
        batch.fields[slot + 1] = Number(BigInt.asUintN(32, value));
      }
    }
    const events = new EventBatch(EVENTS_PER_RECORD);
    this.translator.translate(batch, events);
    this.#ledger.process(events);
    if (Number.isNaN(this.#first)) this.#first = time;
    this.#last = time;
    const rows = plain(events);
    this.events.push(...rows);
    return rows;
  }

  state(cycles: number, pcpu: number, thread: number, state: ThreadState, initial = 0): PlainEvent[] {
    return this.record(cycles, pcpu, -1, 'THREAD:STATE', { state: threadState(state), thread, initial });
  }

  /** As tracelogger -w has it. */
  wideState(
    cycles: number,
    pcpu: number,
    thread: number,
    state: ThreadState,
    wide: { readonly priority: number; readonly policy: number; readonly partition: number },
  ): PlainEvent[] {
    return this.record(cycles, pcpu, -1, 'THREAD:STATE', { state: threadState(state), thread, initial: 0, ...wide });
  }

  enter(cycles: number, pcpu: number, thread: number): PlainEvent[] {
    return this.record(cycles, pcpu, thread, 'QVM:GUEST_ENTER', { guest_ip: 0xfe08_7700n });
  }

  cycles(cycles: number, pcpu: number, thread: number, entry: bigint, exit: bigint): PlainEvent[] {
    return this.record(cycles, pcpu, thread, 'QVM:CYCLES', { at_entry: entry, at_exit: exit });
  }

  exit(cycles: number, pcpu: number, thread: number, fields: ExitFields = {}): PlainEvent[] {
    const { status = 0, reason = WFI, offset = 0n, ip = 0n, payload = 0n } = fields;
    const values = { status, reason, clockcycles_offset: offset, guest_ip: ip, payload };
    return this.record(cycles, pcpu, thread, 'QVM:GUEST_EXIT', values);
  }

  /** A whole visit, with one cycle before the guest is entered and two after it was left. The guest's clock is the host's. */
  visit(from: number, to: number, pcpu: number, thread: number, fields: ExitFields = {}): void {
    this.enter(from - 1, pcpu, thread);
    this.cycles(to + 1, pcpu, thread, BigInt(from), BigInt(to));
    this.exit(to + 2, pcpu, thread, fields);
  }

  /** The only row of details of the last exit: what it says, and the cause in force. */
  detail(reason: number, payload = 0n): { cause: string; text: string | undefined; address: number | undefined } {
    const events = this.exit(this.#last + 10, 0, 7, { reason, payload });
    const exit = events.find(({ kind }) => kind === 'Exit')!;
    const row = events.find(({ kind }) => kind === 'Detail');
    const own = this.translator.reasons.get(exit.a).cause;
    if (row === undefined) return { cause: own, text: undefined, address: undefined };
    return {
      cause: row.c < 0 ? own : CAUSES[row.c],
      text: this.translator.details.text(row.a, row.b),
      address: this.translator.details.address(row.a, row.b)?.address,
    };
  }

  /** The reason of an exit with this code. */
  reason(code: number) {
    const exit = this.exit(this.#last + 10, 0, 7, { reason: code }).find(({ kind }) => kind === 'Exit')!;
    return this.translator.reasons.get(exit.a);
  }

  /** Those that have books. */
  get vcpuThreads(): number[] {
    return this.#ledger.vcpus.map(({ thread }) => thread);
  }

  /** Closes the books at a time, or with the last record. */
  books(thread: number, endCycles?: number): VcpuBooks {
    this.#ledger.finish(this.#first, endCycles === undefined ? this.#last : cyclesToNs(endCycles, this.#clock.hz));
    return new VcpuBooks(this.#ledger.vcpus.find((vcpu) => vcpu.thread === thread)!);
  }
}

export const WFI = 0x07e0_0000;

export interface ExitFields {
  readonly status?: number;
  readonly reason?: number;
  readonly offset?: bigint;
  readonly ip?: bigint;
  readonly payload?: bigint;
}

function plain(events: EventBatch): PlainEvent[] {
  return Array.from({ length: events.count }, (_, row) => ({
    ...events.event(row),
    kind: KIND_NAMES.get(events.event(row).kind)!,
  }));
}
