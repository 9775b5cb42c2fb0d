/** Pairs of real recordings differ in what their scenarios differ in; a recording does not differ from itself. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/benchmarks/statistics/random.js';
import { difference, isSure } from '../../src/differences/compare.js';
import type { Difference, DifferenceRow, Side } from '../../src/differences/difference.js';
import { windowsOf } from '../../src/differences/windows.js';
import type { AccountName } from '../../src/ledger/accounts.js';
import { differenceText } from '../../src/report/text/difference.js';
import { type RealRecording, realRecordings } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { halvesOf, sideOf } from '../support/sides.js';

const recordings = realRecordings(['trace.dat']);
const nameOf = ({ scenario: { folder } }: RealRecording): string => folder.split('/').at(-1)!;

const mainRows = ({ rows }: Difference): DifferenceRow[] =>
  rows.filter(({ kind, vcpu }) => kind !== 'detail' && vcpu === null);
const rowOf = (outcome: Difference, name: string): DifferenceRow =>
  mainRows(outcome).find(({ account, cause }) => account === name || cause === name)!;
const firstScreen = (outcome: Difference): string => differenceText(outcome, { width: 100 }).split('\nAll rows')[0];

describe('pairs', () => {
  interface Pair {
    readonly before: string;
    readonly after: string;
    /** What their scenarios differ in. */
    readonly truth: (outcome: Difference) => void;
  }

  /** Nothing is better of which guests lose more, of their awake time or for what they do, and nothing worse of which less. */
  const agree = ({ rows }: Difference) => {
    const of = (verdict: string) => rows.filter((row) => row.verdict === verdict);
    const rises = ({ time, timePerGuest }: DifferenceRow) =>
      [time, timePerGuest].flatMap((change) => (change === null ? [] : Math.sign(change.after - change.before)));
    expect(of('better').filter((row) => rises(row).includes(1))).toEqual([]);
    expect(of('worse').filter((row) => rises(row).includes(-1))).toEqual([]);
  };

  const PAIRS: readonly Pair[] = [
    {
      before: 'b1-uart-flood',
      after: 'b2-virtio-console',
      truth: (outcome) => {
        const [first] = mainRows(outcome);
        expect([first.cause, first.verdict]).toEqual(['device-port', 'better']);
        expect(firstScreen(outcome)).toMatch(/Better\n.*\n +device-port, all \(largest part: port 0x3f8,/);
      },
    },
    {
      before: 'c1-ide-read',
      after: 'c2-virtio-blk-read',
      truth: (outcome) => {
        const [first] = mainRows(outcome);
        expect([first.cause, first.verdict]).toEqual(['device-port', 'better']);
        expect(rowOf(outcome, 'device-mmio').verdict).toBe('worse');
        expect(rowOf(outcome, 'vmm').verdict).toBe('better');
        expect(firstScreen(outcome)).toMatch(/Worse\n.*\n +device-mmio, all \(/);
      },
    },
    {
      before: 'e-timer',
      after: 'n-timer-nopoll',
      truth: (outcome) => {
        expect(rowOf(outcome, 'poll').verdict).toBe('gone');
        expect(rowOf(outcome, 'wakeup').verdict).toBe('worse');
        expect(mainRows(outcome).filter(isSure).length).toBeLessThan(6);
        expect(firstScreen(outcome)).toMatch(/Better\n.*\n +account poll .* 0 %/);
      },
    },
    {
      before: 'i1-overcommit-unpinned',
      after: 'i2-overcommit-pinned',
      truth: (outcome) => {
        // The same pCPUs for the same work: only the moves between them are gone.
        expect(rowOf(outcome, 'preempted').verdict).toBe('unclear');
        expect(outcome.placement.map(({ moves, pcpus }) => [moves.before > 0, moves.after, pcpus.after])).toEqual(
          [0, 1, 2, 3].map(() => [true, 0, 1]),
        );
        expect(firstScreen(outcome)).toMatch(/Moves of vCPUs.*\n +vCPU 0: .* on 2 pCPUs → 0 .* on 1 pCPU\n/);
      },
    },
    {
      before: 'f1-pingpong-pinned',
      after: 'f3-pingpong-stacked',
      truth: (outcome) => {
        // Both vCPUs on one pCPU: the guest got less done, with more IPIs for each part of it, which take less time each.
        const ipis = rowOf(outcome, 'interrupt-control');
        expect(ipis.time.after).toBeLessThan(ipis.time.before);
        expect(ipis.ratePerGuest!.after).toBeGreaterThan(2 * ipis.ratePerGuest!.before);
        expect(ipis.verdict).toBe('changed');
        expect(firstScreen(outcome)).toMatch(
          /Changed: .*\n(?:.*\n)*? +interrupt-control, all \(.* ×0\.21, exits ×2\.1\n/,
        );
        agree(outcome);
      },
    },
    {
      before: 'i2-overcommit-pinned',
      after: 'i3-overcommit-one-pcpu',
      truth: (outcome) => {
        // Less than half as many exits per second, and all of them together took more of the time.
        const exits = mainRows(outcome).find(({ cause }) => cause === 'interrupt')!;
        expect(exits.rate!.after).toBeLessThan(exits.rate!.before / 2);
        expect(exits.time.after).toBeGreaterThan(exits.time.before);
        expect(exits.verdict).toBe('changed');
        agree(outcome);
      },
    },
    {
      before: 'g2-first-touch-4k',
      after: 'g-first-touch',
      truth: (outcome) => {
        const [first] = mainRows(outcome);
        // Larger pages: far fewer faults, each of which clears as much more memory.
        expect([first.cause, first.verdict]).toEqual(['page-fault', 'changed']);
        expect(first.exits!.before).toBeGreaterThan(100 * first.exits!.after);
        expect(firstScreen(outcome)).toMatch(/Changed: .*\n.*\n +page-fault, all \(/);
      },
    },
  ];

  const there = PAIRS.filter(({ before, after }) => scenario(before, 'trace.dat') && scenario(after, 'trace.dat'));

  test('some are there', () => expect(there.length).toBeGreaterThan(0));

  test.each(there)('$before → $after', async ({ before, after, truth }) => {
    const sides = await Promise.all(
      [before, after].map((name) => sideOf(pathIn(scenario(name, 'trace.dat'), 'trace.dat'))),
    );
    truth(difference(sides[0], sides[1]));
  });
});

describe('halves', () => {
  /** What ran in them had phases, by truth.json; in getpid it was over after two thirds of the time in which the guest was let run. */
  const WITH_PHASES = ['g-first-touch', 'h3-portio', 'l1-mono-clock', 'm-mixed', 'f6-guest-trace', 'getpid'];

  test.each(recordings)('of $name: no sure difference where it is steady', async (recording) => {
    const path = pathIn(recording.scenario, recording.file);
    const whole = await sideOf(path);
    const { isSteady } = difference(whole, whole, { resamples: 199 }).before;
    if (!isSteady || WITH_PHASES.includes(nameOf(recording))) return;
    const [first, second] = await halvesOf(path);
    const outcome = difference(first, second);
    expect(outcome.rows.filter(isSure)).toEqual([]);
    expect(outcome.lost?.p ?? 1).toBeGreaterThan(outcome.method.level);
  });

  const twoPhases = recordings.filter((recording) => nameOf(recording) === 'h3-portio');
  test.each(twoPhases)('of $name are told apart', async (recording) => {
    // First it wrote to port 0x80, then it read from port 0x3fd.
    const [first, second] = await halvesOf(pathIn(recording.scenario, recording.file));
    const sure = difference(first, second).rows.filter((row) => isSure(row) && row.detail !== null);
    const directions = sure.map(({ detail, time }) => `${detail} ${time.after > time.before ? 'more' : 'less'}`);
    expect(directions).toEqual(
      expect.arrayContaining(['port 0x80, 1-byte write less', 'port 0x3fd, 1-byte read more']),
    );
  });

  test('enough of them are steady', async () => {
    let steady = 0;
    for (const recording of recordings) {
      const side = await sideOf(pathIn(recording.scenario, recording.file));
      if (difference(side, side, { resamples: 199 }).before.isSteady) steady++;
    }
    expect(steady).toBeGreaterThan(recordings.length / 4);
  });
});

test('a recording does not differ from itself', async () => {
  const side = await sideOf(pathIn(scenario('m-mixed', 'trace.dat'), 'trace.dat'));
  const { rows, findings, lost, issues } = difference(side, side);
  expect(rows.filter(isSure)).toEqual([]);
  expect(lost!.p).toBe(1);
  expect([findings.appeared, findings.gone]).toEqual([[], []]);
  expect(issues.map(({ code }) => code)).toContain('same-recording');
});

describe('what the recordings are of', () => {
  const codesOf = ([one, other]: readonly Side[]) => difference(one, other).issues.map(({ code }) => code);
  const x86 = pathIn(scenario('e-timer', 'trace.dat'), 'trace.dat');
  const arm64 = pathIn(scenario('x-idle', 'trace.dat', 'kvm-arm64'), 'trace.dat');

  test('two halves of one recording, and two recordings of one host, are neither the same nor of hosts that differ', async () => {
    const nopoll = pathIn(scenario('n-timer-nopoll', 'trace.dat'), 'trace.dat');
    for (const sides of [await halvesOf(x86), [await sideOf(x86), await sideOf(nopoll)]]) {
      const codes = codesOf(sides);
      expect(codes).not.toContain('same-recording');
      expect(codes).not.toContain('hosts-differ');
    }
  });

  test('an x86 host and an arm64 host differ, and the text says in what', async () => {
    const outcome = difference(await sideOf(x86), await sideOf(arm64));
    expect(outcome.issues[0]).toMatchObject({ code: 'hosts-differ', severity: 'warning' });
    const text = differenceText(outcome, { width: 1000 });
    expect(text).toMatch(/architecture x86_64 before, aarch64 after; kernel 6\.1\S+amd64 before, 6\.1\S+arm64 after/);
  });
});

describe('one run, recorded twice at the same time', () => {
  const of = (file: string) => sideOf(pathIn(scenario('m-mixed', file), file));

  test('does not differ', async () => {
    const { rows, lost } = difference(await of('trace.dat'), await of('perf.data'));
    expect(rows.filter(isSure)).toEqual([]);
    expect(lost!.p).toBeGreaterThan(0.5);
  });

  test('with other classes of events only exits are compared', async () => {
    const { rows, lost, issues } = difference(await of('trace.dat'), await of('perf-kvm.data'));
    expect(rows.filter(isSure)).toEqual([]);
    expect(lost!.p).toBeNull();
    expect(issues.map(({ code }) => code)).toContain('events-differ');
    const causes = rows.filter(({ kind }) => kind === 'cause');
    expect(causes.length).toBeGreaterThan(5);
    for (const { time, rate, exits } of causes) {
      expect([time.p, rate!.p === null]).toEqual([null, false]);
      expect(exits!.before).toBe(exits!.after);
    }
    for (const row of rows) if (row.account === 'preempted') expect(row.verdict).toBe('untested');
  });
});

test('turned round, better is worse and gone is new', async () => {
  const sides = await Promise.all(
    ['e-timer', 'n-timer-nopoll'].map((name) => sideOf(pathIn(scenario(name, 'trace.dat'), 'trace.dat'))),
  );
  const [there, back] = [difference(sides[0], sides[1]), difference(sides[1], sides[0])];
  expect([rowOf(there, 'poll').verdict, rowOf(back, 'poll').verdict]).toEqual(['gone', 'new']);
  expect([rowOf(there, 'wakeup').verdict, rowOf(back, 'wakeup').verdict]).toEqual(['worse', 'better']);
  expect(there.lost!.before).toBe(back.lost!.after);
});

describe('random halves', () => {
  /** A side that has only these windows of another one. */
  function onlyWindows({ explanation, series }: Side, chosen: readonly number[]): Side {
    const windows = windowsOf(series);
    const pick = (slices: Float64Array) => {
      const sums = windows.sum(slices);
      return Float64Array.from(chosen, (window) => sums[window]);
    };
    const vcpus = series.vcpus.map((vcpu) => ({
      ...vcpu,
      accounts: Object.fromEntries(Object.entries(vcpu.accounts).map(([name, ns]) => [name, pick(ns)])) as Record<
        AccountName,
        Float64Array
      >,
      keptOut: pick(vcpu.keptOut),
      exits: vcpu.exits.map((exit) => ({
        ...exit,
        slices: exit.slices && { exits: pick(exit.slices.exits), handlingNs: pick(exit.slices.handlingNs) },
      })),
    }));
    return { explanation, series: { lengthsNs: pick(series.lengthsNs), vcpus } };
  }

  const SPLITS = 12;

  test('of the windows of all recordings: false alarms are as rare as stated', async () => {
    const random = Random.fromSeed(9);
    let splits = 0;
    let alarms = 0;
    for (const recording of recordings) {
      const side = await sideOf(pathIn(recording.scenario, recording.file));
      const { count } = windowsOf(side.series);
      for (let split = 0; split < SPLITS; split++) {
        const order = Array.from({ length: count }, (_, window) => window);
        for (let last = count - 1; last > 0; last--) {
          const other = random.below(last + 1);
          [order[last], order[other]] = [order[other], order[last]];
        }
        const [first, second] = [order.slice(0, count >> 1), order.slice(count >> 1)];
        const outcome = difference(onlyWindows(side, first), onlyWindows(side, second), {
          resamples: 199,
          seed: split,
        });
        if (outcome.method.tests === 0) continue;
        splits++;
        if (outcome.rows.some(isSure)) alarms++;
      }
    }
    expect(splits).toBeGreaterThan(50);
    expect(alarms).toBeLessThanOrEqual(splits * 0.05 + 3 * Math.sqrt(splits * 0.05 * 0.95));
  });
});
