/** What the timeline shows adds up to what the books say, at every resolution and for every part of a recording. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { KINDS_OF } from '../../src/episodes/lanes.js';
import type { Tile } from '../../src/episodes/tile.js';
import { ACCOUNTS, type AccountSums } from '../../src/ledger/accounts.js';
import { vmtoll } from '../support/cli.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { explained, recordTimeline } from '../support/timelines.js';

const FILES = [
  ['b1-uart-flood', 'trace.dat'],
  ['i1-overcommit-unpinned', 'trace.dat'],
  ['l3-lost-events', 'trace.dat'],
  ['m-mixed', 'perf.data'],
  ['e-timer', 'trace.dat'],
  ['xen', 'pvh-overcommit.xen'],
  ['qnx', 'virtio.kev'],
] as const;

function fileOf(name: string, file: string): string {
  if (name === 'xen') return pathIn(scenario(name, file, ''), file);
  if (name !== 'qnx') return pathIn(scenario(name, file), file);
  vmtoll(['demo', 'qnx', '--save', folder]);
  return join(folder, file);
}

const folder = mkdtempSync(join(tmpdir(), 'vmtoll-'));
afterAll(() => rmSync(folder, { recursive: true }));

const inOrder = (sums: AccountSums): number[] => ACCOUNTS.map((account) => sums[account]);

function sumsOf({ lanes }: Tile, index: number): number[] {
  const { sums, kinds, count } = lanes[index];
  return Array.from({ length: kinds }, (_, kind) => {
    let total = 0;
    for (let row = 0; row < count; row++) total += sums[row * kinds + kind];
    return total;
  });
}

describe.each(FILES)('%s/%s', (name, file) => {
  // Few bins, so that there are levels below those in memory too.
  const recorded = recordTimeline(fileOf(name, file), { mostBins: 4096 });

  test('every vCPU has a lane, whose accounts are those of the books at every resolution', async () => {
    const { explanation, timeline } = await recorded;
    const { lanes, lengthNs } = timeline.info;
    const vcpus = explanation.machines.flatMap(({ id, vcpus }) => vcpus.map((vcpu) => ({ id, vcpu })));
    expect(lanes.filter(({ type }) => type === 'vcpu')).toHaveLength(vcpus.length);
    expect(lengthNs).toBe(explanation.recording.durationNs);
    for (const { id, vcpu } of vcpus) {
      const lane = lanes.findIndex(({ machine, number }) => machine === id && number === vcpu.id);
      let seen = 0;
      for (let resolutionNs = 2 ** 40; lengthNs / resolutionNs < 8000; resolutionNs /= 2) {
        const tile = timeline.tile({ lanes: [lane], fromNs: 0, toNs: lengthNs, resolutionNs });
        if (tile.lanes[0].rows === 'bins') expect(sumsOf(tile, 0)).toEqual(inOrder(vcpu.ledgerNs));
        seen++;
      }
      expect(seen).toBeGreaterThan(10);
    }
  });

  test('the occupants of every pCPU add up to T, and but for handlers on top are those of the pCPU map', async () => {
    const { explanation, timeline } = await recorded;
    const { lanes, lengthNs, baseNs } = timeline.info;
    for (const [lane, { type, number }] of lanes.entries()) {
      if (type !== 'pcpu') continue;
      const tile = timeline.tile({ lanes: [lane], fromNs: 0, toNs: lengthNs, resolutionNs: baseNs });
      expect(sumsOf(tile, 0)).toHaveLength(KINDS_OF.pcpu.length);
      expect(sumsOf(tile, 0).reduce((sum, ns) => sum + ns, 0)).toBe(lengthNs);
      const place = explanation.placement.pcpus?.find(({ pcpu }) => pcpu === number);
      if (place === undefined) continue;
      const { vcpuNs, vmmNs, kernelNs, processNs, idleNs, unknownNs } = place;
      const [idle, vcpu, vmm, other, interrupt, unknown] = sumsOf(tile, 0);
      const onTop = [idleNs - idle, vcpuNs - vcpu, vmmNs - vmm, kernelNs + processNs - other, unknownNs - unknown];
      expect(Math.min(...onTop)).toBeGreaterThanOrEqual(0);
      expect(onTop.reduce((sum, ns) => sum + ns, 0)).toBe(interrupt);
    }
  });

  test('the latency map has every timed episode, in the row of its length', async () => {
    const { explanation, timeline } = await recorded;
    const { lengthNs } = timeline.info;
    const timed = explanation.groups.cause.reduce((sum, group) => sum + group.timed, 0);
    for (const columns of [1, 100, 4096]) {
      const map = timeline.heat({ kind: 'latency', lanes: [], fromNs: 0, toNs: lengthNs, columns });
      expect(map.counts.reduce((sum, count) => sum + count, 0)).toBe(timed);
      const longest = Math.max(...explanation.groups.cause.map(({ maxNs }) => maxNs ?? 0));
      const highest = map.counts.reduce((most, count, at) => (count > 0 ? Math.max(most, at % map.rows) : most), 0);
      expect(map.bordersNs[highest]).toBeLessThanOrEqual(longest);
      expect(map.bordersNs[highest + 1]).toBeGreaterThan(longest);
    }
  });

  test('the map of offsets has every exit, and all guest delay', async () => {
    const { explanation, timeline } = await recorded;
    const query = { kind: 'offset', lanes: [], fromNs: 0, toNs: timeline.info.lengthNs, columns: 200 } as const;
    const exits = timeline.heat({ ...query, periodNs: 1e7, rows: 20 });
    expect(exits.counts.reduce((sum, count) => sum + count, 0)).toBe(explanation.totals.exits);
    const delay = timeline.heat({ ...query, periodNs: 1e8, count: 'delay' });
    expect(delay.counts.reduce((sum, ns) => sum + ns, 0)).toBeCloseTo(explanation.totals.guestDelayNs, -1);
  });

  test('the sums of a part are the books of that part, which are kept by reading it anew', async () => {
    const { timeline } = await recorded;
    const { lanes, lengthNs } = timeline.info;
    const [fromNs, toNs] = [Math.floor(lengthNs / 3) + 1, Math.floor((lengthNs * 5) / 7)];
    const part = await explained(fileOf(name, file), { fromNs, toNs });
    for (const [lane, { type, machine, number }] of lanes.entries()) {
      if (type !== 'vcpu') continue;
      const vcpu = part.machines.find(({ id }) => id === machine)!.vcpus.find(({ id }) => id === number)!;
      expect(timeline.sums({ lanes: [lane], fromNs, toNs })).toEqual([
        { lane, ns: inOrder(vcpu.ledgerNs), errorNs: 0 },
      ]);
    }
  });

  test('the worst episodes are found on the lanes, with their accounts', async () => {
    const { explanation, timeline } = await recorded;
    const { lanes, exits } = timeline.info;
    for (const worst of explanation.worst) {
      const lane = lanes.findIndex((l) => l.machine === worst.machine && l.number === worst.vcpu);
      const chain = timeline.episode({ lane, timeNs: worst.atNs });
      expect(chain).toMatchObject({
        startNs: worst.atNs,
        endNs: worst.atNs + worst.durationNs,
        guestAddress: worst.guestAddress,
        complete: true,
      });
      expect(exits[chain!.label]).toMatchObject({
        machine: worst.machine,
        cause: worst.cause,
        reason: worst.reason,
        detail: worst.detail,
        device: worst.device,
      });
      const { unknown, ...known } = worst.ledgerNs;
      if (unknown === 0 && !chain!.parts.some(({ keptOut }) => keptOut)) expect(chain!.ledgerNs).toMatchObject(known);
    }
  });
});
