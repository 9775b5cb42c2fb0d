/** The commands of vmtoll. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { printable } from '../report/untrusted.js';
import { ExitCode } from './exit-code.js';
import { print } from './output.js';
import { version } from './version.js';

const WELCOME = `vmtoll says what virtualization costs on a host, where the cost comes from, and closes the books on it:
every nanosecond of every vCPU goes to exactly one account, by cause.

  vmtoll demo                          on a real recording that comes with it
  vmtoll explain trace.dat             on your own: trace-cmd record -e kvm -e sched -e irq -e irq_vectors
  vmtoll explain perf.data --last 2s   perf record -a -e 'kvm:*' -e 'sched:*' -e 'irq:*' -e 'irq_vectors:*'
  vmtoll compare native/ vm/           the same benchmarks, run natively and in the VM: what got worse

Read on: vmtoll --help, vmtoll explain --help, vmtoll compare --help, vmtoll formats, README.md.
`;

/** What each command adds to the program; loaded when it is asked for, so that none waits for the code of the others. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  explain: async () => (await import('./explain.js')).addExplain,
  check: async () => (await import('./check.js')).addCheck,
  diff: async () => (await import('./diff.js')).addDiff,
  compare: async () => (await import('./compare.js')).addCompare,
  config: async () => (await import('./config.js')).addConfig,
  open: async () => (await import('./open.js')).addOpen,
  export: async () => (await import('./export.js')).addExport,
  facts: async () => (await import('./facts.js')).addFacts,
  bench: async () => (await import('./bench.js')).addBench,
  demo: async () => (await import('./demo.js')).addDemo,
  rules: async () => (await import('./rules.js')).addRules,
  formats: async () => (await import('./formats.js')).addFormats,
};

/** Whoever gives a file alone most likely wants it explained. */
function printFileHint(word: string): void {
  if (existsSync(word)) process.stderr.write(`  It is a file: vmtoll explain ${printable(word)}\n`);
}

/** Loads the command that is asked for; all of them where it is none, for help needs them. */
async function load(asked: string): Promise<void> {
  const needed = Object.hasOwn(COMMANDS, asked) ? [COMMANDS[asked]] : Object.values(COMMANDS);
  for (const add of await Promise.all(needed.map((loaded) => loaded()))) add(program);
}

const program = new Command('vmtoll')
  .description('Explains the overhead of a virtualized system from recordings and benchmarks.')
  .version(version)
  .showHelpAfterError('(see --help)')
  .exitOverride((error) => {
    if (error.code === 'commander.unknownCommand') printFileHint(process.argv[2]);
    process.exit(error.exitCode === 0 ? ExitCode.fine : ExitCode.wrongUsage);
  });

/** Does what the command line asks for. */
export async function run(): Promise<void> {
  if (process.argv.length <= 2) print(WELCOME);
  else {
    await load(process.argv[2]);
    await program.parseAsync();
  }
}
