/** A change of level in a sequence. */

import type { Random } from './random.js';
import { doubledMidranks } from './ranks.js';

/** Sequences are many, and a change is only a hint. */
const LEVEL = 0.01;
const PERMUTATIONS = 5000;
/** As many permutations at least as far from even as the sequence itself, and p is above LEVEL. */
const ENOUGH = LEVEL * PERMUTATIONS;
/** For longer sequences Pettitt's approximation is good. */
const LONGEST_PERMUTED = 100;

export interface ChangeTest {
  /** Index of the first value after the most likely change. */
  readonly at: number;
  readonly p: number;
}

/**
 * Pettitt's test ("A non-parametric approach to the change-point problem", 1979): where the ranks before and after differ
 * most, K = max |U(t)|, U(t) = 2·(sum of the first t ranks) − t·(n + 1). Up to 100 values its p comes from random
 * permutations of the ranks, which takes ties into account, and drawing ends once p is surely not small (Besag and Clifford
 * 1991); for more it is Pettitt's 2·exp(−6K² / (n³ + n²)), which is far too large for few values.
 * @param values in order of time
 */
export function pettitt(values: ArrayLike<number>, random: Random): ChangeTest {
  const ranks = doubledMidranks(values);
  const n = ranks.length;
  const { distance, at } = furthest(ranks);
  if (distance === 0) return { at, p: 1 };
  if (n <= LONGEST_PERMUTED) return { at, p: permutationP(ranks, distance, random) };
  return { at, p: Math.min(1, 2 * Math.exp((-6 * distance ** 2) / (n ** 3 + n ** 2))) };
}

/** Of five before and five after a change p is 2 / C(10, 5) = 0.008, of fewer always above LEVEL. */
const LEAST_VALUES = 10;

/** Index of the first value after a change; null where p > 0.01, as always for fewer than ten values. */
export function changePointOf(values: ArrayLike<number>, random: Random): number | null {
  if (values.length < LEAST_VALUES) return null;
  const { at, p } = pettitt(values, random);
  return p <= LEVEL ? at : null;
}

/**
 * Whether a straight line describes the order of the ranks at least as well as a change of level at `at`: by the share of
 * their variance that each explains. A steady rise has a change of level, too, somewhere in its middle.
 * @param at index of the first value after the change
 */
export function isRatherSteady(values: ArrayLike<number>, at: number): boolean {
  const ranks = doubledMidranks(values);
  const n = ranks.length;
  let [before, product] = [0, 0];
  ranks.forEach((rank, index) => {
    const centred = rank - (n + 1);
    if (index < at) before += centred;
    product += (index - (n - 1) / 2) * centred;
  });
  const byLine = product ** 2 / ((n * (n * n - 1)) / 12);
  const byLevels = before ** 2 / at + before ** 2 / (n - at);
  return byLine >= byLevels;
}

function furthest(ranks: Int32Array): { distance: number; at: number } {
  let distance = 0;
  let at = 0;
  let sum = 0;
  for (let index = 0; index < ranks.length; index++) {
    sum += ranks[index] - (ranks.length + 1);
    if (Math.abs(sum) <= distance) continue;
    distance = Math.abs(sum);
    at = index + 1;
  }
  return { distance, at };
}

function permutationP(ranks: Int32Array, distance: number, random: Random): number {
  const permuted = ranks.slice();
  let asFar = 0;
  let drawn = 0;
  while (drawn < PERMUTATIONS - 1 && asFar < ENOUGH) {
    drawn++;
    if (isPermutedAsFar(permuted, distance, random)) asFar++;
  }
  return asFar < ENOUGH ? (asFar + 1) / PERMUTATIONS : asFar / drawn;
}

/** Shuffles anew (Fisher and Yates), but only until the answer is known. */
function isPermutedAsFar(ranks: Int32Array, distance: number, random: Random): boolean {
  let sum = 0;
  for (let index = 0; index < ranks.length; index++) {
    const other = index + random.below(ranks.length - index);
    const rank = ranks[other];
    ranks[other] = ranks[index];
    ranks[index] = rank;
    sum += rank - (ranks.length + 1);
    if (Math.abs(sum) >= distance) return true;
  }
  return false;
}
