/** Long lines for a terminal, broken between words. */

const COLOUR = /\u001b\[\d+m/g;
const HANGING = 2;

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
  for (const piece of line.split(/(?<=\S)(?= )/)) {
    if (current !== '' && length(current) + length(piece) > width) {
      lines.push(current);
      current = indent + piece.trimStart();
    } else current += piece;
  }
  return [...lines, current].join('\n');
}
