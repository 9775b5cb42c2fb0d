/** Which part of a recording to explain: by times, by its end, or by what programs wrote into it. */
import type { Issue } from '../base/issue.js';
import { failure, type Result, success } from '../base/issue.js';
import { measure } from '../node/inputs.js';
import { MARKER_CATALOG, MOST_MARKERS } from '../recording/markers.js';
import type { Recording } from '../recording/recording.js';

/** ns since the first event of the recording. */
export interface Interval {
  readonly fromNs?: number;
  readonly toNs?: number;
}

/** What was asked for: ns since the first event, and texts of markers. */
export interface IntervalFlags {
  readonly from?: number;
  readonly to?: number;
  readonly last?: number;
  readonly fromMarker?: string;
  readonly toMarker?: string;
  readonly clockHz?: number;
}

/** Issues of `intervalOf` that are about what was asked for. */
export const WRONG_INTERVAL = ['needs-one-file', 'no-such-marker'];

/** Reads the recording to its end where the interval depends on what is in it. */
export async function intervalOf(paths: readonly string[], flags: IntervalFlags): Promise<Result<Interval>> {
  const { from, to, last, fromMarker, toMarker, clockHz } = flags;
  const given: Interval = { ...(from !== undefined && { fromNs: from }), ...(to !== undefined && { toNs: to }) };
  if (last === undefined && fromMarker === undefined && toMarker === undefined) return success(given);
  if (paths.length !== 1 || paths[0] === '-') return failure(needsOneFile(last === undefined ? 'A marker' : '--last'));
  const catalog = last === undefined ? MARKER_CATALOG : [];
  const measured = await measure(paths[0], { catalog, ...(clockHz !== undefined && { clockHz }) });
  if (!measured.ok) return measured;
  const { totals } = measured.value;
  if (last !== undefined) return success({ fromNs: Math.max(0, totals.lastNs - totals.firstNs - last) });
  const marked = betweenMarkers(measured.value, fromMarker, toMarker);
  return marked.ok ? success({ ...given, ...marked.value }) : marked;
}

/** What of the asked interval all inputs cover. */
export function intersection(
  common: { readonly fromNs: number; readonly toNs: number } | undefined,
  { fromNs = 0, toNs = Infinity }: Interval,
): Required<Interval> {
  return { fromNs: Math.max(common?.fromNs ?? 0, fromNs), toNs: Math.min(common?.toNs ?? Infinity, toNs) };
}

/** From the first marker of one text to the first of the other after it. */
function betweenMarkers(recording: Recording, from: string | undefined, to: string | undefined): Result<Interval> {
  const { markers, firstNs } = recording.totals;
  const start = from === undefined ? -1 : markers.findIndex(({ text }) => text === from);
  if (from !== undefined && start < 0) return failure(noMarker(recording, `"${from}"`));
  const end = to === undefined ? -1 : markers.findIndex(({ text }, index) => index > start && text === to);
  if (to !== undefined && end < 0) {
    return failure(noMarker(recording, from === undefined ? `"${to}"` : `"${to}" after "${from}"`));
  }
  return success({
    ...(start >= 0 && { fromNs: markers[start].timeNs - firstNs }),
    ...(end >= 0 && { toNs: markers[end].timeNs - firstNs }),
  });
}

/** At most this many texts are named. */
const NAMED = 12;

function noMarker({ format, totals }: Recording, wanted: string): Issue {
  const { markers, firstNs } = totals;
  const named = markers
    .slice(0, NAMED)
    .map(({ text, timeNs }) => `"${text}" at ${((timeNs - firstNs) / 1e9).toFixed(6)} s`);
  const more = markers.length > NAMED ? `, and ${markers.length - NAMED} more` : '';
  const there = markers.length === 0 ? 'It has no markers' : `It has ${named.join(', ')}${more}`;
  const limit = markers.length >= MOST_MARKERS ? `; of more than ${MOST_MARKERS} only the first are kept` : '';
  return {
    code: 'no-such-marker',
    severity: 'error',
    message: `The recording has no marker ${wanted}. ${there}${limit}.`,
    hint: MARKERS_OF_FORMAT[format] ?? NO_MARKERS,
  };
}

const OF_QNX =
  'Markers are strings that a program writes into a QNX trace, with trace_logf() or TraceEvent(_NTO_TRACE_INSERTUSRSTREVENT, …).';
const OF_FTRACE =
  "Markers are texts that a program writes into the kernel's trace while that is recorded: echo test-start > /sys/kernel/tracing/trace_marker.";
const NO_MARKERS = 'Only traces of QNX, trace.dat and ftrace text hold markers. Give --from and --to.';

const MARKERS_OF_FORMAT: Readonly<Record<string, string>> = {
  'qnx-kev': OF_QNX,
  traceprinter: OF_QNX,
  'trace-dat': OF_FTRACE,
  'ftrace-text': OF_FTRACE,
};

const needsOneFile = (what: string): Issue => ({
  code: 'needs-one-file',
  severity: 'error',
  message: `${what} needs one file, which is read twice: a pipe has no known end`,
  hint: 'Save it to a file first, or give --from and --to.',
});
