// A xentrace file of 400 MB: vmtoll explain beside xenalyze --summary.
import { spawnSync } from 'node:child_process';
import { compare } from '../measure.mjs';
import { explanationOf, vmtoll, xenalyze } from '../peers.mjs';
import { makeXentraceFile } from '../recordings.mjs';
import { costCells, millions, size, times } from '../table.mjs';

export const id = 'xentrace';
export const title = 'xentrace: `vmtoll explain` beside `xenalyze --summary`';

const BYTES = 400e6;
const QUICK_BYTES = 100e6;
const LEAST_SPEEDUP = 10;
const MOST_MEMORY = 300e6;

/** @param {{ quick: boolean, runs: number }} options */
export function run({ quick, runs }) {
  if (spawnSync('xenalyze', ['--help'], { stdio: 'ignore' }).error !== undefined) {
    return { skipped: 'xenalyze is missing: install it (Debian: apt-get install xen-utils-common)' };
  }
  const { path, bytes } = makeXentraceFile(quick ? QUICK_BYTES : BYTES);
  const { events, lostEvents } = explanationOf(path).recording;
  if (lostEvents > 0) throw new Error(`${lostEvents} events are lost in ${path}`);
  const [own, peer] = compare([vmtoll(path), xenalyze(path)], runs);
  const speedup = peer.wallSeconds.median / own.wallSeconds.median;
  const row = (/** @type {string} */ name, summary) => [
    name,
    ...costCells(summary),
    times(peer.wallSeconds.median / summary.wallSeconds.median),
  ];
  return {
    head: ['command', 'wall time', 'CPU time', 'peak memory', 'as fast as xenalyze'],
    rows: [row('`vmtoll explain --json`', own), row('`xenalyze --summary`', peer)],
    notes: [`${size(bytes)}, ${millions(events)} events: \`fixtures/xen/pvh-overcommit\` repeated.`],
    targets: [
      {
        what: 'times as fast as xenalyze',
        wanted: `≥ ${LEAST_SPEEDUP}`,
        value: speedup,
        met: speedup >= LEAST_SPEEDUP,
      },
      {
        what: 'peak memory in MB, xentrace',
        wanted: `< ${MOST_MEMORY / 1e6}`,
        value: own.peakBytes.median / 1e6,
        met: own.peakBytes.median < MOST_MEMORY,
      },
    ],
    data: { events, own, peer },
  };
}
