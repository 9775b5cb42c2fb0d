/** vmtoll compare as a user runs it: what it prints, what it refuses, and by which exit code one can tell. */
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Comparison } from '../../src/benchmarks/comparison/comparison.js';
import { resultText } from '../../src/benchmarks/running/result-file.js';
import { series } from '../benchmarks/comparison/sides.js';
import { resultOf, run } from '../benchmarks/running/results.js';
import { shell, vmtoll } from '../support/cli.js';

const [NATIVE, VM] = ['native', 'vm'].map((side) => `fixtures/benchmarks/native-vs-vm/${side}`);
const folder = mkdtempSync(join(tmpdir(), 'vmtoll-compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const compare = (args: readonly string[], options = {}) => vmtoll(['compare', ...args], options);
const printed = (args: readonly string[], options = {}) =>
  JSON.parse(compare([...args, '--json'], options).stdout) as Comparison;

describe('two folders', () => {
  const { code, stdout, stderr } = compare([NATIVE, VM]);

  test('are compared: the worst first, without colours where nobody looks', () => {
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^ {2}cpuid, time +×[\d,]+ +\(×\d+ to ×[\d,]+\) +36\.1 ns → 36\.6 µs +q 0\.\d+ +privileged register\n {2}rdmsr, time /m,
    );
    expect(stdout).not.toMatch(/\u001b/);
  });

  test('on a terminal have colours, unless NO_COLOR asks for none', () => {
    const onTerminal = (env: Record<string, string>) =>
      shell(`script -qec '$VMTOLL compare ${NATIVE} ${VM}' /dev/null`, [], {
        NO_COLOR: '',
        COLUMNS: '120',
        ...env,
      }).stdout.replaceAll('\r', '');
    const coloured = onTerminal({});
    const COLOUR = /\u001b\[\d+m/g;
    expect(coloured).toMatch(COLOUR);
    const plain = compare([NATIVE, VM], { env: { COLUMNS: '120' } }).stdout;
    expect(coloured.replaceAll(COLOUR, '')).toBe(plain);
    expect(onTerminal({ NO_COLOR: '1' })).toBe(plain);
    // Only lines are broken.
    expect(plain.replaceAll(/\s+/g, ' ')).toBe(stdout.replaceAll(/\s+/g, ' '));
  });

  test.each([100, 160])('fit into %d columns', (columns) => {
    const text = compare([NATIVE, VM, '--top', '100'], { env: { COLUMNS: String(columns) } }).stdout;
    const rows = text.split('\n').filter((line) => /^ +\d+ {2}.*(?:slower|inconclusive) +\d+\+\d+$/.test(line));
    expect(rows).toHaveLength(30);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(columns);
  });

  test('say the same as JSON, and always the same', () => {
    const comparison = printed([NATIVE, VM]);
    expect(comparison.pairs).toHaveLength(30);
    for (const verdict of ['slower', 'inconclusive']) {
      const count = comparison.pairs.filter((pair) => pair.verdict === verdict).length;
      expect(stdout).toMatch(new RegExp(`\\b${count} ${verdict}`));
    }
    expect(printed([NATIVE, VM])).toEqual(comparison);
  });

  test('are the same as their files', () => {
    const files = (side: string) => ['hyperfine.json', 'kbench.jsonl', 'sysbench.txt'].map((name) => `${side}/${name}`);
    const named = printed(['--native', ...files(NATIVE), `${NATIVE}/fio.json`, '--vm', ...files(VM)]);
    expect(named.pairs).toEqual(printed([NATIVE, VM]).pairs);
  });
});

describe('options', () => {
  const pair = (args: readonly string[], benchmark: string) =>
    printed([NATIVE, VM, ...args]).pairs.find((one) => one.benchmark === benchmark)!;

  test('change what they say', () => {
    const { options } = printed([
      NATIVE,
      VM,
      '--confidence',
      '99',
      '--fdr',
      '1%',
      '--equivalence',
      '5',
      '--seed',
      '7',
      '--resamples',
      '500',
      '--skip-first',
      '1',
    ]);
    expect(options).toEqual({
      confidence: 0.99,
      falseDiscoveryRate: 0.01,
      equivalence: 0.05,
      seed: 7,
      resamples: 500,
      skippedRepetitions: 1,
    });
    expect(pair(['--skip-first', '1'], 'cpuid').slowdown).toBeGreaterThan(2000);
    expect(pair(['--fdr', '0.1'], 'cpuid').verdict).toBe('inconclusive');
  });

  test('--facts and --mechanisms come from files', () => {
    const host = write('host.json', '{"cpus": 16, "kernel": "6.1"}');
    const guest = write('guest.json', '{"cpus": 2, "kernel": "6.1"}');
    const rules = write('rules.json', '[{"benchmark": "CPUID", "mechanism": "identity"}]');
    const args = [NATIVE, VM, '--facts', `native=${host}`, '--facts', `vm=${guest}`, '--mechanisms', rules];
    const { differences, mechanisms } = printed(args);
    expect(differences).toEqual([expect.objectContaining({ fact: 'cpus', native: 16, vm: 2 })]);
    expect(mechanisms.at(-1)).toMatchObject({ mechanism: 'identity', pairs: 1, slower: 1 });
    expect(compare(args).stdout).toMatch(/^Fair\? The sides differ in 1 thing .*\n {2}CPUs +native 16 +VM 2 /);
  });

  test('--markdown prints a table for a pull request', () => {
    const { code, stdout } = compare([NATIVE, VM, '--markdown']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\| 1 \| cpuid, time \|/m);
  });
});

test('a result of a plan is both sides, and several add up', () => {
  const result = (name: string, ...values: number[]) =>
    write(
      name,
      resultText(
        resultOf(
          values.flatMap((value) =>
            (['native', 'vm'] as const).map((side) =>
              run({ side, series: [series('a', [side === 'vm' ? 2 * value : value])] }),
            ),
          ),
          { state: 'complete' },
        ),
      ),
    );
  const [first, second] = [result('one.json', 1, 1.1, 1.2), result('two.json', 1.3, 1.4)];
  expect(printed([first]).pairs[0]).toMatchObject({ n: [3, 3], slowdown: expect.closeTo(2, 9) });
  expect(printed(['--native', first, second, '--vm', first, second]).pairs[0].n).toEqual([5, 5]);
});

test('one CSV file with a side in each row is both sides', () => {
  const rows = (side: string, factor: number) =>
    [5, 6, 7, 8, 9].map((value) => `${side},x,ns,${value * factor}\n`).join('');
  const both = write('both.csv', `side,benchmark,unit,value\n${rows('native', 1)}${rows('vm', 3)}`);
  for (const paths of [[both], [both, both]]) {
    const { pairs, issues } = printed(paths);
    expect(pairs).toMatchObject([{ n: [5, 5], slowdown: expect.closeTo(3, 9), verdict: 'slower' }]);
    expect(issues).toEqual([]);
  }
  const guest = write('guest.csv', `side,benchmark,unit,value\n${rows('vm', 3)}`);
  const { code, stdout, stderr } = compare([guest, both]);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/guest\.csv is given for the native side, but .* of the VM's side[\s\S]*may be exchanged/);
});

test('standard input is a side', () => {
  const input = readFileSync(`${NATIVE}/kbench.jsonl`);
  expect(printed(['-', `${VM}/kbench.jsonl`], { input }).pairs).toHaveLength(17);
});

test('exchanged sides are noticed', () => {
  expect(compare([VM, NATIVE]).stdout).toMatch(/^Fair\? \d+ metrics are faster in the VM, and 0 slower/m);
});

test('one file on both sides is noticed', () => {
  const { code, stdout } = compare([`${VM}/hyperfine.json`, `${VM}/hyperfine.json`]);
  expect(code).toBe(0);
  expect(stdout.split('\n')[0]).toMatch(/^Fair\? .*hyperfine\.json is given for both sides$/);
});

test('the examples of its help work', () => {
  const { stdout } = compare(['--help']);
  const examples = [...stdout.matchAll(/^ {2}(vmtoll compare .*?)(?: {3,}.*)?$/gm)].map(([, line]) => line);
  expect(examples.length).toBeGreaterThan(5);
  const place = mkdtempSync(join(folder, 'examples-'));
  for (const [side, from] of [
    ['native', NATIVE],
    ['vm', VM],
  ] as const) {
    cpSync(from, join(place, side), { recursive: true });
    copyFileSync(join(from, 'hyperfine.json'), join(place, `${side}.json`));
    copyFileSync(join(from, 'sysbench.txt'), join(place, `${side[0]}1.txt`));
    copyFileSync(join(from, 'kbench.jsonl'), join(place, `${side[0]}2.txt`));
  }
  for (const name of ['result.json', 'a.json', 'b.json']) {
    writeFileSync(join(place, name), resultText(resultOf([run(), run({ side: 'vm' })], { seed: name.length })));
  }
  writeFileSync(join(place, 'vm-facts.json'), '{"cpus": 2}');
  writeFileSync(join(place, 'both.csv'), 'side,benchmark,unit,value\nnative,a,ns,1\nvm,a,ns,2\n');
  for (const line of examples) {
    expect(shell(`cd "$1" && ${line.replace('vmtoll', '$VMTOLL')}`, [place]), line).toMatchObject({
      code: 0,
      stderr: '',
    });
  }
});

describe('wrong usage ends with 2 and no result', () => {
  test.each([
    ['nothing', []],
    ['one side', [NATIVE]],
    ['one file of one side', [`${NATIVE}/kbench.jsonl`]],
    ['one side by option', ['--native', NATIVE]],
    ['a side in two ways', [NATIVE, VM, '--vm', VM]],
    ['facts of no side', [NATIVE, VM, '--facts', 'host.json']],
    ['no percentage', [NATIVE, VM, '--confidence', 'high']],
    ['too low a confidence', [NATIVE, VM, '--confidence', '50']],
    ['a rate of everything', [NATIVE, VM, '--fdr', '100']],
    ['a margin of nothing', [NATIVE, VM, '--equivalence', '0']],
    ['endless resamples', [NATIVE, VM, '--resamples', '1e9']],
    ['no row', [NATIVE, VM, '--top', '0']],
    ['two forms', [NATIVE, VM, '--json', '--markdown']],
  ])('%s', (_, args) => {
    const { code, stdout, stderr } = compare(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/\S{5}/);
  });
});

describe('what cannot be read ends with 3 and says why', () => {
  const bad = write('bad.json', '{"cpus": ');
  test.each([
    ['no file', [NATIVE, join(folder, 'nothing')], /nothing cannot be read: no such file or directory/],
    ['a recording', [NATIVE, 'demo/trace.dat'], /demo\/trace\.dat is a recording.*\n.*vmtoll explain/],
    ['text of anything', [NATIVE, 'README.md'], /README\.md is no benchmark result/],
    ['facts that are none', [NATIVE, VM, '--facts', `vm=${bad}`], /bad\.json is not whole JSON/],
    ['rules that are none', [NATIVE, VM, '--mechanisms', bad], /bad\.json is not whole JSON/],
    ['a file twice', ['--native', NATIVE, `${NATIVE}/fio.json`, '--vm', VM], /fio\.json is given more than once/],
  ])('%s', (_, args, words) => {
    const { code, stdout, stderr } = compare(args);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(words);
  });

  test('nothing in common: what each side has is printed all the same', () => {
    const args = [`${NATIVE}/fio.json`, `${VM}/hyperfine.json`];
    const { code, stdout, stderr } = compare(args);
    expect(code).toBe(3);
    expect(stderr).toMatch(/No metric is on both sides/);
    expect(stdout).toMatch(/fio r .*, only natively: read iops/);
    expect(printed(args).pairs).toEqual([]);
  });
});

test('names from files are harmless, in text, Markdown and messages', () => {
  const name = '\u001b[31mred\u202e';
  const rows = (factor: number) => [1, 1.1, 1.2, 1.3, 1.4].map((value) => `"${name}",ns,${value * factor}\n`).join('');
  const [native, vm] = [1, 2].map((factor) => write(`evil${factor}.csv`, `benchmark,unit,value\n${rows(factor)}`));
  const HARMFUL = /(?!\n)[\p{Cc}\p{Cf}]/u;
  for (const more of [[], ['--markdown'], ['--json']]) {
    const { code, stdout } = compare([native, vm, ...more]);
    expect(code).toBe(0);
    expect(HARMFUL.exec(stdout)).toBeNull();
  }
  expect(printed([native, vm]).pairs[0].benchmark).toBe(name);
  expect(HARMFUL.exec(compare([native, join(folder, name)]).stderr)).toBeNull();
});
