/** Documents, read for comparison. */
import { readFileSync } from 'node:fs';

/** The text of a document in which tables look alike however they are padded: `|a|b|`, `|---|---|`. */
export const readMarkdown = (path: string): string => unpadded(readFileSync(path, 'utf8'));

export const unpadded = (markdown: string): string =>
  markdown.replaceAll(/ *(?<!\\)\| */g, '|').replaceAll(/(?<=\|):?-{3,}:?(?=\|)/g, '---');

/** A table with its heading, as it stands in an unpadded document. */
export const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((cells) => `|${cells.join('|')}|`).join('\n');
