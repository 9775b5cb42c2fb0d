/** What has to be said with the numbers of a reconciliation: what they rest on, what they lack, why they may be off. */
import type { Issue } from '../../base/issue.js';
import { keyOf, sideOf } from '../../benchmarks/reading.js';
import { GUEST_DELAY } from '../../ledger/accounts.js';
import type { Evidence } from './reconcile.js';
import type { Reconciliation } from './reconciliation.js';

type Numbers = Omit<Reconciliation, 'remarks'>;
type Remark = Omit<Issue, 'severity'>;

/** A window and its repetitions may differ by so much before it is worth a word. */
const MARGIN = 0.02;
/** Of the window. */
const NOTABLE_UNKNOWN = 0.005;
const NOTABLE_KEPT_OUT = 0.001;
/** Of what the ledger shows. */
const NOTABLE_LEFT_OUT = 0.01;
/** Of the time of the vCPUs that took part. */
const NOTABLE_WAITING = 0.1;
/** With fewer stays in the guest their shortest is a matter of chance. */
const FEW_STAYS = 100;

export function remarksOn(numbers: Numbers, evidence: Evidence): Issue[] {
  const warnings = [
    ofAnotherTime(numbers),
    otherBenchmarks(numbers, evidence),
    lengthOfWindow(numbers),
    fewRuns(evidence),
    unknownTime(numbers),
    keptOut(evidence),
  ];
  const notes = [
    aboveOne(numbers),
    severalVcpus(numbers),
    leftOut(numbers, evidence),
    waiting(numbers),
    lowerBound(evidence),
    mergedAccounts(evidence),
    switchEstimate(numbers),
  ];
  return [...aboutFiles(evidence), ...said(warnings, 'warning'), ...said(notes, 'note')];
}

/** What readers said about the files that hold the benchmark. */
function aboutFiles({ request: { native, vm, unrecorded = [] }, pair }: Evidence): Issue[] {
  const key = keyOf(pair.vmSeries);
  const sides = [native, vm, unrecorded].map((files) =>
    files.filter(({ series }) => series.some((one) => keyOf(one) === key)),
  );
  return sides.flatMap((files) => sideOf(files).issues).filter(({ severity }) => severity !== 'note');
}

function said(remarks: readonly (Remark | undefined)[], severity: Issue['severity']): Issue[] {
  return remarks.flatMap((remark) => (remark === undefined ? [] : [{ ...remark, severity }]));
}

const inMs = (ns: number): string => `${(ns / 1e6).toFixed(1)} ms`;
const inPercent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

function ofAnotherTime({ window }: Numbers): Remark | undefined {
  if (window.sameRun) return undefined;
  return {
    code: 'vm-of-another-time',
    message:
      "The VM's results cannot all have been measured in this recording: by their own times they are longer, or of another time. So what recording costs is in what the ledger shows, but not in what was lost.",
    hint: 'Give what the benchmark measured during the recording as --vm, and the runs without a recorder as --vm-unrecorded.',
  };
}

function otherBenchmarks({ window }: Numbers, { pair, request }: Evidence): Remark | undefined {
  const others = new Set(request.vm.flatMap(({ series }) => series.map(({ benchmark }) => benchmark)));
  others.delete(pair.benchmark);
  if (others.size === 0 || !window.sameRun || window.basis === 'asked' || window.basis === 'times') return undefined;
  return {
    code: 'other-benchmarks',
    message: `The VM's files hold ${others.size} other ${others.size === 1 ? 'benchmark' : 'benchmarks'} as well: if they ran in this recording too, the window found may be theirs.`,
    hint: 'Give the time of this one with --from and --to.',
  };
}

function lengthOfWindow({ window }: Numbers): Remark | undefined {
  const { repetitionsNs, durationNs, sameRun } = window;
  if (repetitionsNs === null || !sameRun) return undefined;
  const lengths = `The window is ${inMs(durationNs)} long, and the repetitions take ${inMs(repetitionsNs)} by the guest's clock`;
  if (durationNs > repetitionsNs * (1 + MARGIN)) {
    return {
      code: 'window-longer',
      message: `${lengths}: whatever else the vCPUs lost in it is counted as the benchmark's.`,
      hint: 'Give the time of the benchmark with --from and --to; without them it is looked for (not in a pipe).',
    };
  }
  if (durationNs < repetitionsNs * (1 - MARGIN)) {
    return {
      code: 'window-shorter',
      message: `${lengths}: the share that is lost in it is taken for that of all repetitions.`,
    };
  }
  return undefined;
}

function fewRuns({ pair: { native } }: Evidence): Remark | undefined {
  if (native.samples.length < 2) {
    return {
      code: 'one-native-value',
      message: 'The benchmark was measured only once natively: nobody can say how sure these numbers are.',
      hint: 'Give several native runs.',
    };
  }
  if (native.runs > 1) return undefined;
  return {
    code: 'one-native-run',
    message: 'There is one native run only: its repetitions count as runs, and how much runs differ is in no interval.',
    hint: 'Give several native runs.',
  };
}

function unknownTime({ perOperation: { ledgerNs, vmNs } }: Numbers): Remark | undefined {
  const share = ledgerNs.unknown / vmNs.value;
  if (share < NOTABLE_UNKNOWN) return undefined;
  return {
    code: 'unknown-time',
    message: `Of the benchmark's time ${inPercent(share)} is unknown (lost events): what is explained may be up to that much more.`,
  };
}

function keptOut({ ledger, located }: Evidence): Remark | undefined {
  const share = ledger.keptOutNs / located.view.explanation.recording.durationNs;
  if (share < NOTABLE_KEPT_OUT) return undefined;
  return {
    code: 'kept-out',
    message: `The VMM kept the vCPUs out of the guest for ${inMs(ledger.keptOutNs)} of the window: that is in none of these numbers, though the guest may have measured it.`,
    hint: 'Give the time of the benchmark with --from and --to.',
  };
}

const waitingShare = ({ perOperation: { ledgerNs, vmNs }, vcpus }: Numbers): number =>
  (ledgerNs.idle + ledgerNs.poll) / vmNs.value / vcpus.filter(({ counted }) => counted).length;

const countedVcpus = ({ vcpus }: Numbers): string[] =>
  vcpus.flatMap(({ machine, vcpu, counted }) => (counted ? [`${machine}/${vcpu}`] : []));

/** More is explained than was lost. */
function aboveOne(numbers: Numbers): Remark | undefined {
  const { coverage, perOperation, window } = numbers;
  if (coverage.explained === null || coverage.explained.value <= 1) return undefined;
  const { value, low } = coverage.explained;
  const reasons = [
    ...(countedVcpus(numbers).length > 1
      ? ['several vCPUs took part, and losses at the same time delayed the benchmark only once']
      : []),
    ...(waitingShare(numbers) >= NOTABLE_WAITING
      ? ['losses while it would have waited anyway (before a timer fires) delayed it not at all']
      : []),
    ...(window.sameRun ? [] : ['the cost of recording is in the ledger, but not in what was lost']),
    ...((perOperation.switchesNs ?? 0) > perOperation.eventsNs.value
      ? ['most of it is the estimate of world switches, which may be too high']
      : []),
  ];
  const uncertain = low !== null && low <= 1 ? ', which may be chance' : '';
  return {
    code: 'coverage-above-one',
    message: `More is explained than was lost (coverage ${value.toFixed(2)}${uncertain}). Likely reasons: ${[...reasons, 'the native side was measured under other conditions'].join('; ')}.`,
  };
}

function severalVcpus(numbers: Numbers): Remark | undefined {
  const counted = countedVcpus(numbers);
  if (counted.length < 2) return undefined;
  return {
    code: 'several-vcpus',
    message: `${counted.length} vCPUs took part (${counted.slice(0, 8).join(', ')}${counted.length > 8 ? ', …' : ''}), and their times are added up: an operation has so many times its length of them.`,
    hint: 'If the benchmark runs on one of them, choose it with --vcpu.',
  };
}

function leftOut({ operations, perOperation, outcome }: Numbers, { ledger }: Evidence): Remark | undefined {
  const share = ledger.leftOutNs / operations / perOperation.eventsNs.value;
  if (!(share >= NOTABLE_LEFT_OUT) || outcome !== 'lost') return undefined;
  return {
    code: 'vcpus-left-out',
    message: `The other vCPUs of the machine did far less and are not counted; with what they lost, events would show ${inPercent(share)} more.`,
  };
}

function waiting(numbers: Numbers): Remark | undefined {
  const share = waitingShare(numbers);
  if (share < NOTABLE_WAITING) return undefined;
  return {
    code: 'waiting',
    message: `The vCPUs that took part were halted for ${inPercent(share)} of the time. Waiting is no loss by itself: what the benchmark waits longer than natively (for a device, another vCPU, a late timer) is in the rest.`,
  };
}

function lowerBound({ located }: Evidence): Remark | undefined {
  const bound = located.view.explanation.quality.upperBounds.find(({ account }) => account === 'idle');
  const hidden = bound?.contains.filter((account) => (GUEST_DELAY as readonly string[]).includes(account)) ?? [];
  if (hidden.length === 0) return undefined;
  return {
    code: 'lower-bound',
    message: `In halts ${hidden.join(', ')} cannot be told from idle in this recording: what events show is a lower bound.`,
    hint: "Record the scheduler's events as well: -e sched.",
  };
}

function mergedAccounts({ located }: Evidence): Remark | undefined {
  const bounds = located.view.explanation.quality.upperBounds.filter(({ account }) => account !== 'idle');
  if (bounds.length === 0) return undefined;
  const words = bounds.map(({ account, contains }) => `${account} also contains ${contains.join(', ')}`);
  return { code: 'merged-accounts', message: `In this recording ${words.join('; ')}.` };
}

function switchEstimate({ switches }: Numbers): Remark | undefined {
  if (switches.shortestStayNs === null) {
    return {
      code: 'no-switch-estimate',
      message:
        switches.stays === 0
          ? 'Nothing is estimated for leaving and entering the guest: the recording has no pairs of an entry and an exit.'
          : 'What leaving and entering the guest takes cannot be estimated: the clock stood still while it happened.',
    };
  }
  if (switches.stays >= FEW_STAYS) return undefined;
  return {
    code: 'few-stays',
    message: `The recording holds only ${switches.stays} stays in the guest: the shortest of them may hold guest code that takes long, so the estimate of world switches may be far too high.`,
  };
}
