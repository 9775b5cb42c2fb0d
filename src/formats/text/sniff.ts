/** Recognizes a text format by its lines. */
import { EventLine, LineKind } from './event-line.js';
import type { TextSyntax } from './syntax.js';

/** So many lines decide. */
const LINES = 200;
/** Longer than any line of a recorder, so that one-line files are cheap to reject. */
const LONGEST = 4096;

/** The share of the lines with a say that are events, 0 … 1; 0 for binary data. */
export function shareOfEvents(head: Uint8Array, syntax: TextSyntax): number {
  if (head.includes(0)) return 0;
  const lines = new TextDecoder().decode(head).split('\n', LINES + 1);
  // The last one may be cut.
  if (lines.length > 1) lines.pop();
  const line = new EventLine();
  let events = 0;
  let others = 0;
  for (const text of lines) {
    const kind = text.length > LONGEST ? LineKind.Unknown : syntax.parse(text, 0, text.length, line);
    if (kind === LineKind.Event) events++;
    else if (kind === LineKind.Unknown) others++;
  }
  return events === 0 ? 0 : events / (events + others);
}
