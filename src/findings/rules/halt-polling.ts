/** KVM polls in halts for nothing, or does not poll where waking up takes as long as the halts. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo } from '../claims.js';
import { wantedNs } from '../costs.js';
import {
  type CulpritRow,
  culpritsOf,
  type Evidence,
  type ExitRow,
  exitsOf,
  isRecorded,
  type Machine,
} from '../evidence.js';
import type { Knob } from '../finding.js';
import { moduleParameter } from '../host-settings.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Up to which KVM's own adjustment lets a vCPU poll by default on x86, ns (KVM_HALT_POLL_NS_DEFAULT). */
const DEFAULT_LIMIT_NS = 200_000;
/** Limits to advise, ns. Beyond 1 ms polling burns more than any wake-up takes. Own judgement. */
const LIMITS_NS = [50_000, 100_000, 200_000, 300_000, 400_000, 500_000, 750_000, 1_000_000];
/** A limit should be long enough for this part of the halts; if none is, for the second. Own judgement. */
const ENOUGH = [0.8, 0.5];
/** Fewer halts have no distribution. */
const LEAST_HALTS = 100;
/** Of the time in which the machine wanted to run: shorter waits are not worth polling for. Own judgement. */
const LEAST_MISSING = 0.01;

const setLimit = (ns: number): Knob => ({
  tool: 'shell on the host',
  text: `echo ${ns} > /sys/module/kvm/parameters/halt_poll_ns`,
  does: `${ns === 0 ? 'ends polling' : `lets KVM poll for up to ${formatNs(ns)}`} in halts, at once and for all machines`,
});
const keepLimit = (ns: number): Knob => ({
  tool: 'shell on the host',
  text: `echo 'options kvm halt_poll_ns=${ns}' > /etc/modprobe.d/kvm-halt-poll.conf`,
  does: 'keeps that over the next boot',
});
const IN_GUEST: Knob = {
  tool: 'kernel parameter of the guest',
  text: 'cpuidle_haltpoll.force=1',
  does: 'polls in the guest instead, before it halts: for this machine alone',
};

export const haltPolling: Rule = {
  id: 'halt-polling',
  title: 'polling in halts burns host time for nothing, or is missing where waking up takes long',
  explanation: [
    'When a vCPU halts, KVM may spin for a moment before it lets the thread sleep: if the next interrupt comes soon, the vCPU goes on at once, and saves a sleep, a wake-up and maybe an idle state of the pCPU. It adjusts the time by itself, up to halt_poll_ns.',
    'Where halts are longer than that, all polling is wasted host time. Where they are shorter and KVM does not poll, every one of them pays for a wake-up.',
  ],
  firesWhen:
    'Missing: vCPUs waited for sleeping pCPUs to wake up (account wakeup, culprit "nobody"), no polling was in force or its limit was shorter than most halts, and most halts were no longer than 1 ms. For nothing: more time was polled than halts that ended meanwhile can explain, and those waits are below a hundredth of the time in which the guest wanted to run. KVM with scheduler events and kvm_vcpu_wakeup.',
  knobs: [setLimit(DEFAULT_LIMIT_NS), keepLimit(DEFAULT_LIMIT_NS), setLimit(0), IN_GUEST],
  sources: ['Linux, Documentation/virt/kvm/halt-polling.rst', 'Linux, Documentation/virt/guest-halt-polling.rst'],
  find: inEachMachine(findIn, 'kvm'),
};

interface Halts {
  readonly rows: readonly ExitRow[];
  readonly count: number;
  readonly polledNs: number;
  readonly idleNs: number;
  /** Waits for a pCPU that slept itself, as far as halts can have them. */
  readonly pcpuWakeupNs: number;
  readonly pcpuWakeups: number;
  /** Up to which KVM polls, ns: by the facts of the host; null: not given. */
  readonly limitNs: number | null;
}

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  if (!isRecorded(evidence, 'wakeup') || !isRecorded(evidence, 'poll')) return [];
  const rows = exitsOf(evidence, machine).filter(({ cause }) => cause === 'halt');
  const halts = haltsOf(rows, culpritsOf(evidence, machine), statedLimit(evidence));
  if (halts.count < LEAST_HALTS) return [];
  const [missing, wasted] = [missingIn(machine, halts), wastedIn(machine, halts)];
  // They advise the opposite. Waits are the guest's time and polling only the host's, but next to no wait is worth no polling.
  const matters = missing.some(({ gain }) => gain.likelyNs >= LEAST_MISSING * wantedNs(machine));
  return matters || wasted.length === 0 ? missing : wasted;
}

function statedLimit(evidence: Evidence): number | null {
  const stated = moduleParameter(evidence, 'kvm', 'halt_poll_ns');
  return stated !== undefined && /^\d+$/.test(stated) ? Number(stated) : null;
}

function haltsOf(rows: readonly ExitRow[], culprits: readonly CulpritRow[], limitNs: number | null): Halts {
  const sum = (of: (row: ExitRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const asleep = culprits.filter(({ account, kind }) => account === 'wakeup' && kind === 'idle pCPU');
  return {
    rows,
    count: sum((row) => row.count),
    polledNs: sum((row) => row.ledgerNs.poll),
    idleNs: sum((row) => row.ledgerNs.idle),
    pcpuWakeupNs: Math.min(
      asleep.reduce((total, { ns }) => total + ns, 0),
      sum((row) => row.ledgerNs.wakeup),
    ),
    pcpuWakeups: asleep.reduce((total, one) => total + one.count, 0),
    limitNs,
  };
}

function missingIn(machine: Machine, halts: Halts): Draft[] {
  const { rows, count, polledNs, idleNs, pcpuWakeupNs, pcpuWakeups, limitNs } = halts;
  const limit = adequateLimit(rows);
  if (limit === undefined || pcpuWakeupNs === 0) return [];
  // Only a longer limit than the one in force would change something.
  const inForce = limitNs ?? (polledNs > 0 ? DEFAULT_LIMIT_NS : 0);
  if (limit.ns <= inForce) return [];
  const likely = Math.round(pcpuWakeupNs * limit.covered);
  const covered = `${Math.round(100 * limit.covered)} %`;
  return [
    {
      rule: 'halt-polling',
      title: `${machine.id} waited ${formatNs(pcpuWakeupNs)}, ${percent(pcpuWakeupNs, machine)} of the time in which it wanted to run, for pCPUs to wake up after short halts`,
      machine: machine.id,
      costNs: pcpuWakeupNs,
      accounts: ['wakeup'],
      gain: {
        mostNs: pcpuWakeupNs,
        likelyNs: likely,
        reasoning: `Of its halts ${covered} end within ${formatNs(limit.ns)}, and need no wake-up if KVM polls as long. That they no longer go to sleep saves more, which is not counted.`,
      },
      evidence: `In ${counted(count, 'halt')} vCPUs waited for pCPUs that slept themselves in ${counted(pcpuWakeups, 'piece')}, ${formatNs(pcpuWakeupNs / pcpuWakeups)} each; ${polledNs > 0 ? `KVM polled ${formatNs(polledNs)} in all` : 'KVM did not poll'}${limitNs === null ? '' : ` (halt_poll_ns is ${limitNs})`}.`,
      references: referencesTo(rows.filter(({ ledgerNs }) => ledgerNs.wakeup > 0)),
      remedy: `Let KVM poll for up to ${formatNs(limit.ns)} in halts.`,
      knobs: [setLimit(limit.ns), keepLimit(limit.ns), IN_GUEST],
      risk: `While it polls, a pCPU does nothing else and saves no power: up to ${formatNs(idleNs)} of pCPU time here, in which it was idle.`,
      verify: 'Record again: wakeup and idle fall, poll rises by less than they fell.',
      confidence: 'medium',
    },
  ];
}

function wastedIn(machine: Machine, { rows, count, polledNs, idleNs, limitNs }: Halts): Draft[] {
  const most = limitNs ?? DEFAULT_LIMIT_NS;
  // A halt that ended while KVM polled explains one limit of polling at most; a longer one has slept.
  const short = Math.ceil(rows.reduce((total, row) => total + row.count * partUpTo(row, most), 0));
  const wasted = polledNs - short * most;
  // With a larger limit than the default long halts need not have slept, but then there is no idle time.
  if (wasted <= 0 || idleNs < polledNs) return [];
  return [
    {
      rule: 'halt-polling',
      title: `KVM polled ${formatNs(polledNs)} in halts of ${machine.id}, at least ${formatNs(wasted)} of that for nothing: it slept all the same`,
      machine: machine.id,
      costNs: polledNs,
      accounts: ['poll'],
      gain: {
        mostNs: polledNs,
        likelyNs: wasted,
        reasoning: `Time of pCPUs, not of the guest. At most ${counted(short, 'halt')} ended while KVM polled, and explain ${formatNs(most)} each; the rest was followed by a sleep.`,
      },
      evidence: `${counted(count, 'halt')} with ${formatNs(idleNs)} of sleep; at least ${counted(count - short, 'halt')} took longer than ${formatNs(most)}, for which KVM polls at most${limitNs === null ? ' by default' : ''}.`,
      references: referencesTo(rows.filter(({ ledgerNs }) => ledgerNs.poll > 0)),
      remedy: 'Let KVM poll less in halts, or not at all.',
      knobs: [setLimit(Math.round(most / 4)), setLimit(0), keepLimit(0)],
      risk: 'Halts that polling does shorten then pay for a wake-up; it changes all machines of the host.',
      verify: 'Record again: poll falls, and wakeup does not rise by as much.',
      confidence: 'medium',
    },
  ];
}

interface Limit {
  readonly ns: number;
  /** The part of the halts that are no longer. */
  readonly covered: number;
}

/** The shortest that is enough for most halts; undefined where they are too long to poll. */
function adequateLimit(rows: readonly ExitRow[]): Limit | undefined {
  for (const enough of ENOUGH) {
    for (const ns of LIMITS_NS) {
      const covered = coveredBy(rows, ns);
      if (covered >= enough) return { ns, covered };
    }
  }
  return undefined;
}

/** From the percentiles of each row; the exit itself is in them, so that no halt counts as shorter than it was. */
function coveredBy(rows: readonly ExitRow[], ns: number): number {
  let [within, timed] = [0, 0];
  for (const row of rows) {
    timed += row.timed;
    within += row.timed * partWithin(row, ns);
  }
  return timed > 0 ? within / timed : 0;
}

/** Percentiles of a row, with the part of its halts that are no longer. */
const percentiles = ({ minNs, p50Ns, p90Ns, p99Ns, maxNs }: ExitRow) =>
  [
    [minNs, 0],
    [p50Ns, 0.5],
    [p90Ns, 0.9],
    [p99Ns, 0.99],
    [maxNs, 1],
  ] as const;

/** The part of its halts that is known to be no longer than this. */
const partWithin = (row: ExitRow, ns: number): number =>
  percentiles(row).findLast(([length]) => length !== null && length <= ns)?.[1] ?? 0;

/** The part of its halts that is not known to be longer than this. */
const partUpTo = (row: ExitRow, ns: number): number =>
  row.minNs === null ? 1 : (percentiles(row).find(([length]) => length !== null && length > ns)?.[1] ?? 1);
