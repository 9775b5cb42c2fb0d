/** Writes a file so that whoever reads it, whenever, finds the old text or the new one, whole. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import type { Issue } from '../../base/issue.js';
import { reasonOf } from '../system-reason.js';

/** Why it cannot be written, for people; undefined where it was. */
export function saveAtomically(path: string, text: string): Issue | undefined {
  const unfinished = `${path}.unfinished`;
  try {
    const file = openSync(unfinished, 'w');
    try {
      writeFileSync(file, text);
      // Before the next run starts: it must not meet our writing.
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
    return undefined;
  } catch (error) {
    const message = `${path} cannot be written: ${reasonOf(error)}`;
    return { code: 'unwritable', severity: 'error', message, source: path };
  }
}
