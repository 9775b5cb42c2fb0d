/** Benchmarks of which every nanosecond is known: the reconciliation must find it, window and all. */
import { describe, expect, test } from 'vitest';
import type { Reconciliation } from '../../../src/explain/reconciliation/reconciliation.js';
import type { Recording } from '../../../src/recording/recording.js';
import { benchmarkFile, reconcileBytes } from '../../support/reconciled.js';
import { type Simulated, type SimulatedBenchmark, simulateBenchmark } from '../../support/simulated-benchmark.js';

const USUAL: SimulatedBenchmark = {
  seed: 1,
  repetitions: 8,
  operations: 400,
  guestNs: 500,
  switchNs: 900,
  handlingNs: 2600,
  vcpu: 0,
  vcpus: 2,
  beforeNs: 40_000_000,
  afterNs: 25_000_000,
};

const bytesOf = ({ text }: Simulated): Uint8Array => new TextEncoder().encode(text);

/** Runs of the native side around `guestNs`, whose mean is exactly that. */
function nativeOf({ guestNs, operations }: SimulatedBenchmark): string {
  return [-3, -1, 0, 1, 3]
    .map((percent) => JSON.stringify(line(operations, [operations * guestNs * (1 + percent / 100)])))
    .join('\n');
}

const line = (n: number, reps: readonly number[]) => ({ bench: 'op', unit: 'ns', n, reps });

const filesOf = (options: SimulatedBenchmark, { samples }: Simulated) => ({
  native: [benchmarkFile(nativeOf(options))],
  vm: [benchmarkFile(JSON.stringify(line(options.operations, samples)))],
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each<readonly [string, SimulatedBenchmark]>([
  ['as usual', USUAL],
  ['on the other vCPU', { ...USUAL, vcpu: 1 }],
  ['on one of four vCPUs', { ...USUAL, vcpu: 2, vcpus: 4 }],
  ['at the very start', { ...USUAL, beforeNs: 0, afterNs: 60_000_000 }],
  ['at the very end', { ...USUAL, beforeNs: 60_000_000, afterNs: 0 }],
  ['long and idle before and after', { ...USUAL, beforeNs: 90e9, afterNs: 60e9 }],
  ['slow exits', { ...USUAL, handlingNs: 40_000 }],
  ['slower guest code', { ...USUAL, slowerNs: 1700 }],
  ['mostly computation', { ...USUAL, guestNs: 200_000, operations: 100 }],
])('%s', (_, options) => {
  const simulated = simulateBenchmark(options);
  const { samples, operations, handledNs } = simulated;
  const [vmNs, handled] = [mean(samples) / options.operations, handledNs / operations];
  const lost = vmNs - options.guestNs;

  test('the window is found, and with it what an operation costs', async () => {
    const found = await reconcileBytes(bytesOf(simulated), filesOf(options, simulated));
    const { window, perOperation, switches, vcpus } = found;
    expect(window.basis).toBe('busiest-stretch');
    expect(window.sameRun).toBe(true);
    expect(window.durationNs).toBe(simulated.toNs - simulated.fromNs);
    // Up to two of a hundred.
    expect(Math.abs(window.fromNs - simulated.fromNs) / window.durationNs).toBeLessThan(0.02);
    expect(vcpus.filter(({ counted }) => counted)).toMatchObject([{ machine: 'vm1', vcpu: options.vcpu }]);
    expect(found.operations).toBeCloseTo(operations, 6);
    expect(perOperation.nativeNs.value).toBeCloseTo(options.guestNs, 6);
    expect(perOperation.vmNs.value).toBeCloseTo(vmNs, 6);
    expect(perOperation.lostNs.value).toBeCloseTo(lost, 6);
    expect(perOperation.eventsNs.value / handled).toBeCloseTo(1, 1);
    expect(switches.count).toBeCloseTo(1, 1);
    expect(switches.shortestStayNs! / options.switchNs).toBeCloseTo(1, 1);
  });

  test('coverage is the part that the simulation spent there, and the rest what it hid', async () => {
    const { coverage, outcome, perOperation } = await reconcileBytes(bytesOf(simulated), {
      ...filesOf(options, simulated),
      // The window as it really was: what is left is arithmetic.
      part: { fromNs: simulated.fromNs, toNs: simulated.toNs },
    });
    expect(perOperation.eventsNs.value).toBeCloseTo(handled, 6);
    expect(perOperation.ledgerNs.guest).toBeCloseTo(vmNs - handled, 6);
    if (options.guestNs > 10_000) {
      // 3 % of a long operation is more than its exit costs.
      expect([outcome, coverage.events]).toEqual(['not-significant', null]);
      return;
    }
    expect(outcome).toBe('lost');
    expect(coverage.events!.value).toBeCloseTo(handled / lost, 9);
    const hidden = options.slowerNs ?? 0;
    // The estimate of switches comes from a histogram.
    expect(coverage.explained!.value).toBeCloseTo((handled + options.switchNs) / lost, 1);
    expect(Math.abs(perOperation.restNs.value - hidden)).toBeLessThan(0.02 * options.switchNs);
    for (const share of [coverage.events!, coverage.explained!]) {
      expect(share.low!).toBeLessThan(share.value);
      expect(share.high!).toBeGreaterThan(share.value);
    }
  });
});

/** What is measured on the way, as codes. */
const codesOf = ({ remarks }: Reconciliation): string[] => remarks.map(({ code }) => code);

describe('where the window comes from', () => {
  const simulated = simulateBenchmark(USUAL);
  const files = filesOf(USUAL, simulated);
  const bytes = bytesOf(simulated);

  test('what cannot be read twice is taken as a whole, and that is said', async () => {
    const found = await reconcileBytes(bytes, { ...files, once: true });
    expect(found.window).toMatchObject({ basis: 'whole', fromNs: 0 });
    expect(codesOf(found)).toContain('window-longer');
    // Its operations are those of the files, not as many as would have had room.
    expect(found.operations).toBeCloseTo(simulated.operations, 6);
  });

  test('an interval that was asked for is taken as it is', async () => {
    const { fromNs, toNs } = simulated;
    const half = Math.round((toNs - fromNs) / 2);
    const found = await reconcileBytes(bytes, { ...files, part: { fromNs, toNs: fromNs + half } });
    expect(found.window).toMatchObject({ basis: 'asked', fromNs, durationNs: half, sameRun: true });
    expect(codesOf(found)).toContain('window-shorter');
    expect(found.operations / simulated.operations).toBeCloseTo(0.5, 3);
    expect(found.coverage.explained!.value).toBeCloseTo(1, 1);
  });

  test('results that are longer than the recording are of another time', async () => {
    const longer = simulated.samples.map((sample) => sample * 400);
    const vm = [benchmarkFile(JSON.stringify(line(USUAL.operations * 400, longer)))];
    const found = await reconcileBytes(bytes, { ...files, vm });
    expect(found.window).toMatchObject({ basis: 'busy-part', sameRun: false });
    expect(codesOf(found)).toContain('vm-of-another-time');
    expect(found.perOperation.lostNs.value).toBeCloseTo(mean(simulated.samples) / USUAL.operations - 500, 6);
  });

  test('between several runs other things may go on: the busy part', async () => {
    const [first, ...others] = simulated.samples;
    const vm = [
      benchmarkFile([[first], others].map((reps) => JSON.stringify(line(USUAL.operations, reps))).join('\n')),
    ];
    const found = await reconcileBytes(bytes, { ...files, vm });
    expect(found.window.basis).toBe('busy-part');
    expect(found.window.fromNs).toBeLessThanOrEqual(simulated.fromNs);
    expect(found.window.toNs).toBeGreaterThan(simulated.toNs - 0.03 * (simulated.toNs - simulated.fromNs));
  });

  test('without durations: the busy part', async () => {
    const perOperation = mean(simulated.samples) / USUAL.operations;
    const rates = [perOperation, perOperation].map((ns) => `{"bench":"op","unit":"op/s","value":${1e9 / ns}}`);
    const natively = [500, 490, 510].map((ns) => `{"bench":"op","unit":"op/s","value":${1e9 / ns}}`);
    const found = await reconcileBytes(bytes, {
      native: [benchmarkFile(natively.join('\n'))],
      vm: [benchmarkFile(rates.join('\n'))],
    });
    expect(found.window).toMatchObject({ basis: 'busy-part', repetitionsNs: null, sameRun: true });
    expect(found.perOperation.vmNs.value).toBeCloseTo(perOperation, 6);
  });

  describe("with the files' own times, on the clock of the day", () => {
    const clockStart = 1_764_000_000;
    const later = simulateBenchmark({ ...USUAL, clockStart });
    const ofDay = (recording: Recording): Recording =>
      new Proxy(recording, {
        get: (target, key) => {
          if (key === 'clock') return { ...target.clock, name: 'realtime' };
          const value: unknown = Reflect.get(target, key);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    const startedMs = (ns: number) => clockStart * 1000 + ns / 1e6;
    const run = (reps: readonly number[], ns: number) =>
      JSON.stringify({ ...line(USUAL.operations, reps), startedMs: startedMs(ns) });

    test('the window is where they say, and only the runs in it count', async () => {
      const vm = [benchmarkFile(`${run([1e12], -5e9)}\n${run(later.samples, later.fromNs)}`)];
      const found = await reconcileBytes(bytesOf(later), { ...files, vm }, ofDay);
      expect(found.window.basis).toBe('times');
      // Milliseconds with fractions, in a number that is about 2^40: to half a microsecond.
      expect(Math.abs(found.window.fromNs - later.fromNs)).toBeLessThan(1000);
      expect(Math.abs(found.window.toNs - later.toNs)).toBeLessThan(1000);
      expect(found.perOperation.vmNs.value).toBeCloseTo(mean(later.samples) / USUAL.operations, 6);
      expect(found.coverage.explained!.value).toBeCloseTo(1, 2);
    });

    test('times of another day mean another run', async () => {
      const vm = [benchmarkFile(run(later.samples, 86_400e9))];
      const found = await reconcileBytes(bytesOf(later), { ...files, vm }, ofDay);
      expect(found.window.sameRun).toBe(false);
    });
  });
});

describe('what is said beside the numbers', () => {
  const simulated = simulateBenchmark(USUAL);
  const files = filesOf(USUAL, simulated);
  const bytes = bytesOf(simulated);

  test('one native value tells nothing of how sure it is', async () => {
    const native = [benchmarkFile(JSON.stringify(line(1, [500])))];
    const found = await reconcileBytes(bytes, { ...files, native });
    expect(found.outcome).toBe('not-testable');
    expect(found.coverage.explained).toMatchObject({ low: null, high: null });
    expect(codesOf(found)).toContain('one-native-value');
  });

  test('the repetitions of one native run count, but not as runs', async () => {
    const native = [benchmarkFile(JSON.stringify(line(1, [490, 500, 510])))];
    const found = await reconcileBytes(bytes, { ...files, native });
    expect(found.outcome).toBe('lost');
    expect(codesOf(found)).toContain('one-native-run');
  });

  test('a VM that is faster lost nothing, and no share of nothing is told', async () => {
    const native = [benchmarkFile([8000, 8100, 8200].map((ns) => JSON.stringify(line(1, [ns]))).join('\n'))];
    const { outcome, coverage, perOperation } = await reconcileBytes(bytes, { ...files, native });
    expect([outcome, coverage]).toEqual(['gained', { events: null, explained: null }]);
    expect(perOperation.eventsNs.value).toBeGreaterThan(2000);
  });

  test('what runs without a recorder were faster is what recording cost', async () => {
    const faster = simulated.samples.map((sample) => sample - 100 * USUAL.operations);
    const unrecorded = [
      benchmarkFile(faster.map((sample) => JSON.stringify(line(USUAL.operations, [sample]))).join('\n')),
    ];
    const { recordingCost } = await reconcileBytes(bytes, { ...files, unrecorded });
    expect(recordingCost.measuredNs!.value).toBeCloseTo(100, 6);
    expect(recordingCost.events).toBeCloseTo(2, 1);
    expect(recordingCost.atMostNs! / recordingCost.closestNs!).toBeCloseTo(recordingCost.events, 9);
  });

  test('vCPUs that lose time at once explain more than was lost', async () => {
    // The same benchmark on both vCPUs: the files tell of one.
    const both = simulateBenchmark({ ...USUAL, vcpu: 1, seed: 2 });
    const linesOf = ({ text }: Simulated, thread: number) =>
      text.split('\n').filter((text) => text.includes(`/KVM-${thread} `));
    const merged = [...linesOf(simulated, 100), ...linesOf(both, 101)].sort((a, b) => timeOf(a) - timeOf(b));
    const found = await reconcileBytes(new TextEncoder().encode(`cpus=2\n${merged.join('\n')}\n`), files);
    expect(found.vcpus.map(({ counted }) => counted)).toEqual([true, true]);
    expect(found.coverage.explained!.value).toBeGreaterThan(1.5);
    expect(codesOf(found)).toEqual(expect.arrayContaining(['coverage-above-one', 'several-vcpus']));
    expect(found.remarks.find(({ code }) => code === 'coverage-above-one')!.message).toMatch(/several vCPUs/);
    // Told which vCPU it was, there is nothing to explain twice.
    const one = await reconcileBytes(new TextEncoder().encode(`cpus=2\n${merged.join('\n')}\n`), {
      ...files,
      part: { vcpu: 0 },
    });
    expect(one.coverage.explained!.value).toBeCloseTo(1, 1);
  });
});

const timeOf = (text: string): number => Number(/ (\d+\.\d+): /.exec(text)?.[1] ?? 0);
