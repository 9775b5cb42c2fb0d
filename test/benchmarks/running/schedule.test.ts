/** The order of runs: what a randomised, interleaved, balanced order must fulfil, whatever makes it. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Plan, SIDE_NAMES } from '../../../src/benchmarks/running/plan.js';
import { pairsOf, type Slot, scheduleOf } from '../../../src/benchmarks/running/schedule.js';

const host = { kind: 'prefix', prefix: [], quote: 'none', values: {} } as const;

const planOf = (count: number, repeats: number, warmup: number): Plan => ({
  version: 1,
  sides: { native: host, vm: host },
  repeats,
  warmup,
  benchmarks: Array.from({ length: count }, (_, index) => ({
    name: `b${index}`,
    command: ['true'],
    result: 'auto',
    timeoutMs: 1000,
  })),
});

const plans = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 3 }));
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

function groups<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const found = new Map<Key, Item[]>();
  for (const item of items) found.set(keyOf(item), [...(found.get(keyOf(item)) ?? []), item]);
  return found;
}

test('every block holds each benchmark once per side, one right after the other, warm-up first', () => {
  fc.assert(
    fc.property(plans, seeds, ([count, repeats, warmup], seed) => {
      const schedule = scheduleOf(planOf(count, repeats, warmup), seed);
      expect(schedule).toHaveLength(count * (repeats + warmup) * 2);
      const blocks = groups(schedule, ({ block }) => block);
      expect([...blocks.keys()]).toEqual(Array.from({ length: repeats + warmup }, (_, index) => index));
      for (const [block, slots] of blocks) {
        expect(new Set(slots.map(({ benchmark, side }) => `${benchmark} ${side}`)).size).toBe(count * 2);
        expect(slots.every(({ isWarmup }) => isWarmup === block < warmup)).toBe(true);
      }
      for (const [one, other] of pairsOf(schedule)) {
        expect([one.benchmark, one.block]).toEqual([other.benchmark, other.block]);
        expect(one.side).not.toBe(other.side);
      }
    }),
    { numRuns: 100 },
  );
});

test('each side goes first as often as the other, for every benchmark', () => {
  fc.assert(
    fc.property(plans, seeds, ([count, repeats, warmup], seed) => {
      const counted = pairsOf(scheduleOf(planOf(count, repeats, warmup), seed)).filter(([slot]) => !slot.isWarmup);
      for (const pairs of groups(counted, ([slot]) => slot.benchmark).values()) {
        const first = SIDE_NAMES.map((side) => pairs.filter(([slot]) => slot.side === side).length);
        expect(Math.abs(first[0] - first[1])).toBe(repeats % 2);
      }
    }),
    { numRuns: 100 },
  );
});

describe('chance', () => {
  const SEEDS = 2000;
  /** How often `of` says yes over many seeds. */
  const share = (of: (schedule: readonly Slot[]) => boolean): number =>
    Array.from({ length: SEEDS }, (_, seed) => of(scheduleOf(planOf(4, 3, 1), seed))).filter(Boolean).length / SEEDS;
  /** Four standard errors of a binomial share. */
  const margin = (p: number): number => 4 * Math.sqrt((p * (1 - p)) / SEEDS);

  test('any benchmark begins a block equally often, and any side', () => {
    for (const name of ['b0', 'b1', 'b2', 'b3']) {
      expect(Math.abs(share((schedule) => schedule[0].benchmark === name) - 1 / 4)).toBeLessThan(margin(1 / 4));
    }
    // The first counted pair of a benchmark, out of three: the odd one is random as well.
    const isNativeFirst = (schedule: readonly Slot[]) =>
      schedule.find(({ benchmark, isWarmup }) => benchmark === 'b2' && !isWarmup)!.side === 'native';
    expect(Math.abs(share(isNativeFirst) - 1 / 2)).toBeLessThan(margin(1 / 2));
  });

  test('blocks do not repeat an order: two in a row are equal in 1 of 24 cases', () => {
    const order = (schedule: readonly Slot[], block: number): string =>
      schedule
        .filter((slot) => slot.block === block)
        .filter((_, index) => index % 2 === 0)
        .map(({ benchmark }) => benchmark)
        .join();
    const equal = share((schedule) => order(schedule, 1) === order(schedule, 2));
    expect(Math.abs(equal - 1 / 24)).toBeLessThan(margin(1 / 24));
  });

  test('the same seed gives the same order, another seed another one', () => {
    const plan = planOf(5, 5, 1);
    expect(scheduleOf(plan, 7)).toEqual(scheduleOf(plan, 7));
    expect(scheduleOf(plan, 7)).not.toEqual(scheduleOf(plan, 8));
  });
});
