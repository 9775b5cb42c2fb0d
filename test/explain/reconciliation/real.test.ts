/**
 * The benchmarks that were recorded while they ran in a VM, against what other tools say of the same recordings and against
 * arithmetic on the files.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Reconciliation } from '../../../src/explain/reconciliation/reconciliation.js';
import { ACCOUNTS, GUEST_DELAY, sumOf } from '../../../src/ledger/accounts.js';
import { pathIn, runTool, textIn } from '../../support/read-records.js';
import { benchmarkFile, reconcileFile } from '../../support/reconciled.js';
import { type Scenario, scenariosWith } from '../../support/recordings.js';
import { vcpuThreads } from '../../support/witnesses.js';

const FILES = 'fixtures/benchmarks/native-vs-vm';
const NAMES = ['cpuid', 'fault', 'chase', 'getpid', 'pipe01', 'sleep'] as const;
type Name = (typeof NAMES)[number];

interface Line {
  readonly bench: string;
  readonly n: number;
  readonly reps: readonly number[];
}

const linesOf = (path: string): Line[] =>
  readFileSync(`${FILES}/${path}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const samplesOf = (name: Name): Line => linesOf(`rec/${name}/samples.jsonl`)[0];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** ns per operation: of each run the mean. */
function runsOf(path: string, bench: string): number[] {
  return linesOf(path).flatMap((line) => (line.bench === bench ? [mean(line.reps) / line.n] : []));
}

const native = [benchmarkFile(readFileSync(`${FILES}/native/kbench.jsonl`, 'utf8'))];
const unrecorded = [benchmarkFile(readFileSync(`${FILES}/vm/kbench.jsonl`, 'utf8'))];
const vmOf = (name: Name) => [benchmarkFile(readFileSync(`${FILES}/rec/${name}/samples.jsonl`, 'utf8'))];

interface Recorded {
  readonly name: Name;
  readonly file: string;
  readonly scenario: Scenario;
}

const recordings: Recorded[] = ['trace.dat', 'perf-kvm.data'].flatMap((file) =>
  scenariosWith(file).flatMap((scenario) => {
    const name = NAMES.find((each) => scenario.folder.endsWith(`native-vs-vm/rec/${each}`));
    return name === undefined ? [] : [{ name, file, scenario }];
  }),
);

const reconciled = new Map<string, Promise<Reconciliation>>();

/** Each recording once. */
function reconciliationOf({ name, file, scenario }: Recorded): Promise<Reconciliation> {
  const path = pathIn(scenario, file);
  const known = reconciled.get(path) ?? reconcileFile(path, { native, vm: vmOf(name), unrecorded });
  reconciled.set(path, known);
  return known;
}

const find = (name: Name, file: string): Recorded => {
  const found = recordings.find((each) => each.name === name && each.file === file);
  if (found === undefined) throw new Error(`no ${file} of ${name}`);
  return found;
};

test('there is one of each', () => {
  for (const name of NAMES) find(name, 'perf-kvm.data');
  find('cpuid', 'trace.dat');
});

describe.each(recordings.map((each) => [`${each.scenario.name}/${each.file}`, each] as const))('%s', (_, recorded) => {
  const { bench, n, reps } = samplesOf(recorded.name);

  test('costs are those of the files', async () => {
    const { perOperation, window, operations, recordingCost } = await reconciliationOf(recorded);
    const [ofNative, ofVm] = [mean(runsOf('native/kbench.jsonl', bench)), mean(reps) / n];
    expect(perOperation.nativeNs.value).toBeCloseTo(ofNative, 6);
    expect(perOperation.vmNs.value).toBeCloseTo(ofVm, 6);
    expect(perOperation.lostNs.value).toBeCloseTo(ofVm - ofNative, 6);
    expect(recordingCost.measuredNs!.value).toBeCloseTo(ofVm - mean(runsOf('vm/kbench.jsonl', bench)), 6);
    expect(window).toMatchObject({ basis: 'busiest-stretch', sameRun: true });
    expect(window.repetitionsNs).toBe(reps.reduce((sum, value) => sum + value, 0));
    expect(window.durationNs).toBe(window.repetitionsNs);
    expect(window.awakeNs).toBeGreaterThan(window.durationNs);
    expect(operations).toBeCloseTo(n * reps.length, 6);
  });

  test('the books balance: an operation has all its time in the ledger', async () => {
    const { perOperation, causes, vcpus, switches, coverage } = await reconciliationOf(recorded);
    const { ledgerNs, eventsNs, explainedNs, restNs, lostNs, vmNs, switchesNs } = perOperation;
    const counted = vcpus.filter((vcpu) => vcpu.counted).length;
    expect(sumOf(ledgerNs, ACCOUNTS) / counted / vmNs.value).toBeCloseTo(1, 6);
    expect(sumOf(ledgerNs, GUEST_DELAY) / eventsNs.value).toBeCloseTo(1, 9);
    expect(causes.reduce((sum, { ns }) => sum + ns, 0) / eventsNs.value).toBeCloseTo(1, 9);
    expect(switchesNs).toBeCloseTo(switches.count * switches.shortestStayNs!, 6);
    expect((eventsNs.value + switchesNs!) / explainedNs.value).toBeCloseTo(1, 9);
    expect(explainedNs.value + restNs.value).toBeCloseTo(lostNs.value, 6);
    if (coverage.explained !== null) {
      expect(coverage.explained.value).toBeCloseTo(explainedNs.value / lostNs.value, 9);
      expect(coverage.events!.value).toBeCloseTo(eventsNs.value / lostNs.value, 9);
    }
  });

  test('coverage has an interval where something was lost, and is not told where nothing was', async () => {
    const { outcome, coverage, perOperation } = await reconciliationOf(recorded);
    const { low, high } = perOperation.lostNs;
    const lost = ['cpuid', 'pipe01', 'sleep'].includes(recorded.name);
    expect(outcome).toBe(lost ? 'lost' : 'not-significant');
    if (!lost) {
      expect(coverage).toEqual({ events: null, explained: null });
      expect([low! < 0, high! > 0]).toEqual([true, true]);
      return;
    }
    expect(low).toBeGreaterThan(0);
    for (const share of [coverage.events!, coverage.explained!]) {
      expect(share.low!).toBeLessThan(share.value);
      expect(share.high!).toBeGreaterThan(share.value);
    }
  });
});

describe.each(recordings.filter(({ name }) => name === 'cpuid').map((each) => [each.file, each] as const))(
  'CPUID, %s',
  (file, recorded) => {
    test('more than 80 % is explained, most of it by the exits of CPUID and their world switches', async () => {
      const { coverage, causes, switches, vcpus } = await reconciliationOf(recorded);
      expect(coverage.explained!.low).toBeGreaterThan(0.8);
      expect(coverage.explained!.high).toBeLessThan(1);
      expect(coverage.events!.value).toBeLessThan(0.5);
      expect(causes[0].cause).toBe('cpuid');
      // One an operation, but for two of a hundred by which the window may be off.
      expect(Math.abs(causes[0].exits - 1)).toBeLessThan(0.02);
      expect(switches.count).toBeGreaterThan(causes[0].exits);
      expect(vcpus.map(({ counted }) => counted)).toEqual([true, false]);
      expect(file).toMatch(/trace\.dat|perf-kvm\.data/);
    });
  },
);

interface Stay {
  readonly entry: number;
  readonly exit: number;
  readonly reason: string;
  readonly address: string;
}

/** What trace-cmd prints of one thread: the stays in the guest, ns on the recorder's clock. */
function staysOf(report: string, thread: number): Stay[] {
  const stays: Stay[] = [];
  let entry = Number.NaN;
  for (const [, tid, seconds, ns, event, text] of report.matchAll(
    /^.{16}-(\d+) +\[\d+\] +(\d+)\.(\d{9}): (kvm_entry|kvm_exit): +(.*)$/gm,
  )) {
    if (Number(tid) !== thread) continue;
    const time = Number(seconds) * 1e9 + Number(ns);
    if (event === 'kvm_entry') entry = time;
    const [, reason, address] = /^reason (\w+) rip (\w+)/.exec(text) ?? [];
    if (reason !== undefined) stays.push({ entry, exit: time, reason, address });
  }
  return stays;
}

describe('the CPUID benchmark by other tools', () => {
  const { n, reps } = samplesOf('cpuid');
  const operations = n * reps.length;
  const vmNs = mean(reps) / n;
  const lostNs = vmNs - mean(runsOf('native/kbench.jsonl', 'cpuid'));

  test('trace-cmd report: events and shortest stays of the 6,000 exits of the benchmark itself', async () => {
    const recorded = find('cpuid', 'trace.dat');
    const report = runTool('trace-cmd', ['report', '-t', '-i', pathIn(recorded.scenario, recorded.file)]);
    const thread = vcpuThreads(recorded.scenario).get(0)!;
    const stays = staysOf(report, thread);
    // The benchmark's loop is the one place where CPUID was executed that often.
    const counts = new Map<string, number>();
    for (const { address } of stays) counts.set(address, (counts.get(address) ?? 0) + 1);
    const [place, times] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
    expect(times).toBeGreaterThanOrEqual(operations);
    const first = stays.findIndex(({ address }) => address === place);
    const last = stays.findLastIndex(({ address }) => address === place);
    // Exit to next entry of every exit from the first of them to the last.
    let handled = 0;
    for (let index = first; index <= last; index++) handled += stays[index + 1].entry - stays[index].exit;
    const lengths = staysOf(report, thread)
      .map(({ entry, exit }) => exit - entry)
      .filter((length) => length > 0)
      .sort((a, b) => a - b);
    const shortest = lengths[Math.ceil(lengths.length / 1000) - 1];

    const { perOperation, coverage, switches } = await reconciliationOf(recorded);
    expect(perOperation.eventsNs.value / (handled / operations)).toBeCloseTo(1, 1);
    expect(switches.shortestStayNs! / shortest).toBeCloseTo(1, 1);
    expect(Math.abs(coverage.events!.value - handled / operations / lostNs)).toBeLessThan(0.02);
    const exits = (last - first + 1) / operations;
    expect(Math.abs(coverage.explained!.value - (handled / operations + exits * shortest) / lostNs)).toBeLessThan(0.02);
  });

  test('perf kvm stat: its time for CPUID, per exit', async () => {
    const recorded = find('cpuid', 'perf-kvm.data');
    const table = textIn(recorded.scenario, 'perf-kvm-stat-vmexit.txt');
    const [, average] = /^ *cpuid +\d+ .* ([\d.]+)us \( \+-/m.exec(table)!;
    const { causes } = await reconciliationOf(recorded);
    const cpuid = causes.find(({ cause }) => cause === 'cpuid')!;
    expect(Math.abs(cpuid.ns / cpuid.exits / (Number(average) * 1000) - 1)).toBeLessThan(0.02);
  });
});
