// Peak memory with files of 4 GB, whose offsets no longer fit in 32 bits.
import { measure } from '../measure.mjs';
import { vmtoll } from '../peers.mjs';
import { hasRoomFor, isMade, makeOfSize } from '../recordings.mjs';
import { megabytes, millions, seconds, size } from '../table.mjs';

export const id = 'memory';
export const title = 'Memory with large files';

/** Above 2^32. */
const BYTES = 4_400_000_000;
const MOST_MEMORY = 300e6;

/** @param {{ quick: boolean }} options */
export function run({ quick }) {
  if (quick) return { skipped: 'files of 4 GB are not made with --quick' };
  const rows = [];
  const targets = [];
  const data = [];
  const notes = [];
  for (const kind of /** @type {const} */ (['trace-dat', 'perf-data'])) {
    if (!isMade(kind, BYTES) && !hasRoomFor(BYTES)) {
      notes.push(`**Not measured: ${kind}.** The disk has no room for ${size(BYTES)}.`);
      continue;
    }
    const file = makeOfSize(kind, BYTES);
    const { wallSeconds, peakBytes } = measure(vmtoll(file.path));
    rows.push([kind, size(file.bytes), millions(file.events), seconds(wallSeconds), megabytes(peakBytes)]);
    const met = peakBytes < MOST_MEMORY;
    targets.push({ what: `peak memory in MB, ${kind}`, wanted: `< ${MOST_MEMORY / 1e6}`, value: peakBytes / 1e6, met });
    data.push({ kind, bytes: file.bytes, events: file.events, wallSeconds, peakBytes });
  }
  return { head: ['format', 'file', 'events', 'wall time (one run)', 'peak memory'], rows, notes, targets, data };
}
