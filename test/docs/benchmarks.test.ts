/** docs/benchmarks.md: its files are read, its commands print what it shows, its lists are those of the program. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { VERDICTS } from '../../src/benchmarks/comparison/comparison.js';
import { JSON_LINES } from '../../src/benchmarks/importers/json-lines.js';
import { IMPORTERS } from '../../src/benchmarks/importers/registry.js';
import { MECHANISMS } from '../../src/benchmarks/mechanisms.js';
import { FACT_NAMES } from '../../src/benchmarks/model.js';
import { COMMAND, shell } from '../support/cli.js';
import { readMarkdown } from '../support/markdown.js';

const written = readFileSync('docs/benchmarks.md', 'utf8');
const document = readMarkdown('docs/benchmarks.md');

/** Blocks after the name of a file and a colon. */
const files = new Map(
  [...written.matchAll(/`([\w.]+\.(?:csv|json|jsonl))`[^`]*?:\n\n```\w+\n(.*?)```/gs)].map(([, name, text]) => [
    name,
    text,
  ]),
);
const folder = mkdtempSync(join(tmpdir(), 'vmtoll-benchmarks-'));
for (const [name, text] of files) writeFileSync(join(folder, name), text);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (line: string) => shell(`cd "$1" && ${line.replace(/^vmtoll /, '$VMTOLL ')}`, [folder]);
const commands = [...written.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block]) => block.trim().split('\n'));

test('has files of all kinds', () => {
  expect([...files.keys()].sort()).toEqual(
    ['native.csv', 'vm.csv', 'facts.jsonl', 'host.json', 'guest.json', 'mechanisms.json'].sort(),
  );
});

test.each(commands)('%s', (line) => {
  expect(run(line)).toMatchObject({ code: 0, stderr: '' });
});

test('shows what its commands print', () => {
  let last = '';
  let shown = 0;
  for (const [, language, block] of written.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    if (language === 'sh') last = block.trim();
    if (language !== 'text') continue;
    expect(run(last).stdout).toContain(block);
    shown++;
  }
  expect(shown).toBe(2);
});

test('its example is what R says', () => {
  const values = (file: string) =>
    [...files.get(file)!.matchAll(/^cpuid,ns,\d,(\d+)$/gm)].map(([, value]) => value).join(',');
  const program = `cat(sprintf("%.1f", exp(median(outer(log(c(${values('vm.csv')})), log(c(${values('native.csv')})), "-")))))`;
  const estimate = execFileSync('Rscript', ['--vanilla', '-e', program], { encoding: 'utf8' });
  expect(document).toContain(`×${estimate} `);
});

test('its JSON lines are read as a whole', () => {
  const file = JSON_LINES.read({ source: 'facts.jsonl', text: files.get('facts.jsonl')!, sibling: () => undefined });
  if (!file.ok) throw new Error(file.issue.message);
  expect(file.value.issues).toEqual([]);
  expect(file.value.series.map(({ benchmark }) => benchmark)).toEqual(['fork', 'scan', 'getpid']);
});

test('its example of the library runs', () => {
  const [, code] = /^```js\n(.*?)^```$/ms.exec(written)!;
  const texts = `const nativeCsv = ${JSON.stringify(files.get('native.csv'))}, vmCsv = ${JSON.stringify(files.get('vm.csv'))};\n`;
  const [imports, rest] = [code.split('\n')[0], code.split('\n').slice(1).join('\n')];
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', `${imports}\n${texts}${rest}`], {
    cwd: join(COMMAND, '../../..'),
    encoding: 'utf8',
  });
  expect(printed).toMatch(/^cpuid 40\.0\d* slower$/m);
});

describe('its lists', () => {
  const sections = new Map(
    document.split(/^##+ /m).map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
  );
  const section = (title: string) => sections.get(title)!;
  const firstCells = (text: string) => [...text.matchAll(/^\|`([^`|]+)`\|/gm)].map(([, cell]) => cell);

  test('formats', () => {
    expect(firstCells(section('What is read')).sort()).toEqual(IMPORTERS.map(({ id }) => id).sort());
  });

  test('mechanisms and what they cost', () => {
    const rows = [...section('What benchmarks exercise').matchAll(/^\|`([\w-]+)`\|(.*)\|$/gm)];
    expect(rows.map(([, id, expectation]) => [id, expectation])).toEqual(
      MECHANISMS.map(({ id, expectation }) => [id, expectation]),
    );
  });

  test('facts', () => {
    const [, names] = /The names:\n(.*?)\. Given/s.exec(document)!;
    expect([...names.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual([...FACT_NAMES]);
  });

  test('verdicts', () => {
    expect(
      firstCells(section('What every number means'))
        .filter((cell) => /^[a-z-]{5,}$/.test(cell))
        .sort(),
    ).toEqual([...VERDICTS].sort());
  });

  test('columns of CSV', () => {
    const header = 'benchmark,unit,value,metric,better,run,boot,side';
    writeFileSync(join(folder, 'all.csv'), `${header}\na,ns,1,time,lower,1,x,native\na,ns,2,time,lower,2,x,native\n`);
    expect(run('vmtoll compare all.csv all.csv').stdout).not.toContain('mean nothing here');
    expect(firstCells(section('CSV')).sort()).toEqual(header.split(',').slice(3).sort());
  });
});
