/** What vCPUs did over time: the slices add up to the books, whatever their length. */
import { array, assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain } from '../../src/explain/explain.js';
import { Observation } from '../../src/explain/reconciliation/observation.js';
import { kvm } from '../../src/hypervisors/kvm/index.js';
import { Account, GUEST_DELAY, sumOf } from '../../src/ledger/accounts.js';
import { type Lane, Timeline, Track } from '../../src/ledger/timeline.js';
import { Window } from '../../src/ledger/window.js';
import { openInputs } from '../../src/node/inputs.js';
import { realRecordings, vcpusOf } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';

describe.each(realRecordings(['trace.dat', 'perf-kvm.data', 'ftrace-trace.txt']))('$name', ({ scenario, file }) => {
  test.each([
    ['all of it', {}],
    ['a part', { fromNs: 50_000_000, toNs: 350_000_000 }],
  ])('%s: the lanes hold what the books hold', async (_, part) => {
    const input = await openInputs([pathIn(scenario, file)], { catalog: kvm.catalog });
    if (!input.ok) throw new Error(input.issue.message);
    const observation = new Observation();
    const result = await explain(input.value.recording, kvm, { ...part, observation });
    input.value.close();
    if (!result.ok) throw new Error(result.issue.message);
    const { exits, recording } = result.value;
    let events = 0;
    for (const vcpu of vcpusOf(result.value)) {
      const lane = observation.timeline.lane(vcpu.thread)!;
      const held = (track: Track) => Math.round(lane.sum(track, 0, recording.durationNs + 1e12));
      // Time in which the VMM kept it out is in the books alone.
      const keptOut = exits.filter((row) => row.cause === 'vm-control' && row.vcpu === vcpu.id);
      const ofRows = (names: readonly (keyof (typeof keptOut)[0]['ledgerNs'])[]) =>
        keptOut.reduce((sum, { ledgerNs }) => sum + sumOf({ guest: 0, ...ledgerNs }, names), 0);
      expect(held(Track.guest)).toBe(vcpu.ledgerNs.guest);
      expect(held(Track.delay)).toBe(vcpu.guestDelayNs - ofRows(GUEST_DELAY));
      expect(held(Track.halted)).toBe(vcpu.ledgerNs.idle + vcpu.ledgerNs.poll - ofRows(['idle', 'poll']));
      expect(held(Track.exits)).toBe(vcpu.exits);
      events += held(Track.records);
    }
    expect(events).toBeGreaterThanOrEqual(result.value.totals.exits);
    expect(events).toBeLessThanOrEqual(recording.events);
  });
});

/** The same kept in the simplest way: one entry a microsecond. */
class Microseconds {
  readonly us: number[] = [];

  book(from: number, to: number): void {
    for (let time = from / 1000; time < to / 1000; time++) this.us[time] = (this.us[time] ?? 0) + 1;
  }

  sum(from: number, to: number): number {
    let sum = 0;
    for (let time = from / 1000; time < to / 1000; time++) sum += this.us[time] ?? 0;
    return sum * 1000;
  }
}

test('slices that became longer hold the sums of those that they were', () => {
  const lengths = array(
    integer({ min: 0, max: 30_000 }).map((us) => us * 1000),
    { minLength: 1, maxLength: 12 },
  );
  assert(
    property(lengths, integer({ min: 1, max: 3 }), (steps, lanes) => {
      const timeline = new Timeline(new Window(1000, 1e15));
      const all = Array.from({ length: lanes }, (_, thread) => timeline.addLane(thread));
      const naive = new Microseconds();
      let now = 0;
      for (const [index, step] of steps.entries()) {
        const lane = all[index % lanes];
        if (index % 2 === 0) lane.book(Account.guest, now, now + step);
        if (index % 2 === 0) naive.book(now, now + step);
        now += step;
      }
      // Far away, so that slices double; it must not change what is near.
      all[0].book(Account.guest, 4e11, 4e11 + 5);
      expect(timeline.sliceNs).toBeGreaterThan(1e7);
      const total = (from: number, to: number) => all.reduce((sum, lane) => sum + lane.sum(Track.guest, from, to), 0);
      const slices = Math.ceil(now / timeline.sliceNs);
      for (let slice = 0; slice < slices; slice++) {
        const [from, to] = [slice * timeline.sliceNs, (slice + 1) * timeline.sliceNs];
        expect(total(from, to)).toBeCloseTo(naive.sum(1000 + from, Math.min(now, 1000 + to)), 3);
      }
      expect(total(0, 1e12)).toBeCloseTo(naive.sum(1000, now) + 5, 3);
    }),
    { numRuns: 50 },
  );
});

describe('a lane', () => {
  const laneOf = (from: number, to: number): Lane => new Timeline(new Window(from, to)).addLane(1);

  test('holds nothing from outside its window, and no unknown time', () => {
    const lane = laneOf(100, 200);
    lane.book(Account.guest, 0, 100);
    lane.book(Account.guest, 90, 110);
    lane.book(Account.hypervisor, 190, 500);
    lane.book(Account.unknown, 110, 190);
    lane.count(Track.exits, 99);
    lane.count(Track.exits, 100);
    lane.count(Track.exits, 200);
    expect([Track.guest, Track.delay, Track.halted, Track.exits].map((track) => lane.sum(track, 0, 1000))).toEqual([
      10, 10, 0, 1,
    ]);
  });

  test('gives parts of a slice in proportion, and sums from the start', () => {
    const lane = laneOf(0, 1e9);
    lane.book(Account.idle, 0, 10_000);
    lane.book(Account.poll, 10_000, 15_000);
    expect(lane.sum(Track.halted, 2500, 5000)).toBe(2500);
    expect(lane.sum(Track.halted, 5000, 15_000)).toBe(5000 + 2500);
    expect([...lane.cumulative([Track.halted, Track.guest], 3)]).toEqual([0, 10_000, 15_000, 15_000]);
  });

  test('stays small for a hundred days and thousands of vCPUs', () => {
    const timeline = new Timeline(new Window(0));
    for (let thread = 0; thread < 4096; thread++) {
      timeline.addLane(thread).book(Account.guest, thread * 2e9, thread * 2e9 + 1e9);
    }
    timeline.lane(0)!.book(Account.idle, 8e15, 8.64e15);
    const slices = Math.ceil(8.64e15 / timeline.sliceNs);
    expect(slices).toBeLessThanOrEqual(128);
    expect(timeline.lane(4095)!.sum(Track.guest, 0, 8.64e15)).toBe(1e9);
  });
});
