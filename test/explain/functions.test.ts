/** Functions that exits come from: against the addresses that trace-cmd prints, looked up one by one. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import type { GivenSymbols } from '../../src/explain/functions.js';
import type { FunctionTable } from '../../src/platform/symbols/function-table.js';
import { readSymbols } from '../../src/platform/symbols/reading.js';
import { textReport } from '../../src/report/text/index.js';
import { explainPaths, explanationOf, realRecordings, sumBy } from '../support/explained.js';
import { pathIn, runTool } from '../support/read-records.js';
import { type Scenario, scenario } from '../support/recordings.js';

/** Of the kernel that the guests of the recordings ran. */
const KALLSYMS = readFileSync('fixtures/guest-symbols/kallsyms-extract.txt', 'utf8');

async function tableOf(text: string, source = 'kallsyms'): Promise<FunctionTable> {
  const read = await readSymbols(new MemorySource(new TextEncoder().encode(text), source));
  if (!read.ok) throw new Error(read.issue.message);
  return read.value;
}

/** The kernel of the recordings, as if it had been moved by so much when the symbols were written down. */
const movedBy = (by: bigint) =>
  KALLSYMS.replaceAll(/^[0-9a-f]{16}/gm, (address) => (BigInt(`0x${address}`) + by).toString(16).padStart(16, '0'));

const symbols: readonly GivenSymbols[] = [{ table: await tableOf(KALLSYMS) }];

/** Exits by function, from printed lines and the lines of the list. Addresses of user space have none. */
function printedCounts(trace: Scenario): Record<string, number> {
  const lines = KALLSYMS.trimEnd()
    .split('\n')
    .map((line) => line.split(/[ \t]+/));
  const counts: Record<string, number> = {};
  const text = runTool('trace-cmd', ['report', '-F', 'kvm_exit', pathIn(trace, 'trace.dat')]);
  for (const [, address] of text.matchAll(/ kvm_exit: .* rip 0x([0-9a-f]+)/g)) {
    // All have 16 digits where it matters, so they compare as texts do.
    const before = lines.filter(([start]) => address.length === 16 && start <= address).at(-1);
    const own = lines.filter(([start]) => start === before?.[0]);
    const name = own.find(([, type]) => /[tTwW]/.test(type))?.[2];
    if (name !== undefined && address < lines.at(-1)![0]) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const traces = realRecordings(['trace.dat']).filter(({ name }) => /\/(?:m-mixed|b1-|e-timer\/|f1-|c1-)/.test(name));

describe.each(traces)('$name', ({ scenario: trace, file }) => {
  test('each function has as many exits as the addresses that trace-cmd prints', async () => {
    const { functions, symbols: use } = await explanationOf(trace, file, { symbols });
    const named = functions.filter((row) => row.function !== null);
    expect(
      sumBy(
        named,
        (row) => row.function!,
        ({ count }) => count,
      ),
    ).toEqual(printedCounts(trace));
    expect(use).toEqual([
      expect.objectContaining({ machine: 'vm1', offset: '0x0', offsetFrom: 'found', confidence: 'certain' }),
    ]);
  });
});

describe.each(realRecordings())('$name', ({ scenario: from, file }) => {
  test('functions have all exits and all of their delay, and change nothing else', async () => {
    const plain = await explanationOf(from, file);
    const explanation = await explanationOf(from, file, { symbols });
    const keyOf = (row: { machine: string; vcpu: number; cause: string; reason: string; detail: string | null }) =>
      JSON.stringify([row.machine, row.vcpu, row.cause, row.reason, row.detail]);
    const guests = explanation.exits.filter(({ cause }) => cause !== 'vm-control');
    const { functions } = explanation;
    expect(sumBy(functions, keyOf, ({ count }) => count)).toEqual(sumBy(guests, keyOf, ({ count }) => count));
    expect(sumBy(functions, keyOf, ({ guestDelayNs }) => guestDelayNs)).toEqual(
      sumBy(guests, keyOf, ({ guestDelayNs }) => guestDelayNs),
    );
    expect(explanation.exits).toEqual(plain.exits);
    expect(plain.functions).toEqual([]);
  });
});

describe('a kernel that was moved', () => {
  const mixed = pathIn(scenario('m-mixed', 'trace.dat'), 'trace.dat');
  const explained = (given: readonly GivenSymbols[]) => explainPaths([mixed], { symbols: given });

  test('is found, and its functions have the same names', async () => {
    const table = await tableOf(movedBy(-0x1a00_0000n));
    const { functions, symbols: use, worst, quality } = await explained([{ table }]);
    const unmoved = await explained(symbols);
    expect(use[0]).toMatchObject({ offset: '0x1a000000', confidence: 'certain' });
    const ofKernel = functions.filter((row) => row.function !== null);
    expect(ofKernel).toEqual(unmoved.functions.filter((row) => row.function !== null && row.module === null));
    // Modules do not move with the kernel: where these were is not known then.
    expect(unmoved.functions.filter(({ module }) => module === 'e1000').length).toBeGreaterThan(0);
    expect(functions.filter(({ module }) => module !== null)).toEqual([]);
    expect(worst.filter(({ guestFunction }) => guestFunction !== null).length).toBeGreaterThan(5);
    expect(quality.issues.map(({ code }) => code)).not.toContain('symbols-do-not-fit');
  });

  test('an offset that is given is used, and said to be wrong where it is', async () => {
    const given = { table: symbols[0].table, offset: 0x20_0000n };
    const { symbols: use, quality } = await explained([given]);
    expect(use[0]).toMatchObject({ offset: '0x200000', offsetFrom: 'given', confidence: 'contradicted' });
    expect(quality.issues.map(({ code }) => code)).toContain('symbols-do-not-fit');
  });

  test('symbols that fit nowhere name nothing', async () => {
    const table = await tableOf(movedBy(0x1000n));
    const { functions, quality } = await explained([{ table }]);
    expect(functions.filter((row) => row.function !== null)).toEqual([]);
    expect(functions.length).toBeGreaterThan(10);
    expect(quality.issues.map(({ code }) => code)).toContain('symbols-do-not-fit');
  });

  test('the report has a table of functions, in which names are harmless', async () => {
    const hostile = KALLSYMS.replaceAll('native_write_msr', 'native\u001b[31m\u202ewrite');
    const text = textReport(await explained([{ table: await tableOf(hostile) }]));
    expect(text).toContain("Functions of the guests' kernels");
    expect(text).toContain('native\\u{1b}[31m\\u{202e}write');
    expect(text).toMatch(/kallsyms, not moved \(found, \w+\): [\d,]+ of [\d,]+ exits of known sorts/);
  });
});
