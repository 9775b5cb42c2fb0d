/** Writes a file so that whoever reads it, whenever, finds the old text or the new one, whole. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';

export function saveAtomically(path: string, text: string): void {
  const unfinished = `${path}.unfinished`;
  const file = openSync(unfinished, 'w');
  try {
    writeFileSync(file, text);
    // Before the next run starts: it must not meet our writing.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}
