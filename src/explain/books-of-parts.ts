/** The books of single machines and vCPUs, without reading the recording again. */
import type { Result } from '../base/issue.js';
import type { Explanation } from './explanation.js';

/** What of a recording is wanted: all of it where nothing is said. */
export interface Chosen {
  /** Id or name. */
  readonly machine?: string;
  readonly vcpu?: number;
}

/** Give it to `explain`, then ask it. It keeps the ledger, which does not grow with the recording. */
export class BooksOfParts {
  #explained: ((chosen: Chosen) => Result<Explanation>) | undefined;

  keep(explained: (chosen: Chosen) => Result<Explanation>): void {
    this.#explained = explained;
  }

  /** What `explain` says with these options; fails where the recording has no such machine or vCPU. */
  of(chosen: Chosen): Result<Explanation> {
    if (this.#explained === undefined) throw new Error('nothing has been explained');
    return this.#explained(chosen);
  }
}
