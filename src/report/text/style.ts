/** Colours of a terminal, or none. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  warn(text: string): string;
}

const ESCAPE = '\u001b[';
const wrap = (code: number, end: number) => (text: string) => `${ESCAPE}${code}m${text}${ESCAPE}${end}m`;
const same = (text: string) => text;

export const COLOURED: Style = { bold: wrap(1, 22), dim: wrap(2, 22), warn: wrap(33, 39) };
export const PLAIN: Style = { bold: same, dim: same, warn: same };
