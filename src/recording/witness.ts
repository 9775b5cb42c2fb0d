/**
 * What one recording says that another one of the same host at the same time cannot contradict: while one has no event of a
 * pCPU, the other cannot have one of a sort that the first one records, nor see another thread there than the one that it
 * saw before and after.
 *
 * Recordings whose clocks begin with the host are easily taken for such a pair. Samples of both are enough to tell.
 */
import { groupedBy } from '../base/grouped-by.js';
import { LOSS_RECORD, type RecordBatch } from './record-batch.js';

/** Samples of each sort that are kept: when there are more, every second one goes. */
const MOST_SAMPLES = 4096;
/** Recorders read one clock at different moments of one event: 5 to 25 µs apart were seen on a slow host. ns. */
const TOLERANCE_NS = 100_000;
/** Fewer comparisons tell nothing. */
const LEAST_COMPARED = 20;
/** What belongs together contradicts itself hardly ever; what does not, most of the time. Own judgement. */
const CONTRADICTED_SHARE = 0.5;
const RECORD_KINDS = 256;
const NOBODY = -1;

/** Time without an event on a pCPU, ns since the origin of the recording. */
interface Silence {
  readonly pcpu: number;
  readonly from: number;
  readonly to: number;
  /** Seen before and after; -1: two threads, or not known. */
  readonly thread: number;
}

interface Sighting {
  readonly pcpu: number;
  readonly time: number;
  readonly thread: number;
  readonly kind: number;
}

/** Evenly spread over all that is offered. */
class Samples<Sample> {
  list: Sample[] = [];
  #step = 1;
  #offered = 0;

  /** @returns whether the next one is wanted */
  isWanted(): boolean {
    return this.#offered++ % this.#step === 0;
  }

  keep(sample: Sample): void {
    this.list.push(sample);
    if (this.list.length < MOST_SAMPLES) return;
    this.list = this.list.filter((_, index) => index % 2 === 0);
    this.#step *= 2;
  }
}

export class Witness {
  readonly #silences = new Samples<Silence>();
  readonly #sightings = new Samples<Sighting>();
  readonly #seen = new Uint8Array(RECORD_KINDS);
  /** By pCPU: time and thread of the latest record; none after a loss. */
  readonly #latest = new Map<number, { time: number; thread: number }>();

  add({ count, time, pcpu, thread, kind }: RecordBatch): void {
    for (let row = 0; row < count; row++) {
      if (kind[row] === LOSS_RECORD) this.#latest.delete(pcpu[row]);
      else this.#note(pcpu[row], time[row], thread[row], kind[row]);
    }
  }

  #note(pcpu: number, time: number, thread: number, kind: number): void {
    this.#seen[kind] = 1;
    if (this.#sightings.isWanted()) this.#sightings.keep({ pcpu, time, thread, kind });
    const before = this.#latest.get(pcpu);
    if (before === undefined) {
      this.#latest.set(pcpu, { time, thread });
      return;
    }
    const isLong = time - before.time > 4 * TOLERANCE_NS;
    if (isLong && this.#silences.isWanted()) {
      const same = before.thread === thread ? thread : NOBODY;
      this.#silences.keep({ pcpu, from: before.time + TOLERANCE_NS, to: time - TOLERANCE_NS, thread: same });
    }
    before.time = time;
    before.thread = thread;
  }

  /**
   * Whether the two cannot be of one host at one time.
   * @param shiftNs added to the other's times to bring them to the origin of this one's
   * @param seesSwitches whether this one records every change of the thread
   */
  contradicts(other: Witness, shiftNs: number, seesSwitches: boolean): boolean {
    const silences = groupedBy(this.#silences.list, ({ pcpu }) => String(pcpu));
    let compared = 0;
    let contradicted = 0;
    for (const { pcpu, time, thread, kind } of other.#sightings.list) {
      const silence = silenceAt(silences.get(String(pcpu)) ?? [], time + shiftNs);
      if (silence === undefined) continue;
      const isComparable = seesSwitches && silence.thread !== NOBODY && thread !== NOBODY;
      const isMissing = this.#seen[kind] === 1;
      if (!isComparable && !isMissing) continue;
      compared++;
      if (isMissing || silence.thread !== thread) contradicted++;
    }
    return compared >= LEAST_COMPARED && contradicted > CONTRADICTED_SHARE * compared;
  }
}

/** @param silences of one pCPU, in the order of time */
function silenceAt(silences: readonly Silence[], time: number): Silence | undefined {
  let low = 0;
  let high = silences.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (silences[middle].to <= time) low = middle + 1;
    else high = middle;
  }
  const found = silences.at(low);
  return found !== undefined && found.from < time ? found : undefined;
}
