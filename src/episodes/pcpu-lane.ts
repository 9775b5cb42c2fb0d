/** Records who had one pCPU: threads, and the handlers that ran on top of them. */
import type { Window } from '../ledger/window.js';
import { LaneBooks, type Shared } from './lane-books.js';
import { BACKGROUND, NO_LABEL, OCCUPANTS, OccupantKind } from './lanes.js';
import type { OccupantTable } from './occupants.js';
import { Rows } from './rows.js';

const BLOCK_ROWS = 4096;
/** Pieces of handlers that wait for the thread below them to be told; further ones show as its time. */
const MOST_PIECES = 65_536;

export class PcpuLane {
  readonly pcpu: number;
  readonly books: LaneBooks;
  readonly #window: Window;
  readonly #occupants: OccupantTable;
  readonly #rows = new Rows();
  readonly #pieces = new Pieces();

  constructor(pcpu: number, window: Window, shared: Shared, occupants: OccupantTable) {
    this.pcpu = pcpu;
    this.#window = window;
    this.#occupants = occupants;
    this.books = new LaneBooks(OCCUPANTS.length, OccupantKind.unknown, shared);
  }

  /** @param occupant of the table; NO_LABEL: nobody knows who */
  occupied(occupant: number, from: number, to: number): void {
    const since = Math.max(from, this.#window.from) - this.#window.from;
    const until = Math.min(to, this.#window.to) - this.#window.from;
    if (until <= since) return;
    if (since > this.#rows.last) this.#push(since, NO_LABEL);
    const pieces = this.#pieces;
    let taken = 0;
    for (; taken < pieces.count && pieces.from[taken] < until; taken++) {
      if (pieces.to[taken] <= this.#rows.last) continue;
      this.#push(Math.max(pieces.from[taken], this.#rows.last), occupant);
      this.#push(Math.min(pieces.to[taken], until), pieces.occupant[taken]);
    }
    this.#push(until, occupant);
    pieces.drop(taken);
    if (this.#rows.count >= BLOCK_ROWS) this.#putAway();
  }

  interrupted(occupant: number, from: number, to: number): void {
    const since = Math.max(from, this.#window.from) - this.#window.from;
    const until = Math.min(to, this.#window.to) - this.#window.from;
    if (until > since && this.#pieces.count < MOST_PIECES) this.#pieces.cover(since, until, occupant);
  }

  /** @param lengthNs of T */
  finish(lengthNs: number): void {
    this.#push(lengthNs, NO_LABEL);
    this.#putAway();
  }

  #push(end: number, occupant: number): void {
    const rows = this.#rows;
    if (end <= rows.last) return;
    const kind = this.#occupants.kindOf(occupant);
    const label = kind === BACKGROUND ? NO_LABEL : occupant;
    const before = rows.count - 1;
    if (before >= 0 && rows.kind[before] === kind && rows.label[before] === label) rows.end[before] = end;
    else rows.push(end, kind, 0, label, this.pcpu);
  }

  #putAway(): void {
    const { last } = this.#rows;
    this.books.keep(this.#rows);
    this.#rows.clear(last);
  }
}

/** Times in which handlers ran, side by side in the order of time; an inner one comes before the one that it interrupted. */
class Pieces {
  count = 0;
  from: number[] = [];
  to: number[] = [];
  occupant: number[] = [];

  /** The handler had all of this but what handlers inside it had. */
  cover(from: number, to: number, occupant: number): void {
    let inner = this.count;
    while (inner > 0 && this.from[inner - 1] >= from) inner--;
    const tail = [this.from.splice(inner), this.to.splice(inner), this.occupant.splice(inner)] as const;
    this.count = inner;
    let start = inner > 0 ? Math.max(from, this.to[inner - 1]) : from;
    for (let index = 0; index < tail[0].length; index++) {
      this.#push(start, Math.min(tail[0][index], to), occupant);
      this.#push(tail[0][index], tail[1][index], tail[2][index]);
      start = tail[1][index];
    }
    this.#push(start, to, occupant);
  }

  drop(count: number): void {
    if (count === 0) return;
    this.from.splice(0, count);
    this.to.splice(0, count);
    this.occupant.splice(0, count);
    this.count -= count;
  }

  #push(from: number, to: number, occupant: number): void {
    if (to <= from) return;
    this.from.push(from);
    this.to.push(to);
    this.occupant.push(occupant);
    this.count++;
  }
}
