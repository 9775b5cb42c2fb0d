// The recordings that are measured: real ones, and large ones made from them. They stay in the work folder for next time.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
export const WORK = join(ROOT, '.cache/bench');
const MADE = join(WORK, 'recordings');
/** Left free on the disk whatever is made. */
const RESERVE_BYTES = 1e9;

/** The two formats: the fixture that large files are made from, and how. */
const KINDS = {
  'trace-dat': { script: 'make-trace-dat.mjs', source: () => convert(fixture('trace.dat'), 6, 'none') },
  'perf-data': { script: 'make-perf-data.mjs', source: () => unpack(fixture('perf.data.xz')) },
};
export const FIXTURE = 'fixtures/kvm-x86/m-mixed';

/**
 * @typedef {'trace-dat' | 'perf-data'} Kind
 * @typedef {{ path: string, bytes: number, events: number, copies: number }} Made
 */

const fixture = (/** @type {string} */ name) => join(ROOT, FIXTURE, name);

/** Removes all that was made, and keeps the results. */
export function cleanWork() {
  rmSync(MADE, { recursive: true, force: true });
}

/**
 * The file `name` in the work folder; `make` writes it where it is not there yet or its source has changed.
 * @param {string} name
 * @param {string} source
 * @param {(target: string) => object} make what it returns is kept beside the file
 */
function cached(name, source, make) {
  mkdirSync(MADE, { recursive: true });
  const path = join(MADE, name);
  const { size, mtimeMs } = statSync(source);
  const stamp = { source, size, mtimeMs };
  if (existsSync(path) && existsSync(`${path}.json`)) {
    const facts = JSON.parse(readFileSync(`${path}.json`, 'utf8'));
    if (JSON.stringify(facts.stamp) === JSON.stringify(stamp)) return { path, bytes: statSync(path).size, ...facts };
  }
  console.error(`  making ${name}`);
  const facts = make(`${path}.partial`);
  renameSync(`${path}.partial`, path);
  writeFileSync(`${path}.json`, JSON.stringify({ ...facts, stamp }));
  return { path, bytes: statSync(path).size, ...facts };
}

function unpack(/** @type {string} */ packed) {
  return cached(`${basename(resolve(packed, '..'))}-${basename(packed, '.xz')}`, packed, (target) => {
    execFileSync('sh', ['-c', 'xz -dc "$1" > "$2"', 'sh', packed, target]);
    return {};
  }).path;
}

/**
 * A trace.dat in another version or compression, by trace-cmd.
 * @param {string} source
 * @param {6 | 7} version
 * @param {'none' | 'zstd'} compression
 * @returns {string} its path
 */
export function convert(source, version, compression) {
  const owner = basename(resolve(source, '..'));
  const stem = basename(source, '.dat');
  return cached(`${owner}-${stem}.v${version}-${compression}.dat`, source, (target) => {
    const options = ['--file-version', String(version), '--compression', compression];
    execFileSync('trace-cmd', ['convert', '-i', source, '-o', target, ...options], { stdio: 'ignore' });
    return {};
  }).path;
}

/** The largest real recording, where the machine has it. */
export function bigRecording() {
  const root = process.env['VMTOLL_RECORDINGS'];
  const path = root === undefined ? '' : resolve(root, 'kvm-x86/big/trace.dat');
  return existsSync(path) ? path : undefined;
}

/** Whether the disk can take `bytes` more. */
export function hasRoomFor(/** @type {number} */ bytes) {
  mkdirSync(WORK, { recursive: true });
  const { bavail, bsize } = statfsSync(WORK);
  return bavail * bsize > bytes + RESERVE_BYTES;
}

/** Whether there is a file of this kind and size already, so that it needs no room. */
export function isMade(/** @type {Kind} */ kind, /** @type {number} */ bytes) {
  return existsSync(MADE) && readdirSync(MADE).includes(nameOf(kind, bytes));
}

const nameOf = (/** @type {Kind} */ kind, /** @type {number} */ bytes) => `${kind}-${bytes}`;

/**
 * A file of at least `bytes` bytes, made of as many copies of the fixture as that takes.
 * @param {Kind} kind
 * @param {number} bytes
 * @returns {Made}
 */
export function makeOfSize(kind, bytes, flags = /** @type {string[]} */ ([])) {
  const { script, source } = KINDS[kind];
  const path = source();
  return cached(nameOf(kind, bytes), path, (target) => {
    const command = [join(import.meta.dirname, script), path, target, String(bytes), ...flags];
    const output = execFileSync(process.execPath, command, { encoding: 'utf8' });
    const [, copies, events] = /: (\d+) copies, (\d+) (?:events|samples)/.exec(output) ?? [];
    return { copies: Number(copies), events: Number(events) };
  });
}

/** A QNX kernel trace of at least `bytes` bytes; made anew after the script that makes it has changed. */
export function makeKev(/** @type {number} */ bytes) {
  const script = join(import.meta.dirname, 'make-kev.mjs');
  return cached(`qnx-${bytes}.kev`, script, (target) => {
    execFileSync(process.execPath, [script, target, String(bytes)]);
    return {};
  });
}

/** `fixtures/xen/pvh-overcommit`, each copy later than the one before. */
export function makeXentraceFile(/** @type {number} */ bytes) {
  const script = join(import.meta.dirname, 'make-xentrace.mjs');
  const packed = join(import.meta.dirname, '../fixtures/xen/pvh-overcommit.xen.xz');
  return cached(`xentrace-${bytes}.xen`, script, (target) => {
    execFileSync('sh', ['-c', 'xz -dc "$1" > "$2.one"', 'sh', packed, target]);
    execFileSync(process.execPath, [script, `${target}.one`, target, String(bytes)]);
    rmSync(`${target}.one`);
    return {};
  });
}

/**
 * What one copy adds, from files of one and of two copies. The one of two copies is checked by trace-cmd.
 * @param {Kind} kind
 */
export function copiesOf(kind) {
  const one = makeOfSize(kind, 1);
  const two = makeOfSize(kind, one.bytes + 1, kind === 'trace-dat' ? ['--check'] : []);
  const bytesPerCopy = two.bytes - one.bytes;
  /** The size to ask for to get `events` events or a few more. */
  const bytesFor = (/** @type {number} */ events) => one.bytes + (Math.ceil(events / one.events) - 1) * bytesPerCopy;
  return { one, two, bytesFor };
}
