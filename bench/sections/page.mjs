// The page with 20 million events: first useful screen, frames while it is panned and zoomed at every depth, its weight.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { copiesOf, hasRoomFor, isMade, makeOfSize, WORK } from '../recordings.mjs';
import { millions, seconds, size } from '../table.mjs';

export const id = 'page';
export const title = 'The page: first screen and frames';

const EVENTS = 20e6;
const QUICK_EVENTS = 1e6;
const QUICK_FRAMES = 20;
const FRAMES = 60;
const CHROMIUM = '/usr/bin/chromium';
const PAGE = resolve(import.meta.dirname, '../../dist/web');
/** Drawing alone; a screen shows a frame each 16.7 ms. */
const MEDIAN_MS = 16;
const WORST_MS = 50;
const LARGEST_BYTES = 150_000;

const milliseconds = (/** @type {number} */ value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
/** Median and worst; nothing where nothing was drawn. */
const pair = ({ median, max }) => (max > 0 ? `${milliseconds(median)} / ${milliseconds(max)}` : '–');

function spanText(/** @type {number} */ ns) {
  if (ns >= 1e9) return `${(ns / 1e9).toFixed(ns < 100e9 ? 1 : 0)} s`;
  return ns >= 1e6 ? `${ns / 1e6} ms` : `${ns / 1e3} µs`;
}

/** Script and style of the page, as a server that compresses sends them; without the worker. */
function pageBytes() {
  const isPage = (/** @type {string} */ name) => /^page-.*\.(js|css)$/.test(name);
  const files = readdirSync(PAGE).filter(isPage);
  return files.reduce((sum, name) => sum + gzipSync(readFileSync(join(PAGE, name))).length, 0);
}

const rowOf = (/** @type {string} */ name, { pan, zoom }) => [
  name,
  pair(pan.draw),
  pair(pan.between),
  pair(zoom.draw),
  pair(zoom.between),
];

/** @param {{ quick: boolean, runs: number }} options */
export function run({ quick }) {
  if (!existsSync(CHROMIUM)) return { skipped: `${CHROMIUM} is missing (Debian: apt-get install chromium)` };
  if (!existsSync(join(PAGE, 'index.html'))) return { skipped: `${PAGE} is missing: npm run build` };
  const bytes = copiesOf('trace-dat').bytesFor(quick ? QUICK_EVENTS : EVENTS);
  if (!isMade('trace-dat', bytes) && !hasRoomFor(bytes)) return { skipped: `the disk has no room for ${size(bytes)}` };
  const file = makeOfSize('trace-dat', bytes);
  const script = resolve(import.meta.dirname, '../page-frames.mjs');
  const command = [script, file.path, join(WORK, 'speedscope'), String(quick ? QUICK_FRAMES : FRAMES)];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`page-frames.mjs ended with ${status}:\n${stderr.slice(-2000)}`);
  const { browser, timeline, speedscope } = JSON.parse(stdout);
  return summaryOf(file, browser, timeline, speedscope);
}

function summaryOf(file, browser, timeline, speedscope) {
  const weight = pageBytes();
  const rows = timeline.depths.map((depth) => rowOf(spanText(depth.spanNs), depth));
  const notes = [
    `A trace.dat of ${millions(file.events)} events (${size(file.bytes)}) with \`vmtoll open\`, headless Chromium ${browser} without a GPU, 1440 × 900: ` +
      `from the command to the complete timeline ${seconds(timeline.openedMs / 1000)}, the page again ${seconds(timeline.reloadMs / 1000)}. ` +
      `The page is ${(weight / 1000).toFixed(1)} kB compressed. Each cell is median / worst of ${FRAMES} frames (–: there is nothing to pan); ` +
      '"drawing" is the time in the page\'s frame callbacks, "frame to frame" is all, with the software rasteriser.',
    'Perfetto publishes no frame times; its documentation says that a browser tab takes some 2 GB of memory at most, two to four times the ' +
      'size of the trace, and that larger ones need `trace_processor` beside it (docs/visualization/large-traces.md). It reads no binary trace.dat.',
  ];
  if (speedscope.skipped !== undefined) notes.push(`**Not measured: speedscope.** ${speedscope.skipped}.`);
  else {
    rows.push(rowOf(`speedscope, ${speedscope.stacks} folded stacks`, speedscope));
    notes.push(
      `speedscope shows the exits as folded stacks (${speedscope.stacks} lines, ${seconds(speedscope.openedMs / 1000)} to the first frame): ` +
        'sums by cause, reason and detail, not what happened when.',
    );
  }
  const draws = timeline.depths.flatMap(({ pan, zoom }) => [pan.draw, zoom.draw]);
  const median = Math.max(...draws.map((draw) => draw.median));
  const worst = Math.max(...draws.map((draw) => draw.max));
  return {
    head: ['in view', 'pan: drawing', 'pan: frame to frame', 'zoom: drawing', 'zoom: frame to frame'],
    rows,
    notes,
    targets: [
      {
        what: 'milliseconds of drawing, the worst median of all depths',
        wanted: `≤ ${MEDIAN_MS}`,
        value: median,
        met: median <= MEDIAN_MS,
      },
      {
        what: 'milliseconds of drawing, the worst frame of all',
        wanted: `≤ ${WORST_MS}`,
        value: worst,
        met: worst <= WORST_MS,
      },
      {
        what: 'kB of the page, compressed',
        wanted: `≤ ${LARGEST_BYTES / 1000}`,
        value: weight / 1000,
        met: weight <= LARGEST_BYTES,
      },
    ],
    data: { events: file.events, timeline, speedscope, weight },
  };
}
