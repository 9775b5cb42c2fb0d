/** The single worst stall, however small its part of the sum. */

import { counted, formatNs } from '../../base/quantities.js';
import type { AccountName } from '../../ledger/accounts.js';
import { type Evidence, isRecorded, type Machine, type WorstEpisode, worstOf } from '../evidence.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';

/**
 * Shorter ones break nothing that a guest's kernel does by itself: a scheduler's tick is 1 to 10 ms (CONFIG_HZ 1000 to
 * 100). Own judgement.
 */
const LEAST_NS = 10e6;

export const worstStall: Rule = {
  id: 'worst-stall',
  title: 'a guest stood still for long, once',
  explanation: [
    'Sums hide the rare long stall. A guest that stands still for tens of milliseconds misses deadlines, drops audio, sees its watchdogs and its cluster partners time out, and blames itself: from inside nothing was wrong.',
  ],
  firesWhen: 'One episode kept a guest waiting for at least 10 ms, halts not counted in which it did not want to run.',
  knobs: [],
  sources: ['Linux, commit 82c229476b8f: a guest panicked because of long exits and preempted vCPUs'],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  const [worst] = worstOf(evidence, machine).toSorted((a, b) => b.guestDelayNs - a.guestDelayNs);
  if (worst === undefined || worst.guestDelayNs < LEAST_NS) return [];
  const accounts = accountsOf(worst);
  const hidesWaits = !isRecorded(evidence, 'preempted') && HOLDS_WAITS.has(accounts[0].name);
  const what = [worst.cause, worst.detail ?? worst.reason, worst.device].filter((text) => text !== null).join(', ');
  return [
    {
      rule: 'worst-stall',
      title: `vCPU ${worst.vcpu} of ${machine.id} stood still for ${formatNs(worst.guestDelayNs)} at ${worst.clockTime}: mostly ${accounts[0].name}${hidesWaits ? ', or a wait for a pCPU, which is not recorded' : ''}`,
      machine: machine.id,
      costNs: worst.guestDelayNs,
      accounts: accounts.map(({ name }) => name),
      gain: {
        mostNs: worst.guestDelayNs,
        likelyNs: 0,
        reasoning: 'It is about a deadline, not about a sum.',
      },
      evidence: `An episode of ${lengthText(worst)} on pCPU ${worst.pcpu} (${what}): ${accounts.map(({ name, ns }) => `${name} ${formatNs(ns)}`).join(', ')}.${chainText(worst)}`,
      references: [{ kind: 'worst', machine: machine.id, vcpu: worst.vcpu, atNs: worst.atNs }],
      remedy: hidesWaits ? RECORD_WAITS : remedyOf(worst, accounts[0].name, evidence.recording.hypervisor),
      knobs: [],
      risk: 'None: it asks to look closer.',
      verify: `Explain that moment alone: vmtoll explain FILE --from ${before(worst)}s --to ${after(worst)}s`,
      confidence: 'high',
      told: 'unless limited',
    },
  ];
}

/** Who had the pCPU in this very episode, one after the other. */
function chainText({ culprits, ledgerNs }: WorstEpisode): string {
  const waited = ledgerNs.wakeup + ledgerNs.preempted;
  if (waited === 0) return '';
  if (culprits.length === 0) return ' Who had the pCPU meanwhile cannot be told from before and after.';
  const links = culprits.map(({ account, kind, name, ns, count }) => {
    const pieces = count > 1 ? ` in ${counted(count, 'piece')}` : '';
    return `${WHO[kind] ?? `${kind} "${name}"`} ${formatNs(ns)}${pieces}${account === 'wakeup' ? ', after it had been woken' : ''}`;
  });
  const rest = waited - culprits.reduce((total, { ns }) => total + ns, 0);
  return ` Who had the pCPU meanwhile, in the order of first appearance: ${links.join('; ')}${rest > 0 ? `; others, or nobody that is known, ${formatNs(rest)}` : ''}.`;
}

/** What was written down before the exit itself counts too: handlers can run before the exit is told. */
const lengthText = ({ durationNs, guestDelayNs }: WorstEpisode): string =>
  durationNs >= guestDelayNs
    ? formatNs(durationNs)
    : `${formatNs(guestDelayNs)}, whose exit was told only after ${formatNs(guestDelayNs - durationNs)} of it,`;

/** Where the kind says it all. */
const WHO: Partial<Record<WorstEpisode['culprits'][number]['kind'], string>> = {
  'idle pCPU': 'nobody (the pCPU itself had to wake up)',
  unknown: 'not known',
};

/** Delaying accounts of an episode, largest first. */
function accountsOf({
  ledgerNs,
}: WorstEpisode): { readonly name: Exclude<AccountName, 'guest'>; readonly ns: number }[] {
  const names = ['hypervisor', 'vmm', 'interrupt', 'blocked', 'wakeup', 'preempted'] as const;
  return names
    .map((name) => ({ name, ns: ledgerNs[name] }))
    .filter(({ ns }) => ns > 0)
    .sort((a, b) => b.ns - a.ns);
}

/** A main culprit is named; of the rest it can only be said where to look. */
function remedyOf({ culprits, pcpu }: WorstEpisode, account: AccountName, hypervisor: string): string {
  const [main] = culprits.filter((culprit) => culprit.account === account).toSorted((a, b) => b.ns - a.ns);
  if (main !== undefined && main.kind in KEEP_APART) return `${KEEP_APART[main.kind]} (${main.name}, on pCPU ${pcpu}).`;
  if (account === 'hypervisor' && hypervisor === 'xen') return OF_XEN;
  return REMEDIES[account] ?? 'Look at the events around it in the recording.';
}

const KEEP_APART: Partial<Record<WorstEpisode['culprits'][number]['kind'], string>> = {
  'sibling vCPU': 'Give this vCPU and its sibling pCPUs of their own',
  'other machine': 'Give the two machines pCPUs of their own',
  'VMM thread': 'Keep this thread of the VMM off the pCPUs of vCPUs',
  'kernel thread': 'Keep this thread of the kernel off the pCPUs of vCPUs, or have what it serves done elsewhere',
  process: 'Keep this process off the pCPUs of vCPUs',
  interrupt: 'Have this handler of the host run on another pCPU',
};

/** Where nobody wrote down what the scheduler did, the time without a pCPU is in these. */
const HOLDS_WAITS: ReadonlySet<AccountName> = new Set(['hypervisor', 'vmm']);
const RECORD_WAITS = "Record the scheduler's events as well: they tell work of the host from a wait for a pCPU.";

const OF_XEN =
  'See what Xen did there: a slow handler, a lock of it, an interrupt or a timer that it served, or, where Xen is itself virtual, its own host.';

const REMEDIES: Partial<Record<AccountName, string>> = {
  hypervisor: 'See what the host kernel did there: a lock, memory that had to be found, or a slow handler.',
  vmm: 'See what the VMM did there: a slow device model, a lock of it, its disk or its terminal.',
  interrupt: 'See which handlers of the host ran there, and have them served by another pCPU.',
  blocked: 'See what the VMM slept for there: its lock, a disk, or memory that had to be read back.',
  wakeup: 'See who had the pCPU there, or why the pCPU was slow to wake up (deep idle states).',
  preempted: 'See who had the pCPU there, and keep the vCPU and it apart.',
};

/** Seconds since the first event, a millisecond before it and after it. */
const before = ({ atNs }: WorstEpisode): string => (Math.max(0, atNs - 1e6) / 1e9).toFixed(6);
const after = ({ atNs, durationNs }: WorstEpisode): string => ((atNs + durationNs + 1e6) / 1e9).toFixed(6);
