/** What users must know of a QNX trace beside its numbers. */
import { counted, howOften } from '../../base/quantities.js';
import type { HostFacts } from '../../recording/recording.js';
import type { ThreadTable } from '../../recording/threads.js';
import type { ExitCodes, Remark } from '../translator.js';
import type { HostSigns } from './host-signs.js';
import type { TraceEventName } from './trace-events.js';
import type { VcpuThreads } from './vcpu-threads.js';
import { contradicts, isX86, Vocabulary } from './vocabulary.js';

export interface RemarkedTrace {
  /** Whether an event was seen. */
  readonly has: (event: TraceEventName) => boolean;
  /** Whether the configurations of all guests set this variable to "on". */
  readonly isSwitchedOn: (variable: string) => boolean;
  readonly host: HostFacts;
  readonly vocabulary: Vocabulary;
  /** How many exits show by their code what codes are, and how many the contrary, where that is how it is known. */
  readonly codeEvidence: { readonly supporting: number; readonly opposing: number } | undefined;
  /** What the user says that exit codes are. */
  readonly toldCodes: ExitCodes | undefined;
  /** Hypervisor events for which a pCPU stands, because no thread is known at all; and how many guest clocks they have. */
  readonly ofPcpus: number;
  readonly guestClocks: number;
  readonly unattributed: number;
  readonly outOfOrder: number;
  /** How often a thread got a pCPU that another one had, of which nothing tells that it left. */
  readonly displaced: number;
  /** Of the guest's clock, by thread. */
  readonly offsets: readonly GuestOffset[];
  readonly threads: ThreadTable;
  /** By partition. */
  readonly bankruptcies: ReadonlyMap<number, number>;
  readonly signs: Pick<HostSigns, 'raised' | 'powerSaving' | 'pcpusThatSave'>;
}

type GuestOffset = ReturnType<VcpuThreads['offsets']> extends Generator<infer T> ? T : never;

const ALL_STATES =
  'Record all states of threads (no filters on single events), with more kernel buffers: tracelogger -k.';

/** Exits that qvm writes down only if a variable of the guest's configuration is on. */
const LEFT_OUT_BY_DEFAULT = [
  ['trace-vtimer', 'the virtual timer'],
  ['trace-wfe', 'WFE'],
  ['trace-spectre-workaround', 'the workaround for speculation'],
] as const;

export function remarks(trace: RemarkedTrace): Remark[] {
  return [
    ...attributionRemarks(trace),
    ...clockRemarks(trace),
    ...vocabularyRemarks(trace),
    ...leftOutRemarks(trace),
    {
      severity: 'note',
      code: 'vmm-unseen',
      message:
        'No event tells when the thread of a vCPU runs code of qvm: what emulated devices cost there is inside hypervisor. Other threads of qvm count as what they are.',
    },
    ...interruptRemarks(trace),
    ...raisedRemarks(trace),
    ...partitionRemarks(trace),
    ...powerRemarks(trace),
  ];
}

function leftOutRemarks({ isSwitchedOn }: RemarkedTrace): Remark[] {
  const left = LEFT_OUT_BY_DEFAULT.filter(([variable]) => !isSwitchedOn(variable));
  if (left.length === 0) return [];
  const exits = new Intl.ListFormat('en-GB').format(left.map(([, name]) => name));
  return [
    {
      severity: 'note',
      code: 'exits-left-out',
      message: `Unless it is told to, qvm writes down no exits of ${exits}: counts of exits are lower bounds, and the time of such exits is inside guest or hypervisor.`,
      hint: `To see them, add to the configuration of the guest: ${left.map(([variable]) => `set ${variable} on`).join(', ')}.`,
    },
  ];
}

function attributionRemarks({ unattributed, outOfOrder, displaced, ofPcpus, guestClocks }: RemarkedTrace): Remark[] {
  const found: Remark[] = [];
  if (ofPcpus > 0) {
    const guests = guestClocks > 1 ? ` At least ${guestClocks} guests ran there, by their clocks.` : '';
    found.push({
      severity: 'error',
      code: 'pcpus-for-vcpus',
      message: `The trace has no events of threads, so which vCPU ran cannot be known: everything is told per pCPU, for all vCPUs that ran on it. The time in the guests, world switches, and reasons and counts of exits hold; what the pCPUs did between an exit and the next entry does not show.${guests}`,
      hint: 'Record with the class of threads: tracelogger without -F4.',
    });
  }
  if (unattributed > 0) {
    found.push({
      severity: 'warning',
      code: 'unattributed',
      message: `Left out: ${counted(unattributed, 'hypervisor event')}. None carries a thread, and no event tells which thread runs on the pCPU then: they come before the first one that does, or one is missing.`,
      hint: 'A vCPU that never leaves its pCPU is in no event of threads. To have it in the trace, start tracelogger before qvm.',
    });
  }
  if (displaced > 0) {
    found.push({
      severity: 'warning',
      code: 'states-missing',
      message: `${displaced === 1 ? 'Once' : `${displaced} times`} a thread got a pCPU that another one had, and nothing tells what became of that one: changes of states are missing. Until its next event the time of such a vCPU is in the account unknown.`,
      hint: ALL_STATES,
    });
  }
  if (outOfOrder > 0) {
    found.push({
      severity: 'warning',
      code: 'cycles-out-of-order',
      message: `${outOfOrder} CYCLES events do not stand between the GUEST_ENTER and the GUEST_EXIT of their thread. They were not used: the time of their visits is in the account unknown.`,
    });
  }
  return found;
}

/** At most this many processes are named. */
const NAMED = 4;

/** All vCPUs of a guest have one clock. */
function clockRemarks({ offsets, threads, ofPcpus }: RemarkedTrace): Remark[] {
  // On a pCPU guests with clocks of their own take turns.
  if (ofPcpus > 0) return [];
  const byProcess = new Map<number, Set<bigint>>();
  let changes = 0;
  for (const { thread, offset, changes: ofThread } of offsets) {
    changes += ofThread;
    const process = threads.process(thread);
    if (offset === undefined || process === undefined) continue;
    byProcess.set(process, (byProcess.get(process) ?? new Set()).add(offset));
  }
  const doubtful = [...byProcess].filter(([, values]) => values.size > 1).map(([process]) => process);
  const found: Remark[] = [];
  if (doubtful.length > 0 || changes > 0) {
    const where = doubtful.length === 0 ? '' : ` of ${processNames(doubtful, threads)}`;
    found.push({
      severity: 'warning',
      code: 'clock-offsets-disagree',
      message: `The vCPUs${where} have several guest clocks${changes > 0 ? ` (the offset of one changed ${howOften(changes)})` : ''}. One guest has one clock, so either its threads are confused here or qvm changed the clock.`,
    });
  }
  const sharing = sharedClocks(byProcess);
  if (sharing.length > 0) {
    found.push({
      severity: 'note',
      code: 'clock-offsets-shared',
      message: `${processNames(sharing, threads)} have the same guest clock as another machine, and it is not the host's. Guests that start on their own have clocks of their own: unless their configurations set them (counter-offset), threads of one count for the other here.`,
    });
  }
  return found;
}

/** Processes whose clock another one has too, if it is not the host's; those with several clocks are told elsewhere. */
function sharedClocks(byProcess: ReadonlyMap<number, ReadonlySet<bigint>>): number[] {
  const byOffset = new Map<bigint, number[]>();
  for (const [process, offsets] of byProcess) {
    const [offset] = offsets;
    if (offsets.size !== 1 || offset === 0n) continue;
    const others = byOffset.get(offset);
    if (others === undefined) byOffset.set(offset, [process]);
    else others.push(process);
  }
  return [...byOffset.values()].filter((processes) => processes.length > 1).flat();
}

function processNames(processes: readonly number[], threads: ThreadTable): string {
  const names = processes.slice(0, NAMED).map((process) => `${threads.processName(process) ?? 'process'} ${process}`);
  return `${names.join(', ')}${processes.length > NAMED ? ', …' : ''}`;
}

/** Of codes that show what codes are, so many may be damaged. */
const OPPOSING_CODES = 0.01;

function vocabularyRemarks({ vocabulary, host, toldCodes, codeEvidence }: RemarkedTrace): Remark[] {
  if (toldCodes !== undefined && contradicts(host, toldCodes)) {
    return [
      {
        severity: 'warning',
        code: 'codes-contradict',
        message: `Codes of exits are read as ${READ_AS[vocabulary]} because --exit-codes says so. The trace says otherwise: ${hostWords(host)}.`,
      },
    ];
  }
  if (codeEvidence !== undefined) return [inferredFromCodes(vocabulary, host, codeEvidence)];
  if (vocabulary !== Vocabulary.Unknown) {
    const told = toldCodes === undefined ? '' : ', as --exit-codes says';
    return [
      {
        severity: 'note',
        code: 'codes-inferred',
        message: `QNX calls the codes of exits architecture-specific and says no more. They are read as ${READ_AS[vocabulary]}${told}; what rests on that is marked "inferred".`,
      },
    ];
  }
  return [
    {
      severity: 'warning',
      code: 'codes-unknown',
      message: `The trace does not say ${whatIsUnknown(host)}, and no code of an exit shows it: exits have numbers instead of names, and which of them are halts is not known, so sleep after them is in the account unknown.`,
      hint: `Say it: ${choicesOf(host)}.`,
    },
  ];
}

function inferredFromCodes(
  vocabulary: Vocabulary,
  host: HostFacts,
  { supporting, opposing }: NonNullable<RemarkedTrace['codeEvidence']>,
): Remark {
  const isDoubtful = opposing > OPPOSING_CODES * supporting;
  const others = opposing === 0 ? '' : `; ${opposing} have codes that can only be something else`;
  return {
    severity: isDoubtful ? 'warning' : 'note',
    code: 'codes-inferred',
    message: `The trace does not say ${whatIsUnknown(host)}. Codes of exits are read as ${READ_AS[vocabulary]}, inferred from the codes: ${supporting} exits have codes that can be nothing else${others}. What rests on that is marked "inferred".`,
    hint: `If that is wrong, say what they are: ${choicesOf(host)}.`,
  };
}

const whatIsUnknown = ({ architecture }: HostFacts): string =>
  isX86(architecture) ? 'whether its CPU virtualizes with VMX or SVM' : 'which CPU the host has';

const choicesOf = ({ architecture }: HostFacts): string =>
  isX86(architecture)
    ? '--exit-codes vmx (Intel) or --exit-codes svm (AMD)'
    : '--exit-codes esr (ARM), vmx (Intel) or svm (AMD)';

const hostWords = ({ architecture, virtualization }: HostFacts): string =>
  [architecture, virtualization].filter((word) => word !== undefined).join(', ');

const READ_AS: Record<Vocabulary, string> = {
  [Vocabulary.Arm]: 'the syndrome register ESR_EL2',
  [Vocabulary.Vmx]: 'basic exit reasons of VMX',
  [Vocabulary.Svm]: 'exit codes of SVM',
  [Vocabulary.Unknown]: 'numbers',
};

function interruptRemarks({ has }: RemarkedTrace): Remark[] {
  if (!has('INTERRUPT:DELIVER') || has('INTERRUPT:ENTRY')) return [];
  return [
    {
      severity: 'note',
      code: 'interrupts-without-length',
      message:
        'This release tells that interrupts were delivered and not how long the kernel worked for them: that is inside the account of what they interrupted. Their service threads count as threads.',
    },
  ];
}

function raisedRemarks({ signs: { raised }, threads }: RemarkedTrace): Remark[] {
  const total = [...raised.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  const largest = [...raised].sort(([a, countA], [b, countB]) => countB - countA || a - b).slice(0, NAMED);
  const who = largest.map(([process, count]) =>
    process < 0 ? `unknown: ${count}` : `${threads.processName(process) ?? 'process'} ${process}: ${count}`,
  );
  const more = raised.size > NAMED ? '; …' : '';
  return [
    {
      severity: 'note',
      code: 'interrupts-raised',
      message: `Interrupts were raised in guests ${howOften(total)} (${who.join('; ')}${more}). Each can cost the guest an exit; which they were, and of which vCPU, the trace does not say.`,
    },
  ];
}

function partitionRemarks({ bankruptcies }: RemarkedTrace): Remark[] {
  if (bankruptcies.size === 0) return [];
  const largest = [...bankruptcies].sort(([a, countA], [b, countB]) => countB - countA || a - b).slice(0, NAMED);
  const which = largest.map(([partition, count]) => `partition ${partition} ${howOften(count)}`).join(', ');
  const more = bankruptcies.size > NAMED ? ', …' : '';
  return [
    {
      severity: 'note',
      code: 'partitions-bankrupt',
      message: `Partitions of the host's scheduler used more than their critical budget: ${which}${more}. Until a thread of such a partition runs again, waits of its vCPUs are charged to the budget and not to those who ran.`,
      hint: 'Give the partition a larger budget, or move other threads out of it.',
    },
  ];
}

function powerRemarks({ signs: { powerSaving, pcpusThatSave } }: RemarkedTrace): Remark[] {
  if (powerSaving === 0) return [];
  const pcpus = Array.from({ length: 16 }, (_, pcpu) => pcpu).filter((pcpu) => (pcpusThatSave & (1 << pcpu)) !== 0);
  return [
    {
      severity: 'note',
      code: 'pcpus-save-power',
      message: `Idle pCPUs (${pcpus.join(', ') || 'not said which'}) began to save power ${howOften(powerSaving)}: they wake up more slowly then, which is inside wakeup, where the pCPU itself had to wake up.`,
    },
  ];
}
