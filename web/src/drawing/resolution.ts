/**
 * Which tiles a picture needs. Time per pixel is rounded down to a power of two, so that panning and small zooms meet the
 * same tiles again; a tile is TILE_COLUMNS times that long.
 */
import { lengthOf, type Span } from './span.js';

export const TILE_COLUMNS = 1024;
/** 2 ** 44 ns a column, and a tile is longer than a double can count nanoseconds. */
const HIGHEST_LEVEL = 43;

/** Exponent of two of the nanoseconds that a column of a tile stands for; never less than a nanosecond. */
export function levelFor(span: Span, pixels: number): number {
  const perPixel = lengthOf(span) / Math.max(1, pixels);
  return Math.min(HIGHEST_LEVEL, Math.max(0, Math.floor(Math.log2(perPixel))));
}

export const resolutionOf = (level: number): number => 2 ** level;

export const tileLengthNs = (level: number): number => TILE_COLUMNS * 2 ** level;

/** The first and the last tile that have something of `span`; negative times have none. */
export function tilesOf(span: Span, level: number): { first: number; last: number } {
  const length = tileLengthNs(level);
  const first = Math.max(0, Math.floor(span.fromNs / length));
  return { first, last: Math.max(first, Math.ceil(span.toNs / length) - 1) };
}

export const tileSpan = (level: number, index: number): Span => ({
  fromNs: index * tileLengthNs(level),
  toNs: (index + 1) * tileLengthNs(level),
});
