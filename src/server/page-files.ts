/** The files of the page: read once, and served by their exact names, so that no address leads to any other file. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Tells the page that a server answers it. */
const MARK = '<meta name="vmtoll-engine" content="server">';

/**
 * By name; undefined where the folder is not there, that is, the page was not built.
 * @param isAnswered whether the server has anything to show; if not, the page waits for files
 */
export function readPage(folder: string, isAnswered: boolean): ReadonlyMap<string, PageFile> | undefined {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return undefined;
  }
  const files = new Map<string, PageFile>();
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type !== undefined) files.set(name, { type, bytes: readFileSync(join(folder, name)) });
  }
  const index = files.get('index.html');
  if (index === undefined) return undefined;
  if (isAnswered) {
    const text = Buffer.from(index.bytes).toString('utf8').replace('</head>', `${MARK}</head>`);
    files.set('index.html', { type: index.type, bytes: Buffer.from(text) });
  }
  return files;
}
