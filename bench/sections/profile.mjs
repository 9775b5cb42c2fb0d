// Where the time of `vmtoll explain` goes: self time by layer, for the main thread and the decoding thread.
//
// The command is one bundled file, so the library is profiled instead, whose modules lie in folders named by layer. Node
// writes one profile per thread; the number of the thread is in the file's name (0 is the main one).
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { WORK } from '../recordings.mjs';
import { percent, seconds } from '../table.mjs';
import { traceDatFile } from './trace-dat.mjs';

export const id = 'profile';
export const title = 'Where the time goes: self time by layer, trace.dat';

const PROGRAM = join(import.meta.dirname, '../explain-library.mjs');
const LIBRARY = '/dist/';
/** Hands batches from one thread to the other; its own time is nearly all waiting. */
const HANDOVER_MODULE = 'node/shared-ring.js';
const HANDOVER_SOURCE = 'src/node/shared-ring.ts';

const HANDOVER = 'handing over batches, waiting included';
const IDLE = 'idle';
const GARBAGE = 'garbage collection';
const READING = 'reading the file';
const REST = 'Node itself, start included';
/** What V8 calls samples outside of functions. */
const SPECIAL = new Map([
  ['(idle)', IDLE],
  ['(garbage collector)', GARBAGE],
  ['(program)', REST],
  ['(root)', REST],
]);

/** The decoding thread runs a bundle, of which the source map knows where a function comes from. */
const BUNDLE = 'node/decoder-worker.cjs';
const bundleMap = () =>
  new SourceMap(JSON.parse(readFileSync(join(import.meta.dirname, `../../dist/${BUNDLE}.map`), 'utf8')));
/** @type {SourceMap | undefined} */
let map;

/** The layer of a position in the bundle. */
function layerInBundle(/** @type {number} */ line, /** @type {number} */ column) {
  map ??= bundleMap();
  const { originalSource } = map.findEntry(line, column);
  if (originalSource?.endsWith(HANDOVER_SOURCE)) return HANDOVER;
  return /\bsrc\/([^/]+)\//.exec(originalSource ?? '')?.[1] ?? REST;
}

/**
 * What a function belongs to; undefined for V8's built-in ones, which work for their callers.
 * @param {{ functionName: string, url: string, lineNumber: number, columnNumber: number }} callFrame
 */
function ownCategory({ functionName, url, lineNumber, columnNumber }) {
  const special = SPECIAL.get(functionName);
  if (special !== undefined) return special;
  if (url === 'node:fs' || (url === '' && functionName === 'read')) return READING;
  const at = url.lastIndexOf(LIBRARY);
  if (at < 0) return url === '' ? undefined : REST;
  const path = url.slice(at + LIBRARY.length);
  if (path === BUNDLE) return layerInBundle(lineNumber, columnNumber);
  return path === HANDOVER_MODULE ? HANDOVER : path.split('/')[0];
}

/**
 * Seconds of self time by category.
 * @param {{ nodes: any[], samples: number[], timeDeltas: number[] }} profile microseconds
 */
function selfTimes({ nodes, samples, timeDeltas }) {
  const parents = new Map();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  const categories = new Map();
  for (const node of nodes) {
    let owner = node;
    let category = ownCategory(owner.callFrame);
    while (category === undefined) {
      owner = parents.get(owner.id);
      category = owner === undefined ? REST : ownCategory(owner.callFrame);
    }
    categories.set(node.id, category);
  }
  /** @type {Map<string, number>} */
  const sums = new Map();
  samples.forEach((sample, index) => {
    const category = categories.get(sample);
    sums.set(category, (sums.get(category) ?? 0) + timeDeltas[index] / 1e6);
  });
  return sums;
}

/** Profiles of the main thread and of the decoding thread. */
function record(/** @type {string} */ path) {
  const folder = join(WORK, 'profiles');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync(process.execPath, ['--cpu-prof', `--cpu-prof-dir=${folder}`, PROGRAM, path], { stdio: 'inherit' });
  // CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile
  const names = readdirSync(folder).sort((a, b) => Number(a.split('.')[4]) - Number(b.split('.')[4]));
  if (names.length !== 2) throw new Error(`${names.length} threads wrote a profile instead of 2: ${names.join(', ')}`);
  return names.map((name) => selfTimes(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
}

/** @param {{ quick: boolean }} options */
export function run({ quick }) {
  const [main, decoding] = record(traceDatFile(quick).path);
  const categories = [...new Set([...main.keys(), ...decoding.keys()])];
  const both = (/** @type {string} */ category) => (main.get(category) ?? 0) + (decoding.get(category) ?? 0);
  const total = (/** @type {Map<string, number>} */ sums) => [...sums.values()].reduce((sum, value) => sum + value, 0);
  const cells = (/** @type {Map<string, number>} */ sums, /** @type {string} */ category) => {
    const value = sums.get(category) ?? 0;
    return [seconds(value), percent(value / total(sums))];
  };
  const rows = categories
    .sort((a, b) => both(b) - both(a))
    .map((category) => [category, ...cells(main, category), ...cells(decoding, category)]);
  rows.push(['all', seconds(total(main)), '', seconds(total(decoding)), '']);
  return {
    head: ['layer', 'main thread', 'share', 'decoding thread', 'share'],
    rows,
    notes: ['One run with the profiler on, which itself takes time.'],
    targets: [],
    data: { main: Object.fromEntries(main), decoding: Object.fromEntries(decoding) },
  };
}
