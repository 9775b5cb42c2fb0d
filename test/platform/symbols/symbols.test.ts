/** Symbols of guests' kernels: text and ELF against nm, damaged files, and how far a kernel was moved. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../../../src/base/byte-source.js';
import type { FunctionTable } from '../../../src/platform/symbols/function-table.js';
import { type ExitOrigin, findKernelOffset } from '../../../src/platform/symbols/kernel-offset.js';
import { readSymbols } from '../../../src/platform/symbols/reading.js';

const KALLSYMS = readFileSync('fixtures/guest-symbols/kallsyms-extract.txt', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function tableOf(bytes: Uint8Array): Promise<FunctionTable> {
  const read = await readSymbols(new MemorySource(bytes, 'symbols'));
  if (!read.ok) throw new Error(read.issue.message);
  return read.value;
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  const read = await readSymbols(new MemorySource(bytes, 'symbols'));
  return read.ok ? 'fine' : read.issue.code;
}

const kernel = await tableOf(bytesOf(KALLSYMS));

describe('a list of symbols', () => {
  test('names the function from its first byte to the one before the next symbol', async () => {
    const table = await tableOf(
      bytesOf(`ffffffff81000100 T first
ffffffff81000180 t second.isra.0
ffffffff81000200 D data
ffffffff81000300 W third
ffffffffc0001000 t inside\t[a_module]
`),
    );
    const at = (address: bigint) => table.find(address)?.name;
    expect(at(0xffffffff810000ffn)).toBeUndefined();
    expect(at(0xffffffff81000100n)).toBe('first');
    expect(at(0xffffffff8100017fn)).toBe('first');
    expect(at(0xffffffff81000180n)).toBe('second.isra.0');
    expect(at(0xffffffff81000200n)).toBeUndefined();
    expect(table.find(0xffffffffc0001004n)).toEqual({ name: 'inside', module: 'a_module' });
    expect(table.functions).toBe(4);
  });

  test('whose addresses the kernel hid is refused, with the way to see them', async () => {
    const hidden = KALLSYMS.replaceAll(/^[0-9a-f]{16}/gm, '0000000000000000');
    expect(await codeOf(bytesOf(hidden))).toBe('hidden-symbols');
  });

  test.each(['', 'no symbols at all', '{"a": 1}', '\u0000\u0001'])('"%s" is none', async (text) => {
    expect(await codeOf(bytesOf(text))).toBe('no-symbols');
  });
});

describe('an ELF file', () => {
  const source = join(folder, 'some.c');
  const program = join(folder, 'some');
  writeFileSync(
    source,
    'static int twice(int n) { return 2 * n; }\nint main(int n, char **a) { return a[0][0] + twice(n); }\n',
  );
  execFileSync('cc', ['-O0', '-o', program, source]);
  const bytes = readFileSync(program);

  test('has the functions that nm prints', async () => {
    const table = await tableOf(bytes);
    const printed = [...execFileSync('nm', [program], { encoding: 'utf8' }).matchAll(/^([0-9a-f]{16}) [tT] (\S+)$/gm)];
    expect(printed.length).toBeGreaterThan(5);
    const names = new Map<string, string[]>();
    for (const [, address, name] of printed) names.set(address, [...(names.get(address) ?? []), name]);
    for (const [address, some] of names) expect(some).toContain(table.find(BigInt(`0x${address}`))?.name);
    expect(table.named(new Set(['twice'])).length).toBe(1);
  });

  test('without a table of symbols says so', async () => {
    const stripped = join(folder, 'stripped');
    execFileSync('objcopy', ['--strip-all', program, stripped]);
    expect(await codeOf(readFileSync(stripped))).toBe('no-symbols');
  });

  test('cut anywhere, or with bytes changed, is refused or read, and nothing else', async () => {
    for (let length = 0; length < bytes.length; length += 97) {
      const code = await codeOf(bytes.subarray(0, length));
      expect(['damaged-elf', 'no-symbols']).toContain(code);
    }
    const change = fc.record({
      at: fc.oneof(fc.nat(63), fc.integer({ min: bytes.length - 2500, max: bytes.length - 1 })),
      to: fc.nat(255),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const changed = Uint8Array.from(bytes);
        for (const { at, to } of changes) changed[at] = to;
        const codes = ['fine', 'damaged-elf', 'unsupported-elf', 'no-symbols', 'too-many-symbols'];
        expect(codes).toContain(await codeOf(changed));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a kernel that was moved when it booted', () => {
  /** Exits at addresses that a real guest had, not moved: reason by trace-cmd, see fixtures/README.md. */
  const ORIGINS: readonly ExitOrigin[] = [
    ['timer', 'native_write_msr', 487],
    ['halt', 'native_safe_halt', 161],
    ['device-port', 'io_serial_out', 315],
    ['interrupt', 'native_write_msr', 400],
  ].map(([cause, name, exits]) => {
    const [{ start }] = kernel.named(new Set([name as string]));
    return { cause: cause as ExitOrigin['cause'], address: start + 5n, exits: exits as number };
  });
  const moved = (by: bigint) => ORIGINS.map((origin) => ({ ...origin, address: origin.address + by }));
  const STEP = 0x20_0000n;

  test('by any multiple of 2 MiB, is found there', () => {
    fc.assert(
      fc.property(fc.integer({ min: -511, max: 511 }), (steps) => {
        const by = BigInt(steps) * STEP;
        const all = ORIGINS.reduce((sum, { cause, exits }) => sum + (cause === 'interrupt' ? 0 : exits), 0);
        expect(findKernelOffset(moved(by), kernel)).toEqual({
          offset: by,
          confidence: 'certain',
          knownExits: all,
          matchedExits: all,
        });
      }),
    );
  });

  test('one exit alone makes it likely; none leaves it open', () => {
    expect(findKernelOffset(moved(4n * STEP).slice(0, 1), kernel)).toMatchObject({
      offset: 4n * STEP,
      confidence: 'likely',
    });
    expect(findKernelOffset([], kernel)).toMatchObject({ offset: 0n, confidence: 'unverified' });
    const user = [{ cause: 'device-port', address: 0x40_1000n, exits: 9 }] as const;
    expect(findKernelOffset(user, kernel)).toMatchObject({ confidence: 'unverified' });
  });

  test('by no multiple of 2 MiB is another kernel: contradicted', () => {
    expect(findKernelOffset(moved(0x1000n), kernel)).toMatchObject({ confidence: 'contradicted' });
  });

  test('the symbols of another kernel do not pass for its own', async () => {
    // The same functions, somewhere else each: as in a kernel that was built anew.
    const lines = KALLSYMS.trimEnd().split('\n');
    let certain = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const shuffled = lines.map(
        (line, index) => line.slice(0, 17) + lines[(index * 7 + seed * 31) % lines.length].slice(17),
      );
      const { confidence } = findKernelOffset(ORIGINS, await tableOf(bytesOf(shuffled.join('\n'))));
      if (confidence === 'certain') certain++;
    }
    expect(certain).toBe(0);
  });
});
