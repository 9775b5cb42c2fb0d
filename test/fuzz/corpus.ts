/** What the fuzzer starts from: small, sound inputs of every format, cut from the real recordings. */
import { readFileSync } from 'node:fs';
import { MemorySource } from '../../src/base/byte-source.js';
import { ftraceText } from '../../src/formats/ftrace-text/index.js';
import { traceDat } from '../../src/formats/trace-dat/index.js';
import { toPipeForm } from '../support/perf-data-writer.js';
import { randomSource } from '../support/random-source.js';
import { pathIn, readRecords, readText } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';
import { plan, traceText } from '../support/riscv-recording.js';
import type { Seed } from './inputs.js';
import { qnxSeeds, smallQnxSeeds } from './qnx-seeds.js';
import { asPerfData, asTraceDat, crowdOf, type Workload, workloadOf } from './workload.js';
import { smallXenSeeds, xenSeeds } from './xen-seeds.js';

const ROWS = 80;
const LINES = 50;
/** So much of the data of real perf.data files, bytes. */
const PERF_DATA_BYTES = 8_000;

const HALTS = 'n-timer-nopoll';
const MIXED = 'm-mixed';
const CROWDED = 'i1-overcommit-unpinned';
const ARM64 = 'kvm-arm64';
/** An exit of RISC-V takes some lines. */
const RISCV_EXITS = 20;

const riscvText = (exits: number): string => traceText(plan(randomSource(exits), exits));

async function riscvWorkload(exits: number): Promise<Workload> {
  const records = await readText(ftraceText, riscvText(exits));
  return workloadOf(records, records.rows.length);
}

const fileOf = (name: string, file: string, hypervisor = 'kvm-x86'): Buffer =>
  readFileSync(pathIn(scenario(name, file, hypervisor), file));

async function workload(name: string, afterExits = 0, rows = ROWS, hypervisor = 'kvm-x86'): Promise<Workload> {
  const bytes = fileOf(name, 'trace.dat', hypervisor);
  return workloadOf(await readRecords(traceDat, new MemorySource(bytes, name)), rows, afterExits);
}

/** PERF_RECORD_SAMPLE, PERF_RECORD_COMPRESSED. */
const SAMPLES = [9, 81];

/** Some samples of a real perf.data file from a record of the data on, between its own tables. */
function pieceOfPerfData(file: Buffer, share = 0): Buffer {
  const u64 = (at: number): number => Number(file.readBigUInt64LE(at));
  const dataAt = u64(40);
  const dataEnd = dataAt + u64(48);
  const next = (at: number): number => at + file.readUInt16LE(at + 6);
  let start = dataAt;
  while (start < dataAt + share * (dataEnd - dataAt)) start = next(start);
  while (!SAMPLES.includes(file.readUInt32LE(start))) start = next(start);
  let end = start;
  while (end < Math.min(dataEnd, start + PERF_DATA_BYTES)) end = next(end);
  const out = Buffer.concat([file.subarray(0, dataAt), file.subarray(start, end), file.subarray(dataEnd)]);
  const dropped = dataEnd - dataAt - (end - start);
  out.writeBigUInt64LE(BigInt(end - start), 48);
  for (let feature = 0, entry = dataEnd - dropped; feature < 64; feature++) {
    if (!((file.readBigUInt64LE(72) >> BigInt(feature)) & 1n)) continue;
    out.writeBigUInt64LE(out.readBigUInt64LE(entry) - BigInt(dropped), entry);
    entry += 16;
  }
  return out;
}

/** How the texts say that events were lost. */
const LOSS_LINES: Readonly<Record<string, string>> = {
  'ftrace-trace.txt': 'CPU:1 [LOST 5 EVENTS]',
  'trace-cmd-report.txt': 'CPU:1 [5 EVENTS DROPPED]',
  'n-lossy.trace_pipe.txt': 'CPU:1 [LOST 5 EVENTS]',
  'perf-script.txt': '       CPU 0/KVM   141 [001]   325.936531: PERF_RECORD_LOST lost 5',
};

/** The comments at the top, and so many lines around the middle, with a loss among them. */
function linesOf(name: string, file: string, count = LINES, hypervisor = 'kvm-x86'): Uint8Array {
  const lines = fileOf(name, file, hypervisor).toString('latin1').split('\n');
  const top = lines.slice(0, 12).filter((line) => line.startsWith('#') || line.startsWith('cpus='));
  const from = Math.floor(lines.length / 2);
  const middle = from + Math.floor(count / 2);
  const chosen = [...lines.slice(from, middle), LOSS_LINES[file], ...lines.slice(middle, from + count)];
  return Buffer.from(`${[...top, ...chosen].join('\n')}\n`, 'latin1');
}

const LITTLE = { littleEndian: true, longSize: 8, pageSize: 4096 } as const;
const BIG = { ...LITTLE, littleEndian: false } as const;

/** Still smaller ones: to be cut at every byte. */
export async function buildSmallCorpus(): Promise<Seed[]> {
  const few = await workload(HALTS, 40, 40);
  const seed = (format: string, name: string, bytes: Uint8Array): Seed => ({ format, name, weight: 1, bytes });
  return [
    seed('trace-dat', 'v6', asTraceDat(few, { ...LITTLE, version: 6 })),
    seed('trace-dat', 'v7', asTraceDat(few, { ...BIG, version: 7 })),
    seed('trace-dat', 'v7-zlib', asTraceDat(few, { ...LITTLE, version: 7, compression: 'zlib' })),
    seed('trace-dat', 'v7-zstd', asTraceDat(few, { ...LITTLE, version: 7, compression: 'zstd' })),
    seed('perf-data', 'file', asPerfData(few, { littleEndian: true, form: 'file' })),
    seed('perf-data', 'file-zstd', asPerfData(few, { littleEndian: true, form: 'file', compressedPieces: 2 })),
    seed('perf-data', 'pipe', asPerfData(few, { littleEndian: false, form: 'pipe' })),
    seed('ftrace-text', 'kernel', linesOf('k1-raw-ftrace-mixed', 'ftrace-trace.txt', 30)),
    seed('ftrace-text', 'trace-cmd-report', linesOf(MIXED, 'trace-cmd-report.txt', 30)),
    seed('perf-script', 'perf-script', linesOf(MIXED, 'perf-script.txt', 30)),
    seed('trace-dat', 'arm64', asTraceDat(await workload('x-idle', 4, 40, ARM64), { ...LITTLE, version: 6 })),
    seed('trace-dat', 'riscv', asTraceDat(await riscvWorkload(8), { ...LITTLE, version: 6 })),
    seed('ftrace-text', 'arm64', linesOf(ARM64, 'n-lossy.trace_pipe.txt', 30, ARM64)),
    ...smallQnxSeeds(),
    ...smallXenSeeds(),
  ];
}

export async function buildCorpus(): Promise<Seed[]> {
  const halts = await workload(HALTS, 40);
  const mixed = await workload(MIXED, 400);
  const crowded = await workload(CROWDED, 40);
  const arm64 = await workload('x-idle', 4, ROWS, ARM64);
  const riscv = await riscvWorkload(RISCV_EXITS);
  const seed = (format: string, name: string, weight: number, bytes: Uint8Array): Seed => ({
    format,
    name,
    weight,
    bytes,
  });
  const trace = (name: string, weight: number, bytes: Uint8Array) => seed('trace-dat', name, weight, bytes);
  const perf = (name: string, weight: number, bytes: Uint8Array) => seed('perf-data', name, weight, bytes);
  // More vCPU threads than books are kept for; and many pCPUs.
  const crowd = crowdOf(mixed, { rows: 5000, pcpus: 30 });
  const wideCrowd = crowdOf(halts, { rows: 3000, pcpus: 1500 });
  const realPerf = pieceOfPerfData(fileOf(MIXED, 'perf-kvm.data'));
  return [
    trace('v6-little', 8, asTraceDat(mixed, { ...LITTLE, version: 6 })),
    trace('v6-big-32bit', 6, asTraceDat(halts, { ...BIG, longSize: 4, version: 6 })),
    trace('v7-little', 8, asTraceDat(crowded, { ...LITTLE, version: 7 })),
    trace('v7-big', 6, asTraceDat(halts, { ...BIG, version: 7 })),
    trace('v7-zlib', 6, asTraceDat(mixed, { ...LITTLE, version: 7, compression: 'zlib' })),
    trace('v7-zstd', 6, asTraceDat(halts, { ...LITTLE, version: 7, compression: 'zstd' })),
    trace('v6-crowd', 0.02, asTraceDat(crowd, { ...LITTLE, version: 6 })),
    trace('v7-wide-crowd', 0.02, asTraceDat(wideCrowd, { ...LITTLE, version: 7, compression: 'zlib' })),
    trace('v7-arm64', 5, asTraceDat(arm64, { ...LITTLE, version: 7 })),
    trace('v6-riscv', 5, asTraceDat(riscv, { ...LITTLE, version: 6 })),
    trace('v7-real', 0.02, fileOf(MIXED, 'trace.dat')),
    perf('file-little', 10, asPerfData(mixed, { littleEndian: true, form: 'file' })),
    perf('file-big', 6, asPerfData(halts, { littleEndian: false, form: 'file' })),
    perf('pipe-little', 8, asPerfData(crowded, { littleEndian: true, form: 'pipe' })),
    perf('pipe-big', 6, asPerfData(halts, { littleEndian: false, form: 'pipe' })),
    perf('file-zstd', 5, asPerfData(mixed, { littleEndian: true, form: 'file', compressedPieces: 4 })),
    perf('pipe-zstd', 4, asPerfData(halts, { littleEndian: true, form: 'pipe', compressedPieces: 3 })),
    perf('file-crowd', 0.02, asPerfData(crowd, { littleEndian: true, form: 'file' })),
    perf('pipe-wide-crowd', 0.03, asPerfData(wideCrowd, { littleEndian: false, form: 'pipe' })),
    perf('real-file', 1, realPerf),
    perf('real-pipe', 1, toPipeForm(realPerf)),
    perf('real-zstd', 0.15, pieceOfPerfData(fileOf('l2-tsc-clock-perf-z', 'perf.data'))),
    perf('file-arm64', 4, asPerfData(arm64, { littleEndian: true, form: 'file' })),
    perf('pipe-riscv', 4, asPerfData(riscv, { littleEndian: true, form: 'pipe' })),
    perf('real-arm64', 1, pieceOfPerfData(fileOf('timer', 'perf-kvm.data', ARM64))),
    perf('real-lost', 0.3, pieceOfPerfData(fileOf('l4-perf-lost', 'perf.data'), 0.5)),
    seed('ftrace-text', 'kernel', 7, linesOf('k1-raw-ftrace-mixed', 'ftrace-trace.txt')),
    seed('ftrace-text', 'trace-cmd-report', 7, linesOf(MIXED, 'trace-cmd-report.txt')),
    seed('perf-script', 'perf-script', 14, linesOf(MIXED, 'perf-script.txt')),
    seed('ftrace-text', 'arm64', 6, linesOf(ARM64, 'n-lossy.trace_pipe.txt', LINES, ARM64)),
    seed('ftrace-text', 'riscv', 5, new TextEncoder().encode(riscvText(RISCV_EXITS))),
    ...qnxSeeds(),
    ...xenSeeds(),
  ];
}
