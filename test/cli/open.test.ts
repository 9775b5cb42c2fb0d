/** vmtoll open, as a user starts it, asked as its page asks. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { decodeTile } from '../../src/episodes/tile-codec.js';
import { COMMAND, vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const recordingOf = (name: string): string => pathIn(scenario(name, 'trace.dat'), 'trace.dat');

const running: ChildProcess[] = [];
afterEach(() => {
  for (const process of running.splice(0)) process.kill();
});

/** Starts it. @returns its address, once everything is open, and the process */
async function opened(args: readonly string[]): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(process.execPath, [COMMAND, 'open', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  for (;;) {
    const { state } = (await (await fetch(`${line}api/opening`)).json()) as { state: string };
    if (state !== 'working') return { url: line, process: child };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const textAt = async (url: string): Promise<string> => (await fetch(url)).text();

describe('vmtoll open', () => {
  test('the whole, a part and one vCPU are byte for byte what vmtoll explain prints', async () => {
    const path = recordingOf('i1-overcommit-unpinned');
    const part = ['--from', '0.2', '--to', '0.7'];
    const [whole, ofPart, ofVcpu] = [[], part, [...part, '--machine', 'vm1', '--vcpu', '1']].map(
      (args) => vmtoll(['explain', path, '--json', ...args]).stdout,
    );
    const { url } = await opened([path]);
    const asked = `${url}api/explanation?recording=0`;
    expect(await textAt(asked)).toBe(whole);
    expect(await textAt(`${asked}&fromNs=200000000&toNs=700000000`)).toBe(ofPart);
    // Kept, so that asking again is not reading again.
    expect(await textAt(`${asked}&fromNs=200000000&toNs=700000000`)).toBe(ofPart);
    expect(await textAt(`${asked}&fromNs=200000000&toNs=700000000&machine=vm1&vcpu=1`)).toBe(ofVcpu);
  });

  test('tiles are sent as bytes; what is not there is refused in words', async () => {
    const { url } = await opened([recordingOf('e-timer')]);
    const response = await fetch(`${url}api/tile?recording=0&lanes=0&fromNs=0&toNs=1e9&resolutionNs=1e6`);
    const tile = decodeTile(new Uint8Array(await response.arrayBuffer()));
    expect(tile).toMatchObject({ ok: true, value: { lanes: [{ lane: 0 }] } });
    const missing = await fetch(`${url}api/timeline?recording=7`);
    expect([missing.status, await missing.json()]).toMatchObject([422, { code: 'no-such-recording' }]);
    const empty = await fetch(`${url}api/explanation?recording=0&fromNs=1e15&toNs=2e15`);
    expect(await empty.json()).toMatchObject({ code: 'empty-interval' });
    // Who gives up is not waited for, and the next one is answered.
    const abort = new AbortController();
    const given = fetch(`${url}api/explanation?recording=0&fromNs=1&toNs=2e8`, { signal: abort.signal });
    abort.abort();
    await expect(given).rejects.toThrow();
    expect((await fetch(`${url}api/explanation?recording=0&fromNs=2&toNs=2e8`)).status).toBe(200);
  });

  test('two recordings are compared as by vmtoll diff; Ctrl-C ends it', async () => {
    const paths = [recordingOf('e-timer'), recordingOf('n-timer-nopoll')];
    const { stdout } = vmtoll(['diff', ...paths, '--json']);
    const { url, process: child } = await opened(paths);
    expect(await textAt(`${url}api/difference`)).toBe(stdout);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('with nothing to show it serves a page that waits for files, which its own policy lets work on them', async () => {
    const { url } = await opened([]);
    const page = await fetch(url);
    expect(await page.text()).not.toContain('vmtoll-engine');
    expect(page.headers.get('content-security-policy')).toContain("worker-src 'self'");
  });

  test('benchmarks alone are compared as by vmtoll compare', async () => {
    const sides = [
      '--native',
      'fixtures/benchmarks/native-vs-vm/native',
      '--vm',
      'fixtures/benchmarks/native-vs-vm/vm',
    ];
    const { stdout } = vmtoll(['compare', ...sides, '--json']);
    const { url } = await opened(sides);
    expect(await textAt(`${url}api/comparison`)).toBe(stdout);
    expect(await (await fetch(`${url}api/opening`)).json()).toMatchObject({ workspace: { recordings: [] } });
  });

  const native = 'fixtures/benchmarks/native-vs-vm/native';
  test.each([
    ['no such recording', ['no-such-file'], 3, /^vmtoll: no-such-file cannot be opened: no such file or directory$/m],
    ['no recording', ['LICENSE'], 3, /^vmtoll: LICENSE is in no format that vmtoll reads/],
    ['no recording beside one', [recordingOf('e-timer'), 'LICENSE'], 3, /^vmtoll: LICENSE is in no format/],
    ['one side of a benchmark', [recordingOf('e-timer'), '--native', 'no-such-file'], 2, /: --vm is missing$/m],
    [
      'no such results',
      ['--native', 'no-such-file', '--vm', native],
      3,
      /^vmtoll: no-such-file cannot be read: no such/,
    ],
    [
      'results below a file',
      ['--native', 'LICENSE/x', '--vm', native],
      3,
      /^vmtoll: LICENSE\/x cannot be read: not a dir/,
    ],
    [
      'no such symbols',
      [recordingOf('e-timer'), '--symbols', 'no-such-file'],
      3,
      /^vmtoll: no-such-file cannot be opened/,
    ],
    ['no configuration', [recordingOf('e-timer'), '--config', 'LICENSE'], 3, /^vmtoll: LICENSE is no configuration/],
    ['no facts', [recordingOf('e-timer'), '--host', 'no-such-file'], 3, /^vmtoll: no-such-file cannot be read/],
  ])('%s: refused before anybody is given an address', (_what, args, code, complaint) => {
    expect(vmtoll(['open', ...args])).toEqual({ code, stdout: '', stderr: expect.stringMatching(complaint) as string });
  });

  test('what cannot be read ends it with the code for that, and wrong usage with its own', () => {
    expect(vmtoll(['open', 'package.json'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('package.json'),
    });
    expect(vmtoll(['open', 'a', 'b', 'c'])).toMatchObject({ code: 2 });
    expect(vmtoll(['open', recordingOf('e-timer'), '--port', '99999'])).toMatchObject({ code: 2 });
  });
});
