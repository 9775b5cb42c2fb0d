/** A serial console: real shells behind a pipe and behind a terminal, which echoes, prompts and adds carriage returns. */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_TEMPLATE } from '../../../src/benchmarks/running/console-protocol.js';
import { SerialConsole } from '../../../src/node/bench/console.js';
import { environmentOf, readClock } from '../../../src/node/bench/environment.js';
import type { Side } from '../../../src/node/bench/side.js';
import { eventually, isRunning, numbersIn, temporaryFolder } from './support.js';

const limits = { timeoutMs: 10_000, stop: new AbortController().signal };
const open: Side[] = [];
afterEach(() => {
  for (const side of open.splice(0)) side.close();
});

function consoleOf(...command: string[]): Side {
  const side = new SerialConsole({ command, template: DEFAULT_TEMPLATE });
  open.push(side);
  return side;
}

const CONSOLES: readonly (readonly [name: string, ...command: string[]])[] = [
  ['dash behind a pipe', 'dash', '-s'],
  ['dash on a terminal', 'script', '-qfc', 'dash -i', '/dev/null'],
  ['bash on a terminal, which edits lines itself', 'script', '-qfc', 'bash --norc -i', '/dev/null'],
];

describe.each(CONSOLES)('%s', (_name, ...command) => {
  test('runs one command after the other', async () => {
    const side = consoleOf(...command);
    const first = await side.run(['printf', '%s\\n', 'a b', '$HOME', "it's"], limits);
    expect([first.stdout, first.exitCode]).toEqual(["a b\n$HOME\nit's\n", 0]);
    const second = await side.run(['sh', '-c', 'seq 20000; exit 3'], limits);
    expect([second.stdout.split('\n').length, second.exitCode]).toEqual([20_001, 3]);
    // One connection: the shell is still the same one.
    await side.run(['true'], limits);
  });

  test('says what it is, and what time it has', async () => {
    const side = consoleOf(...command);
    const environment = await environmentOf(side, 'console', limits.stop);
    expect(environment).toMatchObject({ ok: true, value: { facts: { cpus: expect.any(Number) as number } } });
    const reading = await readClock(side, 'vm', limits.stop);
    expect(reading!.hostAfterNs).toBeGreaterThan(reading!.hostBeforeNs);
    expect(reading!.clockNs).toBeGreaterThan(0);
  });

  test('a command that hangs is ended, and the next one runs', async () => {
    const pids = join(temporaryFolder(), 'pids');
    const side = consoleOf(...command);
    const hanging = await side.run(['sh', '-c', 'echo $$ >"$1"; exec sleep 1000', 'sh', pids], {
      ...limits,
      timeoutMs: 2000,
    });
    expect(hanging.fault).toBe('it did not end within 2 s');
    await eventually('it ended', () => !numbersIn(pids).some(isRunning));
    expect((await side.run(['echo', 'back'], limits)).stdout).toBe('back\n');
  });
});

test('the time is that of the command, not of the connection', async () => {
  const side = consoleOf('sh', '-c', 'sleep 3; exec sh -s');
  const { elapsedNs, stdout } = await side.run(['echo', 'x'], limits);
  expect(stdout).toBe('x\n');
  expect(elapsedNs).toBeLessThan(3e9);
  // Measured from when its beginning was heard of: late, where the machine is busy.
  expect((await side.run(['sleep', '1'], limits)).elapsedNs).toBeGreaterThan(0.5e9);
});

describe('what can go wrong', () => {
  test('nobody answers', async () => {
    const outcome = await consoleOf('sleep', '1000').run(['true'], { ...limits, timeoutMs: 300 });
    expect(outcome.fault).toBe('no shell answered on the console within 0.3 s');
  });

  test('the console ends', async () => {
    const side = consoleOf('sh', '-s');
    const outcome = await side.run(['sh', '-c', 'kill -9 $PPID'], limits);
    expect(outcome.fault).toBe('the console was closed');
    expect((await side.run(['echo', 'again'], limits)).stdout).toBe('again\n');
  });

  test('there is no such program, or its arguments are too long', async () => {
    expect((await consoleOf('/no/such/console').run(['true'], limits)).fault).toContain('cannot be opened');
    expect((await consoleOf('sh', 'x'.repeat(2 ** 18)).run(['true'], limits)).fault).toContain('cannot be opened');
  });

  test('it is interrupted', async () => {
    const stop = new AbortController();
    const running = consoleOf('sh', '-s').run(['sleep', '1000'], { timeoutMs: 60_000, stop: stop.signal });
    setTimeout(() => stop.abort(), 100);
    expect((await running).fault).toBe('it was interrupted');
  });

  test('it prints without end', async () => {
    const outcome = await consoleOf('sh', '-s').run(['yes'], limits);
    expect(outcome.fault).toContain('64 MiB');
  });

  test('somebody who left its process group holds it open: nobody waits for that', async () => {
    const pids = join(temporaryFolder(), 'pids');
    const side = consoleOf('sh', '-c', 'setsid sleep 1000 & echo $! >"$0"; exec sh -s', pids);
    expect((await side.run(['sleep', '1000'], { ...limits, timeoutMs: 300 })).fault).toContain('did not end');
    side.close();
    for (const pid of numbersIn(pids)) process.kill(pid, 'SIGKILL');
  });

  test('a command that a console cannot take', async () => {
    expect((await consoleOf('sh', '-s').run(['echo', '\t'], limits)).fault).toContain('control characters');
  });
});
