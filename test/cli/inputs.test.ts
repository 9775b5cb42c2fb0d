/** vmtoll explain: what it takes for an input, and what it says of one that it cannot use. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { shell, vmtoll } from '../support/cli.js';
import { explanationOf } from '../support/explained.js';
import { toPipeForm } from '../support/perf-data-writer.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const mixed = scenario('m-mixed', 'trace.dat')!;
const trace = pathIn(mixed, 'trace.dat');
const perf = pathIn(mixed, 'perf.data');
const script = pathIn(mixed, 'perf-script.txt');

/** Nothing on standard output; what is wrong and what to do on standard error. */
function expectRefusal(outcome: ReturnType<typeof vmtoll>, message: RegExp) {
  expect(outcome).toMatchObject({ code: 3, stdout: '' });
  const [first, hint, ...rest] = outcome.stderr.split('\n');
  expect(first).toMatch(/^vmtoll: /);
  expect(first).toMatch(message);
  expect(hint).toMatch(/^ {2}\S/);
  expect(rest).toEqual(['']);
}

describe('an input that cannot be used', () => {
  const withoutKvm = readFileSync(script, 'utf8')
    .split('\n')
    .filter((line) => !line.includes(' kvm:'))
    .join('\n');

  test.each([
    ['that is not there', () => join(folder, 'nothing'), /nothing cannot be opened: no such file/],
    ['that is a folder', () => folder, /is not a regular file/],
    ['that is empty', () => fileOf('empty', ''), /is empty/],
    ['that is something else', () => fileOf('prose', 'Once upon a time\n'.repeat(500)), /no format that vmtoll reads/],
    [
      'that is noise',
      () =>
        fileOf(
          'noise',
          Uint8Array.from({ length: 9999 }, (_, i) => (i * i * 7919) >> 5),
        ),
      /no format/,
    ],
    ['without guest exits', () => fileOf('host.txt', withoutKvm), /No guest exit or entry .*sched:sched_switch/],
    ['that ends in its head', () => fileOf('cut.dat', readFileSync(trace).subarray(0, 3000)), /cut|damaged|ends/],
  ])('a file %s', (_what, path, message) => {
    expectRefusal(vmtoll(['explain', path()]), message);
    expectRefusal(vmtoll(['explain', path(), '--json']), message);
  });

  test.each(['gzip', 'xz', 'zstd', 'bzip2'])('packed with %s: how to unpack it, and that works', (tool) => {
    const packed = join(folder, `packed-${tool}`);
    expect(shell(`${tool} -c "$1" > "$2"`, [trace, packed]).code).toBe(0);
    const outcome = vmtoll(['explain', packed]);
    expectRefusal(outcome, new RegExp(`is packed with ${tool}`));
    const [, command] = /first: (.*?), then/.exec(outcome.stderr)!;
    const line = command.replace('FILE', '"$1"').replace('UNPACKED', '"$2"');
    const unpacked = join(folder, `unpacked-${tool}`);
    expect(shell(line, [packed, unpacked]).code).toBe(0);
    expect(readFileSync(unpacked).equals(readFileSync(trace))).toBe(true);
  });

  test.each([
    [
      'fixtures/benchmarks/native-vs-vm/native/kbench.jsonl',
      /is a benchmark result .*not a recording/,
      /vmtoll compare/,
    ],
    ['fixtures/qnx/configurations/arm-guest.qvmconf', /is the configuration of a machine/, /vmtoll config/],
  ])('of another kind, %s: which command reads it', (path, message, command) => {
    for (const outcome of [vmtoll(['explain', path]), vmtoll(['explain', '-'], { input: readFileSync(path) })]) {
      expectRefusal(outcome, message);
      expect(outcome.stderr.split('\n')[1]).toMatch(command);
    }
  });

  const guest = scenario('f6-guest-trace', 'guest-ftrace-x86-tsc.txt');
  test.skipIf(guest === undefined)('a trace of the guest itself (not bundled: set VMTOLL_RECORDINGS)', () => {
    const path = pathIn(guest, 'guest-ftrace-x86-tsc.txt');
    expectRefusal(vmtoll(['explain', path]), /No guest exit or entry/);
  });

  test('an empty pipe, and one with something else', () => {
    expectRefusal(vmtoll(['explain', '-'], { input: '' }), /standard input is empty/);
    expectRefusal(vmtoll(['explain', '-'], { input: 'Once upon a time\n' }), /standard input is in no format/);
  });

  test('a perf.data without KVM events and perf tables of a trace.dat', () => {
    expectRefusal(vmtoll(['explain', trace, '--like', 'perf']), /does not name an Intel, AMD or Arm one/);
  });
});

describe('a pipe', () => {
  const explained = (outcome: ReturnType<typeof vmtoll>): Explanation => {
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    return JSON.parse(outcome.stdout) as Explanation;
  };
  const ledger = ({ machines, exits, totals }: Explanation) => ({ machines, exits, totals });

  test('with text is read like the file', async () => {
    const piped = explained(shell('cat "$1" | $VMTOLL explain - --json', [script]));
    expect(ledger(piped)).toEqual(ledger(await explanationOf(mixed, 'perf-script.txt')));
    expect(piped.recording.sources).toEqual(['standard input']);
  });

  test('whose writer is slow', async () => {
    const line = '(head -c 100000 "$1"; sleep 0.3; tail -c +100001 "$1") | $VMTOLL explain - --json';
    expect(ledger(explained(shell(line, [script])))).toEqual(ledger(await explanationOf(mixed, 'perf-script.txt')));
  });

  test("with perf's pipe form is read like perf's file form", async () => {
    const piped = explained(vmtoll(['explain', '-', '--json'], { input: toPipeForm(readFileSync(perf)) }));
    expect(ledger(piped)).toEqual(ledger(await explanationOf(mixed, 'perf.data')));
  });

  test.each([
    ['a trace.dat', trace],
    ['the file form of perf.data', perf],
  ])('with %s is refused', (_what, path) => {
    expectRefusal(shell('cat "$1" | $VMTOLL explain -', [path]), /cannot be read from a pipe/);
  });
});

describe('several inputs', () => {
  test('the same file twice is refused, under whatever path', () => {
    expectRefusal(vmtoll(['explain', trace, join(dirname(trace), '.', basename(trace))]), /is given more than once/);
  });

  const oneClock = scenario('l1-mono-clock', 'perf.data');
  test.skipIf(oneClock === undefined)('two recorders on one clock (not bundled: set VMTOLL_RECORDINGS)', async () => {
    const both = oneClock!;
    const { code, stdout } = vmtoll(['explain', pathIn(both, 'trace.dat'), pathIn(both, 'perf.data'), '--json']);
    expect(code).toBe(0);
    const merged = JSON.parse(stdout) as Explanation;
    const alone = await explanationOf(both, 'perf.data');
    expect(merged.recording.format).toBe('trace-dat + perf-data');
    expect(merged.totals.exits).toBe(alone.totals.exits);
    expect(merged.recording.durationNs).toBeLessThanOrEqual(alone.recording.durationNs);
    // An event that both wrote down happened once. Exits come from the one, processes of threads from the other.
    expect(merged.machines[0].process).toBe(alone.machines[0].process);
    for (const { ledgerNs, durationNs } of merged.machines.flatMap(({ vcpus }) => vcpus)) {
      expect(Object.values(ledgerNs).reduce((sum, ns) => sum + ns, 0)).toBe(durationNs);
    }
  });

  const boots = ['f1-pingpong-pinned', 'a-idle'].map((name) => scenario(name, 'trace.dat'));
  test.skipIf(boots.includes(undefined))('two boots, whose clocks overlap (not bundled: set VMTOLL_RECORDINGS)', () => {
    const paths = boots.map((boot) => pathIn(boot, 'trace.dat'));
    expectRefusal(vmtoll(['explain', ...paths]), /contradict each other/);
  });

  test('recordings of different times are refused', () => {
    const other = pathIn(scenario('e-timer', 'trace.dat'), 'trace.dat');
    expectRefusal(vmtoll(['explain', trace, other]), /do not cover the same time/);
  });

  test('recordings on different clocks are refused', () => {
    expectRefusal(vmtoll(['explain', trace, perf]), /different clocks: .* "local", .* "perf"/);
  });

  test('one that cannot be read refuses all', () => {
    expectRefusal(vmtoll(['explain', trace, join(folder, 'nothing')]), /nothing cannot be opened/);
  });

  test('standard input cannot be one of them', () => {
    expectRefusal(vmtoll(['explain', trace, '-'], { input: 'x' }), /standard input/);
  });
});
