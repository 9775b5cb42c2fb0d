/** What one physical CPU is doing: who runs on it, which vCPUs wait for it, which handlers run on top. */
import { interruptAsThread, UNKNOWN_THREAD } from './culprits.js';
import type { LedgerSink } from './sink.js';
import type { VcpuLedger } from './vcpu.js';

/** Handlers deeper than this are begins whose ends are not recorded. */
const MAX_DEPTH = 8;

export class Pcpu {
  readonly number: number;
  /** The thread that runs here; UNKNOWN_THREAD before the first switch and after a loss. */
  running: number = UNKNOWN_THREAD;
  /** The vCPU whose thread that is, if it is one's. */
  vcpu: VcpuLedger | undefined;
  readonly waiters: VcpuLedger[] = [];
  #depth = 0;
  readonly #interrupts = new Int32Array(MAX_DEPTH);
  readonly #starts = new Float64Array(MAX_DEPTH);
  readonly #sink: LedgerSink | undefined;

  /** @param sink who sees over time which handlers ran here, if anybody */
  constructor(number: number, sink?: LedgerSink) {
    this.number = number;
    this.#sink = sink;
  }

  addWaiter(vcpu: VcpuLedger): void {
    if (!this.waiters.includes(vcpu)) this.waiters.push(vcpu);
  }

  removeWaiter(vcpu: VcpuLedger): void {
    const position = this.waiters.indexOf(vcpu);
    if (position >= 0) this.waiters.splice(position, 1);
  }

  /** All who wait here waited for `thread`, until now. */
  chargeWaiters(thread: number, time: number): void {
    for (const vcpu of this.waiters) vcpu.charge(thread, time);
  }

  /** Who executes here: the innermost handler, or else the thread. */
  get executing(): number {
    return this.#depth > 0 ? interruptAsThread(this.#interrupts[this.#depth - 1]) : this.running;
  }

  forgetInterrupts(): void {
    this.#depth = 0;
  }

  interruptBegins(interrupt: number, time: number): void {
    // A handler cannot interrupt itself, so an older begin of the same interrupt will never see its end.
    this.#dropUnended(interrupt);
    if (this.#depth === MAX_DEPTH) {
      this.#interrupts.copyWithin(0, 1);
      this.#starts.copyWithin(0, 1);
      this.#depth--;
    }
    this.#interrupts[this.#depth] = interrupt;
    this.#starts[this.#depth] = time;
    this.#depth++;
  }

  interruptEnds(interrupt: number, time: number): void {
    const level = this.#find(interrupt);
    if (level < 0) return;
    const from = this.#starts[level];
    this.#depth = level;
    this.vcpu?.interrupted(interrupt, from, time);
    this.#sink?.interrupted(this.number, interrupt, from, time);
    if (this.waiters.length > 0) {
      this.chargeWaiters(this.running, from);
      this.chargeWaiters(interruptAsThread(interrupt), time);
    }
  }

  #find(interrupt: number): number {
    let level = this.#depth - 1;
    while (level >= 0 && this.#interrupts[level] !== interrupt) level--;
    return level;
  }

  #dropUnended(interrupt: number): void {
    const level = this.#find(interrupt);
    if (level < 0) return;
    this.#interrupts.copyWithin(level, level + 1, this.#depth);
    this.#starts.copyWithin(level, level + 1, this.#depth);
    this.#depth--;
  }
}
