/** The VM is well tuned: say so, and stop. */

import { formatNs, formatShare } from '../../base/quantities.js';
import { availableNs, IDLE, isIdle, lostNs, wantedNs } from '../costs.js';
import { culpritsOf, type Evidence, type Machine } from '../evidence.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Below this share of the wanted time what is lost is near what any virtual machine loses. Own judgement. */
const LITTLE = 0.02;
/** From this share of the wanted time on a wait would be told of a machine that is not idle. */
const SHOWN = 0.01;

export const nothingToGain: Rule = {
  id: 'nothing-to-gain',
  title: 'what virtualization costs here is near the least that it can',
  explanation: [
    'A virtual machine always loses something: timer ticks, interrupts and halts cost an exit each. Where that is all, tuning the virtual machine further brings nothing that a benchmark could tell from noise; the guest itself is then the place to look.',
  ],
  firesWhen: `A machine lost less than ${100 * LITTLE} % of the time in which it wanted to run, or wanted to run for less than ${100 * IDLE} % of the time, nothing is missing from the recording that could hide more (exits and how long they took, events of the scheduler), and no other rule expects a gain there.`,
  knobs: [],
  sources: [],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const { lostTime } = machine.recorded;
  const wanted = wantedNs(machine);
  const lost = lostNs(machine);
  const unknown = machine.vcpus.reduce((total, { ledgerNs }) => total + ledgerNs.unknown, 0);
  const isSure = lostTime === 'measured' || lostTime === 'at most';
  if (!isSure || hasGain(machine, others)) return [];
  const idle = isIdle(machine);
  if (!idle && lost + unknown >= LITTLE * wanted) return [];
  return [
    {
      rule: 'nothing-to-gain',
      title: idle
        ? `${machine.id} wanted to run for only ${formatNs(wanted)} of ${formatNs(availableNs(machine))}: an idle machine has nothing to gain`
        : `${machine.id} lost ${percent(lost, machine)} of the time in which it wanted to run: it is well tuned`,
      machine: machine.id,
      costNs: lost,
      accounts: ['hypervisor', 'vmm', 'interrupt', 'blocked', 'wakeup', 'preempted'],
      gain: {
        mostNs: lost,
        likelyNs: 0,
        reasoning: 'What is left is what entering and leaving a guest costs at least.',
      },
      evidence: `The ledger of its vCPUs, and no other rule that expects a gain.${idle ? leftOutText(evidence, machine) : ''}`,
      references: [],
      remedy: idle
        ? `Change nothing: ${machine.id} was idle, and wanted to run for only ${formatShare(wanted, availableNs(machine))} of the time. Record while the guest does what you care about.`
        : 'Change nothing. If it is still too slow, examine the guest as if it ran on real hardware.',
      knobs: [],
      risk: 'None.',
      verify: 'Compare a benchmark in the guest with the same on the bare host: vmtoll compare.',
      confidence: 'high',
      told: 'always',
    },
  ];
}

/** Why what the tables show of an idle machine is no finding: who kept it waiting most, and how little that is. */
function leftOutText(evidence: Evidence, machine: Machine): string {
  const waits = new Map<string, number>();
  for (const { kind, name, ns } of culpritsOf(evidence, machine)) {
    if (kind === 'idle pCPU') continue;
    const who = `"${name}" (${kind})`;
    waits.set(who, (waits.get(who) ?? 0) + ns);
  }
  const [most] = [...waits].sort(([, a], [, b]) => b - a);
  if (most === undefined || most[1] < SHOWN * wantedNs(machine)) return '';
  const [who, ns] = most;
  return ` It waited longest for ${who}: ${formatNs(ns)}, ${percent(ns, machine)} of the time in which it wanted to run, but only ${formatShare(ns, availableNs(machine))} of that in which it could have run. Of an idle machine that is what counts, and too little for a finding (--least-gain lowers the limit).`;
}

/** There can be thousands of machines, and as many findings: they are gone through once. */
const gaining = new WeakMap<readonly Draft[], ReadonlySet<string | null>>();

/** Whether another rule expects a gain for this machine, or for all of them. */
function hasGain({ id }: Machine, others: readonly Draft[]): boolean {
  let machines = gaining.get(others);
  if (machines === undefined) {
    machines = new Set(others.flatMap(({ gain, machine }) => (gain.likelyNs > 0 ? [machine] : [])));
    gaining.set(others, machines);
  }
  return machines.has(id) || machines.has(null);
}
