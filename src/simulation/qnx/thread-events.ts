/** The event that tells the state of a thread. */
import type { ThreadState } from '../../formats/qnx/thread-states.js';
import type { Thread } from './thread.js';
import type { TraceEventBody } from './trace-event.js';

const POLICY_NUMBERS = { fifo: 1, 'round-robin': 2 } as const;

export function stateBody(thread: Thread, state: ThreadState): TraceEventBody {
  const { priority, policy } = thread.options;
  return { kind: 'thread-state', thread: thread.id, state, priority, policy: POLICY_NUMBERS[policy] };
}
