/** Real results: the same programs run in a host and in a guest of it (six rounds of two repetitions, and other tools). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compare } from '../../../src/benchmarks/comparison/compare.js';
import type { Comparison, Pair } from '../../../src/benchmarks/comparison/comparison.js';
import { readSides } from '../../../src/node/benchmark-sides.js';
import { askR } from '../statistics/rscript.js';
import { pairOf } from './sides.js';

const recordings = process.env['VMTOLL_RECORDINGS'];
const FOLDERS = [
  'fixtures/benchmarks/native-vs-vm',
  ...(recordings === undefined ? [] : [join(recordings, 'kvm-x86/native-vs-vm')]),
].filter((folder) => existsSync(folder));

function comparisonOf(folder: string, skippedRepetitions = 0): Comparison {
  const sides = readSides({ native: [join(folder, 'native')], vm: [join(folder, 'vm')] });
  if (!sides.ok) throw new Error(sides.issue.message);
  return compare({ ...sides.value, options: { skippedRepetitions } });
}

const isPrimary = ({ role }: Pair): boolean => role === 'primary';
const slowdownsOf = ({ pairs }: Comparison, ...mechanisms: string[]): number[] =>
  pairs
    .filter(isPrimary)
    .flatMap(({ mechanism, slowdown }) => (mechanisms.includes(mechanism ?? '') ? [slowdown!] : []));

describe.each(FOLDERS)('%s', (folder) => {
  const comparison = comparisonOf(folder);

  it('shows the general rule: registers and devices are the worst, computation and memory not', () => {
    const [first, second] = comparison.pairs;
    expect([first.benchmark, second.benchmark]).toEqual(['cpuid', 'rdmsr']);
    expect([first.verdict, second.verdict]).toEqual(['slower', 'slower']);
    const asNative = slowdownsOf(comparison, 'computation', 'memory');
    expect(asNative).toHaveLength(6);
    expect(Math.max(...asNative)).toBeLessThan(1.6);
    expect(Math.max(...asNative)).toBeLessThan(
      Math.min(...slowdownsOf(comparison, 'privileged-register', 'disk', 'timer')),
    );
    expect(comparison.mechanisms.at(0)!.mechanism).toBe('computation');
    expect(comparison.mechanisms.at(-1)!.mechanism).toBe('privileged-register');
  });

  it('takes rounds as replicates, not the repetitions within them', () => {
    const nested = comparison.pairs.filter(({ method }) => method === 'hierarchical-bootstrap');
    expect(nested).toHaveLength(17);
    for (const { n } of nested) expect(n).toEqual([6, 6]);
    expect(pairOf(comparison, 'kbench true').n).toEqual([12, 12]);
  });

  it('has estimates and intervals like those of t tests, and the p and q of R', () => {
    const pairs = comparison.pairs.filter(({ slowdown }) => slowdown !== null);
    const logs = (values: readonly number[]) => values.map(Math.log);
    const answers = askR(
      `p <- c()
       for (at in seq(1, length(cases), 2)) {
         x <- cases[[at]]; y <- cases[[at + 1]]
         t <- t.test(y, x)
         # Exact where R can; with ties it cannot.
         p <- c(p, if (anyDuplicated(c(x, y))) NA else wilcox.test(y, x, exact = TRUE)$p.value)
         answer(c(mean(y) - mean(x), t$conf.int))
       }
       answer(ifelse(is.na(p), -1, p))`,
      pairs.flatMap(({ native, vm, better }) =>
        better === 'lower' ? [logs(native.values), logs(vm.values)] : [logs(vm.values), logs(native.values)],
      ),
    );
    const [ofR, ofP] = [answers.slice(0, -1), answers.at(-1)!];
    pairs.forEach((pair, index) => {
      if (ofP[index] >= 0) expect(pair.p, pair.benchmark).toBeCloseTo(ofP[index], 10);
      if (pair.method === 'hodges-lehmann') return;
      const [estimate, low, high] = ofR[index];
      expect(Math.log(pair.slowdown!)).toBeCloseTo(estimate, 10);
      const width = Math.log(pair.ciHigh! / pair.ciLow!) / (high - low);
      expect(width, pair.benchmark).toBeGreaterThan(0.8);
      expect(width, pair.benchmark).toBeLessThan(1.25);
    });
  });

  it('calls slower what is slower in every single run, and nothing of which hardly a run is out of the native range', () => {
    for (const { benchmark, native, vm, better, verdict } of comparison.pairs) {
      const isWorse = (value: number) => (better === 'lower' ? value > native.max : value < native.min);
      const share = vm.values.filter(isWorse).length / vm.values.length;
      if (share === 1) expect(verdict, benchmark).toBe('slower');
      if (share < 0.1) expect(verdict, benchmark).not.toBe('slower');
    }
  });

  it('lists what only one side has, and knows that the native side starts cold', () => {
    expect([...new Set(comparison.unpaired.map(({ side }) => side))]).toEqual(['native']);
    for (const { benchmark } of comparison.unpaired) expect(benchmark).toMatch(/^fio /);
    const { native, vm } = pairOf(comparison, 'cpuid');
    expect(native.firstRepetition).toBeGreaterThan(3);
    expect(vm.firstRepetition).toBeNull();
  });

  it('without the first repetitions shows the cost of an exit even more clearly', () => {
    const warm = comparisonOf(folder, 1);
    expect(pairOf(warm, 'cpuid').slowdown).toBeGreaterThan(2 * pairOf(comparison, 'cpuid').slowdown!);
    expect(pairOf(warm, 'cpuid').method).toBe('hodges-lehmann');
    expect(warm.pairs.slice(0, 2).map(({ benchmark }) => benchmark)).toEqual(['cpuid', 'rdmsr']);
  });
});
