/** vmtoll bench, as a user runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readPlan } from '../../src/benchmarks/running/plan-file.js';
import type { BenchResult } from '../../src/benchmarks/running/result.js';
import { eventually, temporaryFolder } from '../node/bench/support.js';
import { COMMAND, vmtoll } from '../support/cli.js';

const SIDES = 'sides: { native: { where: host }, vm: { prefix: [nice] } }';

interface Files {
  readonly plan: string;
  readonly out: string;
  /** Commands write here what they did. */
  readonly log: string;
}

/** A plan file; `$LOG` in it stands for the log. */
function filesOf(text: string): Files {
  const folder = temporaryFolder();
  const [plan, out, log] = ['plan.yaml', 'result.json', 'log'].map((name) => join(folder, name));
  writeFileSync(log, '');
  writeFileSync(plan, text.replaceAll('$LOG', log));
  return { plan, out, log };
}

const resultIn = ({ out }: Files): BenchResult => JSON.parse(readFileSync(out, 'utf8')) as BenchResult;
const run = ({ plan, out }: Files, ...flags: string[]) => vmtoll(['bench', 'run', plan, '--out', out, ...flags]);

const QUICK = `version: 1
${SIDES}
repeats: 2
warmup: 1
benchmarks:
  - { name: first, shell: "echo first >>$LOG" }
  - { name: second, command: ["true"] }
`;

describe('two sides on this host', () => {
  test('the one that has to share its CPU with others comes out as slower', () => {
    for (let hog = 0; hog < 24; hog++) startHog();
    const loop = 'i=0; while [ $i -lt 10000 ]; do i=$((i + 1)); done';
    const files = filesOf(`version: 1
sides: { native: { where: host }, vm: { prefix: [taskset, -c, 0, nice, -n, 10] } }
repeats: 6
benchmarks:
  - { name: computation, shell: "${loop}", result: wall-time, mechanism: computation }
`);
    const { code, stdout, stderr } = run(files);
    expect([code, stdout]).toEqual([
      0,
      `${files.out}: 14 runs, 0 failed, complete\nNext: vmtoll compare ${files.out}\n`,
    ]);
    expect(stderr).toContain('block 6 of 6: 2 runs left, about ');
    const compared = vmtoll(['compare', files.out, '--json']);
    expect(compared.code).toBe(0);
    const { pairs } = JSON.parse(compared.stdout) as {
      pairs: { benchmark: string; verdict: string; ciLow: number; n: [number, number]; mechanism: string }[];
    };
    const computation = pairs.find(({ benchmark }) => benchmark === 'computation')!;
    expect([computation.verdict, computation.n, computation.mechanism]).toEqual(['slower', [6, 6], 'computation']);
    expect(computation.ciLow).toBeGreaterThan(1.02);
  });

  /** Keeps CPU 0 busy, in a group of its own: the scheduler shares CPUs out by group first (sched_autogroup). */
  function startHog(): void {
    const argv = ['-c', '0', 'sh', '-c', 'while :; do :; done'];
    const hog = spawn('taskset', argv, { stdio: 'ignore', detached: true });
    onTestFinished(() => {
      hog.kill('SIGKILL');
    });
  }

  test('everything is in the file, and the same seed gives the same order', () => {
    const files = filesOf(QUICK);
    expect(run(files, '--seed', '42').code).toBe(0);
    const result = resultIn(files);
    expect(result.seed).toBe(42);
    expect(result.plan.text).toBe(readFileSync(files.plan, 'utf8'));
    const order = ({ runs }: BenchResult) => runs.map(({ benchmark, side }) => `${benchmark} ${side}`);
    const again = { ...files, out: `${files.out}.2` };
    run(again, '--seed', '42');
    expect(order(resultIn(again))).toEqual(order(result));
    const shown = run({ ...files, out: `${files.out}.3` }, '--seed', '42', '--dry-run').stdout;
    const planned = [...shown.matchAll(/(first|second) \((native|vm)\)/g)].map(([, name, side]) => `${name} ${side}`);
    expect(planned).toEqual(order(result));
  });

  test('without a seed --dry-run says how to get the order that it shows', () => {
    const files = filesOf(QUICK);
    const ordersIn = (shown: string) => shown.match(/^(?:warm-up|block) .*$/gm);
    const shown = run(files, '--dry-run').stdout;
    const [, flag, seed] = /add (--seed) (\d+) /.exec(shown)!;
    const asked = run(files, '--dry-run', flag, seed).stdout;
    expect(ordersIn(asked)).toEqual(ordersIn(shown));
    expect(asked).not.toContain('drawn anew');
  });
});

describe('an interruption', () => {
  /** Only the sixth run takes long. */
  const line = (name: string): string =>
    `echo from ${name} >>$LOG; if [ $(grep -c from $LOG) -eq 6 ]; then sleep 1; fi; echo to ${name} >>$LOG`;
  const SLOW = `version: 1
${SIDES}
repeats: 2
warmup: 1
benchmarks:
  - { name: a, shell: "${line('a')}" }
  - { name: b, shell: "${line('b')}" }
`;
  const start = ({ plan, out }: Files): ChildProcess =>
    spawn(process.execPath, [COMMAND, 'bench', 'run', plan, '--out', out], { stdio: 'ignore' });
  const linesOf = ({ log }: Files): string[] => readFileSync(log, 'utf8').trim().split('\n');
  const count = (lines: readonly string[], wanted: string): number => lines.filter((text) => text === wanted).length;

  test.each([
    ['SIGINT', 128 + constants.signals.SIGINT],
    ['SIGKILL', null],
  ] as const)('by %s, and a resume that repeats nothing', async (signal, code) => {
    const files = filesOf(SLOW);
    const child = start(files);
    const exited = once(child, 'exit');
    await eventually('the sixth run', () => linesOf(files).length === 11);
    child.kill(signal);
    expect((await exited)[0]).toBe(code);
    const first = resultIn(files);
    expect(first.state).toBe(signal === 'SIGKILL' ? 'running' : 'interrupted');
    expect(first.runs).toHaveLength(5);
    if (signal === 'SIGKILL') await eventually('its orphan has ended', () => linesOf(files).length === 12);
    const orphans = linesOf(files).length - 11;

    const resumed = run(files, '--resume');
    expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringContaining('12 runs, 0 failed, complete')]);
    const { runs, sittings } = resultIn(files);
    expect(runs.slice(0, 5)).toEqual(first.runs);
    expect(sittings).toHaveLength(2);
    const slots = new Set(runs.map(({ benchmark, side, block }) => `${benchmark} ${side} ${block}`));
    expect(slots.size).toBe(12);
    // The witness: each run once, and the interrupted one twice.
    const lines = linesOf(files);
    expect(count(lines, 'from a') + count(lines, 'from b')).toBe(13);
    expect(count(lines, 'to a') + count(lines, 'to b')).toBe(12 + orphans);
    const kept = lines.filter((text, index) => text.startsWith('from') && index !== 10);
    expect(kept.map((text) => text.slice('from '.length))).toEqual(runs.map(({ benchmark }) => benchmark));
  });

  test('--resume needs something to go on with', () => {
    const files = filesOf(QUICK);
    const { code, stderr } = run(files, '--resume');
    expect([code, stderr]).toEqual([2, expect.stringContaining('does not exist: there is nothing to resume')]);
  });
});

describe('a result that is there already', () => {
  const damaged: readonly (readonly [what: string, text: (good: string) => string, says: string])[] = [
    ['cut', (good) => good.slice(0, good.length / 2), 'is not whole JSON'],
    ['empty', () => '', 'is not whole JSON'],
    ['foreign JSON', () => '{"results": []}', 'is no result of vmtoll bench run'],
    ['of another format', () => 'benchmark,value\n', 'is not whole JSON'],
    ['of a later version', (good) => good.replace('"version": 1', '"version": 9'), 'has version 9'],
    ['of another plan', (good) => good.replace('name: second', 'name: other'), 'holds the runs of another plan'],
  ];

  test('cut, or made by something else: refused, and not touched', () => {
    const files = filesOf(QUICK);
    expect(run(files).code).toBe(0);
    const good = readFileSync(files.out, 'utf8');
    for (const [what, change, says] of damaged) {
      const text = change(good);
      writeFileSync(files.out, text);
      const { code, stderr } = run(files);
      expect([what, code, stderr]).toEqual([what, 2, expect.stringContaining(says)]);
      expect(readFileSync(files.out, 'utf8')).toBe(text);
    }
  });

  test('with a damaged run: told, and that run is made again', () => {
    const files = filesOf(QUICK);
    run(files);
    const before = resultIn(files);
    writeFileSync(files.out, readFileSync(files.out, 'utf8').replace(/"elapsedNs":\d+/, '"elapsedNs":"?"'));
    const { code, stderr } = run(files);
    expect([code, stderr]).toEqual([0, expect.stringContaining('run 1 of ')]);
    const { runs } = resultIn(files);
    expect(runs.slice(0, -1)).toEqual(before.runs.slice(1));
    expect(runs.at(-1)).toMatchObject({ sitting: 1, block: before.runs[0].block, side: before.runs[0].side });
  });

  test('that cannot be read or written', () => {
    const files = filesOf(QUICK);
    const folder = temporaryFolder();
    expect(run({ ...files, out: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot be read: illegal operation on a directory') as string,
    });
    const nowhere = run({ ...files, out: join(folder, 'none', 'result.json') });
    expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringContaining('cannot be written') as string });
    expect(readFileSync(files.log, 'utf8')).toBe('');
  });
});

describe('what is wrong is said', () => {
  test('in a plan: all of it, with lines', () => {
    const { plan } = filesOf(`version: 1
sides: { native: { where: host }, vm: { prefx: [nice] } }
repeats: many
benchmarks:
  - { name: a, command: [true], result: fiio }
`);
    const { code, stdout, stderr } = vmtoll(['bench', 'run', plan]);
    expect([code, stdout]).toEqual([2, '']);
    for (const place of [':2:', ':3:', ':5:']) expect(stderr).toContain(`vmtoll: ${plan}${place}`);
    expect(stderr).toContain('vm has no key "prefx"');
    expect(stderr).toContain('result cannot be "fiio"');
  });

  test('of a plan that is not there, and of options', () => {
    expect(vmtoll(['bench', 'run', '/no/plan.yaml'])).toMatchObject({ code: 2 });
    const { plan } = filesOf(QUICK);
    for (const flags of [['--seed', '-1'], ['--seed', '4294967296'], ['--time-limit', 'long'], ['--nonsense']]) {
      expect(vmtoll(['bench', 'run', plan, ...flags])).toMatchObject({ code: 2, stdout: '' });
    }
  });

  test('of a benchmark that fails: at once, and harmless on a terminal', () => {
    const files = filesOf(`version: 1
${SIDES}
repeats: 1
benchmarks:
  - { name: bad, shell: "printf '\\\\033]0;pwned\\\\007' >&2; exit 1" }
`);
    const { code, stdout, stderr } = run(files);
    expect([code, stdout]).toEqual([3, expect.stringContaining('8 failed, complete')]);
    expect(stderr).toMatch(
      /^vmtoll: bad on (native|vm) failed: it ended with exit code 1: \\u\{1b\}\]0;pwned\\u\{7\}$/m,
    );
    expect(stderr).not.toContain('\u001b');
  });

  test('of a side that does not answer', () => {
    const files = filesOf(QUICK.replace('[nice]', '[/no/such/ssh, guest]'));
    const { code, stderr } = run(files);
    expect([code, stderr]).toEqual([3, expect.stringContaining('a shell on vm does not answer')]);
  });
});

describe('bench facts', () => {
  test('of this host, of another side, and for compare', () => {
    const here = vmtoll(['bench', 'facts']);
    expect(here.code).toBe(0);
    const facts = JSON.parse(here.stdout) as Record<string, unknown>;
    expect(facts).toMatchObject({ cpus: availableParallelism() });
    const pinned = vmtoll(['bench', 'facts', '--side', 'taskset -c 0']);
    expect(JSON.parse(pinned.stdout)).toMatchObject({ ...facts, cpus: 1 });
    const files = filesOf(QUICK);
    run(files);
    writeFileSync(files.log, pinned.stdout);
    expect(vmtoll(['compare', files.out, '--facts', `vm=${files.log}`, '--json']).code).toBe(0);
  });

  test('of a side that does not answer', () => {
    expect(vmtoll(['bench', 'facts', '--side', '/no/such/ssh', 'guest'])).toMatchObject({ code: 3, stdout: '' });
  });
});

test('the plan in the help is a plan', () => {
  const { stdout } = vmtoll(['bench', 'run', '--help']);
  const [, plan] = /\nA plan:\n(.*?)\n\n/s.exec(stdout)!;
  expect(readPlan(plan.replaceAll('…', 'x'), 'help')).toMatchObject({ ok: true });
});
