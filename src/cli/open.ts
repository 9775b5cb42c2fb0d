/** vmtoll open */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Command, InvalidArgumentError } from 'commander';
import { readPage } from '../server/page-files.js';
import { type RunningServer, startServer } from '../server/server.js';
import { ThreadBackend } from '../server/thread-backend.js';
import { WRONG_CHOICE } from './benchmark-flags.js';
import { ExitCode } from './exit-code.js';
import type { OpenFlags, OpenTask } from './opening.js';
import { refusedAtOnce } from './opening-checks.js';
import { addOpeningOptions } from './opening-flags.js';
import { print, printIssue } from './output.js';
import { refuse } from './recording-flags.js';
import { version } from './version.js';

interface Flags extends OpenFlags {
  readonly parts?: boolean;
  readonly port?: number;
  readonly browser?: boolean;
}

const EXAMPLES = `
Examples:
  vmtoll open trace.dat                        prints an address for your browser
  vmtoll open trace.dat --browser              and opens it
  vmtoll open before.dat after.dat             two recordings, compared
  vmtoll open perf.data trace.dat --parts      files that are parts of one recording
  vmtoll open trace.dat --native native/ --vm vm/    with benchmarks
  vmtoll open --native native/ --vm vm/        benchmarks alone
  vmtoll open                                  an empty page, to drop recordings on

It listens on this host only (127.0.0.1), for whoever has the address, until Ctrl-C. From another host:
  ssh -L 8080:127.0.0.1:8080 HOST vmtoll open trace.dat --port 8080`;

const LARGEST_PORT = 65_535;

export function addOpen(program: Command): void {
  const described = program
    .command('open')
    .description('show recordings and benchmarks in a browser, from a server on this host only')
    .argument('[recording...]', 'one recording as for vmtoll explain, or two to be compared');
  addOpeningOptions(described)
    .option('--port <number>', 'where to listen (default: any that is free)', portNumber)
    .option('--browser', 'open it in the browser')
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: Flags) => {
      process.exitCode = await runOpen(paths, flags);
    });
}

async function runOpen(paths: readonly string[], flags: Flags): Promise<ExitCode> {
  const recordings = flags.parts === true && paths.length > 0 ? [paths] : paths.map((path) => [path]);
  if (recordings.length > 2) return refuse(HOW_MANY, ['how-many']);
  const isAnswered = recordings.length > 0 || flags.native !== undefined || flags.vm !== undefined;
  const page = readPage(fileURLToPath(new URL('../web', import.meta.url)), isAnswered);
  if (page === undefined) return refuse(NOT_BUILT);
  const { parts: _parts, port = 0, browser: _browser, ...openFlags } = flags;
  const task: OpenTask = { recordings, flags: openFlags, version };
  const refused = await refusedAtOnce(task);
  if (refused !== undefined) return refuse(refused, WRONG_CHOICE);
  const backend = new ThreadBackend(task, startAnalyst);
  try {
    const server = await listening({ port, page, backend });
    if (server === undefined) return ExitCode.wrongUsage;
    // Before anybody hears that it is there: who starts it may stop it at once.
    const stopped = interrupted();
    print(`${server.url}\n`);
    if (flags.browser === true) openBrowser(server.url);
    const issue = await Promise.race([failed(backend.opened), stopped]);
    await server.close();
    return issue === undefined ? ExitCode.fine : refuse(issue, WRONG_CHOICE);
  } finally {
    await backend.close();
  }
}

const HOW_MANY = {
  code: 'how-many',
  severity: 'error',
  message: 'open shows one recording, or two that are compared',
  hint: 'vmtoll open RECORDING, vmtoll open BEFORE AFTER, or vmtoll open PART… --parts; benchmarks go with --native and --vm.',
} as const;

const NOT_BUILT = {
  code: 'no-page',
  severity: 'error',
  message: 'The page is not there: this vmtoll was not built with it',
  hint: 'Build it with: npm run build',
} as const;

const startAnalyst = (): Worker => new Worker(new URL('./analysis-worker.cjs', import.meta.url));

async function listening(options: Parameters<typeof startServer>[0]): Promise<RunningServer | undefined> {
  try {
    return await startServer(options);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    printIssue({
      code: 'cannot-listen',
      severity: 'error',
      message: `Port ${options.port} cannot be used (${code})`,
      hint: 'Give another one with --port, or none.',
    });
    return undefined;
  }
}

/** The issue of what cannot be opened; never resolves where everything can. */
const failed = <Issue>(opened: Promise<Issue | undefined>): Promise<Issue> =>
  new Promise((resolve) => {
    void opened.then((issue) => {
      if (issue !== undefined) resolve(issue);
    });
  });

const interrupted = (): Promise<undefined> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(undefined));
  });

/** By what the desktop has for that; where it has nothing the address is printed anyway. */
function openBrowser(url: string): void {
  const [program, ...before] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler']
        : ['xdg-open'];
  spawn(program, [...before, url], { stdio: 'ignore', detached: true })
    .on('error', () => process.stderr.write('vmtoll: no browser could be opened\n'))
    .unref();
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= LARGEST_PORT)) throw new InvalidArgumentError(`it must be a whole number up to ${LARGEST_PORT}.`);
  return port;
}
