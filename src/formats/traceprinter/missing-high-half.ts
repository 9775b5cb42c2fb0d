/**
 * Texts that have only the low 32 bits of times, and no CONTROL TIME lines that tell the high half. A visit to a guest tells
 * it, too: CYCLES has the guest's clock when it was left, and GUEST_EXIT right after it what that is ahead of the host's.
 */
import type { Issue } from '../../base/issue.js';
import type { CpuClocks } from '../qnx/cpu-clocks.js';
import { MOST_CPUS } from '../qnx/trace-classes.js';
import type { PrintedLine } from './printed-line.js';

const AT_EXIT = /\bat_exit:(0x[0-9a-fA-F]{1,16})/;
const OFFSET = /\b(?:clockcycles_offset|cc_offset):(0x[0-9a-fA-F]{1,16})/;
const HALF_BITS = 32n;
const HALF_MASK = 0xffff_ffffn;
const WRAP = 2 ** 32;

/** Is shown the first events of a text, with all their arguments. */
export class MissingHighHalf {
  /** Some event has no high half, and nothing tells it. */
  #isMissing = false;
  #isTold = false;
  /** By CPU: low half of its first event, and the guest's clock when it was left last. */
  readonly #first = new Map<number, number>();
  readonly #leftAt = new Map<number, bigint>();
  #found: { readonly cpu: number; readonly high: number } | undefined;

  event({ className, word, rest, high, low, cpu }: PrintedLine): void {
    if (high >= 0 || (className === 'CONTROL' && word === 'TIME')) this.#isTold = true;
    if (this.#isTold || this.#found !== undefined || cpu >= MOST_CPUS || className === 'CONTROL') return;
    this.#isMissing = true;
    if (!this.#first.has(cpu)) this.#first.set(cpu, low);
    if (className !== 'QVM') return;
    const leftAt = word === 'CYCLES' ? AT_EXIT.exec(rest)?.[1] : undefined;
    if (leftAt !== undefined) this.#leftAt.set(cpu, BigInt(leftAt));
    if (word === 'GUEST_EXIT') this.#exit(cpu, low, OFFSET.exec(rest)?.[1]);
  }

  #exit(cpu: number, low: number, offset: string | undefined): void {
    const leftAt = this.#leftAt.get(cpu);
    if (leftAt === undefined || offset === undefined) return;
    const host = BigInt.asUintN(64, leftAt - BigInt(offset));
    // The guest is left before the event is written: a smaller low half wrapped in between.
    const wrapped = low < Number(host & HALF_MASK) ? 1 : 0;
    const first = this.#first.get(cpu) ?? low;
    const before = first > low ? 1 : 0;
    this.#found = { cpu, high: Math.max(0, Number(host >> HALF_BITS) + wrapped - before) };
  }

  /** Sets the clocks by what was found. Returns what is to be said; undefined where nothing is missing. */
  finish(clocks: CpuClocks, hz: number): Omit<Issue, 'source'> | undefined {
    if (!this.#isMissing || this.#isTold) return undefined;
    const hint =
      'Print all events: the high half is in the CONTROL lines with TIME. Or print 64 bits: traceprinter -p with %c for the time, as 7.1 and later do by default.';
    const seconds = (WRAP / hz).toFixed(1);
    const what = 'The text has only the low 32 bits of times, and no CONTROL TIME lines';
    const assumption = `no CPU is taken to be silent for ${seconds} s, in which these bits count once through`;
    if (this.#found === undefined) {
      const message = `${what}: when the trace began is not known, so that times of guests have no place in it; ${assumption}.`;
      return { code: 'times-without-high-half', severity: 'warning', message, hint };
    }
    const { cpu, high } = this.#found;
    clocks.foretell(cpu, high, this.#first.get(cpu) ?? 0);
    const message = `${what}: the rest is taken from the guests' clocks (CYCLES less clockcycles_offset); ${assumption}.`;
    return { code: 'times-without-high-half', severity: 'note', message, hint };
  }
}
