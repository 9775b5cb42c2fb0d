/** Records of a Linux host with KVM → neutral events. */
import type { DetailFormatter, ReasonTable } from '../../recording/causes.js';
import { type EventBatch, EventKind } from '../../recording/event-batch.js';
import type { InterruptNames } from '../../recording/interrupt-names.js';
import { FIELD_SLOTS, LOSS_RECORD, type RecordBatch } from '../../recording/record-batch.js';
import type { Recording } from '../../recording/recording.js';
import type { EventClass, InterruptCount, Remark, Translator } from '../translator.js';
import { accessHandlers } from './access-events.js';
import { arm64AccessHandlers } from './arm64/access-events.js';
import { dataAbortRemarks } from './arm64/exit-reasons.js';
import { arm64WorldSwitches } from './arm64/world-switches.js';
import { KvmDetails } from './details.js';
import { eventClasses } from './event-classes.js';
import { ExitReasons } from './exit-reasons.js';
import { haltHandlers } from './halt-polling.js';
import { type Handler, type Handlers, pushEvent } from './handler.js';
import { isArm64, isRiscv } from './host-architecture.js';
import { InterruptCounts } from './interrupt-counts.js';
import { interruptHandlers } from './interrupt-events.js';
import { interruptName } from './interrupt-names.js';
import { OpenExits } from './open-exits.js';
import { riscvHandlers } from './riscv/exits.js';
import { schedulerHandlers } from './scheduler-events.js';
import { kindOf, type TracepointName } from './tracepoints.js';
import { VcpuThreads } from './vcpu-threads.js';
import { worldSwitchHandlers } from './world-switches.js';

const RECORD_KINDS = 256;

interface Learnt {
  readonly seen: Uint8Array;
  readonly interrupts: Float64Array;
}

export class KvmTranslator implements Translator {
  readonly hypervisor = 'kvm';
  readonly reasons: ReasonTable;
  readonly details: DetailFormatter;
  readonly #handlers: (Handler | undefined)[];
  /** By record kind. */
  readonly #seen = new Uint8Array(RECORD_KINDS);
  readonly #interrupts = new InterruptCounts();
  readonly #interruptNames: InterruptNames | undefined;

  constructor(recording: Pick<Recording, 'host' | 'symbols' | 'threads' | 'interruptNames'>) {
    const reasons = new ExitReasons(recording.symbols, recording.host);
    const open = new OpenExits();
    const threads = new VcpuThreads(isArm64(recording.host) || isRiscv(recording.host));
    this.reasons = reasons.table;
    this.#interruptNames = recording.interruptNames;
    this.details = new KvmDetails(reasons.table, recording.interruptNames);
    this.#handlers = byKind({
      ...worldSwitchHandlers(reasons, open, threads, recording.host),
      ...accessHandlers(reasons, open),
      ...arm64WorldSwitches(reasons, open, threads),
      ...arm64AccessHandlers(open, threads),
      ...riscvHandlers(reasons, open, threads),
      ...haltHandlers(recording.host, open, threads),
      ...schedulerHandlers(recording.host, recording.symbols, recording.threads),
      ...interruptHandlers(this.#interrupts, threads),
    });
  }

  translate(records: RecordBatch, events: EventBatch): void {
    const handlers = this.#handlers;
    const seen = this.#seen;
    for (let row = 0; row < records.count; row++) {
      const kind = records.kind[row];
      seen[kind] = 1;
      const handler = handlers[kind];
      if (handler !== undefined) handler(records, row, events);
    }
  }

  interruptName(index: number): string {
    return interruptName(index, this.#interruptNames);
  }

  eventClasses(): EventClass[] {
    return eventClasses(this.#seen);
  }

  remarks(): Remark[] {
    return dataAbortRemarks(this.reasons.list, (event) => this.#seen[kindOf(event)] !== 0);
  }

  interruptCounts(): InterruptCount[] {
    return this.#interrupts.list((index) => this.interruptName(index));
  }

  learnt(): Learnt {
    return { seen: this.#seen, interrupts: this.#interrupts.learnt() };
  }

  takeOver(learnt: unknown): void {
    const { seen, interrupts } = learnt as Learnt;
    this.#seen.set(seen);
    this.#interrupts.takeOver(interrupts);
  }
}

function byKind(handlers: Handlers): (Handler | undefined)[] {
  const table: (Handler | undefined)[] = Array.from({ length: RECORD_KINDS });
  table[LOSS_RECORD] = pushLoss;
  for (const [event, handler] of Object.entries(handlers)) table[kindOf(event as TracepointName)] = handler;
  return table;
}

const pushLoss: Handler = (records, row, events) => {
  const at = row * FIELD_SLOTS;
  pushEvent(events, EventKind.Loss, records, row, records.fields[at], records.fields[at + 1], 0, 0);
};
