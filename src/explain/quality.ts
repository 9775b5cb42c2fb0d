/** How far the numbers can be trusted, what is missing, and what to record next time. */
import type { Issue } from '../base/issue.js';
import type { EventClass } from '../hypervisors/translator.js';
import type { PcpuLoss } from '../ledger/ledger.js';
import type { Recording } from '../recording/recording.js';
import { GRADES, type Grade, type Machine, type Quality, type Totals, type UpperBound } from './explanation.js';
import type { MachineBasis } from './machines.js';

/** So many consecutive events of one CPU at the same nanosecond do not happen with a clock that runs. */
const FROZEN_CLOCK_RUN = 32;

interface Judgement {
  readonly grade: Grade;
  readonly issue: Issue;
  readonly upperBounds?: readonly UpperBound[];
}

export interface QualityInput {
  readonly recording: Recording;
  readonly losses: readonly PcpuLoss[];
  readonly classes: readonly EventClass[];
  readonly machines: readonly Machine[];
  readonly bases: readonly MachineBasis[];
  readonly totals: Totals;
}

export function judgeQuality(input: QualityInput): Quality {
  const judgements = [
    ...readingProblems(input),
    ...clockProblems(input),
    ...missingClasses(input),
    ...ledgerProblems(input),
    ...identityProblems(input),
  ];
  const worst = Math.max(0, ...judgements.map(({ grade }) => GRADES.indexOf(grade)));
  return {
    grade: GRADES[worst],
    issues: judgements.map(({ issue }) => issue),
    upperBounds: mergedBounds(judgements.flatMap(({ upperBounds }) => upperBounds ?? [])),
  };
}

function mergedBounds(bounds: readonly UpperBound[]): UpperBound[] {
  const accounts = [...new Set(bounds.map(({ account }) => account))];
  return accounts.map((account) => {
    const contains = bounds.filter((bound) => bound.account === account).flatMap((bound) => bound.contains);
    return { account, contains: [...new Set(contains)] };
  });
}

const GRADE_OF_SEVERITY = { error: 'D', warning: 'B', note: 'A' } as const;

function readingProblems({ recording, losses }: QualityInput): Judgement[] {
  const judgements: Judgement[] = recording.issues
    .list()
    .map((issue) => ({ grade: GRADE_OF_SEVERITY[issue.severity], issue }));
  const { lostEvents, gaps } = recording.totals;
  if (lostEvents > 0 || gaps > 0) {
    const count = lostEvents > 0 ? `at least ${lostEvents} events` : 'an unknown number of events';
    judgements.push(
      judge(
        'B',
        'warning',
        'lost-events',
        `The recorder lost ${count} in ${gaps} gaps${byPcpu(losses)}; what the vCPUs did there is in the account unknown.`,
        'Record with larger buffers: trace-cmd record -b 65536, perf record -m 64M.',
      ),
    );
  }
  return judgements;
}

/** At most this many pCPUs are named; all of them are in `recording.losses`. */
const PCPUS_NAMED = 8;

function byPcpu(losses: readonly PcpuLoss[]): string {
  if (losses.length === 0) return '';
  const named = losses.slice(0, PCPUS_NAMED).map(({ pcpu, gaps, events }) => {
    return `pCPU ${pcpu}: ${gaps} gaps${events > 0 ? `, ${events} events` : ''}`;
  });
  return ` (${named.join('; ')}${losses.length > PCPUS_NAMED ? '; …' : ''})`;
}

function clockProblems({ recording: { clock, totals } }: QualityInput): Judgement[] {
  const judgements: Judgement[] = [];
  if (!clock.measuresTime) {
    judgements.push(
      judge(
        'F',
        'error',
        'clock-without-time',
        `The clock "${clock.name}" gives the order of events, not their time: counts are right, all durations are meaningless.`,
        'Record with -C mono (trace-cmd) or --clockid mono (perf).',
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
        'Record with -C mono.',
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
        'Record with -C mono.',
      ),
    );
  }
  if (clock.resolutionNs > 1) {
    judgements.push(
      judge(
        'A',
        'note',
        'coarse-clock',
        `Times are rounded to ${clock.resolutionNs} ns, so single durations are off by up to that.`,
        'Give the binary recording instead of its text.',
      ),
    );
  }
  return judgements;
}

/** What the books lack when a class of events is not in the recording. */
const WITHOUT_CLASS: Record<EventClass['id'], { grade: Grade; meaning: string; upperBounds: UpperBound[] }> = {
  exits: {
    grade: 'F',
    meaning: 'Guest exits and entries were not recorded: nothing can be said about the guests.',
    upperBounds: [],
  },
  scheduler: {
    grade: 'C',
    meaning:
      'Scheduler events were not recorded: preemption, wake-up latency and sleep are inside hypervisor (an upper bound), and a halt counts as idle from its exit to the next entry.',
    upperBounds: [
      { account: 'hypervisor', contains: ['blocked', 'wakeup', 'preempted'] },
      { account: 'idle', contains: ['hypervisor', 'poll', 'wakeup', 'preempted'] },
    ],
  },
  wakeups: {
    grade: 'B',
    meaning: 'Wake-ups were not recorded: the wait for a pCPU after a wake-up is inside idle and blocked.',
    upperBounds: [
      { account: 'idle', contains: ['wakeup'] },
      { account: 'blocked', contains: ['wakeup'] },
    ],
  },
  vmm: {
    grade: 'B',
    meaning: 'Returns to the VMM were not recorded: its time is inside hypervisor.',
    upperBounds: [{ account: 'hypervisor', contains: ['vmm'] }],
  },
  interrupts: {
    grade: 'B',
    meaning: 'Host interrupt and softirq handlers were not recorded: their time is inside hypervisor and vmm.',
    upperBounds: [
      { account: 'hypervisor', contains: ['interrupt'] },
      { account: 'vmm', contains: ['interrupt'] },
    ],
  },
  halts: {
    grade: 'B',
    meaning: 'The ends of halts were not recorded: halt polling is inside hypervisor.',
    upperBounds: [{ account: 'hypervisor', contains: ['poll'] }],
  },
};

function missingClasses({ classes, totals }: QualityInput): Judgement[] {
  return classes
    .filter(({ seen }) => !seen)
    .filter(({ id }) => id !== 'halts' || totals.ledgerNs.idle > 0)
    .map(({ id, record }) => {
      const { grade, meaning, upperBounds } = WITHOUT_CLASS[id];
      return { ...judge(grade, 'warning', `no-${id}`, meaning, `Record them: ${record}`), upperBounds };
    });
}

function ledgerProblems({ machines, totals }: QualityInput): Judgement[] {
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
  const share = totals.durationNs > 0 ? totals.ledgerNs.unknown / totals.durationNs : 0;
  if (share > 0.001) {
    const grade = share > 0.5 ? 'F' : share > 0.1 ? 'D' : share > 0.01 ? 'C' : 'B';
    judgements.push(
      judge(
        grade,
        'warning',
        'unknown-time',
        `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} % of the vCPUs' time is in the account unknown: before a vCPU's first event, after its last one, or around lost events.`,
      ),
    );
  }
  if (totals.keptOutNs > 0.001 * totals.durationNs) {
    judgements.push(
      judge(
        'A',
        'note',
        'kept-out',
        `The VMM kept vCPUs out of the guest for ${(totals.keptOutNs / 1e6).toFixed(1)} ms in all (paused, stopped, or interrupted by a signal): booked to vm-control, to no exit of the guest.`,
      ),
    );
  }
  return judgements;
}

function identityProblems({ bases, machines }: QualityInput): Judgement[] {
  if (!bases.includes('thread-order')) return [];
  const grade = machines.length > 1 ? 'B' : 'A';
  return [
    judge(
      grade,
      'note',
      'machines-inferred',
      `The recording does not say which threads belong to one process: ${machines.length === 1 ? 'the vCPUs are taken for one machine' : `${machines.length} machines are told apart`} by the order of thread and vCPU numbers.`,
      'Record process identifiers: trace-cmd record --options record-tgid …, or use perf record.',
    ),
  ];
}

function judge(grade: Grade, severity: Issue['severity'], code: string, message: string, hint?: string): Judgement {
  return { grade, issue: { code, severity, message, ...(hint !== undefined && { hint }) } };
}
