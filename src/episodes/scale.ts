/** The resolutions that all lanes of a recording share: they double whenever T turns out to be too long for them. */

/** Bins of all lanes together at the finest level in memory, some 60 MB; with the coarser levels twice as much. */
const MOST_BINS = 2 ** 19;
/** However many lanes there are. */
const LEAST_BINS = 64;
const FIRST_BIN_NS = 2 ** 12;

/** Counts of all latency grids together, 32 MB. */
const MOST_COUNTS = 2 ** 23;
const MOST_SLICES = 1024;
const LEAST_SLICES = 8;
const FIRST_SLICE_NS = 2 ** 16;

export interface Halved {
  halveBins(): void;
  halveSlices(): void;
}

export class Scale {
  binNs = FIRST_BIN_NS;
  /** Of the latency grids. */
  sliceNs = FIRST_SLICE_NS;
  readonly #lanes: ReadonlySet<Halved>;
  readonly #mostBins: number;

  /** @param mostBins of all lanes together; a test has fewer */
  constructor(lanes: ReadonlySet<Halved>, mostBins = MOST_BINS) {
    this.#lanes = lanes;
    this.#mostBins = mostBins;
  }

  /** Makes bins longer until there is one that ends at this time since the start of T. */
  makeRoom(until: number): void {
    const most = Math.max(LEAST_BINS, Math.floor(this.#mostBins / Math.max(1, this.#lanes.size)));
    while (until > most * this.binNs) {
      for (const lane of this.#lanes) lane.halveBins();
      this.binNs *= 2;
    }
  }

  /** @returns the slice of a time since the start of T */
  slice(time: number, rows: number): number {
    const share = Math.floor(MOST_COUNTS / rows / Math.max(1, this.#lanes.size));
    const most = Math.min(MOST_SLICES, Math.max(LEAST_SLICES, share));
    while (time >= most * this.sliceNs) {
      for (const lane of this.#lanes) lane.halveSlices();
      this.sliceNs *= 2;
    }
    return Math.floor(time / this.sliceNs);
  }
}
