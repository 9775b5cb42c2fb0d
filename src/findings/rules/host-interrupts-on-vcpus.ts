/** Interrupt handlers and softirqs of the host run on top of vCPUs, or while they want their pCPU. */

import { formatNs, formatShare } from '../../base/quantities.js';
import { isTimerOfGuest } from '../arm-interrupts.js';
import { type CulpritRow, culpritsOf, type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { isOwnTimer, isTimerOfGuests, MOSTLY, OWN_TIMERS_STAY } from '../host-interrupts.js';
import { interruptKnobs } from '../interrupt-knobs.js';
import { withoutNeedless } from '../needless-interrupts.js';
import { listText, noneFree, type Pcpus, pcpusOf } from '../pcpus.js';
import { freedByPlan, pinKnobs } from '../pinning.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Every pCPU has to serve its own timer and a few more. Own judgement. */
const LEFT = 0.5;

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
    'Linux, Documentation/timers/no_hz.rst',
    'QNX Hypervisor 8.0 manual, perform/irqs',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  // Where the guest's timer has a handler of the host's (Arm), that one is the guest's doing.
  const exits = exitsOf(evidence, machine);
  const ofGuest = interruptNs(exits.filter(isTimerOfGuest));
  const ofHost = machine.vcpus.reduce((total, { ledgerNs }) => total + ledgerNs.interrupt, 0) - ofGuest;
  const onTop = withoutNeedless(ofHost, evidence, others);
  const rows = culpritsOf(evidence, machine).filter(({ kind, name }) => kind === 'interrupt' && !isTimerOfGuests(name));
  const waited = waitedNs(rows);
  const cost = onTop + waited;
  if (cost === 0) return [];
  const timers =
    interruptNs(exits.filter(({ detail }) => isOwnTimer(detail ?? ''))) +
    waitedNs(rows.filter(({ name }) => isOwnTimer(name)));
  const isTimers = timers >= MOSTLY * cost;
  const freed = freedByPlan(evidence);
  const pcpus = freed ?? pcpusOf(evidence);
  const names = [...new Set(rows.toSorted((a, b) => b.ns - a.ns).map(({ name }) => name))].slice(0, 3);
  const shares = `${formatNs(onTop)} on top of a vCPU${waited > 0 ? `, ${formatNs(waited)} while one waited for its pCPU (${names.join(', ')})` : ''}.${onTop === ofHost ? '' : ' Those that nobody needs are counted apart, by their share of all interrupts.'}`;
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
        ? `${shares} At least ${formatShare(timers, cost)} of it went to the timers of the pCPUs and their softirqs.`
        : shares,
      references: names.map((name) => ({ kind: 'culprits', machine: machine.id, account: null, name })),
      remedy: remedyOf(pcpus, freed !== undefined, isTimers),
      knobs: [...(freed === undefined ? [] : pinKnobs(evidence, machine)), ...interruptKnobs(pcpus)],
      risk: 'The pCPU that serves all interrupts can become the bottleneck of disks and networks. On Linux irqbalance undoes it: stop it, or tell it.',
      verify: 'Record again: the account interrupt falls, and on Linux /proc/interrupts counts elsewhere.',
      confidence: 'medium',
    },
  ];
}

/**
 * @param isPlanned whether a plan of pins leaves the free pCPUs over
 * @param isTimers whether it is mostly the timers of the pCPUs that cost
 */
function remedyOf(pcpus: Pcpus, isPlanned: boolean, isTimers: boolean): string {
  const free = listText(pcpus.free);
  if (isPlanned) {
    return isTimers
      ? "Pin the vCPUs, and stop the host's ticks on their pCPUs (nohz_full)."
      : `Pin the vCPUs, and have the host's interrupts served by pCPU ${free}, which that leaves over.`;
  }
  const none = noneFree(pcpus);
  if (none !== undefined) {
    return `Give the machines fewer vCPUs than the host has pCPUs, and ${isTimers ? "stop the host's ticks on those that run one (nohz_full)" : "have the host's interrupts served by what is left"}. ${none}`;
  }
  return isTimers
    ? `Stop the host's ticks on the pCPUs that run vCPUs (nohz_full), one vCPU each.`
    : `Have the host's interrupts served by pCPUs that run no vCPUs (numbers ${free}).`;
}

const interruptNs = (rows: readonly ExitRow[]): number =>
  rows.reduce((total, { ledgerNs }) => total + ledgerNs.interrupt, 0);

const waitedNs = (rows: readonly CulpritRow[]): number => rows.reduce((total, { ns }) => total + ns, 0);
