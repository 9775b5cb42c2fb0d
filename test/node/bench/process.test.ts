/** Executing commands: what comes back, and that nothing of a command outlives its end. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { execute, type Outcome } from '../../../src/node/bench/process.js';
import { openSide } from '../../../src/node/bench/side.js';
import { eventually, isRunning, numbersIn, temporaryFolder } from './support.js';

const never = new AbortController().signal;
const host = openSide({ kind: 'prefix', prefix: [], quote: 'none', values: {} });

const sh = (line: string, ...args: string[]): Promise<Outcome> =>
  execute(['sh', '-c', line, 'sh', ...args], { timeoutMs: 20_000, stop: never });

describe('how it ended', () => {
  test.each([
    ['exit 7', { exitCode: 7, signal: null, stdout: '' }],
    ['kill -9 $$', { exitCode: null, signal: 'SIGKILL', stdout: '' }],
    ['echo out; echo err >&2', { exitCode: 0, signal: null, stdout: 'out\n', stderr: 'err\n' }],
    ['cat', { exitCode: 0, stdout: '' }],
  ])('%s', async (line, expected) => {
    const outcome = await sh(line);
    expect(outcome).toMatchObject(expected);
    expect(outcome.fault).toBeUndefined();
  });

  test.each([
    ['a program that is not there', ['/no/such/program'], 'ENOENT'],
    ['a file that is no program', ['/etc/passwd'], 'EACCES'],
    ['an argument that is too long', ['echo', 'x'.repeat(2 ** 18)], 'E2BIG'],
  ])('%s', async (_what, argv, says) => {
    const { fault, exitCode } = await execute(argv, { timeoutMs: 1000, stop: never });
    expect([exitCode, fault]).toEqual([null, expect.stringContaining(says)]);
  });

  test('the time holds what the command says of itself', async () => {
    const { stdout, elapsedNs } = await sh('date +%s%N; sleep 0.1; date +%s%N');
    const [from, to] = stdout.trim().split('\n').map(BigInt);
    expect(elapsedNs).toBeGreaterThanOrEqual(Number(to - from));
  });
});

describe('output has bounds', () => {
  test('one that never ends, ends the command', async () => {
    const { fault, stdout } = await sh('yes');
    expect(fault).toContain('64 MiB');
    expect(stdout.length).toBeLessThanOrEqual(2 ** 26);
  });

  test('of standard error the end is kept', async () => {
    const { stderr } = await sh('seq 100000 >&2');
    expect(stderr.endsWith('99999\n100000\n')).toBe(true);
    expect(stderr.length).toBeLessThan(2 ** 17);
  });

  test('bytes that are no text do no harm', async () => {
    const { stdout } = await sh(String.raw`printf '\377\376\000\033[2J'`);
    expect(stdout).toBe('\ufffd\ufffd\0\u001b[2J');
  });
});

describe('nothing is left of a command that is ended', () => {
  /** Writes the ids of processes that would run for long: a child, a grandchild, one that does not obey, and one that left. */
  const STUBBORN = `
    pids=$1; echo $$ >>"$pids"
    sleep 1000 & echo $! >>"$pids"
    sh -c 'sleep 1000 & echo $! >>"$1"; wait' sh "$pids" &
    sh -c 'trap "" TERM INT; echo $$ >>"$1"; while :; do sleep 0.1; done' sh "$pids" &
    setsid sh -c 'echo $$ >>"$1"; exec sleep 1000' sh "$pids" &
    wait`;
  const COUNT = 5;

  test.each(['a timeout', 'an interruption'])('after %s', async (why) => {
    const pids = join(temporaryFolder(), 'pids');
    const stop = new AbortController();
    const ending = host.run(['sh', '-c', STUBBORN, 'sh', pids], {
      timeoutMs: why === 'a timeout' ? 3000 : 60_000,
      stop: stop.signal,
    });
    await eventually('all processes started', () => numbersIn(pids).length === COUNT);
    if (why === 'an interruption') stop.abort();
    const { fault } = await ending;
    expect(fault).toBe(why === 'a timeout' ? 'it did not end within 3 s' : 'it was interrupted');
    expect(numbersIn(pids).filter(isRunning)).toEqual([]);
  });

  test('one that ended itself may leave somebody behind who holds its output open: nobody waits for that', async () => {
    const pids = join(temporaryFolder(), 'pids');
    const { exitCode, stdout } = await sh('echo done; sleep 1000 & echo $! >"$1"', pids);
    const [left] = numbersIn(pids);
    process.kill(left, 'SIGKILL');
    expect([exitCode, stdout]).toEqual([0, 'done\n']);
  });
});

test('an output that is read late is read all the same', async () => {
  const block = (ms: number) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };
  // The end of any process tells of all that have ended: this one's end is noticed before anybody reads what it printed.
  const outcome = sh('sleep 0.2; seq 10000');
  const other = spawn('sh', ['-c', 'echo'], { stdio: ['ignore', 'pipe', 'ignore'] });
  other.stdout.once('data', () => block(500));
  other.once('exit', () => setImmediate(block, 1000));
  block(100);
  expect((await outcome).stdout).toBe(Array.from({ length: 10_000 }, (_, index) => `${index + 1}\n`).join(''));
});

test('an interruption that came before: the command does not run on', async () => {
  const { fault } = await execute(['sleep', '1000'], { timeoutMs: 60_000, stop: AbortSignal.abort() });
  expect(fault).toBe('it was interrupted');
});
