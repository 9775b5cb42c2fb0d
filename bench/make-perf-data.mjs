// Makes a large perf.data file out of a small one: its samples again and again, each time later.
//
//   node bench/make-perf-data.mjs SOURCE TARGET BYTES
//
// SOURCE is an uncompressed little-endian file in the file form. The first copy of its records is complete; further
// copies have only samples and round marks. A copy begins SEAM_NS after the end of the one before, so that all orders
// and distances inside a copy stay as they are. Where a copy ends with an exit and the next begins with an entry of the
// same vCPU, the two make one pair more (perf kvm stat: copies × samples + seams × such vCPUs).
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const HEADER_BYTES = 104;
const FEATURE_BITS_AT = 72;
const FEATURE_SAMPLE_TIME = 21;
const RECORD_SAMPLE = 9;
const RECORD_FINISHED_ROUND = 68;
const RECORD_COMPRESSED = [81, 83];
/** Fields before TIME in a sample: IDENTIFIER, IP, TID. */
const BEFORE_TIME = [1n << 16n, 1n << 0n, 1n << 1n];
const TIME_BIT = 1n << 2n;
/** Fields after TIME in the trailer of other records: ID, STREAM_ID, CPU, IDENTIFIER. */
const AFTER_TIME = [1n << 6n, 1n << 9n, 1n << 7n, 1n << 16n];
const FIRST_PERF_RECORD = 64;
const SEAM_NS = 1_000_000n;
/** Records that perf makes up have 0 or all bits set for a time. */
const LATEST = 1n << 63n;

/** @param {Buffer} file */
function readHeader(file) {
  if (file.toString('latin1', 0, 8) !== 'PERFILE2' || file.readBigUInt64LE(8) !== BigInt(HEADER_BYTES)) {
    throw new Error('the source must be a little-endian perf.data in the file form');
  }
  const at = (/** @type {number} */ offset) => Number(file.readBigUInt64LE(offset));
  const data = { start: at(40), end: at(40) + at(48) };
  return { data, ...timePlaces(file, at(24), at(16), at(32)) };
}

/** Where times are: from the start of a sample, from the end of another record. All events must agree. */
function timePlaces(/** @type {Buffer} */ file, /** @type {number} */ start, entry, /** @type {number} */ size) {
  const places = new Set();
  const trailers = new Set();
  for (let at = start; at + entry <= start + size; at += entry) {
    const sampleType = file.readBigUInt64LE(at + 24);
    if (!(sampleType & TIME_BIT)) throw new Error('an event of the source has no times');
    places.add(8 + 8 * BEFORE_TIME.filter((bit) => sampleType & bit).length);
    trailers.add(8 + 8 * AFTER_TIME.filter((bit) => sampleType & bit).length);
  }
  if (places.size !== 1 || trailers.size !== 1) throw new Error('the events have their times at different places');
  return { timeAt: [...places][0], trailerAt: [...trailers][0] };
}

/** The samples and round marks of the data section, and where their times are in it. */
function repeatablePart(/** @type {Buffer} */ file, { data, timeAt, trailerAt }) {
  const pieces = [];
  let last = 0n;
  const times = [];
  let length = 0;
  for (let at = data.start; at < data.end; ) {
    const type = file.readUInt32LE(at);
    const size = file.readUInt16LE(at + 6);
    if (size < 8 || at + size > data.end) throw new Error(`the source is damaged at byte ${at}`);
    if (RECORD_COMPRESSED.includes(type)) throw new Error('the source is compressed');
    if (type === RECORD_SAMPLE || type === RECORD_FINISHED_ROUND) {
      if (type === RECORD_SAMPLE) times.push(length + timeAt);
      pieces.push(file.subarray(at, at + size));
      length += size;
    }
    // The kernel's other records are later than the samples where the guest went quiet before the recorder stopped.
    if (type < FIRST_PERF_RECORD) {
      const time = file.readBigUInt64LE(type === RECORD_SAMPLE ? at + timeAt : at + size - trailerAt);
      if (time > last && time < LATEST) last = time;
    }
    at += size;
  }
  return { bytes: Buffer.concat(pieces), times, last };
}

/** The table of features and its sections, moved by `shift` bytes, with the time range made longer by `longer` ns. */
function movedFeatures(/** @type {Buffer} */ file, /** @type {number} */ start, /** @type {number} */ shift, longer) {
  const features = Buffer.from(file.subarray(start));
  let entry = 0;
  for (let feature = 0; feature < 256; feature++) {
    if (!((file[FEATURE_BITS_AT + (feature >> 3)] >> (feature & 7)) & 1)) continue;
    const offset = features.readBigUInt64LE(entry);
    features.writeBigUInt64LE(offset + BigInt(shift), entry);
    if (feature === FEATURE_SAMPLE_TIME) {
      const last = Number(offset) - start + 8;
      features.writeBigUInt64LE(features.readBigUInt64LE(last) + longer, last);
    }
    entry += 16;
  }
  return features;
}

function make(/** @type {string} */ source, /** @type {string} */ target, /** @type {number} */ bytes) {
  const file = readFileSync(source);
  const header = readHeader(file);
  const { data } = header;
  const part = repeatablePart(file, header);
  let first = LATEST;
  for (const at of part.times) {
    const time = part.bytes.readBigUInt64LE(at);
    if (time < first) first = time;
  }
  const period = part.last - first + SEAM_NS;
  const copies = 1 + Math.max(0, Math.ceil((bytes - file.length) / part.bytes.length));
  const dataBytes = data.end - data.start + (copies - 1) * part.bytes.length;

  const head = Buffer.from(file.subarray(0, data.end));
  head.writeBigUInt64LE(BigInt(dataBytes), 48);
  const output = openSync(target, 'w');
  writeSync(output, head);
  for (let copy = 1; copy < copies; copy++) {
    for (const at of part.times) part.bytes.writeBigUInt64LE(part.bytes.readBigUInt64LE(at) + period, at);
    writeSync(output, part.bytes);
  }
  const shift = dataBytes - (data.end - data.start);
  writeSync(output, movedFeatures(file, data.end, shift, period * BigInt(copies - 1)));
  closeSync(output);
  console.log(`${target}: ${copies} copies, ${copies * part.times.length} samples`);
}

const [source, target, bytes] = process.argv.slice(2);
if (!source || !target || !(Number(bytes) > 0)) {
  console.error('usage: node bench/make-perf-data.mjs SOURCE TARGET BYTES');
  process.exit(2);
}
make(source, target, Number(bytes));
