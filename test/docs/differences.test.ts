/** docs/differences-to-perf.md: perf's time of an exit reason is the sum of our accounts, and the document's numbers. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Explanation, OutsideGuest } from '../../src/explain/explanation.js';
import { perfData } from '../../src/formats/perf-data/index.js';
import { openFile } from '../../src/node/file-source.js';
import { type ExitLengths, exitLengths } from '../support/exit-lengths.js';
import { bundledRecordings, explanationOf, type RealRecording, realRecordings, sumBy } from '../support/explained.js';
import { readMarkdown, table } from '../support/markdown.js';
import { pathIn, readRecords, textIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

type Account = keyof OutsideGuest;
const SUMMED: readonly Account[] = ['hypervisor', 'vmm', 'interrupt', 'poll', 'idle', 'blocked', 'wakeup', 'preempted'];

interface PerfRow {
  readonly samples: number;
  readonly meanUs: number;
}

interface PerfReport {
  readonly text: string;
  readonly rows: ReadonlyMap<string, PerfRow>;
  readonly samples: number;
  readonly totalUs: number;
}

/** What `perf kvm stat report` prints. */
function perfReport(path: string): PerfReport {
  const { error, stdout, stderr } = spawnSync('perf', ['kvm', '-i', path, 'stat', 'report'], { encoding: 'utf8' });
  if (error) throw new Error(`perf 6.1 is needed for this test (Debian 12: apt-get install linux-perf): ${error}`);
  const text = `${stdout}${stderr}`;
  const rows = new Map<string, PerfRow>();
  const line = /^ *(\S+) +(\d+) +[\d.]+% +[\d.]+% +[\d.]+us +[\d.]+us +([\d.]+)us \( \+-/gm;
  for (const [, name, samples, mean] of text.matchAll(line)) {
    rows.set(name, { samples: Number(samples), meanUs: Number(mean) });
  }
  const sums = /Total Samples:(\d+), Total events handled time:([\d.]+)us/.exec(text);
  if (sums === null) throw new Error(`perf printed no table: ${text}`);
  return { text, rows, samples: Number(sums[1]), totalUs: Number(sums[2]) };
}

/** A vCPU between its first and its last recorded entry: what perf times, all of it. */
interface Compared {
  readonly lengths: ExitLengths;
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
  for (const [thread, found] of exitLengths(rows)) {
    const machine = machines.find(({ vcpus }) => vcpus.some((vcpu) => vcpu.thread === thread))!;
    const vcpu = machine.vcpus.find((candidate) => candidate.thread === thread)!;
    const explanation = await explanationOf(scenario, file, {
      machine: machine.id,
      vcpu: vcpu.id,
      fromNs: found.firstEntry - firstNs,
      toNs: found.lastEntry - firstNs,
    });
    vcpus.push({ lengths: found, explanation });
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
    for (const { lengths, explanation } of vcpus) {
      for (const [name, ns] of Object.entries(named(lengths.handled, explanation))) ours[name] = (ours[name] ?? 0) + ns;
    }
    const perf = perfReport(pathIn(recording.scenario, recording.file));
    expect(perf.rows.size).toBeGreaterThan(0);
    for (const [name, { samples, meanUs }] of perf.rows) {
      // perf rounds the mean to 0.01 µs.
      expect(Math.abs(ours[name] / samples / 1000 - meanUs), name).toBeLessThanOrEqual(0.005001);
    }
    expect(Math.abs(total(Object.values(ours)) / 1000 - perf.totalUs)).toBeLessThanOrEqual(0.005001);
  });

  test('they are our accounts, less the interrupts before the exit, to the nanosecond', async () => {
    const { lostEvents, vcpus } = await compare(recording);
    for (const { lengths, explanation } of vcpus) {
      if (!isComplete(explanation)) throw new Error(`${recording.name} lacks events that the accounts need`);
      const ours = sumBy(
        explanation.exits,
        (row) => row.reason,
        (row) => sumOfAccounts(row.ledgerNs),
      );
      const handled = named(lengths.handled, explanation);
      const before = named(lengths.beforeExit, explanation);
      const { unknown } = explanation.totals.ledgerNs;
      const expected = total(lengths.handled.values()) + total(lengths.beforeExit.values());
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
  const mixed = bundledRecordings(['perf.data']).find(({ name }) => name === 'fixtures/kvm-x86/m-mixed/perf.data')!;
  const report = (file: string): PerfReport => perfReport(pathIn(mixed.scenario, file));
  const count = (value: number): string => value.toLocaleString('en-US');
  /** Nanoseconds as microseconds. */
  const us = (ns: number): string =>
    ns === 0 ? '·' : (ns / 1000).toLocaleString('en-US', { minimumFractionDigits: 3, maximumFractionDigits: 3 });

  test("shows perf's table as perf prints it", () => {
    const { text, samples, totalUs } = report('perf.data');
    const lines = text.split('\n').filter((line) => /^ +\S+ +\d+ +[\d.]+%/.test(line));
    expect(lines.length).toBe(9);
    const shown = readFileSync('docs/differences-to-perf.md', 'utf8');
    expect(shown).toContain(lines.join('\n'));
    expect(shown).toContain(`Total Samples:${samples}, Total events handled time:${totalUs}us.`);
  });

  test('shows our rows of today', async () => {
    const { explanation } = (await compare(mixed)).vcpus[0];
    const { fromNs, toNs } = explanation.recording;
    expect(document).toContain(`vmtoll explain perf.data --from ${fromNs}ns --to ${toNs}ns --by reason --json`);
    const rows = explanation.groups.reason.map(({ key, count: exits, ledgerNs }) => [
      key,
      count(exits),
      ...SUMMED.map((account) => us(ledgerNs[account])),
    ]);
    expect(document).toContain(table(['cause: reason', 'exits', ...SUMMED.map((account) => `\`${account}\``)], rows));
  });

  test("shows perf's rows beside the sums of ours", async () => {
    const { lengths, explanation } = (await compare(mixed)).vcpus[0];
    const perf = report('perf.data');
    const before = named(lengths.beforeExit, explanation);
    const ours = sumBy(
      explanation.exits,
      (row) => row.reason,
      (row) => sumOfAccounts(row.ledgerNs),
    );
    const rows = [...perf.rows].map(([name, { samples, meanUs }]) => {
      const rest = ours[name] - before[name];
      const mean = (rest / samples / 1000).toFixed(2);
      return [name, count(samples), meanUs.toFixed(2), us(ours[name]), us(before[name]), us(rest), mean];
    });
    const [all, early] = [ours, before].map((sums) => total(Object.values(sums)));
    rows.push(['all', count(perf.samples), '', us(all), us(early), us(all - early), '']);
    const heading = "reason|samples|perf's mean|our accounts|less interrupts before the exit|leaves|by sample";
    expect(document).toContain(table(heading.split('|'), rows));
  });

  test('shows what three recorders of the same exits say', async () => {
    const { rows: fromPerf, samples } = report('perf.data');
    const { rows: fromPerfKvm } = report('perf-kvm.data');
    const { exits, totals } = await explanationOf(mixed.scenario, 'trace.dat');
    expect(totals.exits).toBe(samples + 1);
    const meanUs = (name: string): number => {
      const own = exits.filter((row) => row.reason === name);
      return total(own.map((row) => row.totalNs)) / total(own.map((row) => row.timed)) / 1000;
    };
    const rows = [...fromPerf].map(([name, perf]) => {
      const means = [fromPerfKvm.get(name)!.meanUs, perf.meanUs, meanUs(name)];
      return [name, count(perf.samples), ...means.map((mean) => mean.toFixed(2))];
    });
    expect(document).toContain(table(['reason', 'timed', 'perf-kvm.data', 'perf.data', 'trace.dat'], rows));
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
});

test('the example from arm64: what perf printed is the time in the guest, and the exits cost what the table says', async () => {
  const document = readMarkdown('docs/differences-to-perf.md');
  const found = scenario('uartflood', 'perf-kvm.data', 'kvm-arm64')!;
  const printed = textIn(found, 'perf-kvm-stat.txt')
    .split('\n')
    .filter((line) => /\S/.test(line) && !line.startsWith('Analyze'));
  for (const line of printed)
    expect(document.replaceAll(/ +/g, ' '), line).toContain(line.trim().replaceAll(/ +/g, ' '));
  const { machines, exits } = await explanationOf(found, 'perf-kvm.data');
  const { ledgerNs } = machines[0].vcpus[0];
  const us = (ns: number): string => (ns / 1000).toLocaleString('en-US', { minimumFractionDigits: 3 });
  expect(document).toContain(`${us(ledgerNs.guest)} µs`);
  expect(document).toContain(`${us(ledgerNs.hypervisor)} µs`);
  const rows = [...sumRows(exits)].map(
    ([reason, { count, timed, totalNs }]) =>
      `|${reason}|${count.toLocaleString('en-US')}|${timed.toLocaleString('en-US')}|${perfMeanOf(printed, reason)}|${(totalNs / timed / 1000).toFixed(2)}|`,
  );
  for (const row of rows) expect(document).toContain(row);
  expect(rows.length).toBe(3);
});

const perfMeanOf = (lines: readonly string[], reason: string): string =>
  lines.flatMap((line) => new RegExp(`^ *${reason} .*us +([\\d.]+)us \\(`).exec(line)?.[1] ?? [])[0];

function sumRows(exits: Explanation['exits']): Map<string, { count: number; timed: number; totalNs: number }> {
  const sums = new Map<string, { count: number; timed: number; totalNs: number }>();
  for (const { reason, count, timed, totalNs } of exits) {
    const sum = sums.get(reason) ?? { count: 0, timed: 0, totalNs: 0 };
    sums.set(reason, { count: sum.count + count, timed: sum.timed + timed, totalNs: sum.totalNs + totalNs });
  }
  return sums;
}
