/**
 * Events that tell something of the host and of no single vCPU: interrupts that qvm raises in guests, of which the trace says
 * neither which nor for whom, and pCPUs that save power.
 */
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import type { ThreadTable } from '../../recording/threads.js';
import type { Handlers } from './handler.js';
import { slotOf } from './trace-events.js';

const FLAGS = slotOf('SYSTEM:POWER', 'flags');
/** Bits of POWER's flags. Source: QNX SDP 8.0, published numbers of trace events. */
const PCPUS = 0xffff;
const IDLE = 0x1_0000;
const START = 0x2_0000;

/** More processes than hosts have guests. */
const MOST_PROCESSES = 1024;
const UNKNOWN_PROCESS = -1;

export class HostSigns {
  /** Interrupts raised in guests, by the process of the thread that did it; -1: not known. */
  readonly raised = new Map<number, number>();
  /** How often pCPUs began to save power, and which. */
  powerSaving = 0;
  pcpusThatSave = 0;

  readonly handlers: Handlers;

  constructor(threads: ThreadTable) {
    this.handlers = {
      'QVM:INTR_RAISE': (records, row) => {
        const process = threads.process(records.thread[row]) ?? UNKNOWN_PROCESS;
        const key = this.raised.has(process) || this.raised.size < MOST_PROCESSES ? process : UNKNOWN_PROCESS;
        this.raised.set(key, (this.raised.get(key) ?? 0) + 1);
      },
      'SYSTEM:POWER': (records, row) => {
        const flags = records.fields[row * FIELD_SLOTS + FLAGS];
        if ((flags & IDLE) === 0 || (flags & START) === 0) return;
        this.powerSaving++;
        this.pcpusThatSave |= flags & PCPUS;
      },
    };
  }
}
