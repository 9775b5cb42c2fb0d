/**
 * Whether numbers of exits are VMX's or SVM's. Xen before 4.20 writes both as one event: the numbers themselves tell. All that
 * SVM guests leave for all the time (an interrupt: 0x60) is beyond what VMX numbers reach, so exits without any such are VMX's.
 *
 * Source: AMD APM volume 2, appendix C; Intel SDM volume 3, appendix C; Xen's trace.h for the events that tell.
 */

/** The first number that VMX does not have, far above those that it may get; SVM's exceptions end before it. */
const SVM_ONLY = 0x60;
const HIGHEST_SVM_CODE = 0xffff;
/** So many exits, none of them SVM's, are VMX's. */
const ENOUGH = 8;

export class ExitCodeEvidence {
  #svm = 0;
  #either = 0;

  /** @param isSvm the event itself says so */
  see(code: number, isSvm: boolean): void {
    if (isSvm || (code >= SVM_ONLY && code <= HIGHEST_SVM_CODE)) this.#svm++;
    else this.#either++;
  }

  get virtualization(): 'vmx' | 'svm' | undefined {
    if (this.#svm > 0) return 'svm';
    return this.#either >= ENOUGH ? 'vmx' : undefined;
  }
}
