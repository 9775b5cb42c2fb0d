/** What is kept of one lane: bins in memory, and its segments in blocks. */
import { Bins } from './bins.js';
import type { BlockStore } from './block-store.js';
import { BACKGROUND } from './lanes.js';
import { LatencyGrid } from './latency-grid.js';
import { decodeRows, encodeRows, type Rows } from './rows.js';
import type { Halved, Scale } from './scale.js';
import { VarintWriter } from './varints.js';

/** One block: where it is kept, and what time it is about. */
export interface Block {
  readonly offset: number;
  readonly length: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** What all lanes of a recording share. */
export interface Shared {
  readonly store: BlockStore;
  readonly scale: Scale;
  /** False: there was no room for all segments, and none are kept. */
  keepsSegments: boolean;
}

const writer = new VarintWriter(64 * 1024);

export class LaneBooks implements Halved {
  bins: Bins;
  readonly latency = new LatencyGrid();
  blocks: Block[] = [];
  /** Segments that are not background. */
  segments = 0;
  readonly unknownKind: number;
  readonly #shared: Shared;

  constructor(kinds: number, unknownKind: number, shared: Shared) {
    this.bins = new Bins(kinds);
    this.unknownKind = unknownKind;
    this.#shared = shared;
  }

  /** Keeps all rows, which follow those that are kept already, and counts them. */
  keep(rows: Rows): void {
    if (rows.count === 0) return;
    this.count(rows);
    if (!this.#shared.keepsSegments) return;
    encodeRows(rows, this.unknownKind, writer);
    const offset = this.#shared.store.append(writer.written);
    if (offset < 0) this.#shared.keepsSegments = false;
    else this.blocks.push({ offset, length: writer.length, fromNs: rows.start, toNs: rows.last });
  }

  /** Adds rows to the bins. */
  count(rows: Rows): void {
    const { scale } = this.#shared;
    scale.makeRoom(rows.last);
    const { binNs } = scale;
    let from = rows.start;
    for (let row = 0; row < rows.count; row++) {
      const to = rows.end[row];
      this.bins.add(rows.kind[row], rows.label[row], from, to, binNs);
      if (rows.kind[row] !== BACKGROUND) this.segments++;
      from = to;
    }
  }

  /** @throws {Error} where a block cannot be read */
  read(block: Block, rows: Rows): void {
    decodeRows(this.#shared.store.read(block.offset, block.length), this.unknownKind, rows);
  }

  halveBins(): void {
    this.bins.halve();
  }

  halveSlices(): void {
    this.latency.halve();
  }
}
