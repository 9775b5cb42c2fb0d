// A trace.dat file: vmtoll explain beside trace-cmd report.
import { statSync } from 'node:fs';
import { compare } from '../measure.mjs';
import { explanationOf, traceCmd, vmtoll } from '../peers.mjs';
import { bigRecording, convert, copiesOf, FIXTURE, makeOfSize } from '../recordings.mjs';
import { costCells, millions, size, times } from '../table.mjs';

export const id = 'trace-dat';
export const title = 'trace.dat: `vmtoll explain` beside `trace-cmd report`';

const EVENTS = 9_000_000;
const QUICK_BYTES = 100e6;
const LEAST_SPEEDUP = 15;

/** The file that is measured, what it is, and how many events must be found where that is known. */
export function traceDatFile(/** @type {boolean} */ quick) {
  const big = quick ? undefined : bigRecording();
  if (big !== undefined) return { path: convert(big, 6, 'none'), origin: 'a real recording of two busy guests' };
  const copies = copiesOf('trace-dat');
  const { path, events } = makeOfSize('trace-dat', quick ? QUICK_BYTES : copies.bytesFor(EVENTS));
  return { path, events, origin: `${FIXTURE} repeated` };
}

/** @param {{ quick: boolean, runs: number }} options */
export function run({ quick, runs }) {
  const { path, origin, events: expected } = traceDatFile(quick);
  const { events } = explanationOf(path).recording;
  if (expected !== undefined && events !== expected) throw new Error(`${events} events in ${path}, not ${expected}`);
  const packed = convert(path, 7, 'zstd');
  const [own, peer, ownPacked] = compare([vmtoll(path), traceCmd(path), vmtoll(packed)], runs);
  const speedup = peer.wallSeconds.median / own.wallSeconds.median;
  const row = (/** @type {string} */ name, summary) => [
    name,
    ...costCells(summary),
    times(peer.wallSeconds.median / summary.wallSeconds.median),
  ];
  return {
    head: ['command', 'wall time', 'CPU time', 'peak memory', 'as fast as trace-cmd'],
    rows: [
      row('`vmtoll explain --json`', own),
      row('`trace-cmd report`', peer),
      row('`vmtoll explain --json`, the same as version 7 with zstd', ownPacked),
    ],
    notes: [`${millions(events)} events, ${size(statSync(path).size)}, ${origin}.`],
    targets: [
      {
        what: 'vmtoll is so many times as fast as trace-cmd report',
        wanted: `≥ ${LEAST_SPEEDUP}`,
        value: speedup,
        met: speedup >= LEAST_SPEEDUP,
      },
    ],
    data: { events, own, peer, ownPacked },
  };
}
