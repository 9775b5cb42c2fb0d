/** vmtoll explain --native N --vm V, as users run it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { shell, vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const trace = pathIn(scenario('cpuid', 'trace.dat'), 'trace.dat');
const FILES = 'fixtures/benchmarks/native-vs-vm';
const NATIVE = `${FILES}/native/kbench.jsonl`;
const RECORDED = `${FILES}/rec/cpuid/samples.jsonl`;
const UNRECORDED = `${FILES}/vm/kbench.jsonl`;
const SIDES = ['--native', NATIVE, '--vm', RECORDED];

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-reconciling-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** No line is so long that it goes on in the next one. */
const WIDE = { env: { COLUMNS: '400' } };

/** The lines about the benchmark. */
function sectionOf(stdout: string): string[] {
  const lines = stdout.split('\n');
  const start = lines.findIndex((line) => line.startsWith('Reconciled with'));
  return lines.slice(start, lines.indexOf('', start));
}

const jsonOf = (args: readonly string[]): Explanation => JSON.parse(vmtoll([...args, '--json']).stdout) as Explanation;

describe('the text', () => {
  const { code, stdout, stderr } = vmtoll(['explain', trace, ...SIDES, '--vm-unrecorded', UNRECORDED], WIDE);
  const section = sectionOf(stdout);

  test('follows the first screen, in about ten lines', () => {
    expect([code, stderr]).toEqual([0, '']);
    const headings = ['The guests lost', 'Data quality', 'Reconciled with', 'The ledger:'];
    const places = headings.map((heading) => stdout.indexOf(`\n${heading}`));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(section.length).toBeGreaterThan(5);
    expect(section.length).toBeLessThanOrEqual(12);
  });

  test('says the numbers of the JSON', () => {
    const { reconciliation } = jsonOf(['explain', trace, ...SIDES, '--vm-unrecorded', UNRECORDED]);
    const { coverage, perOperation, recordingCost } = reconciliation!;
    const text = section.join('\n');
    const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
    for (const share of [coverage.explained!.value, coverage.explained!.low!, coverage.explained!.high!]) {
      expect(text).toContain(percent(share));
    }
    expect(text).toContain(percent(coverage.events!.value));
    const us = (ns: number) => `${(ns / 1000).toPrecision(3)} µs`;
    for (const ns of [perOperation.vmNs.value, perOperation.lostNs.value, recordingCost.measuredNs!.value]) {
      expect(text).toContain(us(ns));
    }
    const [, result] = section;
    const estimated = coverage.explained!.value - coverage.events!.value;
    expect(result).toContain(
      `events alone show ${percent(coverage.events!.value)}: the other ${percent(estimated)} are an`,
    );
    expect(result).toMatch(/an estimate, which the interval takes as exact:$/);
    expect(text).toMatch(/page walks in two dimensions/);
    expect(text).toMatch(/an estimate/);
  });

  test('does not change what is said without benchmarks', () => {
    const without = vmtoll(['explain', trace], WIDE).stdout;
    expect(stdout.replace(`${section.join('\n')}\n\n`, '')).toBe(without);
    const { reconciliation, ...rest } = jsonOf(['explain', trace, ...SIDES]);
    expect(reconciliation).not.toBeNull();
    expect({ ...rest, reconciliation: null }).toEqual(jsonOf(['explain', trace]));
  });
});

test('with nothing to explain it says so, and tells no share', () => {
  const recording = pathIn(scenario('getpid', 'perf-kvm.data'), 'perf-kvm.data');
  const sides = ['--native', NATIVE, '--vm', `${FILES}/rec/getpid/samples.jsonl`];
  const { code, stdout } = vmtoll(['explain', recording, ...sides], WIDE);
  expect(code).toBe(0);
  const [, result, coverage] = sectionOf(stdout);
  expect(result).toContain('no significant loss');
  expect(coverage).toContain('the loss may be zero, so the interval of a coverage has no bounds');
  expect(sectionOf(stdout).join('\n')).not.toContain('explains');
});

test('from one native run without a loss no share is told either', () => {
  const native = file('slow-native.jsonl', '{"bench":"cpuid","unit":"ns","n":500,"reps":[90000000]}\n');
  const { code, stdout } = vmtoll(['explain', trace, '--native', native, '--vm', RECORDED]);
  expect(code).toBe(0);
  const section = sectionOf(stdout).join('\n');
  expect(section).toMatch(/V − N -[^\n]*\n {2}No share of it is told: by these few numbers nothing was lost\./);
  expect(section).not.toContain('explains');
});

test('files may be folders, and given one by one', () => {
  const whole = jsonOf(['explain', trace, '--native', `${FILES}/native`, '--vm', RECORDED]).reconciliation!;
  expect(whole.sources.native.length).toBeGreaterThan(2);
  expect(whole.coverage).toEqual(jsonOf(['explain', trace, ...SIDES]).reconciliation!.coverage);
  const native = `${FILES}/native`;
  const each = ['--native', NATIVE, '--native', `${native}/hyperfine.json`, '--vm', RECORDED];
  expect(jsonOf(['explain', trace, ...each]).reconciliation!.sources.native).toEqual([
    NATIVE,
    `${native}/hyperfine.json`,
  ]);
});

test('results of another time are found out', () => {
  const { reconciliation } = jsonOf(['explain', trace, '--native', NATIVE, '--vm', UNRECORDED, '--benchmark', 'cpuid']);
  expect(reconciliation!.window.sameRun).toBe(false);
  expect(reconciliation!.remarks.map(({ code }) => code)).toContain('vm-of-another-time');
});

test('an interval, a machine and a vCPU are kept to', () => {
  const args = ['explain', trace, ...SIDES, '--from', '11s', '--to', '11.2s', '--machine', 'vm1', '--vcpu', '0'];
  const { recording, reconciliation } = jsonOf(args);
  expect(reconciliation!.window).toMatchObject({ basis: 'asked', fromNs: recording.fromNs, toNs: recording.toNs });
  expect(reconciliation!.vcpus.map(({ vcpu }) => vcpu)).toEqual([0]);
});

test('where no vCPU did anything there is nothing to reconcile', () => {
  const { code, stdout, stderr } = vmtoll(['explain', trace, ...SIDES, '--to', '1s']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('No vCPU did anything');
});

test('text from a pipe is read once', () => {
  const text = file('trace.txt', shell('trace-cmd report -t -i "$1"', [trace]).stdout);
  const piped = shell('cat "$1" | $VMTOLL explain - --native "$2" --vm "$3" --json', [text, NATIVE, RECORDED]);
  const { reconciliation } = JSON.parse(piped.stdout) as Explanation;
  expect(reconciliation!.window.basis).toBe('whole');
  const again = jsonOf(['explain', text, ...SIDES]).reconciliation!;
  expect(again.window.basis).toBe('busiest-stretch');
  const binary = jsonOf(['explain', trace, ...SIDES]).reconciliation!;
  expect(again.coverage.explained!.value).toBeCloseTo(binary.coverage.explained!.value, 2);
});

describe('what cannot be read or does not fit', () => {
  test.each([
    ['no such file', 3, '--native', join(folder, 'nothing.json')],
    ['a recording', 3, '--vm', trace],
    ['an empty file', 3, '--vm', file('empty.jsonl', '')],
    ['another benchmark', 3, '--vm', file('other.jsonl', '{"bench":"other","unit":"ns","n":1,"reps":[1]}')],
    ['another unit', 3, '--vm', file('unit.jsonl', '{"bench":"cpuid","unit":"B/s","value":1}')],
    ['an unreadable unrecorded run', 3, '--vm-unrecorded', join(folder, 'nothing.json')],
  ])('%s', (_, expected, flag, path) => {
    const sides = flag === '--native' ? ['--native', path, '--vm', RECORDED] : [...SIDES.slice(0, 2), '--vm', RECORDED];
    const args = flag === '--vm' ? ['--native', NATIVE, '--vm', path] : sides;
    const { code, stdout, stderr } = vmtoll([
      'explain',
      trace,
      ...args,
      ...(flag === '--vm-unrecorded' ? [flag, path] : []),
    ]);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(/^vmtoll: /);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test('values that are no costs do not become numbers', () => {
    const odd = file(
      'odd.jsonl',
      [
        '{"bench":"cpuid","unit":"ns","n":500,"reps":[1e308,1e308]}',
        '{"bench":"cpuid","unit":"ns","n":500,"reps":[0]}',
      ].join('\n'),
    );
    const { code, stdout } = vmtoll(['explain', trace, '--native', NATIVE, '--vm', odd, '--json']);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/NaN|Infinity/);
  });

  test('names cannot play with the terminal', () => {
    const name = 'cpu\u001b[2Jid\u202e';
    const line = (reps: number[]) => `${JSON.stringify({ bench: name, unit: 'ns', n: 500, reps })}\n`;
    const native = file('hostile-native.jsonl', line([100]) + line([110]));
    const vm = file('hostile-vm.jsonl', line([23_000_000, 23_100_000]));
    const { code, stdout } = vmtoll(['explain', trace, '--native', native, '--vm', vm]);
    expect(code).toBe(0);
    expect(stdout).toContain('Reconciled with the benchmark cpu');
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
    const json = vmtoll(['explain', trace, '--native', native, '--vm', vm, '--json']).stdout;
    expect(json).not.toMatch(/[\u001b\u202e]/);
    expect((JSON.parse(json) as Explanation).reconciliation!.benchmark).toBe(name);
  });
});
