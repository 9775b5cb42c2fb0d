/** The command without a recording: help, lists, the demo, and what is refused before anything is read. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { ACCOUNTS } from '../../src/ledger/accounts.js';
import { shell, vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const trace = pathIn(scenario('m-mixed', 'trace.dat'), 'trace.dat');
/** What stands behind the names of other files in examples. */
const OTHERS = {
  'native.jsonl': 'fixtures/benchmarks/native-vs-vm/native/kbench.jsonl',
  'kallsyms.txt': 'fixtures/guest-symbols/kallsyms-extract.txt',
  'host.txt': 'fixtures/host/two-sockets.txt',
  'vm.jsonl': 'fixtures/benchmarks/native-vs-vm/rec/cpuid/samples.jsonl',
};

test('without arguments it says what it is and what to do next', () => {
  const { code, stdout, stderr } = vmtoll([]);
  expect(code).toBe(0);
  expect(stderr).toBe('');
  expect(stdout).toContain('vmtoll demo');
  expect(stdout).toContain('vmtoll explain trace.dat');
  expect(stdout.split('\n').length).toBeLessThan(15);
});

test('--version is that of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(vmtoll(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
});

test('--help lists the commands', () => {
  const { code, stdout } = vmtoll(['--help']);
  expect(code).toBe(0);
  for (const command of ['explain', 'compare', 'demo', 'formats'])
    expect(stdout).toMatch(new RegExp(`^  ${command}`, 'm'));
});

test.each(['explain', 'compare', 'demo', 'formats'])('%s --help has examples', (command) => {
  const { code, stdout, stderr } = vmtoll([command, '--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`Usage: vmtoll ${command}`);
  expect(stdout).toMatch(/^Examples?:\n +vmtoll /m);
});

test('the examples of explain --help work', () => {
  const { stdout } = vmtoll(['explain', '--help']);
  const examples = [...stdout.matchAll(/^ {2}vmtoll (explain (?:trace|perf)\.data? .*?)(?: {3,}.*| \|.*)?$/gm)];
  expect(examples.length).toBeGreaterThan(2);
  const perf = pathIn(scenario('m-mixed', 'perf.data'), 'perf.data');
  for (const [, line] of examples) {
    // The machine vm2 of the example is not in this recording.
    const words = line.trim().replace('vm2', 'vm1').split(/ +/);
    const files: Readonly<Record<string, string>> = { 'trace.dat': trace, 'perf.data': perf, ...OTHERS };
    const args = words.map((word) => files[word] ?? word);
    expect(vmtoll(args), line).toMatchObject({ code: 0, stderr: '' });
  }
});

test('formats lists what it reads, as text and as JSON', () => {
  const { code, stdout } = vmtoll(['formats', '--json']);
  expect(code).toBe(0);
  const formats = JSON.parse(stdout) as { kind: string; id: string; name: string; example?: string }[];
  const idsOf = (kind: string) => formats.filter((format) => format.kind === kind).map(({ id }) => id);
  expect(idsOf('recording')).toEqual(expect.arrayContaining(['trace-dat', 'perf-data']));
  expect(idsOf('benchmark')).toEqual(expect.arrayContaining(['hyperfine', 'fio', 'csv']));
  const text = vmtoll(['formats']).stdout;
  for (const { kind, id, name, example } of formats) {
    expect(text).toContain(`${id}: ${name}`);
    expect(example === undefined).toBe(kind === 'benchmark');
    if (example !== undefined) expect(text).toContain(example);
  }
});

test('demo explains the bundled recording', () => {
  const { code, stdout, stderr } = vmtoll(['demo']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('$ vmtoll explain demo/trace.dat');
  expect(stdout).toContain('The guests lost');
  const json = JSON.parse(vmtoll(['demo', '--json']).stdout) as Explanation;
  expect(json.version).toBe(1);
  for (const { ledgerNs, durationNs } of json.machines.flatMap(({ vcpus }) => vcpus)) {
    expect(ACCOUNTS.reduce((sum, account) => sum + ledgerNs[account], 0)).toBe(durationNs);
  }
});

test('a file in the place of a command: the command that reads it', () => {
  const given = vmtoll([trace]);
  expect(given).toMatchObject({ code: 2, stdout: '' });
  const [, command] = /^ {2}It is a file: vmtoll (.*)$/m.exec(given.stderr)!;
  expect(vmtoll(command.split(' ')).code).toBe(0);
  expect(vmtoll(['no-such-file.dat']).stderr).not.toContain('It is a file');
});

test('instead of a rule that there is not, those are named that are about it, and they are there', () => {
  const { code, stderr } = vmtoll(['rules', 'serial']);
  const [, ids] = /^vmtoll: There is no rule serial\n {2}About that are: (.+)$/m.exec(stderr)!;
  expect(code).toBe(2);
  for (const id of ids.split(', ')) expect(vmtoll(['rules', id]).stdout, id).toMatch(/serial/i);
  expect(vmtoll(['rules', 'zzqqzz']).stderr).toContain('vmtoll rules lists them');
});

test('a frequency for a clock that counts nanoseconds changes nothing, and that is said', () => {
  const explained = (...more: string[]) =>
    JSON.parse(vmtoll(['explain', trace, '--json', ...more]).stdout) as Explanation;
  const [without, given] = [explained(), explained('--clock-hz', '3e9')];
  const unused = given.quality.issues.filter(({ code }) => code === 'clock-hz-unused');
  expect(unused).toMatchObject([{ severity: 'note', message: expect.stringContaining('--clock-hz') as string }]);
  const issues = given.quality.issues.filter((issue) => !unused.includes(issue));
  expect({ ...given, quality: { ...given.quality, issues } }).toEqual(without);
});

describe('wrong usage ends with 2, says why, and prints no result', () => {
  test.each([
    ['no recording', ['explain']],
    ['no such command', ['explian', trace]],
    ['no such option', ['explain', '--bogus', trace]],
    ['no such choice', ['explain', trace, '--by', 'colour']],
    ['not a time', ['explain', trace, '--from', 'noon']],
    ['a negative time', ['explain', trace, '--last', '-2s']],
    ['not a number', ['explain', trace, '--vcpu', 'all']],
    ['not a frequency', ['explain', trace, '--clock-hz', '0']],
    ['too many arguments', ['demo', trace]],
    ['no such machine', ['explain', trace, '--machine', 'vm9']],
    ['no such vCPU', ['explain', trace, '--vcpu', '9']],
    ['an end before the start', ['explain', trace, '--from', '2s', '--to', '1s']],
    ['an interval after the end', ['explain', trace, '--from', '10m']],
    ['an empty interval', ['explain', trace, '--last', '0']],
    ['two kinds of intervals', ['explain', trace, '--last', '1s', '--from', '2s']],
    ['the last part of a pipe', ['explain', '-', '--last', '1s']],
    ['a table of perf as JSON', ['explain', trace, '--like', 'perf', '--json']],
    ['one side of a benchmark', ['explain', trace, '--native', OTHERS['native.jsonl']]],
    ['a benchmark without results', ['explain', trace, '--benchmark', 'cpuid']],
    [
      'a benchmark that no side ran',
      ['explain', trace, '--native', OTHERS['native.jsonl'], '--vm', OTHERS['vm.jsonl'], '--benchmark', 'no'],
    ],
    [
      'one of several benchmarks, and not which',
      ['explain', trace, '--native', OTHERS['native.jsonl'], '--vm', OTHERS['native.jsonl']],
    ],
    ['benchmarks from a pipe', ['explain', trace, '--native', '-', '--vm', OTHERS['vm.jsonl']]],
  ])('%s', (_what, args) => {
    const { code, stdout, stderr } = vmtoll(args);
    expect(stdout).toBe('');
    expect(code).toBe(2);
    const lines = stderr.trimEnd().split('\n');
    // What is wrong, and where to look or what to do.
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});

test('a full disk behind standard output is said, and is no broken limit', () => {
  for (const line of ['$VMTOLL formats > /dev/full', '$VMTOLL explain --json "$1" > /dev/full']) {
    const { code, stderr } = shell(line, [trace]);
    expect(code).toBe(3);
    expect(stderr).toContain('vmtoll: standard output cannot be written: ');
    expect(stderr).not.toContain('    at ');
  }
});
