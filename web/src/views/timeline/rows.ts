/** What is below each other on the timeline: a head for each machine and one for the pCPUs, and under each its lanes. */
import type { Lane } from '../../engine/engine.js';

export interface GroupRow {
  readonly type: 'group';
  /** In the address: "m" and the machine's id, or "pcpus". */
  readonly id: string;
  /** Untrusted where it is a machine's. */
  readonly title: string;
  readonly count: number;
  readonly isOpen: boolean;
  /** Positions in the list of lanes, open or not. */
  readonly lanes: readonly number[];
  readonly y: number;
  readonly height: number;
}

export interface LaneRow {
  readonly type: 'lane';
  /** Position in the list of lanes. */
  readonly lane: number;
  /** Short: its group is above it. */
  readonly title: string;
  readonly y: number;
  readonly height: number;
}

export type Row = GroupRow | LaneRow;

export const PCPUS = 'pcpus';
const HEAD_HEIGHT = 24;
/** Between a lane and the next, in pixels: the row includes it. */
export const LANE_GAP = 3;
/** Heights of a lane with its gap: as tall as there is room for, so that few lanes are easy to read and many are seen. */
const TALLEST = 38;
const SHORTEST = 15;

/**
 * @param room pixels that there are before one has to scroll
 * @param names of machines by id (untrusted); a machine without one is shown by its id
 */
export function timelineRows(
  lanes: readonly Lane[],
  closed: ReadonlySet<string>,
  room: number,
  names: ReadonlyMap<string, string> = new Map(),
): Row[] {
  const groups = groupsOf(lanes, names);
  const open = groups.filter(({ id }) => !closed.has(id)).reduce((sum, { lanes: own }) => sum + own.length, 0);
  const fair = Math.floor((room - groups.length * HEAD_HEIGHT) / Math.max(1, open));
  const height = Math.max(SHORTEST, Math.min(TALLEST, fair));
  const rows: Row[] = [];
  let y = 0;
  for (const { id, title, lanes: own } of groups) {
    const isOpen = !closed.has(id);
    rows.push({ type: 'group', id, title, count: own.length, isOpen, lanes: own, y, height: HEAD_HEIGHT });
    y += HEAD_HEIGHT;
    if (!isOpen) continue;
    for (const lane of own) {
      const title = `${lanes[lane].type === 'vcpu' ? 'vCPU' : 'pCPU'} ${lanes[lane].number}`;
      rows.push({ type: 'lane', lane, title, y, height });
      y += height;
    }
  }
  return rows;
}

function groupsOf(lanes: readonly Lane[], names: ReadonlyMap<string, string>) {
  const groups = new Map<string, { id: string; title: string; lanes: number[] }>();
  lanes.forEach(({ type, machine }, position) => {
    const id = type === 'pcpu' ? PCPUS : `m${machine}`;
    const group = groups.get(id) ?? {
      id,
      title: type === 'pcpu' ? 'pCPUs' : titleOf(machine, names.get(machine)),
      lanes: [],
    };
    group.lanes.push(position);
    groups.set(id, group);
  });
  return [...groups.values()];
}

const titleOf = (id: string, name: string | undefined): string =>
  name === undefined || name === id ? id : `${id} · ${name}`;

export const heightOf = (rows: readonly Row[]): number => {
  const last = rows[rows.length - 1];
  return last === undefined ? 0 : last.y + last.height;
};

/** The row at a height; undefined below the last. */
export function rowAt(rows: readonly Row[], y: number): Row | undefined {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].y + rows[middle].height <= y) low = middle + 1;
    else high = middle;
  }
  const row = rows[low];
  return row !== undefined && row.y <= y ? row : undefined;
}

/** The rows that have something between two heights. */
export const rowsBetween = (rows: readonly Row[], from: number, to: number): readonly Row[] =>
  rows.filter(({ y, height }) => y + height > from && y < to);

/** The row of a lane; that of its group where that is closed. */
export const rowOfLane = (rows: readonly Row[], lane: number): Row | undefined =>
  rows.find((row) => row.type === 'lane' && row.lane === lane) ??
  rows.find((row) => row.type === 'group' && row.lanes.includes(lane));
