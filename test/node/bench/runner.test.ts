/** Whole plans on two local sides: what is kept, in which order, and what becomes of commands that misbehave. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sidesOfResult } from '../../../src/benchmarks/bench-result.js';
import type { BenchResult } from '../../../src/benchmarks/running/result.js';
import { resultText } from '../../../src/benchmarks/running/result-file.js';
import { eventually, isRunning, numbersIn, type PlanRunOutcome, runYaml, temporaryFolder } from './support.js';

const HOSTS = 'sides: { native: { where: host }, vm: { prefix: [nice] } }';

/** A plan of shell lines; words in `"..."` must be written for YAML. */
const planOf = (lines: readonly string[], { sides = HOSTS, repeats = 2, warmup = 0, more = '' } = {}): string =>
  `version: 1\n${sides}\nrepeats: ${repeats}\nwarmup: ${warmup}\n${more}benchmarks:\n${lines
    .map((line) => `  - { ${line} }\n`)
    .join('')}`;

function complete({ result }: PlanRunOutcome): BenchResult {
  if (!result.ok) throw new Error(result.issue.message);
  expect(result.value.state).toBe('complete');
  return result.value;
}

const shell = (line: string): string => `shell: ${JSON.stringify(line)}`;

describe('a plan', () => {
  test('is run as a witness saw it: order, sides, warm-up', async () => {
    const log = join(temporaryFolder(), 'log');
    const sides = `sides: { native: { where: host, values: { side: native } }, vm: { prefix: [nice, -n, "3"], values: { side: vm } } }`;
    const line = (name: string) => `name: ${name}, ${shell(`echo ${name} {side} $(nice) >>${log}`)}`;
    const result = complete(await runYaml(planOf([line('a'), line('b')], { sides, repeats: 3, warmup: 1 })));
    const nice = Number(/(-?\d+)$/m.exec(readFileSync(log, 'utf8').match(/native (-?\d+)/)![0])![1]);
    const seen = result.runs.map(({ benchmark, side }) => `${benchmark} ${side} ${side === 'vm' ? nice + 3 : nice}`);
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual(seen);
    expect(result.runs.map(({ isWarmup }) => isWarmup)).toEqual([...Array(4).fill(true), ...Array(12).fill(false)]);
    const starts = result.runs.map(({ startedMs }) => startedMs);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });

  test('leaves one file that holds everything, and in which both sides can be read', async () => {
    const outcome = await runYaml(planOf(['name: a, command: [sleep, "0.02"], mechanism: timer']));
    const result = complete(outcome);
    expect(JSON.parse(readFileSync(outcome.path, 'utf8'))).toEqual(result);
    expect(outcome.saved).toEqual({ ...result, issues: [] });
    expect(result.sittings[0].environments.vm.facts.kernel).toBe(result.sittings[0].environments.native.facts.kernel);
    expect(result.sittings[0].clock.map(({ side }) => side)).toEqual(['native', 'vm', 'native', 'vm', 'native', 'vm']);
    const sides = sidesOfResult(readFileSync(outcome.path, 'utf8'), outcome.path);
    if (!sides.ok) throw new Error(sides.issue.message);
    const valuesOf = (side: 'native' | 'vm') =>
      sides.value[side].flatMap(({ series }) => series.flatMap(({ runs }) => runs.flatMap(({ values }) => values)));
    for (const side of ['native', 'vm'] as const) {
      const elapsed = result.runs.filter((run) => run.side === side).map(({ elapsedNs }) => elapsedNs);
      expect(valuesOf(side)).toEqual(elapsed);
      for (const ns of elapsed) expect(ns).toBeGreaterThanOrEqual(20e6);
    }
    expect([...sides.value.mechanisms]).toEqual([['a', 'timer']]);
  });

  test('that is done is not done again', async () => {
    const log = join(temporaryFolder(), 'log');
    const plan = planOf([`name: a, ${shell(`echo x >>${log}`)}`]);
    const { path } = await runYaml(plan);
    complete(await runYaml(plan, { path }));
    expect(readFileSync(log, 'utf8')).toBe('x\n'.repeat(4));
    const more = complete(await runYaml(plan.replace('repeats: 2', 'repeats: 3'), { path }));
    expect(readFileSync(log, 'utf8')).toBe('x\n'.repeat(6));
    expect([more.sittings.length, more.runs.map(({ sitting }) => sitting)]).toEqual([2, [0, 0, 0, 0, 1, 1]]);
  });
});

describe('results in files', () => {
  test('{file} is a temporary one on the side, output one with a name; neither is that of another run', async () => {
    const folder = temporaryFolder();
    const named = join(folder, 'named.csv');
    writeFileSync(named, 'benchmark,metric,unit,value\nold,time,ns,1\n');
    const header = 'benchmark,metric,unit,value';
    const result = complete(
      await runYaml(
        planOf([
          `name: t, ${shell(`echo {file} >>${folder}/names; printf "${header}\\nx,time,ns,7\\n" >{file}; echo noise`)}`,
          `name: n, output: ${named}, result: csv, ${shell(`printf "${header}\\nx,time,ns,8\\n" >{file}`)}`,
          `name: gone, output: ${named}, result: csv, command: ["true"]`,
        ]),
      ),
    );
    const valuesOf = (name: string) =>
      result.runs
        .filter(({ benchmark }) => benchmark === name)
        .flatMap(({ series }) => series[0]?.runs[0].values ?? []);
    expect([valuesOf('t'), valuesOf('n'), valuesOf('gone')]).toEqual([[7, 7, 7, 7], [8, 8, 8, 8], []]);
    for (const name of new Set(readFileSync(join(folder, 'names'), 'utf8').trim().split('\n'))) {
      expect(existsSync(name)).toBe(false);
    }
  });

  test('all runs of a benchmark are read alike: an output damaged once is a failure, not another result', async () => {
    const count = join(temporaryFolder(), 'count');
    const json = '{"bench":"a","unit":"ns","n":1,"reps":[5]}';
    const line = `echo x >>${count}; if [ $(wc -l <${count}) -eq 3 ]; then echo oops; else echo '${json}'; fi`;
    const result = complete(await runYaml(planOf([`name: a, ${shell(line)}`])));
    expect(result.runs.map(({ readAs = 'failed' }) => readAs)).toEqual([
      'json-lines',
      'json-lines',
      'failed',
      'json-lines',
      'json-lines',
    ]);
    expect(new Set(result.runs.flatMap(({ series }) => series[0]?.runs[0].values ?? []))).toEqual(new Set([5]));
  });
});

describe('commands that misbehave', () => {
  test('one that fails is tried twice, and after three such runs no more; others go on', async () => {
    const plan = planOf([`name: bad, ${shell('echo why >&2; exit 3')}`, 'name: good, command: ["true"]'], {
      repeats: 5,
    });
    const outcome = await runYaml(plan);
    const { runs, issues } = complete(outcome);
    const bad = runs.filter(({ benchmark }) => benchmark === 'bad');
    const bySide = ['native', 'vm'].map((side) => bad.filter((run) => run.side === side).length);
    expect(Math.max(...bySide)).toBe(6);
    expect(Math.min(...bySide)).toBeGreaterThanOrEqual(4);
    expect(bad.every((run) => run.errorOutput === 'why\n' && run.exitCode === 3)).toBe(true);
    expect(runs.filter(({ benchmark }) => benchmark === 'good')).toHaveLength(10);
    expect(outcome.failures).toEqual(bad);
    expect(issues.filter(({ code }) => code === 'failed-runs')).toHaveLength(2);
  });

  test('one that was mended is made up for by the same command', async () => {
    const mended = join(temporaryFolder(), 'mended');
    const plan = planOf([`name: a, command: [ls, ${mended}]`]);
    const { path } = await runYaml(plan);
    mkdirSync(mended);
    const { runs } = complete(await runYaml(plan, { path }));
    expect(runs.filter(({ failure }) => failure === undefined)).toHaveLength(4);
  });

  test('one that hangs is ended with all its processes, on both kinds of sides', async () => {
    const pids = join(temporaryFolder(), 'pids');
    const line = `sleep 1000 & echo $! >>${pids}; echo $$ >>${pids}; exec sleep 1000`;
    const sides = 'sides: { native: { prefix: [sh, -c] }, vm: { console: { command: [sh, -s] } } }';
    const plan = planOf([`name: hangs, timeout: 2s, ${shell(line)}`], { sides, repeats: 1 });
    const { runs } = complete(await runYaml(plan));
    expect(runs.map(({ failure }) => failure)).toEqual(Array(4).fill('it did not end within 2 s'));
    expect(numbersIn(pids)).toHaveLength(8);
    await eventually('all ended', () => !numbersIn(pids).some(isRunning));
  });

  test('output that is hostile is a failure, or at worst a time', async () => {
    const outputs = {
      endless: 'yes',
      escape: String.raw`printf '\033]0;pwned\007\033[2J' >&2; exit 1`,
      'cut json': `printf '{"results":[{"command":"x","times":[1,2'`,
      'deep json': `printf '{"results":['; head -c 100000 /dev/zero | tr '\\0' '['`,
      'huge number': `echo '{"bench":"x","unit":"ns","reps":[1e999]}'`,
      'many results': `seq 40000 | sed 's/.*/{"bench":"b&","unit":"ns","value":1}/'`,
      'not text': 'head -c 100000 /dev/urandom',
    };
    const lines = Object.entries(outputs).map(([name, line]) => `name: ${name}, timeout: 20s, ${shell(line)}`);
    const { runs } = complete(await runYaml(planOf(lines, { repeats: 1 })));
    const outcomeOf = (name: string) => new Set(runs.filter((run) => run.benchmark === name).map((run) => run.failure));
    expect([...outcomeOf('endless')]).toEqual(['it printed more than 64 MiB']);
    expect([...outcomeOf('escape')]).toEqual(['it ended with exit code 1']);
    expect([...outcomeOf('many results')][0]).toMatch(/^what it measured takes \d+ characters/);
    for (const { series } of runs) {
      const values = series.flatMap((one) => one.runs.flatMap((run) => run.values));
      for (const value of values) expect(Number.isFinite(value)).toBe(true);
    }
    expect(resultText(resultOfRuns(runs)).includes('\u001b')).toBe(false);
  });

  const resultOfRuns = (runs: BenchResult['runs']): BenchResult => ({
    format: 'vmtoll-bench-result',
    version: 1,
    tool: '',
    plan: { source: '', text: '', sha256: '' },
    seed: 0,
    state: 'complete',
    sittings: [],
    runs,
    issues: [],
  });
});

describe('sides', () => {
  test('that do not answer end it before the first run', async () => {
    for (const vm of ['prefix: [ls]', 'prefix: [/no/such/program]', 'console: { command: [echo, "login:"] }']) {
      const { result, saved } = await runYaml(
        planOf(['name: a, command: ["true"]'], { sides: `sides: { native: { where: host }, vm: { ${vm} } }` }),
      );
      expect(result.ok ? 'ok' : result.issue.message).toMatch(/^a shell on vm does not answer: /);
      expect(saved).toBeUndefined();
    }
  });

  test('a console and a prefix that is a shell measure the same command', async () => {
    const sides = `sides:
  native: { prefix: [sh, -c], values: { word: "it's $5" } }
  vm: { console: { command: [script, -qfc, sh -i, /dev/null] }, values: { word: "it's $5" } }`;
    const line = `name: a, command: [printf, '{{"bench":"%s","unit":"ns","n":1,"reps":[5]}}\\n', "{word}"]`;
    const { runs } = complete(await runYaml(planOf([line.replaceAll('{{', '{').replaceAll('}}', '}')], { sides })));
    expect(runs.map(({ series }) => series[0].benchmark)).toEqual(Array(4).fill("a/it's $5"));
  });

  test('a clock that goes four times too fast is told', async () => {
    const folder = temporaryFolder();
    const fast = join(folder, 'fast');
    writeFileSync(
      fast,
      `#!/bin/sh\n"$@" | awk '/^clock=/ { split($0, a, "="); printf "clock=%.2f\\n", a[2] * 4; next } 1'\n`,
      {
        mode: 0o755,
      },
    );
    const sides = `sides: { native: { where: host }, vm: { prefix: [${fast}] } }`;
    const outcome = await runYaml(planOf(['name: a, command: [sleep, "0.4"]'], { sides }));
    const codes = complete(outcome).issues.map(({ code, message }) => `${code} ${message}`);
    expect(codes.filter((code) => code.startsWith('clocks-disagree'))).toEqual([
      expect.stringMatching(/the clock of vm went \+[12]\d\d\.\d\d % against this host's/),
    ]);
  });
});

describe('limits', () => {
  test('after the time limit no pair starts; the same command goes on', async () => {
    const plan = planOf(['name: a, command: [sleep, "0.1"]'], { repeats: 4 });
    const first = await runYaml(plan, { timeLimitMs: 500 });
    const made = first.saved!.runs.length;
    expect([first.saved!.state, made % 2]).toEqual(['time-limit', 0]);
    expect(made).toBeLessThan(8);
    expect(first.result.ok && first.result.value.issues[0].message).toBe(
      `only ${made} of 8 runs were made (time-limit)`,
    );
    const { runs, issues } = complete(await runYaml(plan, { path: first.path }));
    expect([runs.length, issues.filter(({ code }) => code === 'unfinished')]).toEqual([8, []]);
  });

  test('an interruption keeps what was measured, and leaves the run under way for later', async () => {
    const folder = temporaryFolder();
    const [log, hold] = [join(folder, 'log'), join(folder, 'hold')];
    const command = `echo from >>${log}; while [ -e ${hold} ]; do sleep 0.05; done; echo to >>${log}`;
    const plan = planOf([`name: a, ${shell(command)}`], { repeats: 3 });
    const stop = new AbortController();
    let asked = 0;
    const onNext = () => {
      asked++;
      if (asked !== 4) return;
      writeFileSync(hold, '');
      const waiting = setInterval(() => {
        if (!readFileSync(log, 'utf8').endsWith('to\nfrom\n')) return;
        clearInterval(waiting);
        stop.abort();
      }, 10);
    };
    const first = await runYaml(plan, { stop: stop.signal, onNext });
    rmSync(hold);
    expect([first.saved!.state, first.saved!.runs.length]).toEqual(['interrupted', 3]);
    appendFileSync(log, 'interrupted\n');
    const { runs } = complete(await runYaml(plan, { path: first.path }));
    expect(runs.map(({ sitting }) => sitting)).toEqual([0, 0, 0, 1, 1, 1]);
    const good = 'from\nto\n'.repeat(3);
    expect(readFileSync(log, 'utf8')).toBe(`${good}from\ninterrupted\n${good}`);
  });
});

describe('a result that cannot be kept', () => {
  test('ends it before the first run', async () => {
    const log = join(temporaryFolder(), 'log');
    const plan = planOf([`name: a, ${shell(`echo x >>${log}`)}`]);
    const { result } = await runYaml(plan, { path: '/no/such/folder/result.json' });
    expect(result.ok ? 'ok' : result.issue.code).toBe('unwritable');
    expect(existsSync(log)).toBe(false);
  });

  test('ends it when it happens; what was kept before is whole', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'result.json');
    // A folder where the file is prepared: it can no longer be.
    const plan = planOf([`name: a, ${shell(`mkdir -p ${path}.unfinished`)}`]);
    const { result, saved } = await runYaml(plan, { path });
    expect(result.ok ? 'ok' : result.issue.code).toBe('unwritable');
    expect([saved!.state, saved!.runs]).toEqual(['running', []]);
  });
});
