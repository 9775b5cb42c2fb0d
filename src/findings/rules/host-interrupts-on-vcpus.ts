/** Interrupt handlers and softirqs of the host run on top of vCPUs, or while they want their pCPU. */

import { formatNs, formatShare } from '../../base/quantities.js';
import { isTimerOfGuest } from '../arm-interrupts.js';
import {
  culpritsOf,
  type Evidence,
  type ExitRow,
  exitsOf,
  type HandlerRow,
  handlersOf,
  type Machine,
} from '../evidence.js';
import type { Knob } from '../finding.js';
import { isOwnTimer, isTimerOfGuests, MOSTLY, OWN_TIMERS_STAY } from '../host-interrupts.js';
import { interruptKnobs, withoutBootPcpu } from '../interrupt-knobs.js';
import { areCounted, needlessOnTopNs, needlessWaitsNs } from '../needless-interrupts.js';
import { listText } from '../pcpus.js';
import { type PlannedPcpus, pinKnobs, plannedPcpus } from '../pinning.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Every pCPU has to serve its own timer and a few more. Own judgement. */
const LEFT = 0.5;
const NAMED = 3;

const KNOBS: readonly Knob[] = [
  {
    tool: 'shell on the host',
    text: 'echo 0 > /proc/irq/NUMBER/smp_affinity_list',
    does: 'has the interrupt of a device served by pCPU 0; /proc/interrupts tells which ones come',
  },
  {
    tool: 'shell on the host',
    text: 'echo 1 > /sys/devices/virtual/workqueue/cpumask',
    does: 'has unbound work of the kernel done by pCPU 0 (a mask)',
  },
  {
    tool: 'kernel parameter of the host',
    text: 'irqaffinity=0 nohz_full=2-3 rcu_nocbs=2-3',
    does: 'keeps device interrupts on pCPU 0, and timer ticks and RCU work off the pCPUs 2 and 3',
  },
  {
    tool: 'qvm configuration',
    text: 'cpu runmask 1,2,3 sched 10r',
    does: 'keeps the vCPU off pCPU 0, if that is where the interrupts come (QNX 7)',
  },
];

export const hostInterruptsOnVcpus: Rule = {
  id: 'host-interrupts-on-vcpus',
  title: "handlers of the host's interrupts take time from vCPUs",
  explanation: [
    'An interrupt of the host that arrives at a pCPU which runs a vCPU forces an exit, runs its handler and the softirqs after it, and only then is the guest entered again. Interrupts of devices that this guest does not use are pure loss to it.',
    'Interrupts of devices can be served elsewhere. The timer of each pCPU cannot, but Linux can do nearly without it (nohz_full) while a pCPU has one thread to run. Where names tell that most of it is such timers (local timer, arch_timer), that is what is advised. Handlers of timers that guests set (kvm guest vtimer) are the guests’ doing and left out.',
  ],
  firesWhen:
    'The account interrupt holds time (handlers ran on top of a vCPU), or interrupt handlers had the pCPU while a vCPU waited for it. Needs the events irq:* and irq_vectors:*.',
  knobs: KNOBS,
  sources: [
    'Linux, Documentation/core-api/irq/irq-affinity.rst',
    'Linux, Documentation/timers/no_hz.rst: the boot CPU cannot run without ticks',
    'QNX Hypervisor 8.0 manual, perform/irqs',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  // Where the guest's timer has a handler of the host's (Arm), that one is the guest's doing.
  const exits = exitsOf(evidence, machine);
  const ofGuest = interruptNs(exits.filter(isTimerOfGuest));
  const ofHost = machine.vcpus.reduce((total, { ledgerNs }) => total + ledgerNs.interrupt, 0) - ofGuest;
  const rows = culpritsOf(evidence, machine).filter(({ kind, name }) => kind === 'interrupt' && !isTimerOfGuests(name));
  const waitedForAll = nsOf(rows);
  const [needless, needlessWaits] = areCounted(others)
    ? [needlessOnTopNs(evidence, machine), needlessWaitsNs(evidence, machine)]
    : [0, 0];
  const onTop = Math.max(0, ofHost - needless);
  const waited = waitedForAll - needlessWaits;
  const cost = onTop + waited;
  if (cost === 0) return [];
  const handlers = handlersOf(evidence, machine).filter(({ name }) => !isTimerOfGuests(name));
  const ofTimers = timersNs(exits, handlers, ofGuest) + nsOf(rows.filter(({ name }) => isOwnTimer(name)));
  const timers = Math.min(cost, ofTimers);
  const isTimers = timers >= MOSTLY * cost;
  const pcpus = plannedPcpus(
    evidence,
    others.map(({ rule }) => rule),
  );
  const waits = longest(rows);
  // Handlers in exits for the guest's timer are left out of the sum, and cannot be told from others of their name.
  const onTopNames = longest(handlers).map(({ name, ns }) => (ofGuest > 0 ? name : `${name} ${formatNs(ns)}`));
  const shares = `${formatNs(onTop)} on top of a vCPU${inBrackets(onTopNames)}${waited > 0 ? `, ${formatNs(waited)} while one waited for its pCPU${inBrackets(waits.map(({ name, ns }) => `${name} ${formatNs(ns)}`))}` : ''}.${needless + needlessWaits === 0 ? '' : ' Those that nobody needs are counted apart.'}`;
  return [
    {
      rule: 'host-interrupts-on-vcpus',
      title: `${machine.id} lost ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run, to handlers of the host's interrupts`,
      machine: machine.id,
      costNs: cost,
      accounts: ['interrupt', 'preempted', 'wakeup'],
      gain: {
        mostNs: cost,
        likelyNs: Math.round(cost * (1 - LEFT)),
        reasoning: isTimers
          ? `Estimate: half of it. ${OWN_TIMERS_STAY}`
          : 'Interrupts of devices and deferred work can be moved; the timer of each pCPU, about half as a rule, cannot.',
      },
      evidence: isTimers
        ? `${shares} ${timers === cost ? 'All' : `At least ${formatShare(timers, cost)}`} of it went to the timers of the pCPUs and their softirqs.`
        : shares,
      references: waits.map(({ name }) => ({ kind: 'culprits', machine: machine.id, account: null, name })),
      remedy: remedyOf(pcpus, isTimers),
      knobs: [
        ...(pcpus.isPlanned ? pinKnobs(evidence, machine) : []),
        ...(isTimers ? interruptKnobs(pcpus).toSorted(parametersFirst) : interruptKnobs(pcpus)),
      ],
      risk: 'The pCPU that serves all interrupts can become the bottleneck of disks and networks. On Linux irqbalance undoes it: stop it, or tell it.',
      verify: 'Record again: the account interrupt falls, and on Linux /proc/interrupts counts elsewhere.',
      confidence: 'medium',
    },
  ];
}

/** Only the parameters of the kernel are about ticks. */
const parametersFirst = (a: Knob, b: Knob): number =>
  Number(b.tool === 'kernel parameter of the host') - Number(a.tool === 'kernel parameter of the host');

/** @param isTimers whether it is mostly the timers of the pCPUs that cost */
function remedyOf({ all, free, ofVcpus, isPlanned, pinning, none }: PlannedPcpus, isTimers: boolean): string {
  if (none !== undefined) {
    return `Give the machines fewer vCPUs than the host has pCPUs, or accept what the host's interrupts take. ${none} With fewer, ${isTimers ? "the host's ticks can be stopped on those that run one (nohz_full)" : "the host's interrupts can be served by what is left"}.`;
  }
  const first = isPlanned ? `${pinning}, and ` : '';
  const left = `pCPU ${listText(free)}, which ${isPlanned ? 'that leaves over' : `${free.length === 1 ? 'runs' : 'run'} no vCPU`}`;
  if (!isTimers) return sentence(`${first}have the host's interrupts served by ${left}.`);
  if (withoutBootPcpu(ofVcpus).length > 0) {
    return sentence(
      `${first}stop the host's ticks on ${isPlanned ? 'their pCPUs' : 'the pCPUs that run vCPUs'} (nohz_full)${isPlanned ? '.' : ', one vCPU each.'}`,
    );
  }
  return `Let the vCPU run on another pCPU of ${listText(all)} than 0, and stop the host's ticks there (nohz_full): on pCPU 0 Linux always ticks.`;
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const interruptNs = (rows: readonly ExitRow[]): number =>
  rows.reduce((total, { ledgerNs }) => total + ledgerNs.interrupt, 0);

const nsOf = (rows: readonly { readonly ns: number }[]): number => rows.reduce((total, { ns }) => total + ns, 0);

/**
 * Time of the pCPUs' own timers on top of vCPUs, ns: at least. By the exits that name them, or by their handlers, which may also
 * have run in exits for the guest's timer.
 * @param ofGuest time of handlers in exits for the guest's timer, ns
 */
const timersNs = (exits: readonly ExitRow[], handlers: readonly HandlerRow[], ofGuest: number): number =>
  Math.max(
    interruptNs(exits.filter(({ detail }) => isOwnTimer(detail ?? ''))),
    nsOf(handlers.filter(({ name }) => isOwnTimer(name))) - ofGuest,
  );

interface Named {
  readonly name: string;
  readonly ns: number;
}

/** Of all vCPUs together, by name. */
function longest(rows: readonly Named[]): Named[] {
  const sums = new Map<string, number>();
  for (const { name, ns } of rows) if (ns > 0) sums.set(name, (sums.get(name) ?? 0) + ns);
  return [...sums]
    .map(([name, ns]) => ({ name, ns }))
    .sort((a, b) => b.ns - a.ns)
    .slice(0, NAMED);
}

const inBrackets = (parts: readonly string[]): string => (parts.length === 0 ? '' : ` (${parts.join(', ')})`);
