// Makes a large .kev file: the trace of a simulated QNX host again and again, each time later.
//
//   node bench/make-kev.mjs TARGET BYTES
//
// The first copy is complete; further ones leave out the buffers with the state of all threads at the start. A copy begins
// 2^32 cycles after the one before, so that only the high words of its times change: those of TIME events, and of the
// guest's clock in CYCLES events. Sequence numbers of buffers go on.
import { closeSync, openSync, writeSync } from 'node:fs';
import { serialConsolePlan } from '../dist/simulation/qnx/demo-plans.js';
import { simulate } from '../dist/simulation/qnx/simulate.js';
import { kevBytes } from '../dist/simulation/qnx/writers/kev.js';
import { syspageBytes } from '../dist/simulation/qnx/writers/syspage.js';

const EVENT_BYTES = 16;
/** Less than 2^32 cycles: copies do not overlap. */
const CLOCK_HZ = 1_000_000_000;
const LENGTH_NS = 4_000_000_000;
/** Class and event number in the head of an event. */
const KIND_MASK = 0x7fff;
const TIME = (1 << 10) | 1;
const BUFFER = (1 << 10) | 2;
const QVM_CLASS = 10;
const CYCLES = (QVM_CLASS << 10) | 7;

/** @returns {{ head: Uint8Array, events: Uint8Array }} */
function baseTrace() {
  const plan = { ...serialConsolePlan(), cyclesPerSecond: CLOCK_HZ, lengthNs: LENGTH_NS, markers: [] };
  const { trace } = simulate(plan);
  const syspage = syspageBytes(trace.host, { virtualization: 'arm' });
  const bytes = kevBytes(trace, { wide: true, syspage });
  const end = 'TRACE_HEADER_END::';
  const start = Buffer.from(bytes.buffer, 0, 4096).indexOf(end) + end.length + syspage.length;
  return { head: bytes.subarray(0, start), events: bytes.slice(start) };
}

/** Where the first buffer begins that has nothing but what happened later than the first visit to a guest. */
function repeatedFrom(/** @type {DataView} */ view) {
  let visited = false;
  for (let at = 0; at < view.byteLength; at += EVENT_BYTES) {
    const kind = view.getUint32(at, true) & KIND_MASK;
    if (kind >> 10 === QVM_CLASS) visited = true;
    if (visited && kind === BUFFER) return at;
  }
  throw new Error('the trace has one buffer only');
}

const cpuOf = (/** @type {number} */ head) => (head >>> 24) & 63;

const [target, bytesWanted] = process.argv.slice(2);
const { head, events } = baseTrace();
const view = new DataView(events.buffer, events.byteOffset, events.byteLength);
const from = repeatedFrom(view);
/** @type {Map<number, number>} */
const buffersPerCopy = new Map();
const patches = [];
for (let at = 0; at < events.length; at += EVENT_BYTES) {
  const word = view.getUint32(at, true);
  const kind = word & KIND_MASK;
  if (kind === BUFFER && at >= from) buffersPerCopy.set(cpuOf(word), (buffersPerCopy.get(cpuOf(word)) ?? 0) + 1);
  if (kind === TIME) patches.push({ at: at + 8, step: 1 });
  if (kind === CYCLES) patches.push({ at: at + 12, step: 1 });
  if (kind === BUFFER) patches.push({ at: at + 8, cpu: cpuOf(word) });
}

const output = openSync(target, 'w');
let written = writeSync(output, head) + writeSync(output, events);
let copies = 1;
let total = events.length / EVENT_BYTES;
for (; written < Number(bytesWanted); copies++) {
  for (const { at, step, cpu } of patches) {
    const add = step ?? buffersPerCopy.get(/** @type {number} */ (cpu)) ?? 0;
    view.setUint32(at, (view.getUint32(at, true) + add) >>> 0, true);
  }
  written += writeSync(output, events.subarray(from));
  total += (events.length - from) / EVENT_BYTES;
}
closeSync(output);
console.log(`${target}: ${copies} copies, ${total} events`);
