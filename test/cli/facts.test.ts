/** vmtoll facts, and vmtoll explain --host. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import type { HostPlatform } from '../../src/platform/host/host-platform.js';
import { shell, vmtoll } from '../support/cli.js';
import { pathIn, textIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const FIXTURE = 'fixtures/host/two-sockets.txt';
const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

const overcommitted = scenario('i1-overcommit-unpinned', 'trace.dat')!;
const trace = pathIn(overcommitted, 'trace.dat');

describe('vmtoll facts', () => {
  test('prints what the script prints, which it prints itself with --script', () => {
    const { code, stdout } = vmtoll(['facts']);
    expect(code).toBe(0);
    const byScript = shell('$VMTOLL facts --script | sh').stdout;
    const names = (text: string) => text.split('\n').map((line) => line.split('\t')[0]);
    const steady = (name: string) => !/^\/proc\/\d|^\/sys\/fs/.test(name);
    expect(names(stdout).filter(steady)).toEqual(names(byScript).filter(steady));
    expect(vmtoll(['facts', '--script']).stdout).toBe(readFileSync('host-facts/host-facts.sh', 'utf8'));
  });

  test('--json shows what is understood, of this host or of a file', () => {
    const here = JSON.parse(vmtoll(['facts', '--json']).stdout) as { host: HostPlatform };
    expect(here.host.kernel).toBe(shell('uname -r').stdout.trim());
    const there = JSON.parse(vmtoll(['facts', '--json', FIXTURE]).stdout) as { host: HostPlatform };
    expect(there.host).toMatchObject({ source: FIXTURE, smt: true });
  });

  test('a file without --json, and what is none, are refused', () => {
    expect(vmtoll(['facts', FIXTURE])).toMatchObject({ code: 2, stdout: '' });
    const { code, stderr } = vmtoll(['facts', '--json', 'package.json']);
    expect(code).toBe(3);
    expect(stderr).toContain('vmtoll compare --facts');
  });
});

describe('vmtoll explain --host', () => {
  /** Facts as the host of the recording had them, where the witness tells: the threads and their masks. */
  function factsOf(allowed: (mask: number) => string): string {
    const threads = JSON.parse(textIn(overcommitted, 'threads.g1.json')) as {
      tid: number;
      comm: string;
      affinity: string;
    }[];
    const lines = threads.flatMap(({ tid, comm, affinity }) => [
      `/proc/${threads[0].tid}/task/${tid}/comm\t${comm}`,
      `/proc/${threads[0].tid}/task/${tid}/status\tCpus_allowed_list:\t${allowed(Number.parseInt(affinity, 16))}`,
    ]);
    const path = join(folder, 'host.txt');
    const head = ['vmtoll host facts 1', '/sys/devices/system/cpu/online\t0-1', `/proc/${threads[0].tid}/comm\tqemu`];
    writeFileSync(path, [...head, ...lines, 'end', ''].join('\n'));
    return path;
  }

  const explained = (host: string) =>
    JSON.parse(vmtoll(['explain', trace, '--host', host, '--json']).stdout) as Explanation;

  test('says where threads were allowed to run, and for how long they were elsewhere', () => {
    const { placement, host } = explained(factsOf((mask) => (mask === 3 ? '0-1' : 'none')));
    expect(host?.vmms[0].threads.length).toBe(6);
    for (const { affinity, elsewhereNs } of placement.vcpus) {
      expect(affinity).toEqual([0, 1]);
      expect(elsewhereNs).toBe(0);
    }
    // Facts that do not fit: then all the time on pCPU 1 was elsewhere.
    for (const { pcpus, elsewhereNs } of explained(factsOf(() => '0')).placement.vcpus) {
      expect(elsewhereNs).toBe(pcpus.find(({ pcpu }) => pcpu === 1)?.ns ?? 0);
    }
  });

  test('facts that are damaged are read as far as they go, with a word on it', () => {
    const cut = join(folder, 'cut.txt');
    writeFileSync(cut, readFileSync(FIXTURE, 'utf8').slice(0, 3000));
    const { code, stderr } = vmtoll(['explain', trace, '--host', cut]);
    expect(code).toBe(0);
    expect(stderr).toContain('ends early');
  });

  test('without the file, and with the JSON of bench facts, it ends with 3', () => {
    expect(vmtoll(['explain', trace, '--host', join(folder, 'nowhere')])).toMatchObject({ code: 3, stdout: '' });
    const json = join(folder, 'facts.json');
    writeFileSync(json, '{"cpus": 4}');
    const { code, stderr } = vmtoll(['explain', trace, '--host', json]);
    expect(code).toBe(3);
    expect(stderr).toContain('vmtoll bench facts');
    expect(vmtoll(['explain', trace, '--host', '-']).code).toBe(2);
  });
});
