/** The documents are true: what they tell to run runs, what they show is shown, what they name is there. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { shell, vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const read = (path: string): string => readFileSync(path, 'utf8');
const markdownIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const DECISIONS = 'docs/decisions';
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'demo/README.md',
  'fixtures/README.md',
  ...markdownIn('docs'),
  ...markdownIn(DECISIONS),
];

/** All files that are or will be committed. */
const committed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(path));

describe('command lines', () => {
  /** What stands behind the names of recordings in the documents. */
  const RECORDINGS: Readonly<Record<string, readonly [scenario: string, file: string]>> = {
    'trace.dat': ['m-mixed', 'trace.dat'],
    'perf.data': ['m-mixed', 'perf.data'],
    'perf-kvm.data': ['m-mixed', 'perf-kvm.data'],
    'trace.txt': ['k1-raw-ftrace-mixed', 'ftrace-trace.txt'],
    'perf.txt': ['m-mixed', 'perf-script.txt'],
  };
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-documents-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, [where, file]] of Object.entries(RECORDINGS)) {
    symlinkSync(resolve(pathIn(scenario(where, file), file)), join(folder, name));
  }
  const benchmarks = 'fixtures/benchmarks/native-vs-vm';
  symlinkSync(resolve(benchmarks, 'native/kbench.jsonl'), join(folder, 'native.jsonl'));
  symlinkSync(resolve(benchmarks, 'rec/cpuid/samples.jsonl'), join(folder, 'vm.jsonl'));
  symlinkSync(resolve(benchmarks, 'vm/kbench.jsonl'), join(folder, 'vm-before.jsonl'));
  symlinkSync(resolve('fixtures/guest-symbols/kallsyms-extract.txt'), join(folder, 'kallsyms.txt'));
  symlinkSync(resolve('fixtures/host/two-sockets.txt'), join(folder, 'host.txt'));
  const [, budget] = /^```yaml\n(.*?)^```$/ms.exec(read('docs/checking.md'))!;
  writeFileSync(join(folder, 'budget.yaml'), budget);
  mkdirSync(join(folder, 'demo'));
  symlinkSync(resolve('demo/trace.dat'), join(folder, 'demo/trace.dat'));

  /** Lines of shell blocks and inline code that call vmtoll and can run: on a recording, or without one. */
  function commandsIn(markdown: string): string[] {
    const blocks = [...markdown.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].flatMap(([, block]) => block.split('\n'));
    const inline = [...markdown.replaceAll(/^ *```.*?^ *```$/gms, '').matchAll(/`([^`]+)`/g)].map(([, code]) => code);
    return [...blocks, ...inline].filter(isRunnable).map(withoutRemark);
  }

  /** The first column of the examples in a help text. */
  const examplesIn = (help: string): string[] =>
    [...help.matchAll(/^ {2}(\S.*)$/gm)].map(([, line]) => line.split(/ {3,}/)[0]).filter(isRunnable);

  function isRunnable(line: string): boolean {
    if (!/(?:^|\| *)\s*vmtoll (?!.*…)/.test(line)) return false;
    const words = line.split(/\s+/);
    return (
      words.some((word) => word in RECORDINGS || word === 'demo/trace.dat') || /vmtoll (?:demo|formats)/.test(line)
    );
  }

  const withoutRemark = (line: string): string => line.replace(/ +# .*$/, '').trim();

  const lines = new Set([
    ...DOCUMENTS.flatMap((path) => commandsIn(read(path))),
    ...[[], ['--help'], ...['explain', 'demo', 'formats'].map((name) => [name, '--help'])].flatMap((args) =>
      examplesIn(vmtoll(args).stdout),
    ),
  ]);

  test('there are some in every place', () => {
    const found = [...lines].join('\n');
    expect(commandsIn(read('README.md')).length).toBeGreaterThan(5);
    for (const some of ['demo', 'formats', '--last', '--by detail', '--like perf', '--json', 'perf script']) {
      expect(found).toContain(some);
    }
  });

  /** It serves until Ctrl-C; there is no browser here. */
  const servedUntilInterrupted = (command: string): string =>
    [
      '{ :',
      `${command.replace(' --browser', '')} > served & server=$!`,
      'while [ ! -s served ] && kill -0 $server; do sleep 0.1; done',
      'kill -INT $server; wait $server; code=$?; cat served; rm served; exit $code; }',
    ].join('\n');

  test.each([...lines])('%s', (line) => {
    const command = line
      .replace(/ *\| *jq .*$/, '')
      // The recording behind the name has one machine.
      .replace('--machine vm2', '--machine vm1')
      .replace(/\bvmtoll /, '$VMTOLL ');
    const isServer = line.startsWith('vmtoll open');
    const run = isServer ? servedUntilInterrupted(command) : command;
    const { code, stdout, stderr } = shell(`set -o pipefail; cd "$1" && ${run}`, [folder]);
    expect([code, stderr.match(/^vmtoll: .*/m)?.[0]]).toEqual([0, undefined]);
    const [, written] = /^vmtoll export .* --\w+ ([^-\s]\S*)$/.exec(line) ?? [];
    if (isServer) expect(stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
    else if (written !== undefined) expect(statSync(join(folder, written)).size).toBeGreaterThan(100);
    else expect(stdout.length).toBeGreaterThan(100);
  });
});

test('the picture at the top of the README is what the demo prints', () => {
  const [, picture] = /^```\n(.*?)^```$/ms.exec(read('README.md'))!;
  const [, printed] = vmtoll(['demo']).stdout.split('$ vmtoll explain demo/trace.dat\n\n');
  expect(printed.slice(0, picture.length)).toBe(picture);
});

test.each(DOCUMENTS)('the links in %s lead somewhere', (path) => {
  const targets = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  for (const target of targets.filter((link) => !/^(?:https?:|#)/.test(link))) {
    expect(existsSync(join(dirname(path), target.replace(/#.*$/, ''))), target).toBe(true);
  }
});

describe('files that are named', () => {
  /** A folder or a file: has a slash, or the ending of a source file. */
  const PATH = /^(?!.*\/\*)[\w.-]+(?:\/[\w.*-]*)+$|^[\w.-]+\.(?:ts|mjs|md)$/;

  /** As it stands, below src, or somewhere by the end of its path. */
  function isThere(name: string): boolean {
    if (existsSync(name) || existsSync(join('src', name))) return true;
    return committed.some((path) => path.endsWith(`/${name}`));
  }

  test.each(['CONTRIBUTING.md', 'docs/architecture.md'])('in %s are there', (path) => {
    const sections = read(path).split(/^(?=## )/m);
    const present = sections.filter((section) => !section.includes('not there yet')).join('');
    const names = [...present.matchAll(/`([^`\s]+)`/g)]
      .map(([, code]) => code.replace(/^.*=/, ''))
      .filter((code) => PATH.test(code) && !/NAME|^\/path/.test(code));
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !isThere(name))).toEqual([]);
  });

  test('the scripts of npm that documents name are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = DOCUMENTS.flatMap((path) => [...read(path).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name));
    expect(named.length).toBeGreaterThan(2);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  test('the list of decisions is complete', () => {
    const listed = [...read(join(DECISIONS, 'README.md')).matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
    const there = markdownIn(DECISIONS).map((path) => basename(path));
    expect(new Set(listed)).toEqual(new Set(there.filter((name) => name !== 'README.md')));
  });

  test('what the package ships is there', () => {
    const { files, bin } = JSON.parse(read('package.json')) as { files: string[]; bin: Record<string, string> };
    // A pattern with ! leaves something out.
    const shipped = files.filter((pattern) => !pattern.startsWith('!'));
    for (const path of [...shipped, ...Object.values(bin)]) expect(existsSync(path), path).toBe(true);
  });

  test('the list of fixtures is complete', () => {
    const there = readdirSync('fixtures/kvm-x86').map((name) => `kvm-x86/${name}`);
    const listed = [...read('fixtures/README.md').matchAll(/`(kvm-x86\/[^`]+)`/g)].map(([, name]) => name);
    expect(new Set(listed)).toEqual(new Set(there));
  });
});

test('the fixtures are at most 15 MB', () => {
  const sizes = committed.filter((path) => path.startsWith('fixtures/')).map((path) => statSync(path).size);
  expect(sizes.length).toBeGreaterThan(0);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(15e6);
});

test("the README's two commands are those that .ci/run runs", () => {
  const [, section] = /^## Two commands\n(.*?)^## /ms.exec(read('README.md'))!;
  const commands = [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block.trim());
  expect(commands.length).toBe(2);
  expect([...read('.ci/run').matchAll(/^(npm .*) \|\| exit$/gm)].map(([, command]) => command)).toEqual(commands);
});

describe('committed texts', () => {
  const texts = committed.filter(
    (path) => !/^fixtures\/[^/]+\/|^package-lock\.json$/.test(path) && !readFileSync(path).includes(0),
  );
  const linesWith = (pattern: RegExp): string[] =>
    texts.flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );

  /** POSIX has this folder on every system, also on that of a guest which is asked to write a file there. */
  const EVERYWHERE = ['src/node/bench/outputs.ts'];

  test('name no place on one particular machine', () => {
    const places = ['tmp', 'work', 'root', String.raw`home/\w`, String.raw`Users/\w`];
    const named = linesWith(new RegExp(String.raw`(?<![\w.~}*/-])/(?:${places.join('|')})(?:/|\b)`)).filter(
      (found) => !EVERYWHERE.some((path) => found.startsWith(path)),
    );
    expect(named).toEqual([]);
  });

  test('speak of the project alone', () => {
    expect(linesWith(new RegExp(String.raw`\b${['sess', 'ions?'].join('')}\b`, 'i'))).toEqual([]);
    // Numbers of issues, in prose and in comments; elsewhere it may be a colour.
    const numbered = linesWith(/(?<![\w&/#])#\d+\b/);
    expect(numbered.filter((found) => /^\S+\.md:|^\S+: *(?:\/\/|\/?\*|#)/.test(found))).toEqual([]);
  });
});
