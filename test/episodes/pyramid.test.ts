/** Tiles at every resolution against the segments themselves, looked at one by one. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryBlockStore } from '../../src/episodes/block-store.js';
import { BACKGROUND, KINDS_OF, NO_KIND, NO_LABEL } from '../../src/episodes/lanes.js';
import { EpisodeRecorder } from '../../src/episodes/recorder.js';
import type { LaneTile } from '../../src/episodes/tile.js';
import { EpisodeTimeline, type NamedLane } from '../../src/episodes/timeline.js';
import { Account } from '../../src/ledger/accounts.js';
import { Window } from '../../src/ledger/window.js';

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly account: number;
}

const KINDS = KINDS_OF.vcpu.length;

/** Alternating lengths from nanoseconds to milliseconds, so that some bins have many and some segments have many bins. */
const segments = fc
  .array(
    fc.record({
      length: fc.oneof(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 3_000_000 }),
      ),
      account: fc.integer({ min: 0, max: KINDS - 1 }),
    }),
    { minLength: 1, maxLength: 300 },
  )
  .map((parts): Segment[] => {
    let at = 0;
    return parts.map(({ length, account }) => {
      const from = at;
      at += length;
      return { from, to: at, account };
    });
  });

function record(all: readonly Segment[], mostBytes: number, mostBins: number): EpisodeTimeline {
  const lengthNs = all[all.length - 1].to;
  const recorder = new EpisodeRecorder(new Window(0), { store: new MemoryBlockStore(mostBytes), mostBins });
  const sink = recorder.addVcpu(1);
  for (const { from, to, account } of all) {
    sink.segment(account, false, from, to);
    sink.episode({
      cell: 0,
      keptOutCell: -1,
      exitTime: Number.NaN,
      isExit: false,
      isTimed: false,
      reachedVmm: false,
      addressHigh: Number.NaN,
      addressLow: Number.NaN,
    });
  }
  recorder.finish(lengthNs);
  const lane: NamedLane = {
    lane: { type: 'vcpu', machine: 'vm1', number: 0, thread: 1, name: 'vCPU 0 of vm1' },
    books: recorder.vcpus[0].books,
    labelOf: Int32Array.of(0),
    occupant: NO_LABEL,
  };
  return new EpisodeTimeline(recorder, {
    fromNs: 0,
    lengthNs,
    lanes: [lane],
    exits: [{ machine: 'vm1', cause: 'other', reason: 'none', detail: null, device: null }],
    occupants: [],
    schedulerSeen: true,
    functionAt: () => undefined,
  });
}

/** What a bin must be, by looking at every segment. */
function binOf(all: readonly Segment[], from: number, to: number) {
  const sums = Array.from({ length: KINDS }, () => 0);
  let winner: Segment | undefined;
  let merged = 0;
  for (const segment of all) {
    const overlap = Math.min(segment.to, to) - Math.max(segment.from, from);
    if (overlap <= 0) continue;
    sums[segment.account] += overlap;
    if (segment.account === BACKGROUND) continue;
    if (segment.from >= from) merged++;
    if (winner === undefined || segment.to - segment.from > winner.to - winner.from) winner = segment;
  }
  return { sums, merged, winner };
}

function expectBins(lane: LaneTile, all: readonly Segment[], resolutionNs: number): void {
  for (let row = 0; row < lane.count; row++) {
    const from = lane.firstBinNs + row * resolutionNs;
    const { sums, merged, winner } = binOf(all, from, from + resolutionNs);
    expect([...lane.sums.subarray(row * KINDS, (row + 1) * KINDS)]).toEqual(sums);
    expect(lane.merged[row]).toBe(merged);
    expect(lane.kind[row]).toBe(winner?.account ?? NO_KIND);
    if (winner === undefined) continue;
    expect(lane.start[row]).toBe(winner.from);
    expect(lane.duration[row]).toBe(winner.to - winner.from);
    expect(lane.label[row]).toBe(winner.account === Account.unknown ? NO_LABEL : 0);
  }
}

describe('tiles', () => {
  test('bins have the sums, the count and the longest segment of what lies in them, at every resolution', () => {
    fc.assert(
      fc.property(
        segments,
        fc.integer({ min: 0, max: 24 }),
        fc.float({ min: 0, max: 1, noNaN: true }),
        (all, power, at) => {
          const timeline = record(all, 2 ** 26, 64);
          const { lengthNs, baseNs } = timeline.info;
          expect(baseNs).toBeGreaterThanOrEqual(lengthNs / 128);
          const resolutionNs = 2 ** power;
          const fromNs = Math.floor(at * (lengthNs - 1));
          const toNs = Math.min(lengthNs, fromNs + resolutionNs * 40);
          const tile = timeline.tile({ lanes: [0], fromNs, toNs, resolutionNs });
          const [lane] = tile.lanes;
          expect(tile.resolutionNs).toBeLessThanOrEqual(resolutionNs);
          if (lane.rows === 'bins') {
            expect(lane.firstBinNs).toBeLessThanOrEqual(fromNs);
            expect(lane.firstBinNs + lane.count * tile.resolutionNs).toBeGreaterThanOrEqual(toNs);
            expectBins(lane, all, tile.resolutionNs);
            return;
          }
          const seen = all.filter(({ from, to }) => to > fromNs && from < toNs);
          const first = [...lane.start].indexOf(seen[0].from);
          expect(first).toBeGreaterThanOrEqual(0);
          for (const [index, { from, to, account }] of seen.entries()) {
            expect([lane.start[first + index], lane.duration[first + index]]).toEqual([from, to - from]);
            expect(lane.kind[first + index]).toBe(account);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('without room for single segments the bins are the same, and nothing finer is made up', () => {
    fc.assert(
      fc.property(segments, (all) => {
        const timeline = record(all, 0, 64);
        const { lengthNs, baseNs, finestNs, limit } = timeline.info;
        expect(finestNs).toBe(baseNs);
        expect(limit).not.toBe('');
        const tile = timeline.tile({ lanes: [0], fromNs: 0, toNs: lengthNs, resolutionNs: 1 });
        expect(tile.resolutionNs).toBe(baseNs);
        expectBins(tile.lanes[0], all, baseNs);
      }),
      { numRuns: 50 },
    );
  });

  test('sums of any part are exact; without single segments they say by how much they may be wrong', () => {
    const part = fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.float({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(segments, part, fc.boolean(), (all, [a, b], keepsSegments) => {
        const timeline = record(all, keepsSegments ? 2 ** 26 : 0, 64);
        const { lengthNs } = timeline.info;
        const [fromNs, toNs] = [Math.floor(Math.min(a, b) * lengthNs), Math.floor(Math.max(a, b) * lengthNs)];
        const [{ ns, errorNs }] = timeline.sums({ lanes: [0], fromNs, toNs });
        if (keepsSegments) expect(errorNs).toBe(0);
        for (const [kind, expected] of binOf(all, fromNs, toNs).sums.entries()) {
          expect(Math.abs(ns[kind] - expected)).toBeLessThanOrEqual(errorNs * (1 + 1e-9));
        }
      }),
      { numRuns: 200 },
    );
  });
});
