/**
 * Threads that work for others. A client sends a message and waits: in SEND until the server takes it, then in REPLY
 * until the answer. Inside one process a condition variable and a queue do for the same.
 */
import type { Kernel } from './kernel.js';
import { block, type Program, run, type Thread } from './thread.js';

export interface Server {
  thread: Thread | undefined;
  readonly requests: { readonly client: Thread; readonly work: Program }[];
}

export const newServer = (): Server => ({ thread: undefined, requests: [] });

const HANDLING_NS = 400;

/** What a client does to have `work` done by a server. */
export function* sendMessage(client: Thread, server: Server, work: Program): Program {
  server.requests.push({ client, work });
  const isWaiting = server.thread?.state === 'RECEIVE';
  yield isWaiting ? block('REPLY', server.thread) : block('SEND');
}

/** The program of a server: takes one message after the other, and answers it when its work is done. */
export function* serve(kernel: Kernel, server: Server, self: Thread): Program {
  server.thread = self;
  for (;;) {
    const request = server.requests.shift();
    if (request === undefined) {
      yield block('RECEIVE');
      continue;
    }
    if (request.client.state === 'SEND') kernel.changeWait(kernel.cpuOf(self), request.client, 'REPLY');
    yield run(kernel.duration(HANDLING_NS));
    yield* request.work;
    kernel.wake(kernel.cpuOf(self), request.client);
  }
}

/** Work for a thread of the same process. */
export interface WorkQueue {
  thread: Thread | undefined;
  readonly jobs: Program[];
}

export const newWorkQueue = (): WorkQueue => ({ thread: undefined, jobs: [] });

/** `self` gives work to the thread of the queue, and goes on. */
export function submit(kernel: Kernel, self: Thread, queue: WorkQueue, job: Program): void {
  queue.jobs.push(job);
  const worker = queue.thread;
  if (worker?.state === 'CONDVAR') kernel.wake(kernel.cpuOf(self), worker);
}

/** The program of the thread that empties a queue. */
export function* workOff(kernel: Kernel, queue: WorkQueue, self: Thread): Program {
  queue.thread = self;
  for (;;) {
    const job = queue.jobs.shift();
    if (job === undefined) {
      yield block('CONDVAR');
      continue;
    }
    yield run(kernel.duration(HANDLING_NS));
    yield* job;
  }
}
