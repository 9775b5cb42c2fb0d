/** Runs benchmark programs, so that their output is read as it is today. */
import { type ChildProcess, execFileSync, type SpawnSyncReturns, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export type Tool = 'cyclictest' | 'fio' | 'hyperfine' | 'iperf3' | 'perf' | 'stress-ng' | 'sysbench';

/** What the program writes to standard output; it runs in `folder`. */
export function runTool(tool: Tool, args: readonly string[], folder?: string): string {
  try {
    return execFileSync(tool, args, { encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing(tool, error);
    throw new Error(`${tool} ${args.join(' ')}: ${(error as SpawnSyncReturns<string>).stderr}`, { cause: error });
  }
}

const missing = (tool: Tool, cause: unknown): Error =>
  new Error(`Tests run ${tool}, which is not installed: npm run test:setup`, { cause });

/** A folder that is there until the current test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-tools-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A TCP port of the loopback interface that nobody listens on. */
function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

export interface Iperf3Results {
  readonly client: string;
  /** The same test as the other end saw it. */
  readonly server: string;
}

/** One test over the loopback interface against a server of its own. */
export async function runIperf3(args: readonly string[]): Promise<Iperf3Results> {
  const port = String(await freePort());
  const server = start('iperf3', ['-s', '-1', '-J', '-B', '127.0.0.1', '-p', port]);
  try {
    const client = await connected(['-c', '127.0.0.1', '-p', port, '-J', ...args]);
    return { client, server: await server.output };
  } finally {
    server.child.kill();
  }
}

const ATTEMPTS = 50;
const PAUSE_MS = 100;

/** With -J the server does not say when it is ready: the client asks until it is. */
async function connected(args: readonly string[]): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const output = await start('iperf3', args).output;
    if (!output.includes('unable to connect') || attempt === ATTEMPTS) return output;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

interface Started {
  readonly child: ChildProcess;
  readonly output: Promise<string>;
}

function start(tool: Tool, args: readonly string[]): Started {
  const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const output = new Promise<string>((done, failed) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      failed(error.code === 'ENOENT' ? missing(tool, error) : error),
    );
    child.once('close', () => done(text));
  });
  return { child, output };
}
