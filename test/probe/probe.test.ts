/**
 * The probe: it compiles without a warning, for both architectures; what it says it did is what the kernel counted; and
 * its results are read with the right meaning.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KNOWN_RULES, mechanismOf } from '../../src/benchmarks/mechanisms.js';
import type { Series } from '../../src/benchmarks/model.js';
import { readBenchmarks } from '../../src/benchmarks/reading.js';
import { readPlan } from '../../src/benchmarks/running/plan-file.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-probe-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const PROBE = join(folder, 'probe');
const STRICT = ['-O2', '-static', '-Wall', '-Wextra', '-Werror'];

function compile(compiler: string, output: string): SpawnSyncReturns<string> {
  return spawnSync(compiler, [...STRICT, '-o', output, 'probe/probe.c'], { encoding: 'utf8' });
}

const probe = (...words: string[]): SpawnSyncReturns<string> => spawnSync(PROBE, words, { encoding: 'utf8' });

beforeAll(() => {
  const { error, status, stderr } = compile('cc', PROBE);
  if (error !== undefined) throw new Error('A C compiler is needed: npm run test:setup', { cause: error });
  expect([status, stderr]).toEqual([0, '']);
});

test('it compiles without a warning for arm64 as well', () => {
  const output = join(folder, 'probe-arm64');
  const { error, status, stderr } = compile('aarch64-linux-gnu-gcc', output);
  if (error !== undefined) throw new Error('A compiler for arm64 is needed: npm run test:setup', { cause: error });
  expect([status, stderr]).toEqual([0, '']);
  // ELF, e_machine: 183 is AArch64 (elf.h).
  expect(readFileSync(output).readUInt16LE(18)).toBe(183);
});

test('it needs nothing where it runs', () => {
  // ELF program headers: none of type PT_INTERP (3), which would name a dynamic linker.
  const file = readFileSync(PROBE);
  const [at, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)];
  const types = Array.from({ length: count }, (_, index) => file.readUInt32LE(at + index * size));
  expect(count).toBeGreaterThan(0);
  expect(types).not.toContain(3);
});

interface Line {
  readonly bench: string;
  readonly n: number;
  readonly reps: number[];
}

/** Without the line with facts. */
const resultsOf = (stdout: string): Line[] =>
  stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as Line);

describe('all benchmarks', () => {
  const { stdout, stderr, status } = (() => {
    compile('cc', PROBE);
    return probe('--reps', '3', '--min-time', '1', '--memory', '8');
  })();
  const results = resultsOf(stdout);
  const skipped = stderr
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { skipped: string; reason: string });

  test('are measured, or it is said why not', () => {
    const names = probe('--list')
      .stdout.trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    expect(status).toBe(0);
    const told = [...results.map(({ bench }) => bench), ...skipped.map((one) => one.skipped)];
    expect(told.sort()).toEqual(names.sort());
    for (const { skipped: name, reason } of skipped) {
      // What user code may always do is never missing, but for a second CPU.
      expect(name).toMatch(availableParallelism() > 1 ? /^(msr|port)-/ : /^(msr|port|cross)-/);
      expect(reason).not.toBe('');
    }
  });

  test('have times that are positive, of powers of two of operations, long enough but for lateness', () => {
    for (const { bench, n, reps } of results) {
      expect(Number.isInteger(Math.log2(n))).toBe(true);
      expect(reps).toHaveLength(3);
      for (const ns of reps) expect([bench, Number.isInteger(ns) && ns > 0]).toEqual([bench, true]);
    }
  });

  test('are read: unit, direction, operations, mechanism as in the ready plans', () => {
    const read = readBenchmarks({ source: 'probe', text: stdout, sibling: () => undefined });
    if (!read.ok) throw new Error(read.issue.message);
    const { format, series, issues, facts } = read.value;
    expect([format, issues]).toEqual(['json-lines', []]);
    expect(facts).toMatchObject({ kernel: release(), memoryBytes: totalmem(), cpus: availableParallelism() });
    expect(series).toEqual(
      results.map(
        ({ bench, n, reps }): Series => ({
          benchmark: bench,
          metric: 'time',
          unit: 'ns',
          better: 'lower',
          role: 'primary',
          operationsPerValue: n,
          runs: [{ values: reps }],
        }),
      ),
    );
  });

  test.each(['plans/general-rule.yaml', 'plans/general-rule-arm64.yaml'])(
    'of %s mean without the plan what it says',
    (path) => {
      const reading = readPlan(readFileSync(path, 'utf8'), path);
      if (!reading.ok) throw new Error(reading.issues[0].message);
      for (const { name, mechanism, command } of reading.plan.benchmarks) {
        expect(command).toEqual(['{probe}', name]);
        expect([name, mechanismOf({ benchmark: name }, KNOWN_RULES)]).toEqual([name, mechanism]);
      }
    },
  );

  test('are all in the ready plan, and in the table of its README', () => {
    const list = probe('--list').stdout;
    const plan = readFileSync('plans/general-rule.yaml', 'utf8');
    const table = readFileSync('probe/README.md', 'utf8');
    for (const [, name] of list.matchAll(/^(\S+)/gm)) {
      if (process.arch === 'x64') expect(plan).toContain(`name: ${name},`);
      expect(table).toContain(`\`${name}\``);
    }
  });
});

describe('the kernel counted what it says it did', () => {
  /** Page faults without I/O, context switches of both kinds and seconds, by GNU time; the probe runs once more to warm up. */
  function counted(benchmark: string, n: number, reps: number) {
    const words = ['-f', '%R %w %c %e', PROBE, '--n', `${n}`, '--reps', `${reps}`, benchmark];
    const { stdout, stderr, error } = spawnSync('/usr/bin/time', words, { encoding: 'utf8' });
    if (error !== undefined) throw new Error('GNU time is needed: npm run test:setup', { cause: error });
    const [faults, voluntary, involuntary, seconds] = stderr.trim().split(/\s+/).map(Number);
    const [{ reps: times }] = resultsOf(stdout);
    const saidNs = times.reduce((sum, ns) => sum + ns, 0);
    return { faults, switches: voluntary + involuntary, voluntary, elapsedNs: seconds * 1e9, saidNs };
  }
  /** GNU time tells hundredths of a second. */
  const ROUNDING_NS = 10e6;

  test('page faults', () => {
    const { faults, saidNs, elapsedNs } = counted('page-fault', 10_000, 3);
    expect(faults).toBeGreaterThanOrEqual(40_000);
    expect(faults).toBeLessThan(41_000);
    expect(saidNs).toBeLessThanOrEqual(elapsedNs + ROUNDING_NS);
  });

  test('two context switches a round trip, on one CPU and across two', () => {
    const trips = 1000 * 4;
    expect(counted('context-switch', 1000, 3).switches).toBeGreaterThanOrEqual(2 * trips);
    if (availableParallelism() === 1) return;
    // Now and then the byte is there before its reader sleeps.
    expect(counted('cross-cpu-wakeup', 1000, 3).switches).toBeGreaterThan(1.5 * trips);
  });

  test('sleeps, and how much longer they lasted', () => {
    const { voluntary, elapsedNs, saidNs } = counted('sleep-overshoot', 200, 2);
    // Now and then a busy machine gets to a sleep when it is already over.
    expect(voluntary).toBeGreaterThan(0.9 * 600);
    expect(saidNs + 400 * 100e3).toBeLessThanOrEqual(elapsedNs + ROUNDING_NS);
  });

  test('a system call is none that the C library answers itself', () => {
    // An answer from memory would take 1 or 2 ns.
    const { saidNs, elapsedNs } = counted('system-call', 100_000, 3);
    expect(saidNs).toBeLessThanOrEqual(elapsedNs + ROUNDING_NS);
    expect(saidNs / 300_000).toBeGreaterThan(20);
  });
});

describe('wrong usage', () => {
  test.each([
    [['no-such-benchmark'], 'no benchmark is called'],
    [['--no-such-option'], 'unknown option'],
    [['--reps'], 'needs a number'],
    [['--reps', '0'], 'from 1 to 1000'],
    [['--reps', '1e9'], 'from 1 to 1000'],
    [['--n', 'x'], 'needs a number'],
    [['--cpu', '999999', 'compute'], 'cannot be used'],
  ])('%j', (words, says) => {
    const { status, stderr } = probe(...words);
    expect([status, stderr]).toEqual([2, expect.stringContaining(says)]);
  });

  test('what was asked for by name and cannot be measured: exit code 1', () => {
    const words = ['-c', '0', PROBE, '--min-time', '1', '--reps', '1', 'cross-cpu-wakeup', 'compute'];
    const { status, stdout, stderr } = spawnSync('taskset', words, { encoding: 'utf8' });
    expect([status, resultsOf(stdout).map(({ bench }) => bench)]).toEqual([1, ['compute']]);
    expect(JSON.parse(stderr)).toEqual({ skipped: 'cross-cpu-wakeup', reason: 'only one CPU may be used' });
  });
});
