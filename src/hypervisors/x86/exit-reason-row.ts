/** One line of a vocabulary of exit reasons. */
import type { Cause, Trigger } from '../../recording/causes.js';

/** `since`: the first Linux that knows it, where that is certain; without it the code is as old as the tracepoint, or unknown. */
export type ExitReasonRow = readonly [
  code: number,
  name: string,
  cause: Cause,
  trigger: Trigger,
  meaning: string,
  since?: string,
];
