/**
 * Answers with threads: one opens the recordings, keeps their timelines and answers about them. The books of a part of T
 * are kept by a thread of their own, which reads the recording again and is ended when nobody waits for it any more.
 */
import type { Worker } from 'node:worker_threads';
import type { Issue } from '../base/issue.js';
import { type Answer, type Question, refused } from '../workspace/protocol.js';
import type { Backend, Opening } from './backend.js';
import type { FromAnalyst, ToAnalyst } from './messages.js';

type ExplanationQuestion = Extract<Question, { ask: 'explanation' }>;

/** Books of parts of T that are kept. */
const KEPT_PARTS = 16;
/** Threads that keep books of parts at the same time: whoever asks for more waits. */
const MOST_THREADS = 2;

const DIFFERENCE = 'difference';

export class ThreadBackend<Task> implements Backend {
  readonly #task: Task;
  readonly #analyst: Worker;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #parts: Parts;
  #opening: Opening = {
    state: 'working',
    progress: { doing: 'starting', fraction: undefined, records: 0, recordsPerSecond: 0, leftMs: undefined },
  };
  #explanations: readonly string[] = [];
  #comparison = '';
  #asked = 0;
  /** Resolves when everything is open, or cannot be opened. */
  readonly opened: Promise<Issue | undefined>;

  /** @param start starts a thread that understands `ToAnalyst` */
  constructor(task: Task, start: () => Worker) {
    this.#task = task;
    this.#parts = new Parts(start);
    this.#analyst = start();
    this.opened = new Promise((resolve) => this.#listen(resolve));
    this.#tell({ kind: 'open', task });
  }

  opening(): Opening {
    return this.#opening;
  }

  async ask(question: Question, signal: AbortSignal): Promise<Answer> {
    if (this.#opening.state !== 'ready') return refused('not-open-yet', 'The recording is still being read.');
    if (question.ask === 'explanation') return this.#explanation(question, signal);
    if (question.ask === 'comparison') return { ok: true, text: this.#comparison };
    if (question.ask === 'difference') return this.#difference(signal);
    return this.#askAnalyst(question);
  }

  #askAnalyst(question: Question): Promise<Answer> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#tell({ kind: 'ask', id, question });
    });
  }

  async close(): Promise<void> {
    this.#parts.close();
    await this.#analyst.terminate();
  }

  #tell(message: ToAnalyst<Task>): void {
    this.#analyst.postMessage(message);
  }

  #listen(resolve: (issue: Issue | undefined) => void): void {
    this.#analyst.on('message', (message: FromAnalyst) => {
      if (message.kind === 'progress') this.#opening = { state: 'working', progress: message.progress };
      else if (message.kind === 'answer') this.#deliver(message.id, message.answer);
      else if (message.kind === 'failed') this.#fail(message.issue, resolve);
      else {
        this.#explanations = message.explanations;
        this.#comparison = message.comparison;
        this.#opening = { state: 'ready', workspace: message.workspace };
        resolve(undefined);
      }
    });
    this.#analyst.on('error', (error) => this.#fail(ended(error), resolve));
  }

  #deliver(id: number, answer: Answer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  #fail(issue: Issue, resolve: (issue: Issue) => void): void {
    this.#opening = { state: 'failed', issue };
    for (const id of this.#waiting.keys()) this.#deliver(id, { ok: false, issue });
    resolve(issue);
  }

  #explanation(question: ExplanationQuestion, signal: AbortSignal): Promise<Answer> {
    const { ask: _ask, ...query } = question;
    const { recording, fromNs, toNs, machine, vcpu } = query;
    const whole = this.#explanations[recording];
    if (whole === undefined) {
      return Promise.resolve(refused('no-such-recording', `There is no recording ${recording}.`));
    }
    if (fromNs === undefined && toNs === undefined) {
      const isWhole = machine === undefined && vcpu === undefined;
      return isWhole ? Promise.resolve({ ok: true, text: whole }) : this.#askAnalyst(question);
    }
    const key = JSON.stringify([recording, fromNs, toNs, machine, vcpu]);
    return this.#parts.ask(key, { kind: 'part', task: this.#task, query }, signal);
  }

  #difference(signal: AbortSignal): Promise<Answer> {
    if (this.#explanations.length < 2) return Promise.resolve({ ok: true, text: '' });
    return this.#parts.ask(DIFFERENCE, { kind: 'difference', task: this.#task }, signal);
  }
}

const ended = (error: unknown): Issue => ({
  code: 'analysis-ended',
  severity: 'error',
  message: `The analysis ended: ${error instanceof Error ? error.message : String(error)}`,
});

const NOT_WANTED = refused('not-wanted', 'Nobody waits for this any more.');

/** A thread at work on one answer, and how many wait for it. */
interface Work {
  readonly answer: Promise<Answer>;
  readonly stop: () => void;
  waiters: number;
}

/** Answers that take a thread of their own: the last ones are kept, and none is worked on that nobody waits for. */
class Parts {
  readonly #start: () => Worker;
  readonly #kept = new Map<string, Answer>();
  readonly #work = new Map<string, Work>();

  constructor(start: () => Worker) {
    this.#start = start;
  }

  async ask(key: string, message: ToAnalyst<unknown>, signal: AbortSignal): Promise<Answer> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    while (!this.#work.has(key) && this.#work.size >= MOST_THREADS && !signal.aborted) {
      await Promise.race([...this.#work.values()].map(({ answer }) => answer));
    }
    if (signal.aborted) return NOT_WANTED;
    const work = this.#work.get(key) ?? this.#begin(key, message);
    work.waiters++;
    const leave = () => {
      work.waiters--;
      if (work.waiters === 0) work.stop();
    };
    signal.addEventListener('abort', leave, { once: true });
    const answer = await work.answer;
    signal.removeEventListener('abort', leave);
    return answer;
  }

  close(): void {
    for (const { stop } of this.#work.values()) stop();
  }

  #begin(key: string, message: ToAnalyst<unknown>): Work {
    const worker = this.#start();
    let resolve: (answer: Answer) => void = () => {};
    const promise = new Promise<Answer>((settled) => {
      resolve = settled;
    });
    let isSettled = false;
    const settle = (answer: Answer, isKept: boolean) => {
      if (isSettled) return;
      isSettled = true;
      this.#work.delete(key);
      if (isKept) this.#keep(key, answer);
      void worker.terminate();
      resolve(answer);
    };
    worker.on('message', (said: FromAnalyst) => {
      if (said.kind === 'answer') settle(said.answer, true);
    });
    worker.on('error', (error) => settle({ ok: false, issue: ended(error) }, false));
    worker.postMessage(message);
    const stop = () => settle(NOT_WANTED, false);
    const work: Work = { answer: promise, stop, waiters: 0 };
    this.#work.set(key, work);
    return work;
  }

  #keep(key: string, answer: Answer): void {
    this.#kept.set(key, answer);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_PARTS && oldest !== undefined) this.#kept.delete(oldest);
  }
}
