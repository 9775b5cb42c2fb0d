// A perf.data file: vmtoll explain beside perf kvm stat report.
import { compare } from '../measure.mjs';
import { perf, perfSamples, vmtoll } from '../peers.mjs';
import { copiesOf, FIXTURE, makeOfSize } from '../recordings.mjs';
import { costCells, millions, size, times } from '../table.mjs';

export const id = 'perf-data';
export const title = 'perf.data: `vmtoll explain` beside `perf kvm stat report`';

const EVENTS = 9_800_000;
const QUICK_BYTES = 100e6;
const MOST_TIME = 1;
const MOST_MEMORY = 1 / 3;

export function perfDataFile(/** @type {boolean} */ quick) {
  return makeOfSize('perf-data', quick ? QUICK_BYTES : copiesOf('perf-data').bytesFor(EVENTS));
}

/**
 * perf must find in the large file what it finds in the small one, as often as that is in it. At a seam between two
 * copies an exit and an entry may make one pair more per vCPU: how many, a file of two copies tells.
 */
function checkWithPerf(/** @type {import('../recordings.mjs').Made} */ file) {
  const { one, two } = copiesOf('perf-data');
  const single = perfSamples(one.path);
  const atSeam = perfSamples(two.path) - 2 * single;
  const expected = file.copies * single + (file.copies - 1) * atSeam;
  const found = perfSamples(file.path);
  if (found !== expected) throw new Error(`perf finds ${found} samples in ${file.path} instead of ${expected}`);
  return `perf finds ${found} exits in it: ${file.copies} × ${single} of the fixture, ${atSeam} at each seam.`;
}

/** @param {{ quick: boolean, runs: number }} options */
export function run({ quick, runs }) {
  const file = perfDataFile(quick);
  const check = checkWithPerf(file);
  const [own, peer] = compare([vmtoll(file.path), perf(file.path)], runs);
  const time = own.wallSeconds.median / peer.wallSeconds.median;
  const memory = own.peakBytes.median / peer.peakBytes.median;
  const row = (/** @type {string} */ name, summary) => [
    name,
    ...costCells(summary),
    times(summary.wallSeconds.median / peer.wallSeconds.median),
    times(summary.peakBytes.median / peer.peakBytes.median),
  ];
  return {
    head: ['command', 'wall time', 'CPU time', 'peak memory', 'time of perf', 'memory of perf'],
    rows: [row('`vmtoll explain --json`', own), row('`perf kvm stat report --event=vmexit`', peer)],
    notes: [`${millions(file.events)} events, ${size(file.bytes)}, ${FIXTURE} repeated. ${check}`],
    targets: [
      { what: "vmtoll's time over perf's", wanted: `≤ ${MOST_TIME}`, value: time, met: time <= MOST_TIME },
      { what: "vmtoll's memory over perf's", wanted: '≤ 1/3', value: memory, met: memory <= MOST_MEMORY },
    ],
    data: { events: file.events, own, peer },
  };
}
