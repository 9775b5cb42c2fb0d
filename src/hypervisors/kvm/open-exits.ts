/** Which sort of exit each vCPU thread is in, for records that mean different things in different exits. */

/** Sorts of exits, as far as it matters. */
export const OpenExit = {
  /** None that we know, or one of another sort. */
  Other: 0,
  /** A halt: the next interrupt injected is what woke the vCPU. */
  Halt: 1,
  /** A host interrupt, a timer, or the guest takes interrupts again: the next injection is what it was for. */
  Interrupt: 2,
  /** An EPT violation: kvm_page_fault then carries an exit qualification, not a page fault error code. */
  EptViolation: 3,
  /** A nested page fault of SVM: addresses of the fault are guest physical ones. */
  NestedFault: 4,
  /** arm64 and RISC-V: a load or store that found no memory, which may have been one of a device. */
  DataAbort: 5,
  /** RISC-V: an instruction of which the CPU need not say whether it is a wait. */
  VirtualInstruction: 6,
} as const;

/** The kernel's PID_MAX_LIMIT: no thread identifier reaches it. */
const THREAD_LIMIT = 4 * 1024 * 1024;
/** The kernel's usual limit (PID_MAX_DEFAULT). */
const FIRST_LIMIT = 32 * 1024;

export class OpenExits {
  /** By thread. */
  #sorts = new Uint8Array(FIRST_LIMIT);

  set(thread: number, sort: number): void {
    if (thread >= this.#sorts.length && thread < THREAD_LIMIT) this.#grow();
    if (thread >= 0 && thread < this.#sorts.length) this.#sorts[thread] = sort;
  }

  get(thread: number): number {
    return thread >= 0 && thread < this.#sorts.length ? this.#sorts[thread] : OpenExit.Other;
  }

  #grow(): void {
    const larger = new Uint8Array(THREAD_LIMIT);
    larger.set(this.#sorts);
    this.#sorts = larger;
  }
}
