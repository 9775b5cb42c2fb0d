/** Whether there is a file or a folder at a path; neither where it may not be seen: reading it will say so. */
import { type Stats, statSync } from 'node:fs';

export const isFolder = (path: string): boolean => statOf(path)?.isDirectory() ?? false;
export const isRegularFile = (path: string): boolean => statOf(path)?.isFile() ?? false;

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
