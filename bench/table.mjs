// Numbers and Markdown tables.

/** @typedef {import('./measure.mjs').Spread} Spread */

export const gigabytes = (/** @type {number} */ bytes) => `${(bytes / 1e9).toFixed(1)} GB`;
export const megabytes = (/** @type {number} */ bytes) => `${Math.round(bytes / 1e6)} MB`;
export const size = (/** @type {number} */ bytes) => (bytes < 1e9 ? megabytes(bytes) : gigabytes(bytes));
export const millions = (/** @type {number} */ count) => `${(count / 1e6).toFixed(1)} million`;
export const times = (/** @type {number} */ factor) => `${factor.toFixed(factor < 10 ? 2 : 1)} ×`;
export const seconds = (/** @type {number} */ value) => `${value.toFixed(value < 10 ? 2 : 1)} s`;
export const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`;

/** The median, and in brackets the least and the most. */
export function spreadText(/** @type {Spread} */ { median, min, max }, unit = seconds) {
  return `${unit(median)} (${unit(min)}–${unit(max)})`;
}

/** What a command took, as cells of a row: wall time, CPU time, peak memory. */
export const costCells = (/** @type {import('./measure.mjs').Summary} */ { wallSeconds, cpuSeconds, peakBytes }) => [
  spreadText(wallSeconds),
  spreadText(cpuSeconds),
  megabytes(peakBytes.median),
];

/**
 * @param {readonly string[]} head all columns but the first are numbers
 * @param {readonly (readonly string[])[]} rows
 */
export function markdownTable(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
