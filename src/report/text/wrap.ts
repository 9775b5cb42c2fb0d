/** Long lines for a terminal, broken between words. */

const COLOUR = /\u001b\[\d+m/g;
const HANGING = 2;

/** A space where a line may be broken: not between a number and its unit. */
export const BREAK = / (?!(?:ns|µs|ms|s|%)(?:[\s,.;:)·]|$))/;
const BEFORE_BREAK = new RegExp(`(?<=\\S)(?=${BREAK.source})`);

const plain = (text: string): string => text.replaceAll(COLOUR, '');
const length = (text: string): number => Array.from(plain(text)).length;

/** Lines that are longer than `width` go on in further ones, a little more indented; a word is never broken. */
export const wrapped = (text: string, width: number): string =>
  text
    .split('\n')
    .map((line) => (length(line) > width ? wrappedLine(line, width) : line))
    .join('\n');

function wrappedLine(line: string, width: number): string {
  const indent = ' '.repeat(plain(line).search(/\S|$/) + HANGING);
  const lines: string[] = [];
  let current = '';
  for (const piece of line.split(BEFORE_BREAK)) {
    if (current !== '' && length(current) + length(piece) > width) {
      lines.push(current);
      current = indent + piece.trimStart();
    } else current += piece;
  }
  return [...lines, current].join('\n');
}
