/** vmtoll facts */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { failure, type Result, success } from '../base/issue.js';
import { readHostPath } from '../node/host-files.js';
import { LONGEST_FACTS, readFactBundle } from '../platform/host/fact-files.js';
import type { HostPlatform } from '../platform/host/host-platform.js';
import { readHostFacts } from '../platform/host/reading.js';
import { ExitCode } from './exit-code.js';
import { jsonText, print, printIssue } from './output.js';

const SCRIPT = fileURLToPath(new URL('../../host-facts/host-facts.sh', import.meta.url));

const EXAMPLES = `
Examples:
  vmtoll facts > host.txt                           on the host, while its machines run; as root it sees all of them
  vmtoll facts --script | ssh host sh > host.txt    where the host has no Node: a POSIX shell is enough
  vmtoll explain trace.dat --host host.txt
  vmtoll facts --json host.txt                      what vmtoll understands of it

What is in it: docs/host-facts.md. For "vmtoll compare --facts", which wants a few facts of each side, see vmtoll bench facts.`;

interface FactsFlags {
  readonly script?: boolean;
  readonly json?: boolean;
}

export function addFacts(program: Command): void {
  program
    .command('facts')
    .description('print what a Linux host of virtual machines is, for explain --host')
    .argument('[path]', 'with --json: facts that were printed before, or a folder with copies of /proc and /sys')
    .option('--script', 'print the shell script that gathers them instead of running it here')
    .option('--json', 'as vmtoll understands them, instead of as text')
    .addHelpText('after', EXAMPLES)
    .action((path: string | undefined, flags: FactsFlags) => {
      process.exitCode = runFacts(path, flags);
    });
}

function runFacts(path: string | undefined, { script, json }: FactsFlags): ExitCode {
  if (script === true) {
    print(readFileSync(SCRIPT, 'utf8'));
    return ExitCode.fine;
  }
  if (path !== undefined && json !== true) {
    const message = 'A file of facts is text already';
    printIssue({ code: 'nothing-to-do', severity: 'error', message, hint: 'Give --json to see what it says.' });
    return ExitCode.wrongUsage;
  }
  const text = path === undefined ? gathered() : success('');
  if (!text.ok) {
    printIssue(text.issue);
    return ExitCode.unreadable;
  }
  if (json !== true) {
    print(text.value);
    return ExitCode.fine;
  }
  const host = path === undefined ? understood(text.value) : readHostPath(path);
  if (!host.ok) {
    printIssue(host.issue);
    return ExitCode.unreadable;
  }
  print(jsonText({ version: 1, host: host.value }));
  return ExitCode.fine;
}

function understood(text: string): Result<HostPlatform> {
  const files = readFactBundle(text, 'this host');
  return files.ok ? success(readHostFacts(files.value)) : files;
}

/** What the script says of this host. */
function gathered(): Result<string> {
  const { stdout, error, status } = spawnSync('sh', [SCRIPT], {
    encoding: 'utf8',
    maxBuffer: LONGEST_FACTS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (error === undefined && status === 0) return success(stdout);
  return failure({
    code: 'no-host-facts',
    severity: 'error',
    message: `the script ${SCRIPT} failed: ${error?.message ?? `exit code ${status}`}`,
    hint: 'It is for hosts with Linux: vmtoll facts --script prints it.',
  });
}
