/** Damaged results of every tool: whatever comes of them, the comparison and its texts hold. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compare } from '../../../src/benchmarks/comparison/compare.js';
import { readBenchmarks, sideOf } from '../../../src/benchmarks/reading.js';
import { Random } from '../../../src/benchmarks/statistics/random.js';
import { comparisonMarkdown } from '../../../src/report/markdown/comparison.js';
import { comparisonText } from '../../../src/report/text/comparison.js';
import { sample } from '../statistics/noise.js';

const FOLDER = 'fixtures/benchmarks/samples';
const FILES = readdirSync(FOLDER).filter((name) => /\.(?:json|txt|xml|yaml)$/.test(name));
const TIMES = 30;
/** What numbers become: nothing, everything, and what only looks like a number. */
const NUMBERS = ['0', '-1', '1e308', '1e-308', '1e999', 'nan', '""', 'null', '[]', '9'.repeat(400)];

function read(source: string, text: string) {
  const file = readBenchmarks({ source, text, sibling: () => undefined });
  return file.ok ? sideOf([file.value]) : undefined;
}

/** Some numbers replaced, some characters lost. */
function damaged(text: string, random: Random): string {
  const share = random.below(4) === 0 ? 2 : 40;
  const changed = text.replace(/-?\b\d+(?:\.\d+)?\b/g, (number) =>
    random.below(share) === 0 ? NUMBERS[random.below(NUMBERS.length)] : number,
  );
  const cut = random.below(3) === 0 ? random.below(changed.length) : changed.length;
  return changed.slice(0, cut);
}

/** Every number is finite or null: JSON has no others. */
function expectNumbers(value: unknown, path = ''): void {
  if (typeof value === 'number') expect(Number.isFinite(value), path).toBe(true);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inside] of Object.entries(value)) expectNumbers(inside, `${path}.${key}`);
}

describe.each(FILES)('%s', (name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');

  it('damaged on one side or both', () => {
    const random = Random.fromSeed(name.length);
    for (const broken of sample(TIMES, () => damaged(text, random))) {
      const [whole, other] = [read(name, text) ?? read(name, broken), read(name, broken)];
      if (whole === undefined || other === undefined) continue;
      for (const [native, vm] of [
        [whole, other],
        [other, whole],
        [other, other],
      ] as const) {
        const comparison = compare({ native, vm });
        expectNumbers(comparison);
        expect(comparisonText(comparison)).not.toMatch(/NaN|Infinity|undefined|\[object/);
        expect(comparisonMarkdown(comparison)).not.toMatch(/NaN|Infinity|undefined|\[object/);
        for (const { slowdown, ciLow, ciHigh, p, q } of comparison.pairs) {
          if (ciLow !== null) expect(ciLow <= slowdown! && slowdown! <= ciHigh!).toBe(true);
          if (p !== null) expect(p > 0 && p <= 1 && q! >= p && q! <= 1).toBe(true);
        }
      }
    }
  });
});
