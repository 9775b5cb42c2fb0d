/** Reading text output that may hold anything. */

export interface Line {
  /** Without its line end. */
  readonly text: string;
  /** Of its first character in the whole text. */
  readonly offset: number;
}

/** All lines, whatever system wrote their ends; a mark of the byte order is no part of the first. */
export function* linesOf(text: string): Generator<Line> {
  for (let offset = text.startsWith('\uFEFF') ? 1 : 0; offset < text.length; ) {
    const newline = text.indexOf('\n', offset);
    const end = newline < 0 ? text.length : newline;
    yield { text: text.slice(offset, text[end - 1] === '\r' ? end - 1 : end), offset };
    offset = end + 1;
  }
}

/** The lines without a last one that has no line end: the tools end every line, so that one is cut, perhaps in a number. */
export function* wholeLinesOf(text: string): Generator<Line> {
  for (const line of linesOf(text)) if (line.offset + line.text.length < text.length) yield line;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A finite decimal number and nothing else; undefined for every other text. */
export function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined || !DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
