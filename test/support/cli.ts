/** Runs the built command as a user would. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
export const COMMAND = join(ROOT, 'dist/cli/main.cjs');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Bytes on its standard input, which is a pipe; without them it is empty. */
  readonly input?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
}

const LONGEST_OUTPUT = 2 ** 28;

export function vmtoll(args: readonly string[], options: RunOptions = {}): Outcome {
  return runNode([COMMAND, ...args], options);
}

/** Node itself, with options of its own before the script and its words. */
export function runNode(args: readonly string[], { input, env }: RunOptions = {}): Outcome {
  return run(process.execPath, args, input, env);
}

/** A line for bash, in which "$VMTOLL" is the command and "$1", "$2", … are `args`. */
export function shell(line: string, args: readonly string[] = [], env: RunOptions['env'] = {}): Outcome {
  const command = `"${process.execPath}" "${COMMAND}"`;
  return run('bash', ['-c', line.replaceAll('$VMTOLL', command), 'bash', ...args], undefined, env);
}

function run(program: string, args: readonly string[], input: RunOptions['input'], env: RunOptions['env']): Outcome {
  if (!existsSync(COMMAND)) throw new Error('The command is not built: npm run build');
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: LONGEST_OUTPUT,
    env: { ...process.env, ...env },
    input: input ?? '',
  });
  if (error !== undefined) throw error;
  return { code: status, stdout, stderr };
}
