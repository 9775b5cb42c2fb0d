/** Executes a command in a process group of its own, so that all of it can be ended. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface Outcome {
  /** null where it did not end by itself. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it was not executed, or was ended from here; absent where it ended by itself, however. */
  readonly fault?: string;
  readonly stdout: string;
  /** The end of it. */
  readonly stderr: string;
  /** ms since 1970. */
  readonly startedMs: number;
  /** Monotonic, ns since this program started. */
  readonly startNs: number;
  /** Monotonic, from before the start until the end was noticed. */
  readonly elapsedNs: number;
}

const ORIGIN = process.hrtime.bigint();
export const monotonicNs = (): number => Number(process.hrtime.bigint() - ORIGIN);

export interface Limits {
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly stop: AbortSignal;
}

/** Results are texts of some MB at most. */
const MOST_OUTPUT = 2 ** 26;
const KEPT_OF_STDERR = 2000;
/** From asking to end (SIGTERM) to making it (SIGKILL). */
const GRACE_MS = 1000;
/** A process that ended may have left another one behind that holds its output open. */
const LEFT_OPEN_MS = 500;

export function execute(argv: readonly string[], { timeoutMs, stop }: Limits): Promise<Outcome> {
  return new Promise((resolve) => {
    const startedMs = Date.now();
    const startNs = monotonicNs();
    let elapsedNs = 0;
    let fault: string | undefined;
    let child: ChildProcessByStdio<null, Readable, Readable>;
    try {
      child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    } catch (error) {
      // Most failures are told by an event, but not all: arguments that are too long, for example.
      resolve(notExecuted(cannotBeExecuted(error as Error)));
      return;
    }
    const end = (why: string) => {
      if (fault === undefined) endGroup(child);
      fault ??= why;
    };
    const stdout = new Gathered(child.stdout, MOST_OUTPUT, 'start', () => end('it printed more than 64 MiB'));
    const stderr = new Gathered(child.stderr, KEPT_OF_STDERR, 'end');
    const timer = setTimeout(() => end(`it did not end within ${timeoutMs / 1000} s`), timeoutMs);
    const onStop = () => end('it was interrupted');
    stop.addEventListener('abort', onStop);
    let leftOpen: NodeJS.Timeout | undefined;
    const finish = (exitCode: number | null, signal: string | null) => {
      clearTimeout(timer);
      clearTimeout(leftOpen);
      stop.removeEventListener('abort', onStop);
      const ended = { exitCode, signal, ...(fault !== undefined && { fault }) };
      resolve({ ...ended, stdout: stdout.text(), stderr: stderr.text(), startedMs, startNs, elapsedNs });
    };
    child.on('error', (error) => {
      fault ??= cannotBeExecuted(error);
      if (child.pid === undefined) finish(null, null);
    });
    child.on('exit', () => {
      elapsedNs = monotonicNs() - startNs;
      if (fault !== undefined) killGroup(child);
      const abandon = () => {
        child.stdout.destroy();
        child.stderr.destroy();
      };
      // The end may be noticed before what was printed is read. Immediates come after reading, even where the event loop
      // was busy for longer than the timer.
      leftOpen = setTimeout(() => setImmediate(abandon), LEFT_OPEN_MS);
    });
    child.on('close', finish);
    if (stop.aborted) onStop();
  });
}

/** The outcome of a command that never started. */
export const notExecuted = (fault: string): Outcome => ({
  exitCode: null,
  signal: null,
  fault,
  stdout: '',
  stderr: '',
  startedMs: Date.now(),
  startNs: monotonicNs(),
  elapsedNs: 0,
});

const cannotBeExecuted = ({ message }: Error): string => `it cannot be executed: ${message}`;

/** Asks all processes of the group to end, and soon after makes those that are left. */
export function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => killGroup(child), GRACE_MS);
  child.once('exit', () => clearTimeout(timer));
}

export const killGroup = (child: ChildProcess): void => signalGroup(child, 'SIGKILL');

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

/** The beginning or the end of a stream, within bounds. */
class Gathered {
  readonly #chunks: Buffer[] = [];
  readonly #limit: number;
  #length = 0;

  constructor(stream: Readable, limit: number, kept: 'start' | 'end', onTooMuch?: () => void) {
    this.#limit = limit;
    stream.on('data', (chunk: Buffer) => {
      this.#length += chunk.length;
      if (kept === 'start' && this.#length > limit) {
        onTooMuch?.();
        return;
      }
      this.#chunks.push(chunk);
      if (kept === 'end') this.#dropStart();
    });
  }

  #dropStart(): void {
    while (this.#length - this.#chunks[0].length >= this.#limit) this.#length -= this.#chunks.shift()!.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
