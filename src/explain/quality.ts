/**
 * How far the numbers can be trusted, what is missing, and what to record next time.
 *
 * The worst judgement gives the grade (Quality.grade says which is which). A note stands beside an A only: what lowers
 * the grade is a warning or an error.
 */
import type { Issue } from '../base/issue.js';
import { counted, formatNs } from '../base/quantities.js';
import type { RecordingAdvice, Remark } from '../hypervisors/translator.js';
import type { PcpuLoss } from '../ledger/losses.js';
import type { Recording } from '../recording/recording.js';
import { GRADES, type Grade, type Machine, type Quality, type Totals, type WorldSwitchCosts } from './explanation.js';
import type { MachineBasis } from './machines.js';
import { EVENTS_OF_CLASS, UNSEEN, WITHOUT_CLASS, WITHOUT_PART } from './missing-events.js';
import { absentClasses, missingParts, recordedOf, type SeenEvents } from './recorded.js';

/** So many consecutive events of one CPU at the same nanosecond do not happen with a clock that runs. */
const FROZEN_CLOCK_RUN = 32;

interface Judgement {
  readonly grade: Grade;
  readonly issue: Issue;
}

export interface QualityInput extends SeenEvents {
  readonly recording: Recording;
  readonly losses: readonly PcpuLoss[];
  /** Of the gaps, those that touch the interval that is accounted for. */
  readonly gapsWithin: number;
  readonly advice: RecordingAdvice;
  readonly worldSwitches: WorldSwitchCosts | null;
  readonly machines: readonly Machine[];
  readonly bases: readonly MachineBasis[];
  readonly totals: Totals;
  /** What was given beside the recording and does not fit it. */
  readonly doubts: readonly Issue[];
}

export function judgeQuality(input: QualityInput): Quality {
  const judgements = [
    ...readingProblems(input),
    ...clockProblems(input),
    ...missingClassProblems(input),
    ...missingPartProblems(input),
    ...input.remarks.map(judgedRemark),
    ...input.doubts.map((issue) => ({ grade: GRADE_OF_SEVERITY[issue.severity], issue })),
    ...ledgerProblems(input),
    ...identityProblems(input),
  ];
  const worst = Math.max(0, ...judgements.map(({ grade }) => GRADES.indexOf(grade)));
  return {
    grade: GRADES[worst],
    issues: judgements.map(({ issue }) => issue),
    ...recordedOf(input, input.totals.ledgerNs),
  };
}

const judgedRemark = (issue: Remark): Judgement => ({
  grade: UNSEEN[issue.code]?.grade ?? GRADE_OF_SEVERITY[issue.severity],
  issue: {
    severity: issue.severity,
    code: issue.code,
    message: issue.message,
    ...(issue.hint !== undefined && { hint: issue.hint }),
  },
});

/** What a reader met: damage is D, doubts are B. */
const GRADE_OF_SEVERITY = { error: 'D', warning: 'B', note: 'A' } as const;

/** All times are wrong by a factor, as if they were cycles. */
const GRADE_OF_ISSUE: Readonly<Record<string, Grade>> = { 'clock-contradicted': 'C' };

function readingProblems({ recording, losses, gapsWithin, advice }: QualityInput): Judgement[] {
  const judgements: Judgement[] = recording.issues
    .list()
    .map((issue) => ({ grade: GRADE_OF_ISSUE[issue.code] ?? GRADE_OF_SEVERITY[issue.severity], issue }));
  if (recording.format.split(' + ').includes('perf-script')) {
    judgements.push(
      judge(
        'A',
        'note',
        'perf-script-guest-samples',
        'perf script leaves out the samples that were taken in guest mode, unless it is given --guest-code: then interrupts and wake-ups right after an exit are missing, and nothing in the text says so.',
        'If it was made without --guest-code, make it again or give perf.data itself.',
      ),
    );
  }
  const { lostEvents, gaps } = recording.totals;
  if (lostEvents > 0 || gaps > 0) {
    const count = lostEvents > 0 ? `at least ${counted(lostEvents, 'event')}` : 'an unknown number of events';
    const lost = `The recorder lost ${count} in ${counted(gaps, 'gap')}${byPcpu(losses)}`;
    const larger = lossHint(recording, advice);
    judgements.push(
      gaps > 0 && gapsWithin === 0
        ? judge('A', 'note', 'lost-events', `${lost}, all of them outside the interval that is explained.`, larger)
        : judge('B', 'warning', 'lost-events', `${lost}; what the vCPUs did there is in the account unknown.`, larger),
    );
  }
  return judgements;
}

/** At most this many pCPUs are named; all of them are in `recording.losses`. */
const PCPUS_NAMED = 8;

function byPcpu(losses: readonly PcpuLoss[]): string {
  if (losses.length === 0) return '';
  const named = losses.slice(0, PCPUS_NAMED).map(({ pcpu, gaps, events }) => {
    return `pCPU ${pcpu}: ${counted(gaps, 'gap')}${events > 0 ? `, ${counted(events, 'event')}` : ''}`;
  });
  return ` (${named.join('; ')}${losses.length > PCPUS_NAMED ? '; …' : ''})`;
}

/** The end that a cut file lacks is one gap, for which no buffer is to blame. */
function lossHint({ format, issues, totals }: Recording, { largerBuffers }: RecordingAdvice): string {
  const larger = largerBuffers(format.split(' + '));
  const isCut = issues.list().some(({ code }) => code === 'cut');
  if (!isCut) return larger;
  const again = 'The file is cut: copy it again, whole.';
  return totals.gaps > 1 || totals.lostEvents > 0 ? `${again} Against what is lost beside that: ${larger}` : again;
}

function clockProblems({ recording: { format, clock, cycles, totals }, advice }: QualityInput): Judgement[] {
  const steadyClock = advice.steadyClock?.(format.split(' + '));
  const judgements: Judgement[] = [];
  if (!clock.measuresTime && cycles !== undefined) {
    judgements.push(
      judge(
        'C',
        'warning',
        'times-in-cycles',
        `All times are cycles of the clock "${clock.name}", of which nobody says how many make a second; shares hold.`,
        'Give its frequency with --clock-hz.',
      ),
    );
  } else if (!clock.measuresTime) {
    judgements.push(
      judge(
        'F',
        'error',
        'clock-without-time',
        `The clock "${clock.name}" gives the order of events, not their time: counts are right, all durations are meaningless.`,
        steadyClock,
      ),
    );
  }
  if (totals.timeWentBack > 0) {
    judgements.push(
      judge(
        'C',
        'warning',
        'time-went-back',
        `The time stamps of ${totals.timeWentBack} events lie before that of their predecessor on the same CPU; they were moved up to it.`,
        steadyClock,
      ),
    );
  }
  if (totals.longestFrozenRun >= FROZEN_CLOCK_RUN) {
    judgements.push(
      judge(
        'C',
        'warning',
        'clock-froze',
        `The clock stood still: up to ${totals.longestFrozenRun} consecutive events of one CPU carry the same time. Sums over the whole recording hold, single durations do not.`,
        steadyClock,
      ),
    );
  }
  if (clock.resolutionNs > 1) {
    const times = cycles === undefined ? 'Times are rounded to' : 'The clock ticks every';
    const message = `${times} ${rounded(clock.resolutionNs)} ns, so single durations are off by up to that.`;
    const hint = cycles === undefined ? 'Give the binary recording instead of its text.' : undefined;
    judgements.push(judge('A', 'note', 'coarse-clock', message, hint));
  }
  return judgements;
}

function missingClassProblems({ classes, totals }: QualityInput): Judgement[] {
  return absentClasses(classes, totals.ledgerNs).map(({ id, record }) => {
    const { grade, meaning } = WITHOUT_CLASS[id];
    return judge(grade, 'warning', `no-${id}`, meaning, `Record ${EVENTS_OF_CLASS[id]}: ${record}`);
  });
}

function missingPartProblems({ classes, totals }: QualityInput): Judgement[] {
  return missingParts(classes, totals.ledgerNs).map(({ part, names, record }) => {
    const { code, grade, severity, meaning } = WITHOUT_PART[part];
    const advice = part === 'poll-limits' ? 'If polling is on, record its limits' : 'Record them';
    return judge(grade, severity, code, meaning(names.join(', ')), `${advice}: ${record}`);
  });
}

function ledgerProblems({ machines, totals, worldSwitches, remarks }: QualityInput): Judgement[] {
  const judgements: Judgement[] = [];
  const vcpus = machines.flatMap((machine) => machine.vcpus);
  const exits = vcpus.reduce((sum, vcpu) => sum + vcpu.unpairedExits, 0);
  const entries = vcpus.reduce((sum, vcpu) => sum + vcpu.unpairedEntries, 0);
  // At the end of a recording every vCPU may be outside the guest: that exit has no entry and nothing is wrong.
  if (exits > vcpus.length || entries > 0) {
    judgements.push(
      judge(
        'B',
        'warning',
        'unpaired',
        `${exits} exits have no entry after them and ${entries} entries no exit before them; they are counted, and their time is in the account unknown.`,
      ),
    );
  }
  const broken = worldSwitches?.broken ?? 0;
  if (broken > 0) {
    const message = `${broken} visits to a guest cannot be timed: events of them are missing, or their times contradict each other. Their time is in the account unknown.`;
    judgements.push(judge('B', 'warning', 'broken-visits', message));
  }
  const share = totals.durationNs > 0 ? totals.ledgerNs.unknown / totals.durationNs : 0;
  if (share > 0.001) {
    const sleep = remarks.some(({ code }) => code === 'codes-unknown') ? ', or asleep after exits of unknown kind' : '';
    const grade = share > 0.5 ? 'F' : share > 0.1 ? 'D' : share > 0.01 ? 'C' : 'B';
    judgements.push(
      judge(
        grade,
        'warning',
        'unknown-time',
        `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} % of the vCPUs' time is in the account unknown: before a vCPU's first event, after its last one, or around lost events${sleep}.`,
      ),
    );
  }
  if (totals.keptOutNs > 0.001 * totals.durationNs) {
    judgements.push(
      judge(
        'A',
        'note',
        'kept-out',
        `The VMM kept vCPUs out of the guest for ${formatNs(totals.keptOutNs)} in all (paused, stopped, interrupted by a signal, not there yet, or there no more): booked to vm-control, to no exit of the guest.`,
      ),
    );
  }
  return judgements;
}

function identityProblems({ bases, machines }: QualityInput): Judgement[] {
  if (!bases.includes('thread-order')) return [];
  // With one machine there is nothing to confuse.
  const [grade, severity] = machines.length > 1 ? (['B', 'warning'] as const) : (['A', 'note'] as const);
  return [
    judge(
      grade,
      severity,
      'machines-inferred',
      `The recording does not say which threads belong to one process: ${machines.length === 1 ? 'the vCPUs are taken for one machine' : `${machines.length} machines are told apart`} by the order of thread and vCPU numbers.`,
      'perf record stores process identifiers, and perf script -F +pid prints them.',
    ),
  ];
}

/** Three digits, and all of the whole ones. */
const rounded = (value: number): string => String(value < 100 ? Number(value.toPrecision(3)) : Math.round(value));

function judge(grade: Grade, severity: Issue['severity'], code: string, message: string, hint?: string): Judgement {
  return { grade, issue: { code, severity, message, ...(hint !== undefined && { hint }) } };
}
