// A QNX kernel trace of 1 GB: rate and memory, beside a trace.dat in the same run.
import { compare } from '../measure.mjs';
import { explanationOf, vmtoll } from '../peers.mjs';
import { makeKev } from '../recordings.mjs';
import { megabytes, millions, size, spreadText } from '../table.mjs';
import { traceDatFile } from './trace-dat.mjs';

export const id = 'kev';
export const title = '.kev: `vmtoll explain` beside itself on a trace.dat';

const BYTES = 1_000_000_000;
const QUICK_BYTES = 100e6;
const EVENT_BYTES = 16;
const MOST_MEMORY = 300e6;

/** @param {{ quick: boolean, runs: number }} options */
export function run({ quick, runs }) {
  const kev = makeKev(quick ? QUICK_BYTES : BYTES);
  const traceDat = traceDatFile(quick);
  const [ofKev, ofTraceDat] = [kev, traceDat].map(({ path }) => explanationOf(path).recording);
  if (ofKev.lostEvents > 0) throw new Error(`${ofKev.lostEvents} events are lost in ${kev.path}`);
  const [own, other] = compare([vmtoll(kev.path), vmtoll(traceDat.path)], runs);
  const parts = kev.bytes / EVENT_BYTES;
  const rate = parts / own.wallSeconds.median / (ofTraceDat.events / other.wallSeconds.median);
  const perSecond = (/** @type {number} */ events, summary) => `${millions(events / summary.wallSeconds.median)}/s`;
  const row = (/** @type {string} */ name, /** @type {number} */ events, summary) => [
    name,
    millions(events),
    spreadText(summary.wallSeconds),
    perSecond(events, summary),
    megabytes(summary.peakBytes.median),
  ];
  return {
    head: ['file', 'events', 'wall time', 'rate', 'peak memory'],
    rows: [
      row('.kev, events of 16 bytes', parts, own),
      row('the same, events that consist of several counted once', ofKev.events, own),
      row('trace.dat', ofTraceDat.events, other),
    ],
    notes: [`${size(kev.bytes)}: the trace of a simulated QNX host with one guest, repeated.`],
    targets: [
      { what: 'rate of .kev over that of trace.dat', wanted: '≥ 1', value: rate, met: rate >= 1 },
      {
        what: 'peak memory in MB, .kev',
        wanted: `< ${MOST_MEMORY / 1e6}`,
        value: own.peakBytes.median / 1e6,
        met: own.peakBytes.median < MOST_MEMORY,
      },
    ],
    data: { events: ofKev.events, own, other },
  };
}
