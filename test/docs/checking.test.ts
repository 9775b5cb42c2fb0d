/** docs/checking.md is true: its budget, its workflow, its exit codes; and the outcome as JSON and JUnit. */
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import sax from 'sax';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LENGTHS, QUALITIES, RATES, TIME_NAMES } from '../../src/budgets/budget.js';
import { UNITS, VERDICTS } from '../../src/budgets/check.js';
import { GRADES } from '../../src/explain/explanation.js';
import { CAUSES } from '../../src/recording/causes.js';
import { COMMAND, type Outcome, shell, vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const document = readFileSync('docs/checking.md', 'utf8');
const [budget, workflow] = [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text);
const recording = pathIn(scenario('m-mixed', 'trace.dat'), 'trace.dat');
const uart = pathIn(scenario('b1-uart-flood', 'trace.dat'), 'trace.dat');
const schemaOf = (name: string) => JSON.parse(readFileSync(`docs/${name}.schema.json`, 'utf8')) as AnySchemaObject;
const compiled = (name: string) =>
  new Ajv2020({
    allErrors: true,
    strict: true,
    strictRequired: false,
    strictTypes: false,
    allowUnionTypes: true,
  }).compile(schemaOf(name));

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-checking-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const STRICT = file(
  'strict.yaml',
  'version: 1\nlimits:\n  - { rate: exits, most: 1, name: "a <b> & \\"c\\"" }\n  - { rate: exits, least: 1 }\n',
);
const UNJUDGED = file('unjudged.yaml', 'version: 1\nlimits:\n  - { rate: exits, machine: "\\u202Evm9", most: 1 }\n');

describe('the budget in the document', () => {
  const path = file('budget.yaml', budget);

  test('is valid by the schema', () => {
    const validate = compiled('budget');
    expect([validate(parse(budget)), validate.errors]).toEqual([true, null]);
  });

  test('is held by a real recording, and not by another', () => {
    expect(vmtoll(['check', recording, '--budget', path]).code).toBe(0);
    const { code, stdout } = vmtoll(['check', uart, '--budget', file('tight.yaml', budget.replace('90 %', '10 %'))]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Over budget: 1 of 10 limits is broken/);
    expect(stdout).toMatch(/^ {2}BROKEN +vm1: lost, of the wanted time +[\d.]+ % +at most 10.0 %$/m);
  });

  test('has one line a limit', () => {
    const { stdout } = vmtoll(['check', recording, '--budget', path]);
    expect(stdout.match(/^ {2}(?:ok|BROKEN|NOT JUDGED) /gm)).toHaveLength(
      (parse(budget) as { limits: unknown[] }).limits.length,
    );
  });
});

describe('exit codes', () => {
  const CASES: readonly (readonly [code: number, what: string, args: readonly string[]])[] = [
    [1, 'a broken limit', [recording, '--budget', STRICT]],
    [1, 'one that cannot be judged', [recording, '--budget', UNJUDGED]],
    [0, 'where that is allowed', [recording, '--budget', UNJUDGED, '--allow-unjudged']],
    [2, 'no budget', [recording]],
    [2, 'a budget that is not there', [recording, '--budget', join(folder, 'none.yaml')]],
    [2, 'a wrong budget', [recording, '--budget', file('wrong.yaml', 'version: 1\nlimits: [{ rate: exits }]')]],
    [2, 'a machine that the recording does not have', [recording, '--budget', STRICT, '--machine', 'vm9']],
    [
      2,
      'a JUnit file that cannot be written',
      [recording, '--budget', STRICT, '--junit', join(folder, 'no/where.xml')],
    ],
    [3, 'a recording that is none', ['package.json', '--budget', STRICT]],
    [3, 'a recording that is not there', [join(folder, 'none.dat'), '--budget', STRICT]],
  ];

  test.each(CASES)('%i: %s', (code, _, args) => {
    const outcome: Outcome = vmtoll(['check', ...args]);
    expect(outcome.code).toBe(code);
    expect(code > 1 ? outcome.stderr : outcome.stdout).toMatch(/\S/);
  });

  test('a recording in the place of the budget is called one', () => {
    const { stderr } = vmtoll(['check', STRICT, '--budget', recording]);
    expect(stderr).toMatch(/^vmtoll: \S*trace\.dat is a recording \(trace-dat\), not a budget\n {2}\S.*\n$/);
  });

  test('a wrong budget is told with line and column', () => {
    expect(vmtoll(['check', recording, '--budget', join(folder, 'wrong.yaml')]).stderr).toContain('wrong.yaml:2:10: ');
  });
});

describe('--json', () => {
  const validate = compiled('check');
  test.each([
    [STRICT, recording],
    [UNJUDGED, recording],
    [join(folder, 'budget.yaml'), uart],
  ])('%s: is valid by the schema', (path, of) => {
    const printed = JSON.parse(vmtoll(['check', of, '--budget', path, '--json']).stdout) as object;
    expect([validate(printed), validate.errors]).toEqual([true, null]);
    expect(validate({ ...printed, more: 1 })).toBe(false);
    expect(validate({ ...printed, verdict: 'fine' })).toBe(false);
  });

  test('the schemas have the words of the code', () => {
    const text = JSON.stringify(schemaOf('budget'));
    for (const words of [CAUSES, GRADES, RATES, LENGTHS, QUALITIES]) expect(text).toContain(JSON.stringify(words));
    expect(text).toContain(JSON.stringify(TIME_NAMES));
    const outcome = JSON.stringify(schemaOf('check'));
    for (const words of [UNITS, VERDICTS]) expect(outcome).toContain(JSON.stringify(words));
    for (const name of TIME_NAMES) expect(document).toContain(`\`${name}\``);
  });
});

describe('--junit', () => {
  interface Element {
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  }

  function elementsOf(path: string): Element[] {
    const elements: Element[] = [];
    const parser = sax.parser(true);
    parser.onopentag = ({ name, attributes }) =>
      elements.push({ name, attributes: attributes as Record<string, string> });
    parser.write(readFileSync(path, 'utf8')).close();
    return elements;
  }

  const written = (...args: string[]): Element[] => {
    const path = join(folder, 'limits.xml');
    vmtoll(['check', recording, ...args, '--junit', path]);
    return elementsOf(path);
  };

  test('is XML with a case a limit and the numbers of what failed', () => {
    const elements = written('--budget', STRICT);
    expect(elements.map(({ name }) => name)).toEqual(['testsuites', 'testsuite', 'testcase', 'failure', 'testcase']);
    expect(elements[1].attributes).toMatchObject({ tests: '2', failures: '1', errors: '0', skipped: '0' });
    expect(elements[2].attributes['name']).toBe('line 3: a <b> & "c"');
    expect(elements[3].attributes['message']).toMatch(/ \/s, but at most 1\.00 \/s is allowed/);
  });

  test('what cannot be judged is an error, or skipped where that is allowed', () => {
    expect(written('--budget', UNJUDGED).at(-1)!.name).toBe('error');
    expect(written('--budget', UNJUDGED, '--allow-unjudged').at(-1)!.name).toBe('skipped');
    expect(readFileSync(join(folder, 'limits.xml'), 'utf8')).not.toContain('\u202E');
  });
});

describe('the workflow in the document', () => {
  interface Step {
    readonly name?: string;
    readonly uses?: string;
    readonly run?: string;
    readonly if?: string;
    readonly with?: Readonly<Record<string, string>>;
  }
  const { jobs } = parse(workflow) as { jobs: Record<string, { steps: Step[] }> };
  const { steps } = jobs['budget'];
  const place = mkdtempSync(join(tmpdir(), 'vmtoll-workflow-'));
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  /** Stand-ins on the PATH: sudo, which "records" by copying a real recording, and vmtoll, which is what is built. */
  const program = (name: string, line: string) => {
    writeFileSync(join(place, name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(place, name), 0o755);
  };
  beforeAll(() => {
    program('sudo', `[ "$1 $2" = "trace-cmd record" ] && cp '${recording}' trace.dat`);
    program('vmtoll', `exec '${process.execPath}' '${COMMAND}' "$@"`);
    writeFileSync(join(place, 'budget.yaml'), budget);
  });

  /** Each step as GitHub runs it: with -e, in the same folder. */
  const run = (wanted: Step): Outcome => {
    writeFileSync(join(place, 'step.sh'), wanted.run!);
    return shell('cd "$1" && PATH="$1:$PATH" sh -e step.sh', [place]);
  };
  const step = (name: string): Step => steps.find((one) => one.name === name)!;

  test('every step uses an action or runs something', () => {
    for (const { uses, run: line } of steps) expect((uses ?? line ?? '').length).toBeGreaterThan(0);
  });

  test('vmtoll is installed before it runs', () => {
    const lines = steps.map(({ run: line }) => line ?? '');
    const installs = lines.findIndex((line) => /npm install --global .*vmtoll/.test(line));
    expect(installs).toBeGreaterThanOrEqual(0);
    expect(lines.findIndex((line) => /^ *vmtoll /m.test(line))).toBeGreaterThan(installs);
  });

  test('its lines run, and pass on a good recording', () => {
    expect(run(step('Record the workload')).code).toBe(0);
    expect(run(step('Check the budget'))).toMatchObject({ code: 0 });
    expect(existsSync(join(place, 'vmtoll.xml'))).toBe(true);
  });

  test('they fail on a bad one, and what is kept is there', () => {
    copyFileSync(uart, join(place, 'trace.dat'));
    writeFileSync(join(place, 'budget.yaml'), budget.replace('90 %', '10 %'));
    expect(run(step('Check the budget')).code).toBe(1);
    const kept = step('Keep what explains it');
    expect(kept.if).toBe('failure()');
    expect(run(kept).code).toBe(0);
    const paths = steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact'))!.with!['path'];
    for (const path of paths.trim().split('\n')) expect(existsSync(join(place, path)), path).toBe(true);
  });
});
