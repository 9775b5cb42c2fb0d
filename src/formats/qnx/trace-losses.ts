/**
 * Gaps in a kernel trace: buffers that are missing in the sequence, and events that the kernel says it dropped. Up to 7.x
 * a gap is one of all CPUs, from 8.0 on of one.
 */
import type { RecordingTotals } from '../../recording/recording.js';
import { hasBuffersPerCpu, type Release } from './release.js';
import { MOST_CPUS } from './trace-classes.js';

/** 6.x prints so many bits of a sequence number. */
const SEQUENCES_6 = 0x800;
const SEQUENCES = 2 ** 32;

export class TraceLosses {
  /** Buffers that are missing, where the sequence says it. */
  missingBuffers = 0;
  /** Sequences that began again, as buffers do that are written when tracing stops. */
  restarts = 0;
  /** How many CPUs have a gap that no event ended yet. */
  open = 0;

  readonly #totals: RecordingTotals;
  #perCpu: boolean;
  readonly #sequences: number;
  /** By CPU, or under 0: the last buffer's number, -1 where there was none. */
  readonly #last = new Float64Array(MOST_CPUS).fill(-1);
  readonly #isOpen = new Uint8Array(MOST_CPUS);
  /** By CPU: time of its latest event and, for those with a gap, of the latest one before it; NaN where there was none. */
  readonly latest = new Float64Array(MOST_CPUS).fill(NaN);
  readonly #before = new Float64Array(MOST_CPUS);

  constructor(release: Release, totals: RecordingTotals) {
    this.#perCpu = hasBuffersPerCpu(release);
    this.#sequences = release <= 6 ? SEQUENCES_6 : SEQUENCES;
    this.#totals = totals;
  }

  /** Each CPU has a chain of buffers of its own, or not, whatever the release says. */
  useChains(perCpu: boolean): void {
    this.#perCpu = perCpu;
  }

  /** A buffer begins; returns whether some are missing before it. */
  buffer(cpu: number, statedSequence: number): boolean {
    const chain = this.#perCpu ? cpu : 0;
    const sequence = statedSequence % this.#sequences;
    const last = this.#last[chain];
    this.#last[chain] = sequence;
    if (last < 0 || sequence === (last + 1) % this.#sequences) return false;
    if (sequence <= 1) {
      this.restarts++;
      return false;
    }
    if (sequence > last) this.missingBuffers += sequence - last - 1;
    this.openGap(cpu);
    return true;
  }

  /** Events are missing from here on: of this CPU, or of all that share its buffers. */
  openGap(cpu: number): void {
    if (!this.#perCpu) {
      this.openGapOfAny();
      return;
    }
    this.#totals.gaps++;
    this.#openGapOf(cpu);
  }

  /** Something is missing here, and nobody knows of which CPU it is. */
  openGapOfAny(): void {
    this.#totals.gaps++;
    for (let each = 0; each < MOST_CPUS; each++) this.#openGapOf(each);
  }

  /** An event of the CPU is broken: it alone is concerned. */
  openGapOf(cpu: number): void {
    if (this.#openGapOf(cpu)) this.#totals.gaps++;
  }

  /** Returns whether there is a gap now that was not there before. */
  #openGapOf(cpu: number): boolean {
    if (this.#isOpen[cpu] === 1 || Number.isNaN(this.latest[cpu])) return false;
    this.#isOpen[cpu] = 1;
    this.#before[cpu] = this.latest[cpu];
    this.open++;
    return true;
  }

  isOpen(cpu: number): boolean {
    return this.#isOpen[cpu] === 1;
  }

  /** The gap of a CPU, which is open, ends with its next event: time of the last event before it. */
  close(cpu: number): number {
    this.#isOpen[cpu] = 0;
    this.open--;
    return this.#before[cpu];
  }

  openGaps(): number[] {
    return [...this.#isOpen.keys()].filter((cpu) => this.#isOpen[cpu] === 1);
  }
}
