// Makes a large trace.dat file out of a small one: the pages of its ring buffers again and again, each time later.
//
//   node bench/make-trace-dat.mjs SOURCE TARGET BYTES [--check]
//
// SOURCE is an uncompressed little-endian file of version 6 with one buffer, as written by
// `trace-cmd convert --file-version 6 --compression none`. Times inside a page count from the page's time stamp, so that
// one is shifted, and the few absolute ones that the kernel writes where an interrupt came between. A copy begins
// SEAM_TICKS after the end of the one before; all CPUs are shifted alike, so all orders and distances inside a copy stay
// as they are. With --check, `trace-cmd report` must find all the events of all copies.
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

const MAGIC = '\x17\x08\x44tracing6\0';
/** Header, event formats, kallsyms and options come before the pages: a few megabytes. */
const LARGEST_HEAD = 64 * 1024 * 1024;
const OPTION_DONE = 0;
const OPTION_BUFFER = 3;
const OPTION_CPU_COUNT = 8;
const BLOCK_BYTES = 1024 * 1024;
/** Of the page header's commit counter: bytes of data in the page. The upper bits are flags. */
const COMMIT_MASK = 2 ** 27 - 1;
/** Types of ring-buffer events; 1..28 are lengths in words, 0 has its length behind it. */
const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_ABSOLUTE = 31;
const DELTA_BITS = 27n;
const DELTA_MASK = (1n << DELTA_BITS) - 1n;
/** Absolute time stamps leave out the upper five bits of 64. */
const ABSOLUTE_MASK = (1n << 59n) - 1n;
/** A millisecond where the clock counts nanoseconds. */
const SEAM_TICKS = 1_000_000n;

/** Reads exactly `length` bytes. */
function readAt(/** @type {number} */ file, /** @type {Buffer} */ block, length, /** @type {number} */ position) {
  if (readSync(file, block, 0, length, position) !== length) throw new Error(`the source ends before ${position}`);
  return block.subarray(0, length);
}

/** The parts of the head that matter: where the table of CPUs is and what it says. */
function readHead(/** @type {number} */ file) {
  const size = fstatSync(file).size;
  const head = readAt(file, Buffer.alloc(Math.min(size, LARGEST_HEAD)), Math.min(size, LARGEST_HEAD), 0);
  if (head.toString('latin1', 0, MAGIC.length) !== MAGIC || head[MAGIC.length] !== 0) {
    throw new Error('the source must be a little-endian trace.dat of version 6');
  }
  let at = MAGIC.length + 2;
  const bytes = (/** @type {number} */ length) => {
    at += length;
    return head.subarray(at - length, at);
  };
  const u32 = () => bytes(4).readUInt32LE();
  const u64 = () => Number(bytes(8).readBigUInt64LE());
  const string = () => bytes(head.indexOf(0, at) + 1 - at).toString('latin1');
  const skipEvents = (/** @type {number} */ count) => {
    for (let event = 0; event < count; event++) bytes(u64());
  };
  const pageSize = u32();
  string(); // header_page
  const dataAt = dataOffset(bytes(u64()).toString('latin1'), pageSize);
  string(); // header_event
  bytes(u64());
  skipEvents(u32());
  for (let systems = u32(); systems > 0; systems--) {
    string();
    skipEvents(u32());
  }
  bytes(u32()); // kallsyms
  bytes(u32()); // formats of trace_printk
  bytes(u64()); // command lines
  let cpuCount = u32();
  let keyword = string();
  while (keyword === 'options  \0') {
    const id = bytes(2).readUInt16LE();
    if (id === OPTION_BUFFER) throw new Error('the source has more than one buffer');
    if (id === OPTION_DONE) keyword = string();
    else {
      const data = bytes(u32());
      if (id === OPTION_CPU_COUNT) cpuCount = data.readUInt32LE();
    }
  }
  if (keyword !== 'flyrecord\0') throw new Error('the source holds no pages');
  const tableAt = at;
  const cpus = Array.from({ length: cpuCount }, () => ({ offset: u64(), size: u64() }));
  const start = Math.min(...cpus.map((cpu) => cpu.offset));
  if (start < at || start > head.length || cpus.some((cpu) => cpu.size % pageSize !== 0)) {
    throw new Error('the table of CPUs is damaged');
  }
  return { bytes: head.subarray(0, start), tableAt, cpus, pageSize, dataAt };
}

/** Where the data of a page begin, from the kernel's own description. */
function dataOffset(/** @type {string} */ description, /** @type {number} */ pageSize) {
  const [, offset, size] = /char data;\s*offset:(\d+);\s*size:(\d+);/.exec(description) ?? [];
  if (Number(offset) + Number(size) !== pageSize) throw new Error('the pages are not of the size that the file states');
  return Number(offset);
}

/** Events of a page, the time of its last one, and where in the page absolute time stamps are. */
function walkPage(/** @type {Buffer} */ page, /** @type {number} */ dataAt) {
  const end = dataAt + (page.readUInt32LE(8) & COMMIT_MASK);
  const start = page.readBigUInt64LE(0);
  const absoluteAt = [];
  let last = start;
  let events = 0;
  let ticks = 0;
  for (let at = dataAt; at + 4 <= end; ) {
    const word = page.readUInt32LE(at);
    const type = word & 31;
    if (type === PADDING && word >>> 5 === 0) break;
    if (type === TIME_ABSOLUTE) {
      last = readAbsolute(page, at) | (start & ~ABSOLUTE_MASK);
      ticks = 0;
      absoluteAt.push(at);
    } else ticks += word >>> 5;
    at += 4;
    if (type === TIME_EXTEND) ticks += page.readUInt32LE(at) * 2 ** Number(DELTA_BITS);
    if (type === TIME_EXTEND || type === TIME_ABSOLUTE) at += 4;
    else {
      if (type !== PADDING) events++;
      at += type === PADDING || type === 0 ? Math.ceil(page.readUInt32LE(at) / 4) * 4 : type * 4;
    }
  }
  return { events, start, last: last + BigInt(ticks), absoluteAt, isEmpty: end === dataAt };
}

function readAbsolute(/** @type {Buffer} */ block, /** @type {number} */ at) {
  return (BigInt(block.readUInt32LE(at + 4)) << DELTA_BITS) | BigInt(block.readUInt32LE(at) >>> 5);
}

function shiftAbsolute(/** @type {Buffer} */ block, /** @type {number} */ at, /** @type {bigint} */ ticks) {
  const time = (readAbsolute(block, at) + ticks) & ABSOLUTE_MASK;
  block.writeUInt32LE((Number(time & DELTA_MASK) * 32 + TIME_ABSOLUTE) >>> 0, at);
  block.writeUInt32LE(Number(time >> DELTA_BITS), at + 4);
}

/** Calls `visit` with every block of whole pages of a CPU, and where in the CPU's data it begins. */
function eachBlock(/** @type {number} */ file, { offset, size }, /** @type {number} */ pageSize, visit) {
  const step = Math.floor(BLOCK_BYTES / pageSize) * pageSize;
  const block = Buffer.alloc(step);
  for (let at = 0; at < size; at += step) visit(readAt(file, block, Math.min(step, size - at), offset + at), at);
}

/** The time from the first to the last event of all CPUs, how many there are, and each CPU's absolute time stamps. */
function survey(/** @type {number} */ file, { cpus, pageSize, dataAt }) {
  let first = 2n ** 64n;
  let last = 0n;
  let events = 0;
  const absoluteAt = cpus.map((cpu) => {
    const places = [];
    eachBlock(file, cpu, pageSize, (/** @type {Buffer} */ block, /** @type {number} */ blockAt) => {
      for (let at = 0; at < block.length; at += pageSize) {
        const page = walkPage(block.subarray(at, at + pageSize), dataAt);
        if (page.isEmpty) continue;
        if (page.start < first) first = page.start;
        if (page.last > last) last = page.last;
        events += page.events;
        for (const place of page.absoluteAt) places.push(blockAt + at + place);
      }
    });
    return places;
  });
  return { period: last - first + SEAM_TICKS, events, absoluteAt };
}

/** Writes the pages of a CPU `copies` times, each time `period` later. */
function writeCopies(
  input,
  /** @type {number} */ output,
  cpu,
  /** @type {number} */ copies,
  { pageSize, period, places },
) {
  for (let copy = 0; copy < copies; copy++) {
    const shift = period * BigInt(copy);
    let next = 0;
    eachBlock(input, cpu, pageSize, (/** @type {Buffer} */ block, /** @type {number} */ blockAt) => {
      for (let at = 0; at < block.length; at += pageSize) {
        block.writeBigUInt64LE(block.readBigUInt64LE(at) + shift, at);
      }
      for (; places[next] < blockAt + block.length; next++) shiftAbsolute(block, places[next] - blockAt, shift);
      writeSync(output, block);
    });
  }
}

/** The head with the table for `copies` times the pages, CPU after CPU. */
function newHead(head, /** @type {number} */ copies) {
  const bytes = Buffer.from(head.bytes);
  let offset = bytes.length;
  head.cpus.forEach(({ size }, /** @type {number} */ index) => {
    bytes.writeBigUInt64LE(BigInt(offset), head.tableAt + 16 * index);
    bytes.writeBigUInt64LE(BigInt(size * copies), head.tableAt + 16 * index + 8);
    offset += size * copies;
  });
  return bytes;
}

function make(/** @type {string} */ source, /** @type {string} */ target, /** @type {number} */ bytes) {
  const input = openSync(source, 'r');
  const head = readHead(input);
  const { period, events, absoluteAt } = survey(input, head);
  const dataBytes = head.cpus.reduce((sum, cpu) => sum + cpu.size, 0);
  const copies = Math.max(1, Math.ceil((bytes - head.bytes.length) / dataBytes));
  const output = openSync(target, 'w');
  writeSync(output, newHead(head, copies));
  head.cpus.forEach((cpu, /** @type {number} */ index) => {
    writeCopies(input, output, cpu, copies, { pageSize: head.pageSize, period, places: absoluteAt[index] });
  });
  closeSync(input);
  closeSync(output);
  return { copies, events: copies * events };
}

/** How many events trace-cmd reports; its lines about CPUs and losses have no CPU in brackets. */
function reportedEvents(/** @type {string} */ path) {
  const command = 'trace-cmd report -i "$1" | grep -c "^ .*\\[[0-9]*\\] .*: "';
  const { stdout } = spawnSync('sh', ['-c', command, 'sh', path], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return Number(stdout);
}

const [source, target, bytes, check] = process.argv.slice(2);
if (!source || !target || !(Number(bytes) > 0) || (check !== undefined && check !== '--check')) {
  console.error('usage: node bench/make-trace-dat.mjs SOURCE TARGET BYTES [--check]');
  process.exit(2);
}
const { copies, events } = make(source, target, Number(bytes));
console.log(`${target}: ${copies} copies, ${events} events`);
if (check) {
  const found = reportedEvents(target);
  const expected = reportedEvents(source) * copies;
  console.log(`trace-cmd report: ${found} events, ${copies} times those of the source are ${expected}`);
  if (found !== expected || found !== events) process.exit(1);
}
