/** Interrupts that are not for the guest force it to leave. */

import { counted, formatCount, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { activeNs, grouped, interruptWorkNs, sumExits, WORK } from '../costs.js';
import { type Evidence, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { isForHost } from '../forced-exits.js';
import { isOwnTimer, MOSTLY, OWN_TIMERS_STAY } from '../host-interrupts.js';
import { interruptKnobs } from '../interrupt-knobs.js';
import { areCounted, needlessExitsNs } from '../needless-interrupts.js';
import { pinKnobs, plannedPcpus } from '../pinning.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { vectorOf } from '../vectors.js';
import { percent, rate } from '../words.js';
import { withoutXenTimers } from '../xen-timers.js';

/** Fewer are no pattern. Own judgement. */
const LEAST_EXITS = 100;
/** A pCPU keeps its own timer, and is called by others. Own judgement. */
const LIKELY_PART = 0.5;

const LOOK: Knob = {
  tool: 'shell on the host',
  text: 'cat /proc/interrupts /proc/softirqs',
  does: 'shows which interrupts come to which pCPU; look twice, some seconds apart',
};
const KNOBS: readonly Knob[] = [
  LOOK,
  {
    tool: 'shell on the host',
    text: 'echo 0 > /proc/irq/NUMBER/smp_affinity_list',
    does: 'has the interrupt of a device served by pCPU 0',
  },
  {
    tool: 'kernel parameter of the host',
    text: 'irqaffinity=0 nohz_full=2-3 rcu_nocbs=2-3',
    does: 'keeps device interrupts on pCPU 0, and timer ticks and RCU work off the pCPUs 2 and 3',
  },
];

export const hostInterruptExits: Rule = {
  id: 'host-interrupt-exits',
  title: 'interrupts that are not for the guest make it leave',
  explanation: [
    'An interrupt that arrives at a pCPU while it runs a guest forces an exit, whomever it is for: the tick of the host, a call from another pCPU, a device that another machine uses. The guest pays for leaving and entering, and the handler (see host-interrupts-on-vcpus) comes on top of that.',
  ],
  firesWhen: `At least ${LEAST_EXITS} exits of the cause interrupt that inject nothing into the guest and that no other rule has explained. On Xen, which serves the guest's timers with interrupts of its own, without as many as the guest set timers. Without the scheduler's events each exit counts as long as the median one, or that of other exits, because a vCPU that loses its pCPU does so in such an exit.`,
  knobs: KNOBS,
  sources: [
    'Linux, Documentation/core-api/irq/irq-affinity.rst; Documentation/timers/no_hz.rst',
    'QNX Hypervisor 8.0 manual, perform/irqs',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const all = exitsOf(evidence, machine);
  const left = unclaimed(all, others).filter(isForHost);
  const rows = evidence.recording.hypervisor === 'xen' ? withoutXenTimers(left, all) : left;
  const { workNs, count } = sumExits(rows);
  if (count < LEAST_EXITS) return [];
  const pcpus = plannedPcpus(
    evidence,
    others.map(({ rule }) => rule),
  );
  const measuredNs = interruptWorkNs(evidence, rows);
  const costNs = measuredNs - (areCounted(others) ? needlessExitsNs(evidence, machine, rows) : 0);
  const whose = all.some((row) => vectorOf(row) !== undefined) ? 'interrupts that were not for it' : 'interrupts';
  const isTimers = sumExits(rows.filter(({ detail }) => isOwnTimer(detail ?? ''))).count >= MOSTLY * count;
  const named = grouped(rows, ({ detail }) => detail).toSorted((a, b) => b.sums.count - a.sums.count);
  const most = named.slice(0, 3).map(({ key, sums }) => `${key} (${formatCount(sums.count)})`);
  return [
    {
      rule: 'host-interrupt-exits',
      title: `${machine.id} left its guest ${counted(count, 'time')} for ${whose}: ${formatNs(costNs)}, ${percent(costNs, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs,
      accounts: WORK,
      gain: {
        mostNs: costNs,
        likelyNs: Math.round(LIKELY_PART * costNs),
        reasoning: isTimers
          ? `Estimate: half of them. ${OWN_TIMERS_STAY}`
          : 'Estimate: half of them can go to other pCPUs; the timer of each pCPU cannot.',
      },
      evidence: `${rate(count, activeNs(machine))} for each vCPU, ${formatNs(measuredNs / count)} each without the handler.${measuredNs === costNs ? '' : ' Those that nobody needs are counted apart.'}${measuredNs === workNs ? '' : ` That is a median: all of them together took ${formatNs(workNs)}, with the waits for a pCPU, which were not recorded.`}${most.length > 0 ? ` Most: ${most.join(', ')}.` : ''}`,
      references: referencesTo(rows),
      remedy:
        pcpus.none !== undefined
          ? `Give the machines fewer vCPUs than the host has pCPUs, or accept these exits: the host's interrupts have to be served where vCPUs run. ${pcpus.none}`
          : pcpus.isPlanned
            ? `${pcpus.pinning}, and keep the host's interrupts and ticks off their pCPUs.`
            : "Keep the host's interrupts and ticks off the pCPUs that run vCPUs.",
      knobs:
        evidence.recording.hypervisor === 'kvm'
          ? [LOOK, ...(pcpus.isPlanned ? pinKnobs(evidence, machine) : []), ...interruptKnobs(pcpus)]
          : [],
      risk: 'The pCPUs that serve them have more to do; on Linux irqbalance undoes it unless it is told.',
      verify: 'Record again: fewer exits of the cause interrupt without an injected vector.',
      confidence: measuredNs === workNs ? 'medium' : 'low',
    },
  ];
}
