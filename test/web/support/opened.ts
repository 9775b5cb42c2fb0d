/** Starts "vmtoll open" as a user would, and tells its address. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { COMMAND } from '../../support/cli.js';

export interface Opened {
  readonly url: string;
  close(): Promise<void>;
}

export async function open(args: readonly string[]): Promise<Opened> {
  const server = spawn(process.execPath, [COMMAND, 'open', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = await firstLine(server);
  return {
    url,
    async close() {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

function firstLine(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let complaint = '';
    server.stderr!.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`vmtoll open ended: ${complaint}`)));
    createInterface({ input: server.stdout! }).once('line', resolve);
  });
}
