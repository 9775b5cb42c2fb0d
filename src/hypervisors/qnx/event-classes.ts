/**
 * Classes of events that accounts of the ledger need, and how to record them with tracelogger, whose options leave classes
 * out: -F1 kernel calls, -F2 interrupts, -F3 processes, -F4 threads, -F6 messages, -F7 system, -F8 the hypervisor.
 *
 * Source: QNX SDP 8.0 utilities reference, tracelogger.
 */
import type { EventClass } from '../translator.js';
import type { TraceEventName } from './trace-events.js';

export const RECORD_EVERYTHING =
  'Record on the host, while a guest runs: tracelogger -w -s 10 -F1 -F6 -f trace.kev leaves out kernel calls and messages only, which are not needed.';
export const LARGER_BUFFERS =
  'Record with more buffers, tracelogger -k 256 -b 1024, and give -F1 -F6: they leave out kernel calls and messages, which are not needed.';

const keep = (option: string, what: string): string => `tracelogger without ${option}, which leaves ${what} out`;

/** Changes of threads' states that were seen, and those among them that made a thread ready. */
export interface StateChanges {
  readonly changes: number;
  readonly readyChanges: number;
}

/** @param has whether an event was seen */
export function eventClasses(
  has: (event: TraceEventName) => boolean,
  { changes, readyChanges }: StateChanges,
): EventClass[] {
  const ofHypervisor = keep('-F8', 'the hypervisor');
  const hasVisits = has('QVM:GUEST_ENTER') && has('QVM:CYCLES');
  return [
    {
      id: 'exits',
      seen: has('QVM:GUEST_EXIT'),
      missing: hasVisits ? [] : [{ part: 'entries', names: [], record: `${ofHypervisor}, and not less of its events` }],
      record: ofHypervisor,
    },
    { id: 'scheduler', seen: changes > 0, missing: [], record: keep('-F4', 'threads') },
    {
      id: 'wakeups',
      seen: readyChanges > 0,
      missing: [],
      record:
        changes > 0
          ? 'threads are in the trace, and none became READY while it was recorded, so record for longer'
          : keep('-F4', 'threads'),
    },
    {
      id: 'interrupts',
      // Of a release that only says that interrupts were delivered there is no more to record.
      seen: has('INTERRUPT:ENTRY') || has('INTERRUPT:DELIVER'),
      missing:
        has('INTERRUPT:ENTRY') && !has('INTERRUPT:EXIT')
          ? [{ part: 'interrupt-ends', names: ['all'], record: keep('-F2', 'interrupts') }]
          : [],
      record: keep('-F2', 'interrupts'),
    },
  ];
}
