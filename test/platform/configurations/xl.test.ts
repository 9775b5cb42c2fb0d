/** xl configurations: what the fixtures say, read by eye, and what Xen's own parser makes of the syntax. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { Complaints } from '../../../src/platform/configurations/complaints.js';
import { settingsIn, type XlValue } from '../../../src/platform/configurations/xl/syntax.js';
import { configurationOf } from '../../support/configurations.js';
import { issuesOf, machineFixture, machineText, statedDevices } from '../../support/machine-configurations.js';

const MIB = 2 ** 20;

describe('an HVM guest', () => {
  const machine = machineFixture('xl/server.cfg');

  it('has what is set', () => {
    expect(machine).toMatchObject({
      name: 'server',
      board: 'hvm',
      accelerator: 'xen',
      topology: { maxVcpus: 6 },
      memory: [{ length: 4096 * MIB, place: { line: 4 } }],
      budgets: [{ of: 'machine', weight: 512, limitPcpus: 2.5 }],
      clock: { base: 'localtime', timers: [{ name: 'hpet', present: true }, { tickPolicy: '1' }] },
    });
    expect(machine.vcpus.map(({ runmask }) => runmask)).toEqual([[2], [3], [4, 6, 7], null]);
  });

  it('has emulated devices, and PV ones beside them', () => {
    expect(statedDevices(machine)).toEqual([
      'paravirtual disk xen-vbd xvda',
      'emulated disk ide-hd hdb',
      'paravirtual disk xen-vbd hdb',
      'emulated disk ide-cd hdc',
      'emulated network e1000 -',
      'paravirtual network xen-vif -',
      'paravirtual network xen-vif -',
      'paravirtual network xen-vif -',
      'emulated console isa-serial - port:0x3f8+8 isa:4',
      'emulated console isa-serial - port:0x3e8+8 isa:4',
      'emulated input usb-tablet -',
      'emulated display VGA -',
      'passed-through other xen-pci - host 0000:03:00.0',
      'passed-through other ioports - port:0x2e8+8',
      'passed-through other iomem - mmio:0xe0000000+8192',
    ]);
    const added = machine.devices.filter(({ byDefault }) => byDefault !== null).map(({ type }) => type);
    expect(added).toEqual(['rtl8139', 'xen-console']);
  });

  it('keeps the rest, with what is not known', () => {
    expect(machine.options.filter(({ known }) => !known).map(({ name, values }) => [name, values])).toEqual([
      ['frobnicate', ['0x10']],
    ]);
    expect(issuesOf(machine)).toEqual(['note unknown-option 30:1']);
  });
});

test('a PVH guest', () => {
  const machine = machineFixture('xl/small.cfg');
  expect(machine).toMatchObject({ name: 'small', board: 'pvh', memory: [{ length: 256 * MIB }] });
  expect(machine.vcpus.map(({ runmask }) => runmask)).toEqual([[0, 1]]);
  expect(statedDevices(machine)).toEqual(['paravirtual disk xen-vbd xvda', 'paravirtual network xen-vif -']);
  expect(issuesOf(machine)).toEqual([]);
});

describe('what is wrong', () => {
  it.each([
    ['vcpus = "many"', 'error bad-number 2:9'],
    ['vcpus = 5000', 'error bad-vcpus 2:9'],
    ['memory = 99999999999999999999', 'error bad-number 2:10'],
    ['memory = [ 1 ]', 'error bad-value 2:10'],
    ['cpus = "most"', 'error bad-runmask 2:8'],
    ['cpus = "nodes:0"', 'note substituted-value 2:8'],
    ['type = "tiny"', 'error bad-value 2:8'],
    ['maxmem 12', 'error bad-line 2:8'],
    ['maxmem = yes', 'error bad-value 2:10'],
    ['maxmem = 12 13', 'error bad-line 2:13'],
    ['disk = [ "a" "b" ]', 'error bad-value 2:14'],
    ['name = "c"', 'warning repeated-option 2:1'],
    ['ioports = [ "x" ]', 'error bad-location 2:13'],
  ])('%s', (line, issue) => {
    const machine = configurationOf(`name = "a"\n${line}\n`, { source: 'guest.cfg' });
    expect(issuesOf(machine)).toEqual([issue]);
  });
});

// Xen's parser, where it and a compiler are installed.
const folder = mkdtempSync(join(tmpdir(), 'vmtoll-xl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const witness = join(folder, 'witness');
const compiled = spawnSync('gcc', ['-o', witness, 'test/support/xl-witness.c', '-l:libxlutil.so.4.17']).status === 0;
const MISSING = "Xen's parser is not there (libxenmisc4.17 and gcc; npm run test:setup installs them)";
if (!compiled) {
  test(`WITHOUT WITNESS: ${MISSING}`, () => {
    if (process.env['CI'] !== undefined) throw new Error(MISSING);
    console.warn(`the syntax of xl is not compared: ${MISSING}`);
  });
}

const textOf = (value: XlValue): string => (value.type === 'list' ? '?' : value.text);

/** What the witness would print of our reading. */
function printed(text: string): { readonly lines: string[]; readonly isRefused: boolean; readonly names: string[] } {
  const complaints = new Complaints();
  const settings = settingsIn({ source: 'guest.cfg', text }, complaints);
  const lines = settings.flatMap(({ name, value }) =>
    value.type === 'list'
      ? value.elements.map((element, index) => `${name}[${index}]=${textOf(element)}`)
      : [`${name}=${value.text}`],
  );
  const isRefused = complaints.list().some(({ severity }) => severity === 'error');
  return { lines, isRefused, names: settings.map(({ name }) => name) };
}

describe("Xen's own parser", () => {
  it.runIf(compiled).each([
    ['server.cfg', machineText('xl/server.cfg')],
    ['small.cfg', machineText('xl/small.cfg')],
    ['semicolons', 'a = 1; b = "x"\nc="y" # end\n'],
    ['numbers', 'a = 0x1f\nb = 010\nc = 12\n'],
    ['quotes', `a = "it's"\nb = 'say "x"'\nc = ''\n`],
    ['lists', 'a = [ 1, "b",\n\n 3, ]\nb = [ ]\nc = [\n]\n'],
    ['added lists', 'a = [ "b" ]\na += [ "c", "d" ]\n'],
    ['added strings', 'a = "b"\na += "c"\n'],
    ['no spaces', 'a=[1,2]\nb=3'],
    ['a list without an end', 'a = [ "b"\n'],
    ['a word without quotes', 'a = b\n'],
    ['two values', 'a = 1 2\n'],
    ['no assignment', 'a 1\n'],
    ['a string over two lines', 'a = "b\nc"\n'],
  ])('reads the same: %s', (_, text) => {
    const own = printed(text);
    const { status, stdout } = spawnSync(witness, own.names, { input: text, encoding: 'utf8' });
    expect(own.isRefused).toBe(status !== 0);
    if (status === 0) expect(own.lines.join('\n')).toBe(stdout.trimEnd());
  });
});
