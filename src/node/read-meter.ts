/** How much of the files has been read, whichever thread reads them. */

/** Two doubles that threads share: bytes read, and bytes there are. */
export type MeterCells = Float64Array<SharedArrayBuffer>;

const [READ, SIZE] = [0, 1];

export const createMeter = (): MeterCells => new Float64Array(new SharedArrayBuffer(16));

/** A file is going to be read. @param bytes its size; infinite for a pipe */
export function meterFile(cells: MeterCells, bytes: number): void {
  if (Number.isFinite(bytes)) cells[SIZE] += bytes;
}

export function meterRead(cells: MeterCells, bytes: number): void {
  cells[READ] += bytes;
}

/**
 * From 0 to 1; undefined where no size is known (a pipe). An estimate: headers are read more than once, and what was read is
 * not accounted for yet.
 */
export function shareRead(cells: MeterCells): number | undefined {
  return cells[SIZE] > 0 ? Math.min(1, cells[READ] / cells[SIZE]) : undefined;
}
