/**
 * What the first pieces of a recording tell of all of it: how fast the clock is, whose virtualization the exits are of, and by
 * how much the clocks of the pCPUs differ. The file itself states nothing of that.
 */

import { ClockRate } from './clock-rate.js';
import { SkewSearch, type Skews } from './clock-skew.js';
import { ExitCodeEvidence } from './exit-code-evidence.js';
import { EVENT_MASK, EXTRA_MASK, EXTRA_SHIFT, LOST_RECORDS } from './record-words.js';
import type { Piece } from './window-reader.js';

const TWO_32 = 2 ** 32;
const RUNSTATE_MASK = 0x0fff_f00f;
const RUNSTATE_CHANGE = 0x2_1001;
const SWITCH_INFPREV = 0x2_800e;
/** All forms of VMEXIT, 32 or 64 bits, nested or not; the last bit tells VMX or unknown (0) from SVM (1). */
const VMEXIT_MASK = 0x0fff_fafe;
const VMEXIT = 0x8_1002;

export interface Beginning {
  /** The earliest time of any pCPU after `skews`: halves of a number of cycles; undefined: no record has a time. */
  readonly epoch: { readonly high: number; readonly low: number } | undefined;
  /** Cycles per second, as far as the scheduler's own times tell; undefined: they do not. */
  readonly clockRate: ClockRate;
  readonly skews: Skews;
  readonly virtualization: 'vmx' | 'svm' | undefined;
}

/** A pCPU is not silent for longer at the beginning, minutes: a first time so much before the next one is damage. Cycles. */
const LONGEST_SILENCE = 2 ** 40;

/** A pCPU's records so far: the latest time, the first one, and whether the one after that confirms it. */
interface Reading {
  time: number;
  first: number;
  isSure: boolean;
}

function seeTime(reading: Reading, time: number): void {
  reading.time = time;
  if (reading.isSure) return;
  const step = time - reading.first;
  if (step >= 0 && step < LONGEST_SILENCE) reading.isSure = true;
  else reading.first = time;
}

export function judgeBeginning(pieces: readonly Piece[]): Beginning {
  const base = firstTime(pieces);
  const clockRate = new ClockRate();
  const skewSearch = new SkewSearch();
  const exitCodes = new ExitCodeEvidence();
  const readings = new Map<number, Reading>();
  for (const { pcpu, words, start, end } of base === undefined ? [] : pieces) {
    const reading = readings.get(pcpu) ?? { time: Number.NaN, first: Number.NaN, isSure: false };
    readings.set(pcpu, reading);
    let at = start;
    while (at < end) {
      const header = words[at];
      const event = header & EVENT_MASK;
      const extra = (header >>> EXTRA_SHIFT) & EXTRA_MASK;
      const own = at + 1 + (header >>> 31) * 2;
      if (own + extra > end) break;
      if (own > at + 1) {
        seeTime(reading, (words[at + 2] - base!.high) * TWO_32 + (words[at + 1] - base!.low));
      }
      if ((event & RUNSTATE_MASK) === RUNSTATE_CHANGE) {
        if (extra > 0) skewSearch.change(pcpu, reading.time, words[own], (event >>> 8) & 15, (event >>> 4) & 15);
      } else if (event === SWITCH_INFPREV) {
        if (extra > 2) clockRate.ran(pcpu, reading.time, words[own + 2]);
      } else if ((event & VMEXIT_MASK) === VMEXIT) {
        if (extra > 0) exitCodes.see(words[own], (event & 1) === 1);
      } else if (event === LOST_RECORDS) {
        clockRate.lose(pcpu);
        skewSearch.lose();
      }
      at = own + extra;
    }
  }
  const skews = skewSearch.result();
  return {
    epoch: base && epochOf(base, readings, skews),
    clockRate,
    skews,
    virtualization: exitCodes.virtualization,
  };
}

/** The first time that the file states. */
function firstTime(pieces: readonly Piece[]): { high: number; low: number } | undefined {
  for (const { words, start, end } of pieces) {
    for (let at = start; at + 2 < end; ) {
      const header = words[at];
      if (header >>> 31 === 1) return { high: words[at + 2], low: words[at + 1] };
      at += 1 + ((header >>> EXTRA_SHIFT) & EXTRA_MASK);
    }
  }
  return undefined;
}

function epochOf(base: { high: number; low: number }, readings: ReadonlyMap<number, Reading>, { byPcpu }: Skews) {
  const all = [...readings].filter(([, { first }]) => !Number.isNaN(first));
  const sure = all.filter(([, { isSure }]) => isSure);
  const firsts = (sure.length > 0 ? sure : all).map(([pcpu, { first }]) => first + (byPcpu.get(pcpu) ?? 0));
  const earliest = firsts.length > 0 ? Math.min(...firsts) : 0;
  const low = base.low + earliest;
  const borrow = Math.floor(low / TWO_32);
  return { high: base.high + borrow, low: low - borrow * TWO_32 };
}
