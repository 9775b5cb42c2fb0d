/** A side behind a serial console: one connection that stays open, one command at a time. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import { ConsoleTranscript, consoleInput, inputFault } from '../../benchmarks/running/console-protocol.js';
import type { ConsoleSide } from '../../benchmarks/running/plan.js';
import { endGroup, killGroup, type Limits, monotonicNs, notExecuted, type Outcome } from './process.js';
import type { Side } from './side.js';

/** What a terminal makes SIGINT and SIGQUIT of (Ctrl-C, Ctrl-\): ends a command that hangs. */
const INTERRUPT = '\x03\x1c';
/** How long it may take to get there. */
const INTERRUPT_MS = 200;
const MOST_OUTPUT = 2 ** 26;

type Connection = ChildProcessByStdio<Writable, Readable, null>;

export class SerialConsole implements Side {
  readonly #argv: readonly string[];
  readonly #template: string;
  #connection: Connection | undefined;

  constructor({ command, template }: Pick<ConsoleSide, 'command' | 'template'>) {
    this.#argv = command;
    this.#template = template;
  }

  async run(words: readonly string[], limits: Limits): Promise<Outcome> {
    const fault = inputFault(words);
    if (fault !== undefined) return notExecuted(fault);
    try {
      const outcome = (await this.#greet(limits)) ?? (await this.#command(words, limits));
      if (outcome.fault !== undefined) await this.#disconnect();
      return outcome;
    } catch (error) {
      return notExecuted(cannotBeOpened(error as Error));
    }
  }

  close(): void {
    if (this.#connection !== undefined) abandon(this.#connection);
    this.#connection = undefined;
  }

  /**
   * Waits until a new connection is through to a shell: else that would be taken for the first command's time. The outcome
   * if it is not; undefined where all is well.
   */
  async #greet(limits: Limits): Promise<Outcome | undefined> {
    if (this.#connection !== undefined) return undefined;
    const greeting = await converse(this.#connect(), this.#template, ['true'], limits);
    return greeting.fault === undefined ? undefined : greeting;
  }

  async #command(words: readonly string[], limits: Limits): Promise<Outcome> {
    const connection = this.#connection;
    return connection === undefined ? notExecuted(CLOSED) : converse(connection, this.#template, words, limits);
  }

  /** Throws where the system does not take the command at all. */
  #connect(): Connection {
    const opened = spawn(this.#argv[0], this.#argv.slice(1), { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    // Writing to a connection that has ended: its end is told by 'exit'.
    opened.stdin.on('error', () => {});
    opened.on('error', () => {});
    // Between commands nobody listens.
    opened.stdout.resume();
    opened.on('exit', () => {
      if (this.#connection === opened) this.#connection = undefined;
    });
    // Wakes a line that waits for somebody.
    opened.stdin.write('\n');
    this.#connection = opened;
    return opened;
  }

  /** The next command starts with a new connection, and a line that is free again, if the old one listens. */
  async #disconnect(): Promise<void> {
    const old = this.#connection;
    this.#connection = undefined;
    if (old?.pid === undefined) return;
    if (old.exitCode === null && old.signalCode === null) {
      const exited = once(old, 'exit');
      old.stdin.write(INTERRUPT);
      await delay(INTERRUPT_MS);
      endGroup(old);
      await exited;
    }
    abandon(old);
  }
}

const CLOSED = 'the console was closed';
const cannotBeOpened = ({ message }: Error): string => `the console cannot be opened: ${message}`;

/** Ends a connection, also for somebody who has left its process group and holds it open: that would keep us waiting. */
function abandon(connection: Connection): void {
  killGroup(connection);
  connection.stdin.destroy();
  connection.stdout.destroy();
}

/**
 * Types one command and listens until its end mark. Its time is that between the marks, so that the echo of the line is not
 * in it; where both come at once, the time since what came before them.
 */
function converse(
  connection: Connection,
  template: string,
  words: readonly string[],
  { timeoutMs, stop }: Limits,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const nonce = randomBytes(8).toString('hex');
    const transcript = new ConsoleTranscript(nonce);
    const decoder = new StringDecoder('utf8');
    let startedMs = Date.now();
    let startNs = monotonicNs();
    const finish = (fault?: string) => {
      const elapsedNs = monotonicNs() - startNs;
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      connection.off('close', onClose).off('error', onError);
      connection.stdout.off('data', onData);
      const { output = '', exitCode = null } = transcript.answer ?? {};
      const ended = { exitCode, signal: null, ...(fault !== undefined && { fault }) };
      resolve({ ...ended, stdout: output, stderr: '', startedMs, startNs, elapsedNs });
    };
    const onData = (chunk: Buffer) => {
      const hadBegun = transcript.hasBegun;
      transcript.push(decoder.write(chunk));
      if (transcript.answer !== undefined) finish();
      else if (transcript.length > MOST_OUTPUT) finish('it printed more than 64 MiB');
      else if (!hadBegun) {
        startedMs = Date.now();
        startNs = monotonicNs();
        if (transcript.hasBegun) timer.refresh();
      }
    };
    const onStop = () => finish('it was interrupted');
    const onClose = () => finish(CLOSED);
    const onError = (error: Error) => finish(cannotBeOpened(error));
    const onTimeout = () => {
      const what = transcript.hasBegun ? 'it did not end' : 'no shell answered on the console';
      finish(`${what} within ${timeoutMs / 1000} s`);
    };
    const timer = setTimeout(onTimeout, timeoutMs);
    stop.addEventListener('abort', onStop);
    connection.on('close', onClose).on('error', onError);
    connection.stdout.on('data', onData);
    connection.stdin.write(consoleInput(template, words, nonce));
    if (stop.aborted) onStop();
  });
}
