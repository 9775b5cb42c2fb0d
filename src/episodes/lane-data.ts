/** One lane to be asked: its levels, from the finest bins in memory to a single one, and its segments where they were kept. */
import { Bins } from './bins.js';
import type { Block, LaneBooks } from './lane-books.js';
import { BACKGROUND, NO_LABEL } from './lanes.js';
import type { Lane } from './model.js';
import type { Rows } from './rows.js';

export interface LaneNames {
  readonly lane: Lane;
  /** Label by what the recorder calls it: cells of a vCPU, occupants of a pCPU. */
  readonly labelOf: Int32Array;
  /** Kind by label, where that was not known while it was recorded: pCPUs. */
  readonly kindOf?: Uint8Array;
  /** Of a vCPU: the occupant of pCPUs that it is; NO_LABEL: it never had one. */
  readonly occupant: number;
}

export class LaneData {
  readonly lane: Lane;
  /** The first has bins of the finest length, every other one twice as long ones as its predecessor. */
  readonly levels: readonly Bins[];
  readonly keepsSegments: boolean;
  readonly #books: LaneBooks;
  readonly #names: LaneNames;

  /**
   * @param binNs length of the finest bins
   * @param scratch filled anew by whatever is read
   */
  constructor(books: LaneBooks, names: LaneNames, binNs: number, keepsSegments: boolean, scratch: Rows) {
    this.lane = names.lane;
    this.keepsSegments = keepsSegments;
    this.#books = books;
    this.#names = names;
    const finest = names.kindOf !== undefined && keepsSegments ? this.#countedAgain(binNs, scratch) : books.bins;
    this.levels = levelsOf(finest, names);
  }

  get kinds(): number {
    return this.#books.bins.kinds;
  }

  /** See LaneNames. */
  get occupant(): number {
    return this.#names.occupant;
  }

  get books(): LaneBooks {
    return this.#books;
  }

  /** The blocks that touch a time. */
  blocks(fromNs: number, toNs: number): Block[] {
    const { blocks } = this.#books;
    const first = this.blockAt(fromNs);
    let end = first;
    while (end < blocks.length && blocks[end].fromNs < toNs) end++;
    return blocks.slice(first, end);
  }

  /** The first block that ends after a time. */
  blockAt(timeNs: number): number {
    const { blocks } = this.#books;
    let [low, high] = [0, blocks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (blocks[middle].toNs <= timeNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Fills `rows` anew, with the labels and kinds that people see. */
  read(block: Block, rows: Rows): void {
    this.#books.read(block, rows);
    const { labelOf, kindOf } = this.#names;
    for (let row = 0; row < rows.count; row++) {
      const label = rows.label[row];
      if (label === NO_LABEL) continue;
      rows.label[row] = labelOf[label];
      if (kindOf !== undefined) rows.kind[row] = kindOf[labelOf[label]];
    }
  }

  /** The finest bins, with kinds that became known only when all had been read. */
  #countedAgain(binNs: number, rows: Rows): Bins {
    const bins = new Bins(this.kinds, this.#books.bins.count || 1);
    for (const block of this.#books.blocks) {
      this.#books.read(block, rows);
      let from = rows.start;
      for (let row = 0; row < rows.count; row++) {
        bins.add(this.#finalKind(rows.kind[row], rows.label[row]), rows.label[row], from, rows.end[row], binNs);
        from = rows.end[row];
      }
    }
    return bins;
  }

  #finalKind(kind: number, label: number): number {
    const { kindOf, labelOf } = this.#names;
    return label === NO_LABEL || kindOf === undefined ? kind : kindOf[labelOf[label]];
  }
}

function levelsOf(finest: Bins, { labelOf, kindOf }: LaneNames): Bins[] {
  for (let bin = 0; bin < finest.count; bin++) {
    const label = finest.label[bin];
    if (label === NO_LABEL) continue;
    finest.label[bin] = labelOf[label];
    if (kindOf !== undefined && finest.kind[bin] !== BACKGROUND) finest.kind[bin] = kindOf[labelOf[label]];
  }
  const levels = [finest];
  while (levels[levels.length - 1].count > 1) levels.push(levels[levels.length - 1].halved());
  return levels;
}
