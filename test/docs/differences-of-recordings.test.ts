/** docs/differences.md and `vmtoll diff` on the command line: its JSON, its words, its exit codes. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { formatCount } from '../../src/base/quantities.js';
import { DEFAULT_OPTIONS, VERDICTS } from '../../src/differences/difference.js';
import { LEAST_WINDOWS, WINDOWS } from '../../src/differences/windows.js';
import { MOST_SLICES } from '../../src/ledger/slices.js';
import { vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { xenRecording } from '../support/xen-recordings.js';

const document = readFileSync('docs/differences.md', 'utf8');
const schema = JSON.parse(readFileSync('docs/difference.schema.json', 'utf8')) as AnySchemaObject;
const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
const trace = (name: string, file = 'trace.dat') => pathIn(scenario(name, file), file);

const [timer, noPoll, mixed] = [trace('e-timer'), trace('n-timer-nopoll'), trace('m-mixed')];
const diff = (...args: string[]) => vmtoll(['diff', ...args]);

describe('--json', () => {
  test.each([
    ['two recordings', [timer, noPoll]],
    ['of several vCPUs', [trace('i1-overcommit-unpinned'), trace('i1-overcommit-unpinned')]],
    ['two parts of one', [mixed, mixed, '--before-part', '..11.5s', '--after-part', '11.5s..']],
    ['with other classes of events', [mixed, trace('m-mixed', 'perf-kvm.data')]],
    [
      'without exits on one side',
      ['pvh-overcommit', 'pvh-overcommit-schedonly'].map((name) => xenRecording(name)!.path),
    ],
    ['too short to tell', [mixed, mixed, '--from', '11s', '--to', '11.00002s']],
  ])('%s: is valid by the schema', (_, args) => {
    const printed = JSON.parse(diff(...args, '--json').stdout) as object;
    expect([validate(printed), validate.errors]).toEqual([true, null]);
    expect(validate({ ...printed, more: 1 })).toBe(false);
    expect(validate({ ...printed, rows: [{ verdict: 'good' }] })).toBe(false);
  });

  test('is the same each time', () => {
    expect(diff(timer, noPoll, '--json').stdout).toBe(diff(timer, noPoll, '--json').stdout);
  });
});

describe('exit codes', () => {
  test.each([
    [0, [timer, timer]],
    [0, ['--before', timer, '--after', noPoll]],
    [2, [timer]],
    [2, [timer, '--after', noPoll]],
    [2, [timer, noPoll, '--machine', 'vm9']],
    [2, [timer, noPoll, '--before-part', 'soon']],
    [2, [timer, noPoll, '--before-part', '1s..2s', '--last', '1s']],
    [2, [timer, noPoll, '--level', '0']],
    [3, [timer, 'package.json']],
    [3, ['none.dat', timer]],
  ])('%i: %j', (code, args) => {
    const outcome = diff(...args);
    expect(outcome.code).toBe(code);
    expect(code === 0 ? outcome.stdout : outcome.stderr).toMatch(/\S/);
  });
});

describe('the text', () => {
  test('fits into 100 columns and begins with the answer', () => {
    const { stdout } = vmtoll(['diff', timer, noPoll], { env: { COLUMNS: '100' } });
    expect(Math.max(...stdout.split('\n').map((line) => Array.from(line).length))).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(
      /^Of the time in which they wanted to run the guests lost [\d.]+ % before and [\d.]+ % after/,
    );
    expect(stdout).toMatch(/^Better\n.*\n +account poll +[\d.]+ % → 0 % +none$/m);
  });

  test('says that nothing differs where nothing does', () => {
    expect(diff(timer, timer).stdout).toContain('Nothing differs by more than what varies within the recordings.');
  });

  test('says that nothing is tested where there is too little', () => {
    expect(diff(mixed, mixed, '--from', '11s', '--to', '11.00002s').stdout).toContain('Nothing could be tested');
  });
});

describe('docs/differences.md', () => {
  test('has the words and the numbers of the code', () => {
    for (const verdict of VERDICTS) expect(document).toContain(`\`${verdict}\``);
    expect(document).toContain(`${WINDOWS} windows`);
    expect(document).toContain(`than ${LEAST_WINDOWS} nothing`);
    expect(document).toContain(`${formatCount(MOST_SLICES)} slices`);
    expect(document).toContain(`${formatCount(DEFAULT_OPTIONS.resamples)} times`);
    expect(document).toContain(`The seed of the random numbers is ${DEFAULT_OPTIONS.seed} `);
    expect(document).toContain(`at most ${DEFAULT_OPTIONS.level * 100} %`);
    const help = vmtoll(['diff', '--help']).stdout;
    for (const word of ['32 windows', 'block bootstrap', '(default: 1999)', '(default: 1)', 'level'])
      expect(help).toContain(word);
  });

  const [before, after] = [scenario('c1-ide-read', 'trace.dat'), scenario('c2-virtio-blk-read', 'trace.dat')];
  const there = before && after ? [[before, after] as const] : [];
  test.each(there)('shows real output', (ide, virtio) => {
    const { stdout } = diff(pathIn(ide, 'trace.dat'), pathIn(virtio, 'trace.dat'));
    const [, shown] = /^```text\n(.*?)^```$/ms.exec(document)!;
    for (const line of shown.split('\n')) expect(stdout).toContain(line);
  });
});
