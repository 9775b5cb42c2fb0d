/** What users must know of a Xen recording beside its numbers. */
import type { EventClass, Remark } from '../translator.js';

/** What the translator has learnt: plain data. */
export interface TraceFacts {
  readonly changes: number;
  readonly wakes: number;
  readonly contradictions: number;
  readonly losses: number;
  readonly exits: number;
  readonly unattributed: number;
  readonly ofPcpus: number;
  readonly pvEntries: number;
  /**
   * Domains of guests that count as in the guest whenever they have a pCPU: those with hypercalls or traps, and those without any
   * event of their own.
   */
  readonly pvDomains: readonly number[];
  readonly silentDomains: readonly number[];
  /** Domains with exits, or hypercalls, or traps. */
  readonly hasGuestEvents: boolean;
  /** Stub domains: [the domain, the one that is its device model]. */
  readonly stubDomains: readonly (readonly [domain: number, deviceModel: number])[];
  readonly vocabulary: 'vmx' | 'svm' | undefined;
  readonly isTold: boolean;
  /** What the recording itself shows. */
  readonly shownVocabulary: 'vmx' | 'svm' | undefined;
  /** Whether the clock ticks as slowly as those of Arm do. */
  readonly isArm: boolean;
}

export const RECORD_EVERYTHING = 'Record in dom0, as root, while the guests run: xentrace -D -e all -T 10 trace.xen';
export const LARGER_BUFFERS =
  'Record with larger buffers, xentrace -S 4096 (pages per pCPU; it can be raised only until buffers exist, so perhaps after a reboot), or less of it: -e 0x0008f000 -e 0x0002f000 leaves all but guests and scheduler out.';
const CLASSES = { exits: 'xentrace -e all', scheduler: 'xentrace -e all, or at least -e 0x0002f000' };

export function eventClasses({ changes, wakes, exits, pvEntries, silentDomains }: TraceFacts): EventClass[] {
  return [
    // Where only the scheduler tells of guests, a remark says what that means.
    { id: 'exits', seen: exits + pvEntries > 0 || silentDomains.length > 0, missing: [], record: CLASSES.exits },
    { id: 'scheduler', seen: changes > 0, missing: [], record: CLASSES.scheduler },
    { id: 'wakeups', seen: wakes > 0, missing: [], record: CLASSES.scheduler },
    { id: 'vmm', seen: changes > 0, missing: [], record: CLASSES.scheduler },
  ];
}

export function remarks(facts: TraceFacts): Remark[] {
  return [
    ...attributionRemarks(facts),
    ...vocabularyRemarks(facts),
    ...openRemarks(facts),
    ...deviceModelRemarks(facts),
    ...contradictionRemarks(facts),
    {
      severity: 'note',
      code: 'interrupts-unseen',
      message:
        'Xen writes down how long it handled interrupts of devices, and not those of timers and of other pCPUs: the time of these is inside hypervisor and guest.',
    },
  ];
}

/** From this share of exits on, those that are nobody's lower the quality. */
const NOTABLE = 0.01;

function attributionRemarks({ ofPcpus, unattributed, exits }: TraceFacts): Remark[] {
  const found: Remark[] = [];
  if (ofPcpus > 0) {
    found.push({
      severity: 'error',
      code: 'pcpus-for-vcpus',
      message:
        'The recording has no events of the scheduler, so which vCPU ran cannot be known: everything is told per pCPU, for all vCPUs that ran on it. Reasons and counts of exits and the time in guests hold; what the pCPUs did between an exit and the next entry does not show.',
      hint: 'Record the scheduler as well: xentrace -e all, or -e 0x0002f000 in addition.',
    });
  }
  if (unattributed > 0) {
    found.push({
      severity: unattributed > NOTABLE * exits ? 'warning' : 'note',
      code: 'unattributed',
      message: `${unattributed} of ${exits} exits are left out: records of exits name no vCPU, and these come before the first one that tells which vCPU runs on their pCPU.`,
    });
  }
  return found;
}

const READ_AS = { vmx: 'VMX (Intel)', svm: 'SVM (AMD)' } as const;

function vocabularyRemarks({ vocabulary, isTold, shownVocabulary, exits }: TraceFacts): Remark[] {
  if (exits === 0) return [];
  if (isTold) return contradictions(vocabulary, shownVocabulary);
  if (vocabulary === undefined) {
    return [
      {
        severity: 'warning',
        code: 'codes-unknown',
        message:
          'Nothing says whether numbers of exits are of VMX or of SVM, and there are too few to tell: they have no names, and sleep after them is unknown unless Xen says that it blocked the vCPU.',
        hint: 'Say it with --exit-codes vmx (Intel) or --exit-codes svm (AMD).',
      },
    ];
  }
  return [
    {
      severity: 'note',
      code: 'codes-inferred',
      message: `Numbers of exits are read as those of ${READ_AS[vocabulary]}, which is what the numbers themselves show: the file does not say it.`,
      hint: `If that is wrong: --exit-codes ${vocabulary === 'svm' ? 'vmx' : 'svm'}.`,
    },
  ];
}

function contradictions(told: TraceFacts['vocabulary'], shown: TraceFacts['vocabulary']): Remark[] {
  if (told === undefined || shown === undefined || told === shown) return [];
  return [
    {
      severity: 'warning',
      code: 'codes-contradict',
      message: `Numbers of exits are read as those of ${READ_AS[told]} because --exit-codes says so. The numbers themselves are those of ${READ_AS[shown]}.`,
    },
  ];
}

const RECORD_EXITS = {
  some: 'Record all classes: xentrace -e all.',
  none: 'Record all classes: xentrace -e all. On Arm Xen writes down no more than this.',
};
const NOTHING_MORE =
  'Nothing more can be recorded: on Arm Xen writes down no entries and exits. What these cost, benchmarks in the guest and on bare hardware tell: vmtoll compare.';

const NOTHING_MORE_OF_PV =
  'Nothing more can be recorded of PV guests. What their exits cost, benchmarks in the guest and on bare hardware tell (vmtoll compare), or the same guest as PVH.';

function openRemarks({ pvDomains, silentDomains, hasGuestEvents, isArm }: TraceFacts): Remark[] {
  const found: Remark[] = [];
  if (pvDomains.length > 0) {
    found.push({
      severity: 'warning',
      code: 'pv-ends-unseen',
      message: `Of PV guests (${domainList(pvDomains)}) Xen writes down when they come into the hypervisor, not when they return: the time of hypercalls and traps is inside guest, and these have no length.`,
      hint: NOTHING_MORE_OF_PV,
      processes: pvDomains,
    });
  }
  if (silentDomains.length > 0) {
    found.push({
      severity: 'warning',
      code: 'exits-unseen',
      message: `No exit of ${domainList(silentDomains)} was recorded: guest contains all of the time with a pCPU, the hypervisor's as well. Waits, sleep and who had the pCPU meanwhile hold.`,
      hint: isArm ? NOTHING_MORE : RECORD_EXITS[hasGuestEvents ? 'some' : 'none'],
      processes: silentDomains,
    });
  }
  return found;
}

function deviceModelRemarks({ stubDomains }: TraceFacts): Remark[] {
  if (stubDomains.length === 0) return [];
  const which = stubDomains.map(([domain, model]) => `domain ${model} is that of domain ${domain}`).join(', ');
  return [
    {
      severity: 'note',
      code: 'stub-domains',
      message: `Device models run in domains of their own: ${which}. While one works for its guest, that waits in the account vmm; its own time is that of a machine.`,
    },
  ];
}

/** One can be a race of the writers. */
const ENOUGH_CONTRADICTIONS = 3;

/** Where records were lost, and that is told, they are its consequence. */
function contradictionRemarks({ contradictions, losses }: TraceFacts): Remark[] {
  if (contradictions < ENOUGH_CONTRADICTIONS || losses > 0) return [];
  return [
    {
      severity: 'warning',
      code: 'states-contradict',
      message: `${contradictions} changes of vCPUs' states begin with another state than the one before them ended with: records are missing, or the clocks of the pCPUs differ by more than can be found out. What these vCPUs did in between is unknown.`,
      hint: 'A host whose cycle counters are not synchronous says so in "xl dmesg"; see the option clocksource of Xen.',
    },
  ];
}

const MOST_NAMED = 8;
const domainList = (domains: readonly number[]): string =>
  `${domains.length > 1 ? 'domains' : 'domain'} ${domains.slice(0, MOST_NAMED).join(', ')}${domains.length > MOST_NAMED ? ', …' : ''}`;
