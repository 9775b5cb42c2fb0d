import { describe, expect, it } from 'vitest';
import type { Lane } from '../../web/src/engine/engine.js';
import { heightOf, rowAt, rowOfLane, rowsBetween, timelineRows } from '../../web/src/views/timeline/rows.js';

const vcpus = (machine: string, count: number): Lane[] =>
  Array.from({ length: count }, (_, number) => ({
    type: 'vcpu' as const,
    machine,
    number,
    thread: 100 + number,
    name: `vCPU ${number} of ${machine}`,
  }));
const pcpus = (count: number): Lane[] =>
  Array.from({ length: count }, (_, number) => ({
    type: 'pcpu' as const,
    machine: '',
    number,
    thread: -1,
    name: `pCPU ${number}`,
  }));

const LANES = [...vcpus('vm1', 2), ...vcpus('vm2', 3), ...pcpus(2)];
const NONE = new Set<string>();

describe('the rows of the timeline', () => {
  it('are a head and its lanes, group after group, without gaps', () => {
    const rows = timelineRows(LANES, NONE, 600, new Map([['vm2', 'database']]));
    expect(rows.map(({ title }) => title)).toEqual([
      'vm1',
      'vCPU 0',
      'vCPU 1',
      'vm2 · database',
      'vCPU 0',
      'vCPU 1',
      'vCPU 2',
      'pCPUs',
      'pCPU 0',
      'pCPU 1',
    ]);
    let y = 0;
    for (const row of rows) {
      expect(row.y).toBe(y);
      y += row.height;
    }
    expect(heightOf(rows)).toBe(y);
  });

  it('find the row at every height, and nothing below the last', () => {
    const rows = timelineRows(LANES, NONE, 600);
    for (let y = 0; y < heightOf(rows); y++) {
      const row = rowAt(rows, y)!;
      expect(row.y <= y && y < row.y + row.height).toBe(true);
    }
    expect(rowAt(rows, heightOf(rows))).toBeUndefined();
    expect(rowAt(rows, -1)).toBeUndefined();
  });

  it('leave out the lanes of a closed group, whose head stands for them', () => {
    const rows = timelineRows(LANES, new Set(['mvm1', 'pcpus']), 600);
    expect(rows.filter(({ type }) => type === 'lane').map((row) => row.type === 'lane' && row.lane)).toEqual([2, 3, 4]);
    expect(rowOfLane(rows, 1)).toMatchObject({ type: 'group', id: 'mvm1', count: 2, isOpen: false });
    expect(rowOfLane(rows, 3)).toMatchObject({ type: 'lane', lane: 3 });
  });

  it('fit into the room where they can, and stay tall enough to be read where they cannot', () => {
    const many = [...vcpus('vm1', 20), ...pcpus(8)];
    expect(heightOf(timelineRows(many, NONE, 600))).toBeLessThanOrEqual(600);
    const huge = timelineRows([...vcpus('vm1', 64), ...pcpus(64)], NONE, 600);
    expect(heightOf(huge)).toBeGreaterThan(600);
    for (const { height } of huge) expect(height).toBeGreaterThanOrEqual(15);
    const shown = rowsBetween(huge, 300, 900);
    expect(shown.length).toBeLessThan(45);
    expect(shown[0].y).toBeLessThanOrEqual(300);
    expect(shown[shown.length - 1].y).toBeLessThan(900);
  });

  it('have names and heights also where there is nothing', () => {
    expect(timelineRows([], NONE, 600)).toEqual([]);
    expect(heightOf([])).toBe(0);
  });
});
