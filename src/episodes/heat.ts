/** Heat maps: how many episodes of which length began when, and at which offset of a period. */
import { ACCOUNTS, Account, GUEST_DELAY } from '../ledger/accounts.js';
import type { Bins } from './bins.js';
import type { LaneData } from './lane-data.js';
import { LATENCY_BORDERS, LATENCY_ROWS, latencyRow } from './latency-grid.js';
import type { HeatMap, HeatQuery } from './model.js';
import { Flag, type Rows } from './rows.js';

/** What the lanes were recorded with. */
export interface HeatScale {
  readonly lengthNs: number;
  readonly binNs: number;
  /** Of the latency grids. */
  readonly sliceNs: number;
}

const MOST_COLUMNS = 4096;
const MOST_ROWS = 1024;
const DEFAULT_ROWS = 50;
const DEFAULT_PERIOD_NS = 1e9;
/** More bytes of blocks than this are not read for one map, which takes less than a second. */
const MOST_BYTES = 16 * 1024 * 1024;

const DELAY_ACCOUNTS = GUEST_DELAY.map((name) => Account[name]);
const IS_DELAY = ACCOUNTS.map((name) => (GUEST_DELAY as readonly string[]).includes(name));

export function heatMap(lanes: readonly LaneData[], query: HeatQuery, scale: HeatScale, scratch: Rows): HeatMap {
  const fromNs = Math.max(0, query.fromNs);
  const toNs = Math.max(fromNs + 1, Math.min(scale.lengthNs, query.toNs));
  const isVcpu = (index: number) => lanes[index]?.lane.type === 'vcpu';
  const chosen = (query.lanes.length === 0 ? [...lanes.keys()] : [...query.lanes]).filter(isVcpu).map((i) => lanes[i]);
  const columns = Math.max(1, Math.min(MOST_COLUMNS, Math.floor(query.columns)));
  const asked = { ...query, fromNs, toNs, columns };
  return query.kind === 'latency'
    ? latencyMap(chosen, asked, scale, scratch)
    : offsetMap(chosen, asked, scale, scratch);
}

const mostOf = (counts: readonly number[]): number => counts.reduce((most, count) => (count > most ? count : most), 0);

function latencyMap(lanes: readonly LaneData[], query: HeatQuery, scale: HeatScale, scratch: Rows): HeatMap {
  const keepsSegments = lanes.every((lane) => lane.keepsSegments);
  const shortest = 2 ** Math.ceil(Math.log2((query.toNs - query.fromNs) / query.columns));
  const finest = Math.max(keepsSegments ? 1 : scale.sliceNs, shortest);
  const columnNs = roomyColumn(query.fromNs, query.toNs, finest, query.columns);
  const first = Math.floor(query.fromNs / columnNs);
  const columns = columnsBetween(query.fromNs, query.toNs, columnNs);
  const counts = Array.from({ length: columns * LATENCY_ROWS }, () => 0);
  for (const lane of lanes) {
    if (columnNs >= scale.sliceNs) addGrid(lane, first, columns, columnNs / scale.sliceNs, counts);
    else addTimed(lane, first * columnNs, columnNs, columns, counts, scratch);
  }
  return {
    kind: 'latency',
    fromNs: first * columnNs,
    columnNs,
    columns,
    rows: LATENCY_ROWS,
    bordersNs: LATENCY_BORDERS,
    counts,
    most: mostOf(counts),
    errorNs: 0,
  };
}

/** The length of columns that begin at multiples of it, doubled until there are few enough of them. */
function roomyColumn(fromNs: number, toNs: number, least: number, columns: number): number {
  let columnNs = least;
  // Where T crosses a multiple of every length there are two, however long they are.
  while (columnsBetween(fromNs, toNs, columnNs) > Math.max(columns, fromNs > 0 ? 2 : 1)) columnNs *= 2;
  return columnNs;
}

const columnsBetween = (fromNs: number, toNs: number, columnNs: number): number =>
  Math.max(1, Math.ceil(toNs / columnNs) - Math.floor(fromNs / columnNs));

/** @param slices of the grid in one column */
function addGrid(lane: LaneData, first: number, columns: number, slices: number, counts: number[]): void {
  const grid = lane.books.latency;
  const end = Math.min(grid.count, (first + columns) * slices);
  for (let slice = first * slices; slice < end; slice++) {
    const column = Math.floor(slice / slices) - first;
    for (let row = 0; row < LATENCY_ROWS; row++) {
      counts[column * LATENCY_ROWS + row] += grid.counts[slice * LATENCY_ROWS + row];
    }
  }
}

function addTimed(
  lane: LaneData,
  fromNs: number,
  columnNs: number,
  columns: number,
  counts: number[],
  rows: Rows,
): void {
  const toNs = fromNs + columns * columnNs;
  for (const block of lane.blocks(fromNs, toNs)) {
    lane.read(block, rows);
    for (let row = 0; row < rows.count; row++) {
      if ((rows.flags[row] & Flag.timed) === 0) continue;
      const exit = row + rows.lead[row];
      const start = rows.startOf(exit);
      if (start < fromNs || start >= toNs) continue;
      const column = Math.floor((start - fromNs) / columnNs);
      counts[column * LATENCY_ROWS + latencyRow(episodeLength(rows, exit))]++;
    }
  }
}

/** The row after the last one of the episode whose exit a row begins with: the next in the guest, or of another episode. */
export function episodeEnd(rows: Rows, exit: number): number {
  let end = exit + 1;
  while (end < rows.count && rows.kind[end] !== Account.guest && (rows.flags[end] & Flag.episode) === 0) end++;
  return end;
}

/** From exit to entry, without time in which the VMM kept it out. */
export function episodeLength(rows: Rows, exit: number): number {
  const end = episodeEnd(rows, exit);
  let ns = 0;
  for (let row = exit; row < end; row++) {
    const isKeptOut = (rows.flags[row] & Flag.keptOut) !== 0 && rows.kind[row] !== Account.unknown;
    if (!isKeptOut) ns += rows.end[row] - rows.startOf(row);
  }
  return ns;
}

/** Where times go in a map of periods. */
class Periods {
  readonly fromNs: number;
  readonly periodNs: number;
  readonly columns: number;
  readonly rows: number;
  readonly counts: number[];

  constructor(fromNs: number, periodNs: number, columns: number, rows: number) {
    this.fromNs = fromNs;
    this.periodNs = periodNs;
    this.columns = columns;
    this.rows = rows;
    this.counts = Array.from({ length: columns * rows }, () => 0);
  }

  add(timeNs: number, amount: number): void {
    const since = timeNs - this.fromNs;
    if (since < 0 || since >= this.columns * this.periodNs) return;
    const column = Math.floor(since / this.periodNs);
    const row = Math.min(this.rows - 1, Math.floor(((since - column * this.periodNs) * this.rows) / this.periodNs));
    this.counts[column * this.rows + row] += amount;
  }

  /** Spreads time over all rows that it touches. */
  addSpan(fromNs: number, toNs: number): void {
    const rowNs = this.periodNs / this.rows;
    let start = Math.max(fromNs, this.fromNs);
    const end = Math.min(toNs, this.fromNs + this.columns * this.periodNs);
    while (start < end) {
      const border = this.fromNs + (Math.floor((start - this.fromNs) / rowNs) + 1) * rowNs;
      const until = Math.min(end, border > start ? border : start + rowNs);
      this.add((start + until) / 2, until - start);
      start = until;
    }
  }
}

function offsetMap(lanes: readonly LaneData[], query: HeatQuery, scale: HeatScale, scratch: Rows): HeatMap {
  const { fromNs, toNs, columns, count = 'exits' } = query;
  const periodNs = roomyColumn(fromNs, toNs, Math.max(1, query.periodNs ?? DEFAULT_PERIOD_NS), columns);
  const rows = Math.max(1, Math.min(MOST_ROWS, Math.floor(query.rows ?? DEFAULT_ROWS)));
  const first = Math.floor(fromNs / periodNs);
  const periods = new Periods(first * periodNs, periodNs, columnsBetween(fromNs, toNs, periodNs), rows);
  const end = periods.fromNs + periods.columns * periodNs;
  const bytes = lanes.flatMap((lane) => lane.blocks(periods.fromNs, end)).reduce((sum, { length }) => sum + length, 0);
  const isExact = lanes.every((lane) => lane.keepsSegments) && bytes <= MOST_BYTES;
  for (const lane of lanes) {
    if (isExact) addSegments(lane, periods, count === 'delay', scratch);
    else addBins(lane.levels[0], scale.binNs, periods, count === 'delay');
  }
  return {
    kind: 'offset',
    fromNs: periods.fromNs,
    columnNs: periodNs,
    columns: periods.columns,
    rows,
    bordersNs: Array.from({ length: rows + 1 }, (_, row) => (row * periodNs) / rows),
    counts: periods.counts,
    most: mostOf(periods.counts),
    errorNs: isExact ? 0 : scale.binNs / 2,
  };
}

function addSegments(lane: LaneData, periods: Periods, isDelay: boolean, rows: Rows): void {
  for (const block of lane.blocks(periods.fromNs, periods.fromNs + periods.columns * periods.periodNs)) {
    lane.read(block, rows);
    let start = rows.start;
    for (let row = 0; row < rows.count; row++) {
      const end = rows.end[row];
      if (!isDelay && (rows.flags[row] & Flag.exit) !== 0) periods.add(rows.startOf(row + rows.lead[row]), 1);
      if (isDelay && IS_DELAY[rows.kind[row]]) periods.addSpan(start, end);
      start = end;
    }
  }
}

/** All of a bin as if it were in its middle. */
function addBins(bins: Bins, binNs: number, periods: Periods, isDelay: boolean): void {
  const end = Math.min(bins.count, Math.ceil((periods.fromNs + periods.columns * periods.periodNs) / binNs));
  for (let bin = Math.floor(periods.fromNs / binNs); bin < end; bin++) {
    let amount = bins.exits[bin];
    if (isDelay) {
      amount = DELAY_ACCOUNTS.reduce((sum, account) => sum + bins.sums[bin * bins.kinds + account], 0);
    }
    if (amount > 0) periods.add((bin + 0.5) * binNs, amount);
  }
}
