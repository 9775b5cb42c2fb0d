/** What went wrong in a kernel trace, in words. */
import type { IssueLog, Severity } from '../../base/issue.js';
import { counted, howOften } from '../../base/quantities.js';

export interface TraceProblems {
  readonly missingBuffers: number;
  /** Sequences of buffers that began again. */
  readonly restarts: number;
  /** Events that began and never ended, and parts of events that never began. */
  readonly unfinished: number;
  readonly withoutBeginning: number;
  readonly impossibleTimes: number;
  /** Events whose first word cannot be. */
  readonly broken: number;
  /** Events that processes wrote, and not the kernel. */
  readonly injected: number;
  /** How often a CPU told a time long before the one that it had already. */
  readonly timesWentBack: number;
  /** Records that came too late for their place in time. */
  readonly movedUp: number;
  /** Events of threads beyond the most that are kept. */
  readonly droppedThreads: number;
}

const LARGER_BUFFERS =
  'Record with more kernel buffers (tracelogger -k), or fewer classes (tracelogger -F1 -F6 leaves out kernel calls and messages).';

export function addTraceIssues(problems: TraceProblems, issues: IssueLog, source: string): void {
  const add = (count: number, code: string, severity: Severity, message: string, hint?: string): void => {
    if (count > 0) issues.add({ code, severity, message, source, ...(hint !== undefined && { hint }) });
  };
  const {
    missingBuffers,
    restarts,
    unfinished,
    withoutBeginning,
    impossibleTimes,
    broken,
    injected,
    timesWentBack,
    movedUp,
    droppedThreads,
  } = problems;
  add(
    missingBuffers,
    'buffers-missing',
    'warning',
    `The trace lacks ${counted(missingBuffers, 'buffer')} of the kernel, with all that was written there.`,
    LARGER_BUFFERS,
  );
  add(
    restarts,
    'buffers-restart',
    'note',
    `The numbers of buffers begin again ${howOften(restarts)}, as they do where tracing was stopped or started: nothing is missing there.`,
  );
  add(
    unfinished + withoutBeginning,
    'events-unfinished',
    'warning',
    `Passed over: ${counted(unfinished, 'event')} that never ended, ${counted(withoutBeginning, 'part')} of events that never began.`,
  );
  add(
    impossibleTimes,
    'impossible-times',
    'warning',
    `Passed over: ${counted(impossibleTimes, 'event')} with a time that cannot be.`,
  );
  add(
    broken,
    'events-broken',
    'warning',
    `Passed over as damage: ${counted(broken, 'event')} of no kind that there can be.`,
  );
  add(
    injected,
    'events-injected',
    'note',
    `${injected} events were written by processes, not by the kernel: they are counted ("injected …"), and used for nothing else.`,
  );
  add(
    timesWentBack,
    'times-went-back',
    'warning',
    `The clock of a CPU goes back ${howOften(timesWentBack)}: the trace is damaged, or parts of it are from different runs.`,
  );
  add(
    movedUp,
    'not-in-order',
    'warning',
    `Moved up in time: ${counted(movedUp, 'record')} that came too late for their place.`,
  );
  add(
    droppedThreads,
    'too-many-threads',
    'warning',
    `The trace names more threads than are kept: ${droppedThreads} of its events are of a thread that is not known.`,
  );
}
