// The physical limit: how fast the bytes of a file can be read at all, beside how fast they are explained.
import { statSync } from 'node:fs';
import { compare } from '../measure.mjs';
import { dd, vmtoll } from '../peers.mjs';
import { size, times } from '../table.mjs';
import { perfDataFile } from './perf-data.mjs';
import { traceDatFile } from './trace-dat.mjs';

export const id = 'limit';
export const title = 'Beside the physical limit: reading the file from the page cache';

/** @param {{ quick: boolean, runs: number }} options */
export function run({ quick, runs }) {
  const rows = [];
  const data = [];
  for (const [format, path] of [
    ['trace.dat', traceDatFile(quick).path],
    ['perf.data', perfDataFile(quick).path],
  ]) {
    const bytes = statSync(path).size;
    const [reading, own] = compare([dd(path), vmtoll(path)], runs);
    const rate = (/** @type {import('../measure.mjs').Summary} */ { wallSeconds }) =>
      `${(bytes / 1e9 / wallSeconds.median).toFixed(2)} GB/s`;
    const factor = own.wallSeconds.median / reading.wallSeconds.median;
    rows.push([format, size(bytes), rate(reading), rate(own), times(factor)]);
    data.push({ bytes, reading, own, factor });
  }
  return {
    head: ['file', 'size', '`dd bs=1M`', '`vmtoll explain`', 'time of dd'],
    rows,
    notes: [],
    targets: [],
    data,
  };
}
