/** What the books lack where events are missing: one table each for classes of events, parts of them, and remarks. */
import type { Issue } from '../base/issue.js';
import type { EventClass, MissingPart } from '../hypervisors/translator.js';
import type { AccountName } from '../ledger/accounts.js';
import type { ExitRecord, Grade, UpperBound } from './explanation.js';

/** What the books lack when a class of events is not in the recording. */
export const WITHOUT_CLASS: Record<EventClass['id'], { grade: Grade; meaning: string; upperBounds: UpperBound[] }> = {
  exits: {
    grade: 'F',
    meaning: 'Guest exits and entries were not recorded: nothing can be said about the guests.',
    upperBounds: [],
  },
  scheduler: {
    grade: 'C',
    meaning:
      'Scheduler events were not recorded: preemption, wake-up latency and sleep are inside hypervisor, and a halt counts as idle from its exit to the next entry, whatever it waited for: the time that the guests lost is a rough figure.',
    upperBounds: [
      { account: 'hypervisor', contains: ['blocked', 'wakeup', 'preempted'] },
      { account: 'idle', contains: ['hypervisor', 'poll', 'wakeup', 'preempted'] },
    ],
  },
  wakeups: {
    grade: 'B',
    meaning:
      'Wake-ups were not recorded: the wait for a pCPU after a wake-up is inside idle and blocked, and a sleep that began before the recording is inside preempted.',
    upperBounds: [
      { account: 'preempted', contains: ['idle', 'blocked'] },
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
    meaning: 'Host interrupt and softirq handlers were not recorded: their time is inside hypervisor, vmm and guest.',
    upperBounds: [
      { account: 'guest', contains: ['interrupt'] },
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

/** For people: what to record of a class that is not there. */
export const EVENTS_OF_CLASS: Record<EventClass['id'], string> = {
  exits: 'guest exits and entries',
  scheduler: 'scheduler events',
  wakeups: 'wake-ups',
  vmm: 'returns to the VMM',
  interrupts: 'host interrupts',
  halts: 'the ends of halts',
};

/** What is only known from the events of a class. */
export const ACCOUNTS_OF_CLASS: Record<EventClass['id'], readonly AccountName[]> = {
  exits: [],
  scheduler: ['blocked', 'wakeup', 'preempted'],
  wakeups: ['wakeup'],
  vmm: ['vmm'],
  interrupts: ['interrupt'],
  halts: ['poll'],
};

/** What a hypervisor writes down no event of, by the code of the remark that says so. */
export interface Unseen {
  /** Instead of that of the remark's severity. */
  readonly grade?: Grade;
  readonly notRecorded: readonly AccountName[];
  /** Those of accounts that are 0 hold nothing. */
  readonly upperBounds: readonly UpperBound[];
  readonly exits?: ExitRecord;
}

export const UNSEEN: Readonly<Record<string, Unseen>> = {
  'vmm-unseen': { notRecorded: ['vmm'], upperBounds: [] },
  'exits-unseen': {
    grade: 'C',
    notRecorded: ['hypervisor', 'interrupt'],
    upperBounds: [
      { account: 'guest', contains: ['hypervisor', 'interrupt'] },
      { account: 'blocked', contains: ['vmm'] },
    ],
    exits: 'missing',
  },
  // A device model serves no PV guest: nothing of vmm is missing.
  'pv-ends-unseen': {
    notRecorded: ['hypervisor', 'interrupt'],
    upperBounds: [{ account: 'guest', contains: ['hypervisor', 'interrupt'] }],
    exits: 'without lengths',
  },
};

/** What the books lack when a class is there, but not all of it. */
export const WITHOUT_PART: Record<
  MissingPart['part'],
  {
    code: string;
    grade: Grade;
    severity: Issue['severity'];
    meaning: (names: string) => string;
    upperBounds?: UpperBound[];
  }
> = {
  entries: {
    code: 'partial-exits',
    grade: 'F',
    severity: 'error',
    meaning: () => 'Guest entries were not recorded: exits are counted, and no time can be told.',
  },
  'vmm-returns': {
    code: 'partial-vmm',
    grade: 'B',
    severity: 'warning',
    meaning: () =>
      'When vCPU threads came back from the VMM was not recorded: vmm contains the way back through the kernel, and a guest that was paused when the recording began is unknown until its first entry.',
    upperBounds: [{ account: 'vmm', contains: ['hypervisor'] }],
  },
  'interrupt-ends': {
    code: 'no-interrupt-ends',
    grade: 'A',
    severity: 'note',
    meaning: (names) =>
      `Some host interrupts were recorded without their ends (${names}): the time of their handlers is inside hypervisor, vmm and guest.`,
  },
  'interrupt-sorts': {
    code: 'no-interrupt-sorts',
    grade: 'A',
    severity: 'note',
    meaning: (names) =>
      `No event of some sorts of host interrupts (${names}): if there were any, the time of their handlers is inside hypervisor, vmm and guest.`,
  },
  'poll-limits': {
    code: 'no-poll-limits',
    grade: 'A',
    severity: 'note',
    meaning: () =>
      'No event tells how long halts may poll: polling before a sleep counts as 0, and where there was any it is inside hypervisor.',
  },
};
