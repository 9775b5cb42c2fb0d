/** The files of a drop, with those in the folders that were dropped. */
import type { DroppedFile } from '../engine/worker-engine.js';

/** Folders are looked into this deep, and so many files are taken: more was hardly meant. */
const DEEPEST = 8;
const MOST_FILES = 2000;

/** Must be called while the drop is handled: what was dropped is gone afterwards. */
export function droppedFiles(transfer: DataTransfer): Promise<DroppedFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const isPlain = entries.every((entry) => entry === null || entry.isFile);
  if (isPlain) return Promise.resolve([...transfer.files].map((file) => ({ file, path: file.name })));
  return filesBelow(entries.filter((entry) => entry !== null));
}

async function filesBelow(roots: readonly FileSystemEntry[]): Promise<DroppedFile[]> {
  const files: DroppedFile[] = [];
  const visit = async (entry: FileSystemEntry, depth: number): Promise<void> => {
    if (entry.name.startsWith('.') || files.length >= MOST_FILES) return;
    if (isFile(entry)) {
      const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
      files.push({ file, path: entry.fullPath.replace(/^\//, '') });
    } else if (isFolder(entry) && depth < DEEPEST) {
      for (const below of await entriesOf(entry)) await visit(below, depth + 1);
    }
  };
  for (const root of roots) await visit(root, 0);
  return files;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** Numbers in names count as numbers, as for the command. */
const byName = new Intl.Collator('en', { numeric: true });

/** A browser gives them in pieces, until one is empty. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (piece.length === 0 || entries.length > MOST_FILES)
      return entries.toSorted((a, b) => byName.compare(a.name, b.name));
    entries.push(...piece);
  }
}
