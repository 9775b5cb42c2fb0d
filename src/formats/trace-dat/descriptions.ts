/** The descriptions in front of the data that versions 6 and 7 write alike: pages, events, command lines. */
import { FieldStorage, findField, parseEventFormat, parseFieldLines } from '../tracefs/event-format.js';
import type { SourceCursor } from './source-cursor.js';
import type { DescribedEvent, PageLayout } from './trace-file.js';

/** The kernel's RB_WRITE_MASK: no sub-buffer can be larger. */
const LARGEST_PAGE = 1024 * 1024;
/** A page must hold its header and something. */
const SMALLEST_PAGE = 64;
/** A format text is a few kilobytes at most. */
const LARGEST_TEXT = 1024 * 1024;

/** Undefined where it is not such a description. */
export async function readPageLayout(cursor: SourceCursor): Promise<PageLayout | undefined> {
  if ((await cursor.string(64)) !== 'header_page') return undefined;
  const text = await cursor.text(await lengthUpTo(cursor, LARGEST_TEXT));
  if ((await cursor.string(64)) !== 'header_event') return undefined;
  cursor.skip(await cursor.u64());
  const fields = parseFieldLines(text, LARGEST_PAGE);
  const timestamp = findField(fields, 'timestamp');
  const commit = findField(fields, 'commit');
  const data = findField(fields, 'data');
  if (timestamp?.offset !== 0 || timestamp.size !== 8 || commit === undefined || data === undefined) return undefined;
  if (commit.storage !== FieldStorage.Plain || (commit.size !== 4 && commit.size !== 8)) return undefined;
  if (commit.offset < 8 || data.offset < commit.offset + commit.size) return undefined;
  return {
    commitOffset: commit.offset,
    commitSize: commit.size,
    dataOffset: data.offset,
    pageSize: data.offset + data.size,
  };
}

/** Whether pages can have this size: the data of a record are aligned to four bytes everywhere. */
export function isPageSize(size: number): boolean {
  return size >= SMALLEST_PAGE && size <= LARGEST_PAGE && size % 4 === 0;
}

export async function readFtraceEvents(cursor: SourceCursor): Promise<DescribedEvent[]> {
  const events: DescribedEvent[] = [];
  await readEventsOf('ftrace', await cursor.u32(), cursor, events);
  return events;
}

export async function readEventSystems(cursor: SourceCursor): Promise<DescribedEvent[]> {
  const events: DescribedEvent[] = [];
  const systems = await cursor.u32();
  for (let index = 0; index < systems && !cursor.ended; index++) {
    const system = await cursor.string();
    await readEventsOf(system, await cursor.u32(), cursor, events);
  }
  return events;
}

async function readEventsOf(
  system: string,
  count: number,
  cursor: SourceCursor,
  events: DescribedEvent[],
): Promise<void> {
  for (let index = 0; index < count && !cursor.ended; index++) {
    const format = parseEventFormat(await cursor.text(await lengthUpTo(cursor, LARGEST_TEXT)));
    if (format !== undefined) events.push({ system, format });
  }
}

/** The kernel's saved_cmdlines: at most some thousand lines of a few dozen bytes. */
export async function readCommandLines(cursor: SourceCursor): Promise<string> {
  return cursor.text(await lengthUpTo(cursor, 64 * LARGEST_TEXT));
}

/** A length that is impossible ends the input. */
async function lengthUpTo(cursor: SourceCursor, limit: number): Promise<number> {
  const length = await cursor.u64();
  return length <= limit ? length : Infinity;
}
