/** No command writes over what it reads, under whatever name, nor two of its results into one file. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

const inFolder = (name: string): string => join(folder, name);
const RECORDING = pathIn(scenario('e-timer', 'trace.dat'), 'trace.dat');
const RESULTS = 'fixtures/benchmarks/native-vs-vm/native/kbench.jsonl';
const BUDGET = 'version: 1\nlimits:\n  - { rate: exits, most: 1000000/s }\n';
const PLAN =
  'version: 1\nsides: { native: { where: host }, vm: { prefix: [env] } }\nbenchmarks: [{ name: a, command: ["true"] }]\n';

/** Everything that is read, under the names that are used below. */
const INPUTS = ['my.dat', 'other.dat', 'link.dat', 'hard.dat', 'budget.yaml', 'plan.json', 'results/native.jsonl'].map(
  inFolder,
);

beforeEach(() => {
  rmSync(folder, { recursive: true });
  for (const name of ['results', 'sub']) mkdirSync(inFolder(name), { recursive: true });
  copyFileSync(RECORDING, inFolder('my.dat'));
  copyFileSync(RECORDING, inFolder('other.dat'));
  symlinkSync('my.dat', inFolder('link.dat'));
  linkSync(inFolder('my.dat'), inFolder('hard.dat'));
  symlinkSync('new.html', inFolder('dangling.html'));
  symlinkSync('.', inFolder('here'));
  writeFileSync(inFolder('budget.yaml'), BUDGET);
  writeFileSync(inFolder('plan.json'), PLAN);
  copyFileSync(RESULTS, inFolder('results/native.jsonl'));
});

const hashes = (): string[] => INPUTS.map((path) => createHash('sha256').update(readFileSync(path)).digest('hex'));

const commandOf = (line: string): string[] =>
  line.split(' ').map((word) => (/^[a-z]+[./][a-z/.]+$/.test(word) ? inFolder(word) : word));

describe('an output that is an input is refused, with its name, and everything stays as it was', () => {
  test.each([
    ['export my.dat --html my.dat', 'my.dat'],
    ['export my.dat --json my.dat', 'my.dat'],
    ['export my.dat --csv sub/../my.dat', 'my.dat'],
    ['export my.dat --folded here/my.dat', 'my.dat'],
    ['export my.dat --html link.dat', 'link.dat'],
    ['export link.dat --html hard.dat', 'hard.dat'],
    ['export other.dat my.dat --html my.dat', 'my.dat'],
    ['export my.dat --config budget.yaml --csv budget.yaml', 'budget.yaml'],
    ['export --native results/ --vm results/native.jsonl --html results/native.jsonl', 'native.jsonl'],
    ['check my.dat --budget budget.yaml --junit my.dat', 'my.dat'],
    ['check my.dat --budget budget.yaml --junit budget.yaml', 'budget.yaml'],
    ['bench run plan.json --out plan.json', 'plan.json'],
  ])('%s', (line, named) => {
    const before = hashes();
    const { code, stdout, stderr } = vmtoll(commandOf(line));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(new RegExp(`^vmtoll: --\\w+ \\S*${named} would be written over .*input`));
    expect(hashes()).toEqual(before);
  });
});

describe('two results in one file are refused', () => {
  test.each([
    'export my.dat --html r.html --csv r.html',
    'export my.dat --json sub/r.json --folded here/sub/r.json',
    'export my.dat --html new.html --csv dangling.html',
    'export my.dat --json - --csv -',
  ])('%s', (line) => {
    const { code, stdout, stderr } = vmtoll(commandOf(line));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^vmtoll: --\w+ and --\w+ would both be written to /);
  });
});

test('what was written before is written anew, and /dev/null takes everything', () => {
  const again = commandOf('export my.dat --json results/explanation.json --folded /dev/null --csv /dev/null');
  for (const round of [1, 2]) {
    expect(vmtoll(again), `round ${round}`).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(statSync(inFolder('results/explanation.json')).size).toBeGreaterThan(1000);
  }
});
