/** The script that gathers the facts, on the host of the tests: by several shells, and against other tools. */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readFactBundle } from '../../../src/platform/host/fact-files.js';
import { readHostFacts } from '../../../src/platform/host/reading.js';
import { alternatives, KERNEL_THREAD_FILES, VMM_FILES, WANTED_FILES } from '../../../src/platform/host/wanted-files.js';

const SCRIPT = 'host-facts/host-facts.sh';
const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (shell: readonly string[]) => execFileSync(shell[0], [...shell.slice(1), SCRIPT], { encoding: 'utf8' });
const facts = run(['sh']);
const lines = facts.split('\n').map((line) => line.split('\t'));
const paths = [...new Set(lines.filter(([path]) => path.startsWith('/')).map(([path]) => path))];

function understood(text: string) {
  const files = readFactBundle(text, 'this host');
  if (!files.ok) throw new Error(files.issue.message);
  return readHostFacts(files.value);
}

/** What changes from one moment to the next. */
const VARIES = /^\/proc\/(?:\d+|meminfo|cpuinfo)|\/cpu\.stat$|free_hugepages$|_freq$/;

describe('the script', () => {
  test('holds all of each file that it names', () => {
    const steady = paths.filter((path) => !VARIES.test(path));
    expect(steady.length).toBeGreaterThan(20);
    for (const path of steady) {
      if (path.endsWith('/meminfo')) continue;
      const said = lines.filter(([name]) => name === path).map(([, ...rest]) => rest.join('\t'));
      expect(said, path).toEqual(readFileSync(path, 'utf8').replace(/\n$/, '').split('\n'));
    }
  });

  test.each(['dash', 'bash', 'bash --posix', 'busybox sh'])('says the same by %s', (shell) => {
    const other = run(shell.split(' ')).split('\n');
    const steady = (line: string) => !VARIES.test(line.split('\t')[0]);
    expect(other.filter(steady)).toEqual(facts.split('\n').filter(steady));
  });

  test('reads only what a copied tree is searched for as well', () => {
    const patterns = [
      ...WANTED_FILES,
      ...[...VMM_FILES, ...KERNEL_THREAD_FILES].map((file) => `/proc/*/${file}`),
    ].flatMap(alternatives);
    const expressions = patterns.map(
      (pattern) =>
        new RegExp(
          `^${pattern
            .replaceAll('.', '\\.')
            .replaceAll('/**', '(?:/.+)?')
            .replaceAll(/(?<!\.)(?<!\))\*/g, '[^/]*')}$`,
        ),
    );
    expect(paths.filter((path) => !expressions.some((expression) => expression.test(path)))).toEqual([]);
  });

  test('counts CPUs, cores and sockets as lscpu does', () => {
    const { pcpus, kernel, architecture } = understood(facts);
    const rows = execFileSync('lscpu', ['-p=CPU,SOCKET,NODE'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => /^\d/.test(line));
    const here = pcpus
      .filter(({ online }) => online)
      .map(({ pcpu, package: socket, node }) => [pcpu, socket, node].join());
    expect(here).toEqual(rows);
    expect(kernel).toBe(execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim());
    expect(architecture).toBe(execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim());
  });

  test('finds a VMM by its name, with the pCPUs and the priority of its thread', async () => {
    const vmm = join(folder, 'lkvm-of-a-test');
    copyFileSync(execFileSync('which', ['sleep'], { encoding: 'utf8' }).trim(), vmm);
    const child = spawn('taskset', ['-c', '0', 'nice', '-n', '5', vmm, '60'], { stdio: 'ignore' });
    try {
      await expect
        .poll(() => understood(run(['sh'])).vmms.find(({ process }) => process === child.pid)?.threads, {
          timeout: 20_000,
        })
        .toEqual([
          expect.objectContaining({ name: 'lkvm-of-a-test', allowed: [0], policy: 'other', priority: 0, nice: 5 }),
        ]);
    } finally {
      child.kill();
    }
  });
});
