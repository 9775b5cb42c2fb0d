/**
 * The bytes of tiles: what the server sends, and what an exported page carries. docs/timeline-format.md describes them.
 * Whatever the bytes, decoding ends with a tile or an issue, and takes memory in proportion to them.
 */
import { failure, type Result, success } from '../base/issue.js';
import { NO_KIND, NO_LABEL } from './lanes.js';
import type { LaneTile, Tile } from './tile.js';
import { VarintReader, VarintWriter } from './varints.js';

/** "VMTT" */
const MAGIC = [0x56, 0x4d, 0x54, 0x54];
export const TILE_VERSION = 1;

const ROWS = ['bins', 'segments'] as const;
/** Kinds have a bit each in the head of a bin, beside two others. */
const MOST_KINDS = 16;
/** Lengths of bins are powers of two up to 2^52 ns, some 52 days. */
const MOST_RESOLUTION = 52;

const HAS_WINNER = 1;
/** The sums of a bin make up all of it, so the first can be worked out. */
const IS_FULL = 2;
const FIRST_KIND = 4;

export function encodeTile(tile: Tile): Uint8Array {
  const writer = new VarintWriter();
  for (const byte of MAGIC) writer.byte(byte);
  writer.byte(TILE_VERSION);
  writer.unsigned(tile.fromNs);
  writer.unsigned(tile.toNs);
  writer.byte(Math.log2(tile.resolutionNs));
  writer.unsigned(tile.lanes.length);
  for (const lane of tile.lanes) {
    writer.unsigned(lane.lane);
    writer.byte(ROWS.indexOf(lane.rows));
    writer.byte(lane.kinds);
    writer.unsigned(lane.count);
    if (lane.rows === 'bins') writeBins(writer, lane, tile.resolutionNs);
    else writeSegments(writer, lane);
  }
  return writer.bytes.slice(0, writer.length);
}

function writeBins(writer: VarintWriter, lane: LaneTile, resolutionNs: number): void {
  const { count, kinds, sums, firstBinNs, kind } = lane;
  writer.unsigned(firstBinNs / resolutionNs);
  for (let row = 0; row < count; row++) {
    let used = 0;
    let total = 0;
    for (let k = 0; k < kinds; k++) {
      const ns = sums[row * kinds + k];
      if (ns === 0) continue;
      used |= 1 << k;
      total += ns;
    }
    const isFull = total === resolutionNs;
    const hasWinner = kind[row] !== NO_KIND;
    writer.unsigned((hasWinner ? HAS_WINNER : 0) | (isFull ? IS_FULL : 0) | (used * FIRST_KIND));
    let isKnown = isFull;
    for (let k = 0; k < kinds; k++) {
      if ((used & (1 << k)) === 0) continue;
      if (!isKnown) writer.unsigned(sums[row * kinds + k]);
      isKnown = false;
    }
    if (hasWinner) {
      writer.signed(lane.start[row] - (firstBinNs + row * resolutionNs));
      writer.unsigned(lane.duration[row]);
      writer.byte(kind[row]);
      writer.unsigned(lane.label[row] + 1);
      writer.unsigned(lane.merged[row]);
    }
  }
}

function writeSegments(writer: VarintWriter, lane: LaneTile): void {
  writer.unsigned(lane.count === 0 ? 0 : lane.start[0]);
  for (let row = 0; row < lane.count; row++) {
    writer.unsigned(lane.duration[row]);
    writer.byte(lane.kind[row]);
    writer.unsigned(lane.label[row] + 1);
  }
}

/** Fails for what is not a tile, is of another version, or is damaged. */
export function decodeTile(bytes: Uint8Array): Result<Tile> {
  try {
    return success(readTile(new VarintReader(bytes)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return failure({
      code: 'damaged-tile',
      severity: 'error',
      message: `A piece of the timeline cannot be read: ${error.message}.`,
    });
  }
}

function readTile(reader: VarintReader): Tile {
  if (MAGIC.some((byte) => reader.byte() !== byte)) throw new RangeError('it does not begin as one');
  const version = reader.byte();
  if (version !== TILE_VERSION) throw new RangeError(`it is of version ${version}, not ${TILE_VERSION}`);
  const [fromNs, toNs, exponent] = [reader.unsigned(), reader.unsigned(), reader.byte()];
  if (exponent > MOST_RESOLUTION) throw new RangeError(`its resolution is 2^${exponent}`);
  const resolutionNs = 2 ** exponent;
  const lanes = Array.from({ length: reader.count() }, () => readLane(reader, resolutionNs));
  if (reader.left > 0) throw new RangeError(`${reader.left} bytes follow its end`);
  return { fromNs, toNs, resolutionNs, lanes };
}

function readLane(reader: VarintReader, resolutionNs: number): LaneTile {
  const lane = reader.unsigned();
  const rows = ROWS[reader.byte()];
  if (rows === undefined) throw new RangeError('it has rows of an unknown sort');
  const kinds = reader.byte();
  if (kinds > MOST_KINDS) throw new RangeError(`it has ${kinds} kinds`);
  const count = reader.count();
  return rows === 'bins'
    ? readBins(reader, lane, count, kinds, resolutionNs)
    : readSegments(reader, lane, count, kinds);
}

/** The columns of a lane, empty: a row for each bin or segment. */
export function emptyLane(
  lane: number,
  rows: LaneTile['rows'],
  count: number,
  kinds: number,
  firstBinNs = 0,
): LaneTile {
  return {
    lane,
    rows,
    count,
    firstBinNs,
    start: new Float64Array(count),
    duration: new Float64Array(count),
    kind: new Uint8Array(count).fill(NO_KIND),
    label: new Int32Array(count).fill(NO_LABEL),
    merged: new Float64Array(count),
    sums: new Float64Array(rows === 'bins' ? count * kinds : 0),
    kinds,
  };
}

function readBins(reader: VarintReader, lane: number, count: number, kinds: number, resolutionNs: number): LaneTile {
  const tile = emptyLane(lane, 'bins', count, kinds, reader.unsigned() * resolutionNs);
  for (let row = 0; row < count; row++) {
    const head = reader.unsigned();
    const used = Math.floor(head / FIRST_KIND);
    if (used >= 2 ** kinds) throw new RangeError('a bin has time of a kind that there is not');
    readSums(reader, tile, row, used, (head & IS_FULL) === 0 ? undefined : resolutionNs);
    if ((head & HAS_WINNER) === 0) continue;
    tile.start[row] = tile.firstBinNs + row * resolutionNs + reader.signed();
    tile.duration[row] = reader.unsigned();
    tile.kind[row] = kindOf(reader, kinds);
    tile.label[row] = labelOf(reader);
    tile.merged[row] = reader.unsigned();
  }
  return tile;
}

/** @param whole what the sums add up to, where the first is left out */
function readSums(reader: VarintReader, tile: LaneTile, row: number, used: number, whole: number | undefined): void {
  const { kinds, sums } = tile;
  let first = -1;
  let rest = whole ?? 0;
  for (let kind = 0; kind < kinds; kind++) {
    if ((used & (1 << kind)) === 0) continue;
    if (whole !== undefined && first < 0) {
      first = kind;
      continue;
    }
    const ns = reader.unsigned();
    sums[row * kinds + kind] = ns;
    rest -= ns;
  }
  if (whole === undefined) return;
  if (first < 0 || rest < 0) throw new RangeError('the sums of a bin are more than it is long');
  sums[row * kinds + first] = rest;
}

function readSegments(reader: VarintReader, lane: number, count: number, kinds: number): LaneTile {
  const tile = emptyLane(lane, 'segments', count, kinds);
  let start = reader.unsigned();
  for (let row = 0; row < count; row++) {
    tile.start[row] = start;
    tile.duration[row] = reader.unsigned();
    tile.kind[row] = kindOf(reader, kinds);
    tile.label[row] = labelOf(reader);
    tile.merged[row] = 1;
    start += tile.duration[row];
  }
  return tile;
}

function kindOf(reader: VarintReader, kinds: number): number {
  const kind = reader.byte();
  if (kind >= kinds) throw new RangeError(`a row is of kind ${kind}, which there is not`);
  return kind;
}

function labelOf(reader: VarintReader): number {
  const label = reader.unsigned() - 1;
  if (label > 0x7fffffff) throw new RangeError('a label is out of range');
  return label;
}
