/** How to print for a terminal: its colours, or none, and how wide lines may be. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  warn(text: string): string;
  /** Characters of a line that tables and sentences fit into. */
  readonly width: number;
}

/** Where no terminal says how wide it is. */
export const USUAL_WIDTH = 100;
/** Longer lines of prose are hard to read, however wide the terminal is. */
const WIDEST_PROSE = 100;

const ESCAPE = '\u001b[';
const wrap = (code: number, end: number) => (text: string) => `${ESCAPE}${code}m${text}${ESCAPE}${end}m`;
const same = (text: string) => text;

export const COLOURED: Style = { bold: wrap(1, 22), dim: wrap(2, 22), warn: wrap(33, 39), width: Infinity };
export const PLAIN: Style = { bold: same, dim: same, warn: same, width: Infinity };

export const styleFor = (colour: boolean, width = USUAL_WIDTH): Style => ({ ...(colour ? COLOURED : PLAIN), width });

export const proseWidth = ({ width }: Style): number => Math.min(width, WIDEST_PROSE);
