/** Texts that a program writes into a recording, to say what happens when. */
import type { TracepointCatalog } from './tracepoint.js';

export interface Marker {
  readonly text: string;
  /** ns since the origin of the recording. */
  readonly timeNs: number;
}

export const MOST_MARKERS = 10_000;
/** Characters of one: the kernel cuts what a program writes at 4 KiB, and nobody types so much on a command line. */
const LONGEST = 1024;

/** One without text is none. */
export function addMarker(markers: Marker[], text: string, timeNs: number): void {
  if (text !== '' && markers.length < MOST_MARKERS) markers.push({ text, timeNs });
}

/** What was written to `trace_marker`, without the line break that `echo` writes. */
export const markerText = (text: string): string => text.trimEnd().slice(0, LONGEST);

/**
 * How Linux records what is written to `trace_marker` (tracing_mark_write in kernel/trace/trace.c): as an event that the
 * kernel's own text calls by the function that wrote it, and trace-cmd by its name and that function, or its address.
 */
export const MARKER_CATALOG: TracepointCatalog = [
  {
    system: 'ftrace',
    event: 'print',
    kind: 1,
    fields: [],
    markerText: 'buf',
    text: [{ pattern: /^(?:tracing_mark_write|(?:0x)?[\da-f]{8,16}): (?<buf>.*)$/ }],
  },
  {
    system: 'ftrace',
    event: 'tracing_mark_write',
    kind: 2,
    fields: [],
    markerText: 'buf',
    text: [{ pattern: /^(?<buf>.*)$/ }],
  },
];
