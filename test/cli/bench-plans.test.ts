/** The ready plans, with both sides on this host: every command of theirs runs, and its result is read. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { BenchResult } from '../../src/benchmarks/running/result.js';
import { reasonOf } from '../../src/benchmarks/running/warnings.js';
import { type PlanRunOutcome, runYaml, temporaryFolder } from '../node/bench/support.js';
import { vmtoll } from '../support/cli.js';

interface Plan {
  sides: object;
  repeats: number;
  warmup: number;
  benchmarks: { name: string; mechanism: string }[];
}

/** A ready plan with other values and a second side on this host, once per side. JSON is YAML. */
function adapted(path: string, values: object): Plan {
  const plan = parse(readFileSync(path, 'utf8')) as Plan;
  const sides = { native: { where: 'host', values }, vm: { prefix: ['nice', '-n', '1'], values } };
  return { ...plan, sides, repeats: 1, warmup: 0 };
}

test('plans/general-rule.yaml, then compare', () => {
  const folder = temporaryFolder();
  const [probe, quick, plan, out] = ['probe', 'quick', 'plan.yaml', 'result.json'].map((name) => join(folder, name));
  execFileSync('cc', ['-O2', '-static', '-o', probe, 'probe/probe.c']);
  writeFileSync(quick, `#!/bin/sh\nexec ${probe} --min-time 1 --reps 2 "$@"\n`, { mode: 0o755 });
  const file = process.arch === 'arm64' ? 'plans/general-rule-arm64.yaml' : 'plans/general-rule.yaml';
  const { benchmarks, ...rest } = adapted(file, { probe: quick });
  writeFileSync(plan, JSON.stringify({ ...rest, benchmarks }));
  const ran = vmtoll(['bench', 'run', plan, '--out', out]);
  expect(ran.code).toBe(0);
  const { runs } = JSON.parse(readFileSync(out, 'utf8')) as BenchResult;
  const failed = new Set(runs.filter(({ failure }) => failure !== undefined).map(({ benchmark }) => benchmark));
  // The probe itself knows what this host does not permit.
  const skipped = JSON.stringify(execFileSync('sh', ['-c', `${quick} 2>&1 >/dev/null`], { encoding: 'utf8' }));
  for (const name of failed) expect(skipped).toContain(`skipped\\":\\"${name}\\"`);
  const compared = vmtoll(['compare', out, '--json']);
  const { pairs } = JSON.parse(compared.stdout) as {
    pairs: { benchmark: string; mechanism: string; verdict: string }[];
  };
  const expected = benchmarks.filter(({ name }) => !failed.has(name));
  expect(pairs.map(({ benchmark, mechanism }) => `${benchmark} ${mechanism}`).sort()).toEqual(
    expected.map(({ name, mechanism }) => `${name} ${mechanism}`).sort(),
  );
  expect(new Set(pairs.map(({ verdict }) => verdict))).toEqual(new Set(['not-testable']));
});

describe('plans/stress-ng-fio.yaml', () => {
  const disk = mkdtempSync('/var/tmp/vmtoll-plans-');
  afterAll(() => rmSync(disk, { recursive: true, force: true }));
  const plan = adapted('plans/stress-ng-fio.yaml', { time: '1s', seconds: '1', disk });
  /** What a host need not permit. */
  const NEEDED = new Map([
    ['stress-ng ioport', /No stress workers invoked/],
    ['stress-ng x86cpuid', /No stress workers invoked/],
  ]);
  let outcomes: readonly PlanRunOutcome[] = [];

  // Each as a plan of its own, all at once: what they measure is of no interest here.
  beforeAll(async () => {
    outcomes = await Promise.all(
      plan.benchmarks.map((benchmark, index) => {
        const path = join(disk, `${index}.json`);
        return runYaml(JSON.stringify({ ...plan, benchmarks: [benchmark] }), { path });
      }),
    );
  });

  test.each(plan.benchmarks.map(({ name }, index) => [name, index] as const))('%s', (name, index) => {
    const { result } = outcomes[index];
    if (!result.ok) throw new Error(result.issue.message);
    const { runs } = result.value;
    const failures = runs.filter(({ failure }) => failure !== undefined).map((run) => reasonOf(run));
    const reason = NEEDED.get(name);
    if (reason !== undefined && failures.length > 0) {
      expect(failures.join('\n')).toMatch(reason);
      console.warn(`${name} cannot be measured on this host: ${failures[0]}`);
      return;
    }
    expect(failures).toEqual([]);
    const series = runs.flatMap((run) => run.series);
    for (const { benchmark } of series) expect(benchmark.split('/')[0]).toBe(name);
    const primary = series.filter(({ role }) => role === 'primary');
    const values = primary.flatMap((one) => one.runs.flatMap((run) => run.values));
    expect(values).toHaveLength(2);
    for (const value of values) expect(value).toBeGreaterThan(0);
  });

  test('fio leaves no file behind', () => {
    expect(readdirSync(disk).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });
});
