/** One episode with all that is known of it: its parts, who had its pCPU meanwhile, what woke it. */
import { ACCOUNTS, Account, accountSums } from '../ledger/accounts.js';
import { episodeEnd } from './heat.js';
import type { LaneData } from './lane-data.js';
import { BACKGROUND, NO_KIND, NO_LABEL, OCCUPANTS, type Occupant } from './lanes.js';
import type { EpisodeChain, EpisodePart, OtherOccupant, WakeLink } from './model.js';
import { Flag, Rows } from './rows.js';

/** Of those who had the pCPU during one part so many are named. */
const MOST_OTHERS = 16;
/** A longer episode is shown without its further parts. */
const MOST_PARTS = 2048;
/** pCPU time that is looked at for one part: all of it, as far as it is in so many blocks. */
const MOST_BLOCKS = 64;

export interface ChainQuery {
  /** Position in the list of lanes. */
  readonly lane: number;
  readonly timeNs: number;
  /** -1 and 1: the episode before it and after it; 0: itself. */
  readonly step?: -1 | 0 | 1;
}

/** What chains need to know beside the lane. */
export interface Surroundings {
  readonly lanes: readonly LaneData[];
  readonly binNs: number;
  /** Position of the lane of a pCPU; -1: it has none. */
  pcpuLane(pcpu: number): number;
  /** Position of the lane of a vCPU that an occupant is; -1: it is none. */
  vcpuLaneOf(occupant: number): number;
  /** The function at an address of a machine, where symbols are given. */
  functionAt(machine: string, high: number, low: number): string | undefined;
}

const WAITS: readonly number[] = [Account.wakeup, Account.preempted, Account.interrupt];

export function chainAt(query: ChainQuery, around: Surroundings): EpisodeChain | undefined {
  const lane = around.lanes[query.lane];
  if (lane === undefined || !(query.timeNs >= 0)) return undefined;
  if (!lane.keepsSegments) return summaryAt(lane, query, around.binNs);
  const found = find(lane, query);
  return found && chainOf(lane, query.lane, found, around);
}

/** Rows of a block: from `first` to before `end`. */
interface Extent {
  readonly first: number;
  /** The one that begins with the exit. */
  readonly exit: number;
  readonly end: number;
}

interface Found extends Extent {
  readonly rows: Rows;
}

function find(lane: LaneData, { timeNs, step = 0 }: ChainQuery): Found | undefined {
  const rows = new Rows();
  const { blocks } = lane.books;
  let index = lane.blockAt(timeNs);
  if (index >= blocks.length) {
    if (step !== -1 || blocks.length === 0) return undefined;
    index = blocks.length - 1;
  }
  lane.read(blocks[index], rows);
  const at = rowAt(rows, timeNs);
  const extent = lane.lane.type === 'vcpu' ? vcpuExtent : pcpuExtent;
  const own = extent(rows, at);
  if (step === 0) return own && { rows, ...own };
  let row = step > 0 ? (own?.end ?? at + 1) : (own?.first ?? at) - 1;
  for (;;) {
    for (; row >= 0 && row < rows.count; row += step) {
      const isStart =
        lane.lane.type === 'vcpu' ? (rows.flags[row] & Flag.episode) !== 0 : rows.kind[row] !== BACKGROUND;
      const next = isStart ? extent(rows, row) : undefined;
      if (next !== undefined) return { rows, ...next };
    }
    index += step;
    if (index < 0 || index >= blocks.length) return undefined;
    lane.read(blocks[index], rows);
    row = step > 0 ? 0 : rows.count - 1;
  }
}

function rowAt(rows: Rows, timeNs: number): number {
  let [low, high] = [0, Math.max(0, rows.count - 1)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows.end[middle] <= timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The episode that a row is in; the row alone where it is in none but not the guest's either. */
function vcpuExtent(rows: Rows, row: number): Extent | undefined {
  if (row >= rows.count || rows.kind[row] === Account.guest) return undefined;
  let first = row;
  while (first > 0 && (rows.flags[first] & Flag.episode) === 0) first--;
  const exit = first + rows.lead[first];
  let end = (rows.flags[first] & Flag.episode) === 0 ? first : episodeEnd(rows, exit);
  if (row >= end) return { first: row, exit: row, end: row + 1 };
  // What nobody knows after the last known part is not of it.
  while (end > Math.max(row, exit) + 1 && rows.kind[end - 1] === Account.unknown) end--;
  return { first, exit, end };
}

function pcpuExtent(rows: Rows, row: number): Extent | undefined {
  const isNone = row >= rows.count || rows.kind[row] === BACKGROUND;
  return isNone ? undefined : { first: row, exit: row, end: row + 1 };
}

function chainOf(lane: LaneData, index: number, { rows, first, exit, end }: Found, around: Surroundings): EpisodeChain {
  const isVcpu = lane.lane.type === 'vcpu';
  const sums = new Float64Array(ACCOUNTS.length);
  const parts: EpisodePart[] = [];
  const wakes: WakeLink[] = [];
  for (let row = first; row < end; row++) {
    if (rows.kind[row] === BACKGROUND) continue;
    const [startNs, endNs] = [rows.startOf(row), rows.end[row]];
    if (isVcpu) sums[rows.kind[row]] += endNs - startNs;
    if (parts.length === MOST_PARTS) continue;
    const asks = isVcpu && WAITS.includes(rows.kind[row]);
    parts.push({
      startNs,
      endNs,
      kind: isVcpu ? ACCOUNTS[rows.kind[row]] : OCCUPANTS[rows.kind[row]],
      keptOut: (rows.flags[row] & Flag.keptOut) !== 0,
      pcpu: rows.pcpu[row],
      others: asks ? othersOn(rows.pcpu[row], startNs, endNs, lane.occupant, around) : [],
    });
    if ((rows.flags[row] & Flag.woken) !== 0) wakes.push(wakeOf(rows, row, startNs, around));
  }
  const { guest: _guest, ...ledgerNs } = accountSums(sums);
  const isEpisode = (rows.flags[first] & Flag.episode) !== 0;
  const [high, low] = isEpisode ? [rows.addressHigh[first], rows.addressLow[first]] : [Number.NaN, Number.NaN];
  return {
    lane: index,
    startNs: rows.startOf(exit),
    endNs: rows.end[end - 1],
    complete: parts.length < MOST_PARTS,
    label: labelOf(rows, exit, end),
    guestAddress: hexadecimal(high, low),
    guestFunction: around.functionAt(lane.lane.machine, high, low) ?? null,
    reachedVmm: (rows.flags[first] & Flag.reachedVmm) !== 0,
    ledgerNs: isVcpu ? ledgerNs : null,
    parts,
    wakes,
  };
}

/** Of its own exit, not of time in which the VMM kept it out, if it has any. */
function labelOf(rows: Rows, first: number, end: number): number {
  for (let row = first; row < end; row++) {
    if (rows.label[row] !== NO_LABEL && (rows.flags[row] & Flag.keptOut) === 0) return rows.label[row];
  }
  return rows.label[first];
}

function wakeOf(rows: Rows, row: number, timeNs: number, around: Surroundings): WakeLink {
  const occupant = rows.waker[row];
  return {
    timeNs,
    fromLane: around.pcpuLane(rows.wakerPcpu[row]),
    fromVcpuLane: occupant === NO_LABEL ? -1 : around.vcpuLaneOf(occupant),
    occupant,
  };
}

function othersOn(pcpu: number, fromNs: number, toNs: number, self: number, around: Surroundings): OtherOccupant[] {
  const index = around.pcpuLane(pcpu);
  if (index < 0) return [];
  const lane = around.lanes[index];
  const byOccupant = new Map<string, { occupant: number; kind: Occupant; ns: number }>();
  const rows = new Rows();
  for (const block of lane.blocks(fromNs, toNs).slice(0, MOST_BLOCKS)) {
    lane.read(block, rows);
    for (let row = 0; row < rows.count; row++) {
      const ns = Math.min(rows.end[row], toNs) - Math.max(rows.startOf(row), fromNs);
      if (ns <= 0 || (rows.label[row] === self && self !== NO_LABEL)) continue;
      const [occupant, kind] = [rows.label[row], OCCUPANTS[rows.kind[row]]];
      const key = occupant === NO_LABEL ? kind : String(occupant);
      const known = byOccupant.get(key);
      if (known === undefined) byOccupant.set(key, { occupant, kind, ns });
      else known.ns += ns;
    }
  }
  return [...byOccupant.values()].sort((a, b) => b.ns - a.ns).slice(0, MOST_OTHERS);
}

function hexadecimal(high: number, low: number): string | null {
  if (Number.isNaN(low) || Number.isNaN(high)) return null;
  return `0x${((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16)}`;
}

/** What the bins tell where no segments are kept: the longest segment there. */
function summaryAt(
  lane: LaneData,
  { lane: index, timeNs, step = 0 }: ChainQuery,
  binNs: number,
): EpisodeChain | undefined {
  const bins = lane.levels[0];
  let bin = Math.floor(timeNs / binNs) + step;
  if (step !== 0) {
    while (bin >= 0 && bin < bins.count && bins.kind[bin] === NO_KIND) bin += step;
  }
  if (bin < 0 || bin >= bins.count || bins.kind[bin] === NO_KIND) return undefined;
  return {
    lane: index,
    startNs: bins.start[bin],
    endNs: bins.start[bin] + bins.duration[bin],
    complete: false,
    label: bins.label[bin],
    guestAddress: null,
    guestFunction: null,
    reachedVmm: false,
    ledgerNs: null,
    parts: [
      {
        startNs: bins.start[bin],
        endNs: bins.start[bin] + bins.duration[bin],
        kind: lane.lane.type === 'vcpu' ? ACCOUNTS[bins.kind[bin]] : OCCUPANTS[bins.kind[bin]],
        keptOut: false,
        pcpu: -1,
        others: [],
      },
    ],
    wakes: [],
  };
}
