/** docs/differences-to-perf.md: perf's time of an exit reason is the sum of our accounts, and the document's numbers. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Explanation, OutsideGuest } from '../../src/explain/explanation.js';
import { perfData } from '../../src/formats/perf-data/index.js';
import { openFile } from '../../src/node/file-source.js';
import { explanationOf, type RealRecording, realRecordings, sumBy } from '../support/explained.js';
import { readMarkdown, table } from '../support/markdown.js';
import { pathIn, type Row, readRecords } from '../support/read-records.js';

type Account = keyof OutsideGuest;
const SUMMED: readonly Account[] = ['hypervisor', 'vmm', 'interrupt', 'poll', 'idle', 'blocked', 'wakeup', 'preempted'];

interface PerfRow {
  readonly samples: number;
  readonly meanUs: number;
}

/** The table of `perf kvm stat report`, and the sum below it. */
function perfTable(path: string): { rows: Map<string, PerfRow>; samples: number; totalUs: number } {
  const { error, stdout, stderr } = spawnSync('perf', ['kvm', '-i', path, 'stat', 'report'], { encoding: 'utf8' });
  if (error) throw new Error(`perf 6.1 is needed for this test (Debian 12: apt-get install linux-perf): ${error}`);
  const rows = new Map<string, PerfRow>();
  const line = /^ *(\S+) +(\d+) +[\d.]+% +[\d.]+% +[\d.]+us +[\d.]+us +([\d.]+)us \( \+-/gm;
  for (const [, name, samples, mean] of `${stdout}${stderr}`.matchAll(line)) {
    rows.set(name, { samples: Number(samples), meanUs: Number(mean) });
  }
  const sums = /Total Samples:(\d+), Total events handled time:([\d.]+)us/.exec(`${stdout}${stderr}`);
  if (sums === null) throw new Error(`perf printed no table: ${stdout}${stderr}`);
  return { rows, samples: Number(sums[1]), totalUs: Number(sums[2]) };
}

/** One vCPU thread as the records alone show it, without the ledger. */
interface Walk {
  firstEntry: number;
  lastEntry: number;
  /** Lengths from exit to entry by exit reason (the raw code), ns. */
  readonly handled: Map<number, number>;
  /** Host interrupt handlers between an entry and the next exit, by the reason of that exit, ns. */
  readonly beforeExit: Map<number, number>;
}

interface WalkState extends Walk {
  exit: { readonly time: number; readonly reason: number } | undefined;
  depth: number;
  handlerSince: number;
  handlersNs: number;
}

const HANDLER =
  /^(?:irq_handler|softirq|local_timer|reschedule|call_function|call_function_single|irq_work)_(entry|exit)$/;

function walk(rows: readonly Row[]): Map<number, Walk> {
  const walks = new Map<number, WalkState>();
  for (const row of rows) {
    if (row.event === 'kvm_entry') enter(walks, row);
    const vcpu = walks.get(row.thread);
    if (vcpu === undefined) continue;
    if (row.event === 'kvm_exit') leave(vcpu, row);
    else if (vcpu.exit === undefined) countHandler(vcpu, row);
  }
  return walks;
}

const add = (sums: Map<number, number>, key: number, value: number) => sums.set(key, (sums.get(key) ?? 0) + value);

function enter(walks: Map<number, WalkState>, { thread, time }: Row): void {
  let vcpu = walks.get(thread);
  if (vcpu === undefined) {
    const none = { handled: new Map(), beforeExit: new Map() };
    vcpu = { ...none, firstEntry: time, lastEntry: time, exit: undefined, depth: 0, handlerSince: 0, handlersNs: 0 };
    walks.set(thread, vcpu);
  }
  if (vcpu.exit !== undefined) add(vcpu.handled, vcpu.exit.reason, time - vcpu.exit.time);
  vcpu.exit = undefined;
  vcpu.lastEntry = time;
  vcpu.depth = 0;
  vcpu.handlersNs = 0;
}

function leave(vcpu: WalkState, { time, fields }: Row): void {
  const reason = Number(fields['exit_reason']);
  if (vcpu.depth > 0) vcpu.handlersNs += time - vcpu.handlerSince;
  add(vcpu.beforeExit, reason, vcpu.handlersNs);
  vcpu.exit = { time, reason };
}

function countHandler(vcpu: WalkState, { event, time }: Row): void {
  const edge = HANDLER.exec(event)?.[1];
  if (edge === 'entry' && vcpu.depth++ === 0) vcpu.handlerSince = time;
  if (edge === 'exit' && --vcpu.depth === 0) vcpu.handlersNs += time - vcpu.handlerSince;
}

/** A vCPU between its first and its last recorded entry: what perf times, all of it. */
interface Compared {
  readonly walk: Walk;
  readonly explanation: Explanation;
}

interface Comparison {
  readonly lostEvents: number;
  readonly vcpus: readonly Compared[];
}

const compared = new Map<string, Promise<Comparison>>();

function compare(recording: RealRecording): Promise<Comparison> {
  let comparison = compared.get(recording.name);
  if (comparison === undefined) {
    comparison = compareAnew(recording);
    compared.set(recording.name, comparison);
  }
  return comparison;
}

async function compareAnew({ scenario, file }: RealRecording): Promise<Comparison> {
  const source = openFile(pathIn(scenario, file));
  if (!source.ok) throw new Error(source.issue.message);
  const { recording, rows } = await readRecords(perfData, source.value);
  source.value.close();
  const { firstNs, lostEvents } = recording.totals;
  const { machines } = await explanationOf(scenario, file);
  const vcpus: Compared[] = [];
  for (const [thread, found] of walk(rows)) {
    const machine = machines.find(({ vcpus }) => vcpus.some((vcpu) => vcpu.thread === thread))!;
    const vcpu = machine.vcpus.find((candidate) => candidate.thread === thread)!;
    const explanation = await explanationOf(scenario, file, {
      machine: machine.id,
      vcpu: vcpu.id,
      fromNs: found.firstEntry - firstNs,
      toNs: found.lastEntry - firstNs,
    });
    vcpus.push({ walk: found, explanation });
  }
  return { lostEvents, vcpus };
}

const sumOfAccounts = (ledgerNs: OutsideGuest): number => SUMMED.reduce((sum, account) => sum + ledgerNs[account], 0);
const total = (sums: Iterable<number>): number => [...sums].reduce((sum, value) => sum + value, 0);

/** By the name of the reason. */
function named(sums: ReadonlyMap<number, number>, { reasons }: Explanation): Record<string, number> {
  return Object.fromEntries(reasons.map(({ name, code }) => [name, sums.get(code) ?? 0]));
}

const isComplete = ({ quality }: Explanation): boolean => quality.upperBounds.length === 0;

const recordings = realRecordings(['perf.data']);

test('there are recordings with all classes of events and without loss', async () => {
  const { lostEvents, vcpus } = await compare(recordings.find(({ name }) => name.includes('m-mixed'))!);
  expect(lostEvents).toBe(0);
  expect(vcpus.map(({ explanation }) => isComplete(explanation))).toEqual([true]);
});

describe.each(recordings)('$name', (recording) => {
  test('the lengths from exit to entry are those that perf prints', async () => {
    const { vcpus } = await compare(recording);
    const ours: Record<string, number> = {};
    for (const { walk, explanation } of vcpus) {
      for (const [name, ns] of Object.entries(named(walk.handled, explanation))) ours[name] = (ours[name] ?? 0) + ns;
    }
    const perf = perfTable(pathIn(recording.scenario, recording.file));
    expect(perf.rows.size).toBeGreaterThan(0);
    for (const [name, { samples, meanUs }] of perf.rows) {
      // perf rounds the mean to 0.01 µs.
      expect(Math.abs(ours[name] / samples / 1000 - meanUs), name).toBeLessThanOrEqual(0.005001);
    }
    expect(Math.abs(total(Object.values(ours)) / 1000 - perf.totalUs)).toBeLessThanOrEqual(0.005001);
  });

  test('they are our accounts, less the interrupts before the exit, to the nanosecond', async () => {
    const { lostEvents, vcpus } = await compare(recording);
    for (const { walk, explanation } of vcpus) {
      if (!isComplete(explanation)) throw new Error(`${recording.name} lacks events that the accounts need`);
      const ours = sumBy(
        explanation.exits,
        (row) => row.reason,
        (row) => sumOfAccounts(row.ledgerNs),
      );
      const handled = named(walk.handled, explanation);
      const before = named(walk.beforeExit, explanation);
      const { unknown } = explanation.totals.ledgerNs;
      const expected = total(walk.handled.values()) + total(walk.beforeExit.values());
      const difference = expected - total(Object.values(ours));
      // Where events were lost, perf's time runs on and ours is unknown.
      if (lostEvents > 0) expect(Math.abs(difference)).toBeLessThanOrEqual(unknown);
      else expect(difference).toBe(unknown);
      if (unknown > 0) continue;
      expect(explanation.totals.keptOutNs).toBe(0);
      for (const { name } of explanation.reasons) expect(handled[name] + before[name], name).toBe(ours[name]);
    }
  });
});

/** When exits and entries happened, on the recorder's clock, ns. */
async function stampsOf(path: string): Promise<Record<'kvm_exit' | 'kvm_entry', bigint[]>> {
  const source = openFile(path);
  if (!source.ok) throw new Error(source.issue.message);
  const { recording, rows } = await readRecords(perfData, source.value);
  source.value.close();
  const of = (event: string) =>
    rows.filter((row) => row.event === event).map(({ time }) => recording.originNs + BigInt(time));
  return { kvm_exit: of('kvm_exit'), kvm_entry: of('kvm_entry') };
}

describe('the worked example', () => {
  const document = readMarkdown('docs/differences-to-perf.md');
  const mixed = recordings.find(({ name }) => name === 'fixtures/kvm-x86/m-mixed/perf.data')!;
  const count = (value: number): string => value.toLocaleString('en-US');
  const us = (ns: number): string =>
    (ns / 1000).toLocaleString('en-US', { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  const cells = (...values: string[]): string => `| ${values.join(' | ')} |`;

  test('shows our rows of today', async () => {
    const { explanation } = (await compare(mixed)).vcpus[0];
    const { fromNs, toNs } = explanation.recording;
    expect(document).toContain(`vmtoll explain perf.data --from ${fromNs}ns --to ${toNs}ns --by reason --json`);
    const shown: readonly Account[] = [
      'hypervisor',
      'vmm',
      'interrupt',
      'poll',
      'idle',
      'blocked',
      'wakeup',
      'preempted',
    ];
    const lines = explanation.groups.reason.map(({ key, count: exits, ledgerNs }) =>
      cells(key, count(exits), ...shown.map((account) => (ledgerNs[account] === 0 ? '·' : us(ledgerNs[account])))),
    );
    expect(document).toContain(
      [
        cells('cause: reason', 'exits', ...shown.map((account) => `\`${account}\``)),
        `|---|${'---:|'.repeat(9)}`,
        ...lines,
      ].join('\n'),
    );
  });

  test("shows perf's rows beside the sums of ours", async () => {
    const { walk, explanation } = (await compare(mixed)).vcpus[0];
    const perf = perfTable(pathIn(mixed.scenario, mixed.file));
    const [handled, before] = [named(walk.handled, explanation), named(walk.beforeExit, explanation)];
    const ours = sumBy(
      explanation.exits,
      (row) => row.reason,
      (row) => sumOfAccounts(row.ledgerNs),
    );
    const lines = [...perf.rows].map(([name, { samples, meanUs }]) => {
      const rest = ours[name] - before[name];
      expect(rest).toBe(handled[name]);
      return cells(
        name,
        count(samples),
        meanUs.toFixed(2),
        us(ours[name]),
        before[name] === 0 ? '·' : us(before[name]),
        us(rest),
        (rest / samples / 1000).toFixed(2),
      );
    });
    const all = total(Object.values(ours));
    const early = total(Object.values(before));
    lines.push(cells('all', count(perf.samples), '', us(all), us(early), us(all - early), ''));
    expect(document).toContain(
      [
        cells(
          'reason',
          'samples',
          "perf's mean",
          'our accounts',
          'less interrupts before the exit',
          'leaves',
          'by sample',
        ),
        `|---|${'---:|'.repeat(6)}`,
        ...lines,
      ].join('\n'),
    );
    expect(document).toContain(`Total Samples:${perf.samples}, Total events handled time:${perf.totalUs}us.`);
  });

  test('shows what three recorders of the same exits say', async () => {
    const [fromPerf, fromPerfKvm] = ['perf.data', 'perf-kvm.data'].map((file) =>
      perfTable(pathIn(mixed.scenario, file)),
    );
    const trace = await explanationOf(mixed.scenario, 'trace.dat');
    const counts = sumBy(
      trace.exits,
      (row) => row.reason,
      (row) => row.timed,
    );
    const lengths = sumBy(
      trace.exits,
      (row) => row.reason,
      (row) => row.totalNs,
    );
    const lines = [...fromPerf.rows].map(([name, { meanUs }]) =>
      cells(
        name,
        count(counts[name]),
        fromPerfKvm.rows.get(name)!.meanUs.toFixed(2),
        meanUs.toFixed(2),
        (lengths[name] / counts[name] / 1000).toFixed(2),
      ),
    );
    expect(document).toContain(
      [cells('reason', 'timed', 'perf-kvm.data', 'perf.data', 'trace.dat'), `|---|${'---:|'.repeat(4)}`, ...lines].join(
        '\n',
      ),
    );
    expect(trace.totals.exits).toBe(fromPerf.samples + 1);
  });

  test('shows how far apart two recorders stamp the same exit', async () => {
    const stamps = await Promise.all(
      ['perf.data', 'perf-kvm.data'].map((file) => stampsOf(pathIn(mixed.scenario, file))),
    );
    const offset = (event: 'kvm_exit' | 'kvm_entry'): string => {
      const [perf, perfKvm] = stamps.map((all) => all[event]);
      expect(perfKvm.length).toBe(perf.length);
      const differences = perf.map((ns, index) => Number(perfKvm[index] - ns)).sort((a, b) => a - b);
      return (differences[differences.length >> 1] / 1000).toFixed(2);
    };
    expect(document.replaceAll(/\s+/g, ' ')).toContain(
      `stamped an exit ${offset('kvm_exit')} µs after \`perf record\` did, but an entry only ${offset('kvm_entry')} µs after`,
    );
  });

  test("shows perf's table as perf prints it", () => {
    const { stdout, stderr } = spawnSync('perf', ['kvm', '-i', pathIn(mixed.scenario, mixed.file), 'stat', 'report'], {
      encoding: 'utf8',
    });
    const table = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => /^ +\S+ +\d+ +[\d.]+%/.test(line))
      .map((line) => line.trimEnd());
    expect(table.length).toBe(9);
    for (const line of table) expect(document).toContain(line);
  });
});
