/**
 * What is remembered of each vCPU thread where events do not say it themselves: arm64 and RISC-V write no vCPU number into
 * entries and exits, and tell before an exit what it was for.
 *
 * Columns by thread, of whole numbers + 1, so that 0 is "not known".
 */

/** The kernel's PID_MAX_LIMIT: no thread identifier reaches it. */
const THREAD_LIMIT = 4 * 1024 * 1024;
/** The kernel's usual limit (PID_MAX_DEFAULT). */
const FIRST_LIMIT = 32 * 1024;
/** Larger numbers of vCPUs and interrupts are damage. */
const LARGEST = 0xfffe;

export class VcpuThreads {
  /** Whether there is anything to remember: on x86 there is not. */
  active: boolean;
  // Made when there is something to remember.
  #numbers = new Uint16Array();
  #handlers = new Uint16Array();
  #timers = new Uint16Array();
  #inVmm = new Uint8Array();
  #inGuest = new Uint8Array();

  constructor(active: boolean) {
    this.active = active;
  }

  /** The vCPU's number; NaN: not known. */
  number(thread: number): number {
    const known = this.#numbers[thread];
    return known > 0 ? known - 1 : Number.NaN;
  }

  setNumber(thread: number, number: number): void {
    if (this.#hasRoom(thread) && number >= 0 && number <= LARGEST) this.#numbers[thread] = number + 1;
  }

  enterGuest(thread: number): void {
    if (!this.active || !this.#hasRoom(thread)) return;
    this.#inGuest[thread] = 1;
    this.#inVmm[thread] = 0;
    this.#handlers[thread] = 0;
    this.#timers[thread] = 0;
  }

  leaveGuest(thread: number): void {
    if (this.#hasRoom(thread)) this.#inGuest[thread] = 0;
  }

  /** The handler of a host interrupt begins: the first one since the guest was entered is what it was left for. */
  noteHandler(thread: number, interrupt: number): void {
    if (this.#inGuest[thread] !== 1 || this.#handlers[thread] !== 0 || !(interrupt <= LARGEST)) return;
    this.#handlers[thread] = interrupt + 1;
  }

  /** The host interrupt for which the guest was left; -1: not known. */
  handler(thread: number): number {
    return (this.#handlers[thread] ?? 0) - 1;
  }

  /** A timer of the guest went off. */
  noteTimer(thread: number, interrupt: number): void {
    if (this.#inGuest[thread] === 1 && interrupt >= 0 && interrupt <= LARGEST) this.#timers[thread] = interrupt + 1;
  }

  /** The interrupt of the guest's timer that went off since the guest was entered; -1: none. */
  timer(thread: number): number {
    return (this.#timers[thread] ?? 0) - 1;
  }

  enterVmm(thread: number): void {
    if (this.active && this.#hasRoom(thread)) this.#inVmm[thread] = 1;
  }

  /** Whether it was in its VMM until now. */
  leaveVmm(thread: number): boolean {
    if (!this.active || this.#inVmm[thread] !== 1) return false;
    this.#inVmm[thread] = 0;
    return true;
  }

  #hasRoom(thread: number): boolean {
    if (!(thread >= 0 && thread < THREAD_LIMIT)) return false;
    if (thread >= this.#numbers.length) this.#grow(thread < FIRST_LIMIT ? FIRST_LIMIT : THREAD_LIMIT);
    return true;
  }

  #grow(limit: number): void {
    this.#numbers = grown(this.#numbers, new Uint16Array(limit));
    this.#handlers = grown(this.#handlers, new Uint16Array(limit));
    this.#timers = grown(this.#timers, new Uint16Array(limit));
    this.#inVmm = grown(this.#inVmm, new Uint8Array(limit));
    this.#inGuest = grown(this.#inGuest, new Uint8Array(limit));
  }
}

function grown<Column extends Uint8Array | Uint16Array>(column: Column, larger: Column): Column {
  larger.set(column);
  return larger;
}
