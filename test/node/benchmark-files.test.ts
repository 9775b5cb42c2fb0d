/** Results of benchmarks from files and folders that a user names: what is taken, what is passed over, what is refused. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readBenchmarkPaths } from '../../src/node/benchmark-files.js';
import { readSides } from '../../src/node/benchmark-sides.js';

const SAMPLES = resolve('fixtures/benchmarks/samples');
const root = mkdtempSync(join(tmpdir(), 'vmtoll-files-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
let folders = 0;
beforeEach(() => {
  folder = join(root, String(folders++));
  mkdirSync(folder);
});

const at = (name: string) => join(folder, name);
const write = (name: string, text: string | Uint8Array) => {
  writeFileSync(at(name), text);
  return at(name);
};
const csv = (...values: number[]) => `benchmark,unit,value\n${values.map((value) => `a,ns,${value}\n`).join('')}`;

function found(...paths: string[]) {
  const result = readBenchmarkPaths(paths);
  if (!result.ok) throw new Error(`${result.issue.code}: ${result.issue.message}`);
  const values = result.value.files.flatMap(({ series }) =>
    series.flatMap(({ runs }) => runs.flatMap((run) => run.values)),
  );
  return { ...result.value, values, codes: result.value.issues.map(({ code }) => code) };
}

function refusal(...paths: string[]) {
  const result = readBenchmarkPaths(paths);
  if (result.ok) throw new Error('it is read');
  return result.issue;
}

describe('a folder', () => {
  it('holds results of any programs, at any depth, read in the order of the numbers in their names', () => {
    mkdirSync(at('deep/deeper'), { recursive: true });
    write('run10.csv', csv(10));
    write('run2.csv', csv(2));
    write('deep/deeper/x.csv', csv(1));
    copyFileSync(join(SAMPLES, 'fio.json'), at('z.json'));
    const { files, values } = found(folder);
    expect(values.slice(0, 3)).toEqual([1, 2, 10]);
    expect(files.map(({ format }) => format)).toEqual(['csv', 'csv', 'csv', 'fio']);
  });

  it('may hold other things, which are named; hidden ones are not looked at', () => {
    write('a.csv', csv(1));
    write('notes.txt', 'nothing to read\n');
    write('.hidden.csv', csv(2));
    mkdirSync(at('.git'));
    write('.git/x.csv', csv(3));
    const { values, issues } = found(folder);
    expect(values).toEqual([1]);
    expect(issues.map(({ code, message }) => [code, message.endsWith(': notes.txt')])).toEqual([['passed-over', true]]);
  });

  it('may hold links to files, each of which counts once', () => {
    write('a.csv', csv(1));
    mkdirSync(at('links'));
    symlinkSync(at('a.csv'), at('links/b.csv'));
    expect(found(at('links')).values).toEqual([1]);
    expect(refusal(at('links'), at('a.csv')).code).toBe('given-twice');
  });

  it.each([
    ['nothing', () => {}],
    ['no result', () => write('notes.txt', 'nothing to read\n')],
    ['a damaged result only', () => write('x.json', '{"results": [{"command": "a", "times": [1, 2')],
  ])('with %s is refused', (_, fill) => {
    fill();
    expect(refusal(folder)).toMatchObject({ code: 'no-results', source: folder });
  });

  it('may hold a damaged result beside others, which is told', () => {
    write('a.csv', csv(1));
    write('x.json', '{"results": [{"command": "a", "times": [1, 2');
    expect(found(folder)).toMatchObject({ values: [1], codes: ['unreadable-result'] });
  });

  it('may hold what nobody may read', () => {
    write('a.csv', csv(1));
    chmodSync(write('b.csv', csv(2)), 0);
    expect(found(folder).values[0]).toBe(1);
  });
});

describe('a file', () => {
  it('is recognised by its content', () => {
    copyFileSync(join(SAMPLES, 'sysbench-cpu.txt'), at('result.json'));
    expect(found(at('result.json')).files[0].format).toBe('sysbench');
  });

  it('may be UTF-16, as PowerShell writes output', () => {
    const text = execFileSync('iconv', ['-f', 'UTF-8', '-t', 'UTF-16', join(SAMPLES, 'sysbench-cpu.txt')]);
    const [native, utf16] = [found(join(SAMPLES, 'sysbench-cpu.txt')), found(write('utf16.txt', text))];
    expect(utf16.values).toEqual(native.values);
  });

  it('given twice is refused, by whatever name', () => {
    write('a.csv', csv(1));
    symlinkSync(at('a.csv'), at('link.csv'));
    expect(refusal(at('a.csv'), join(folder, '..', folder.split('/').at(-1)!, 'a.csv')).code).toBe('given-twice');
    expect(refusal(at('a.csv'), at('link.csv')).code).toBe('given-twice');
    expect(refusal(at('a.csv'), folder).code).toBe('given-twice');
  });

  it('that is a copy of another counts, but is told', () => {
    write('a.csv', csv(1));
    write('b.csv', csv(1));
    expect(found(folder)).toMatchObject({ values: [1, 1], codes: ['same-content'] });
  });

  it.each([
    ['not there', () => at('nothing.json'), 'cannot-open'],
    ['empty', () => write('empty', ''), 'empty-input'],
    ['only a line end', () => write('line', '\n'), 'empty-input'],
    [
      'noise',
      () =>
        write(
          'noise',
          Uint8Array.from({ length: 5000 }, (_, index) => (index * 7919) % 251),
        ),
      'unknown-benchmark-format',
    ],
    ['text of anything else', () => resolve('README.md'), 'unknown-benchmark-format'],
    ['a recording', () => resolve('demo/trace.dat'), 'recording-given'],
    ['endless', () => '/dev/zero', 'too-large'],
  ])('that is %s is refused', (_, path, code) => {
    expect(refusal(path())).toMatchObject({ code, severity: 'error', source: path() });
  });

  it('that is too large is refused without reading it all', () => {
    truncateSync(write('large.csv', csv(1)), 2 ** 40);
    expect(refusal(at('large.csv')).code).toBe('too-large');
  });
});

describe('both sides', () => {
  const sides = (native: string[], vm: string[]) => {
    const result = readSides({ native, vm });
    if (!result.ok) throw new Error(result.issue.message);
    return result.value;
  };

  it('from the same file, or a copy of it, are told', () => {
    write('a.csv', csv(1));
    write('b.csv', csv(1));
    const codes = (native: string[], vm: string[]) => sides(native, vm).native.issues.map(({ code }) => code);
    expect(codes([at('a.csv')], [at('a.csv')])).toEqual(['same-on-both-sides']);
    expect(codes([at('a.csv')], [at('b.csv')])).toEqual(['same-on-both-sides']);
    write('b.csv', csv(2));
    expect(codes([at('a.csv')], [at('b.csv')])).toEqual([]);
  });

  it('need more than one file that holds one side', () => {
    write('a.csv', csv(1));
    for (const both of [at('a.csv'), folder]) {
      expect(readSides({ both })).toMatchObject({ ok: false, issue: { code: 'one-side' } });
    }
  });

  it('have the facts of files of facts before their own', () => {
    write('own.jsonl', '{"facts": {"kernel": "6.1", "cpus": 2}}\n{"benchmark": "a", "unit": "ns", "value": 1}\n');
    write('b.csv', csv(2));
    const facts = [{ side: 'native', path: write('facts.json', '{"kernel": "6.2"}') } as const];
    const read = readSides({ native: [at('own.jsonl')], vm: [at('b.csv')] }, { facts });
    if (!read.ok) throw new Error(read.issue.message);
    expect([...read.value.native.facts.keys()][0]).toBe('facts');
    expect(read.value.vm.facts.get('csv')).toEqual({});
  });
});
