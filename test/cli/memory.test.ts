/** Texts that name more threads than any machine has: how much memory the command takes at most. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import { MAX_CELLS_IN_ALL } from '../../src/ledger/cells.js';
import { MAX_VCPUS } from '../../src/ledger/roster.js';
import { vmtoll } from '../support/cli.js';

const MIB = 2 ** 20;
/** Above what a small text takes, MiB. */
const MOST = 256;
/** All rows that an explanation can have, with their JSON in one piece. */
const MOST_ROWS = 1536;

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Run in the process that is measured: writes down the most memory that it had, in KiB. */
const WITNESS = `import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS)));`;

function explainText(lines: readonly string[], args: readonly string[]): { peak: number; stdout: string } {
  const [text, peakFile, witness] = ['trace.txt', 'peak', 'witness.mjs'].map((name) => join(folder, name));
  writeFileSync(text, `# tracer: nop\n#\n${lines.join('\n')}\n`);
  writeFileSync(witness, WITNESS);
  const env = { PEAK_FILE: peakFile, NODE_OPTIONS: `--import=${witness}` };
  const { code, stdout, stderr } = vmtoll(['explain', text, ...args], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return { peak: Number(readFileSync(peakFile, 'utf8')) * 1024, stdout };
}

/** Event `number`, in microseconds since 100 s. */
const line = (number: number, thread: number, event: string): string =>
  ` CPU 0/KVM-${thread} [00${number % 8}] d..1. ${(100 + number / 1e6).toFixed(6)}: ${event}`;
const entry = (number: number, thread: number) => line(number, thread, 'kvm_entry: vcpu 0, rip 0xffffffff81000000');
const exit = (number: number, thread: number, what: number) =>
  line(number, thread, `kvm_exit: reason 0x${what.toString(16)} rip 0xffffffff81000000 info 0 0`);
const pio = (number: number, thread: number, port: number) =>
  line(number, thread, `kvm_pio: pio_write at 0x${port.toString(16)} size 1 count 1 val 0x0`);
const switches = (number: number, thread: number) =>
  line(
    number,
    thread,
    `sched_switch: prev_comm=a${thread} prev_pid=${thread} prev_prio=120 prev_state=S ==> next_comm=b${thread} next_pid=${thread + 1} next_prio=120`,
  );

const listOf = (length: number, make: (index: number) => string): string[] =>
  Array.from({ length }, (_, index) => make(index));
const explanation = (stdout: string): Explanation => JSON.parse(stdout) as Explanation;

describe('memory', () => {
  let baseline: number;
  beforeAll(() => {
    baseline = explainText([entry(0, 10), exit(5, 10, 1), entry(9, 10)], ['--json']).peak;
  });

  const measured = (lines: readonly string[], args: readonly string[] = ['--json'], most = MOST): string => {
    const { peak, stdout } = explainText(lines, args);
    expect((peak - baseline) / MIB).toBeLessThan(most);
    return stdout;
  };

  test('60,000 vCPUs', () => {
    const lines = listOf(60_000, (i) => entry(i, 1000 + i));
    const { totals, quality } = explanation(measured(lines));
    expect(totals.vcpus).toBe(MAX_VCPUS);
    const [issue] = quality.issues.filter(({ code }) => code === 'too-many-vcpus');
    expect(issue).toMatchObject({ severity: 'warning', message: expect.stringMatching(/^55904 threads /) });
    expect(measured(lines, [])).toMatch(/55904 threads/);
  });

  test('60,000 vCPUs with an exit each', () => {
    const exits = listOf(60_000, (i) => exit(i, 1000 + i, 1));
    const { totals } = explanation(measured([...exits, ...listOf(60_000, (i) => entry(60_000 + i, 1000 + i))]));
    expect(totals).toMatchObject({ vcpus: MAX_VCPUS, exits: MAX_VCPUS });
  });

  test('300,000 threads', () => {
    const { totals } = explanation(measured([entry(0, 999), ...listOf(300_000, (i) => switches(i + 1, 1000 + i))]));
    expect(totals.vcpus).toBe(1);
  });

  test('8,192 pCPUs', () => {
    const lines = listOf(100_000, (i) => entry(i, 1000 + (i % 100)).replace(/\[\d+\]/, `[${i % 8192}]`));
    expect(explanation(measured(lines)).recording.pcpus).toBe(8192);
  });

  test('150,000 exits, each with a reason or a port of its own, of 4,000 vCPUs', () => {
    const lines = listOf(150_000, (i) => {
      const thread = 1000 + (i % 4000);
      return `${exit(3 * i, thread, i)}\n${pio(3 * i + 1, thread, i % 65_536)}\n${entry(3 * i + 2, thread)}`;
    });
    const { totals, exits, quality } = explanation(measured(lines, ['--json'], MOST_ROWS));
    expect(totals.exits).toBe(150_000);
    expect(exits.reduce((sum, { count }) => sum + count, 0)).toBe(150_000);
    expect(exits.length).toBeLessThan(MAX_CELLS_IN_ALL + 2 * MAX_VCPUS);
    expect(quality.issues.map(({ code }) => code)).toContain('too-many-details');
  });
});
