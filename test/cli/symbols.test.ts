/** vmtoll explain --symbols and --kaslr-offset. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const KALLSYMS = 'fixtures/guest-symbols/kallsyms-extract.txt';
const trace = pathIn(scenario('m-mixed', 'trace.dat'), 'trace.dat');
const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('names functions in text and JSON, with the machine they are for if that is said', () => {
  const { code, stdout, stderr } = vmtoll(['explain', trace, '--symbols', KALLSYMS]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ {2}native_write_msr +timer: MSR 0x6e0 IA32_TSC_DEADLINE write +487 /m);
  const json = JSON.parse(vmtoll(['explain', trace, '--symbols', `vm1=${KALLSYMS}`, '--json']).stdout) as Explanation;
  expect(json.symbols).toMatchObject([{ machine: 'vm1', source: KALLSYMS, offset: '0x0', confidence: 'certain' }]);
});

test('an offset that is given is taken', () => {
  const args = ['explain', trace, '--symbols', KALLSYMS, '--kaslr-offset', '0x200000', '--json'];
  const { symbols } = JSON.parse(vmtoll(args).stdout) as Explanation;
  expect(symbols[0]).toMatchObject({ offset: '0x200000', offsetFrom: 'given' });
});

test('what is wrong is said', () => {
  expect(vmtoll(['explain', trace, '--kaslr-offset', '0x200000'])).toMatchObject({ code: 2, stdout: '' });
  expect(vmtoll(['explain', trace, '--symbols', KALLSYMS, '--kaslr-offset', 'x']).code).toBe(2);
  expect(vmtoll(['explain', trace, '--symbols', `vm9=${KALLSYMS}`]).code).toBe(2);
  expect(vmtoll(['explain', trace, '--symbols', join(folder, 'nowhere')]).code).toBe(3);
  expect(vmtoll(['explain', trace, '--symbols', 'package.json']).code).toBe(3);
  const hidden = join(folder, 'hidden');
  writeFileSync(hidden, readFileSync(KALLSYMS, 'utf8').replaceAll(/^\w{16}/gm, '0000000000000000'));
  const { code, stderr } = vmtoll(['explain', trace, '--symbols', hidden]);
  expect(code).toBe(3);
  expect(stderr).toContain('kptr_restrict');
});
