/** The VM is well tuned: say so, and stop. */

import { formatNs } from '../../base/quantities.js';
import { availableNs, IDLE, isIdle, lostNs, wantedNs } from '../costs.js';
import type { Evidence, Machine } from '../evidence.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Below this share of the wanted time what is lost is near what any virtual machine loses. Own judgement. */
const LITTLE = 0.02;

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

function findIn({ quality }: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const wanted = wantedNs(machine);
  const lost = lostNs(machine);
  const unknown = machine.vcpus.reduce((total, { ledgerNs }) => total + ledgerNs.unknown, 0);
  const isSure = quality.lostTime === 'measured' || quality.lostTime === 'at most';
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
      evidence: 'The ledger of its vCPUs, and no other rule that expects a gain.',
      references: [],
      remedy: idle
        ? 'Change nothing. Record while the guest does what you care about.'
        : 'Change nothing. If it is still too slow, examine the guest as if it ran on real hardware.',
      knobs: [],
      risk: 'None.',
      verify: 'Compare a benchmark in the guest with the same on the bare host: vmtoll compare.',
      confidence: 'high',
      told: 'always',
    },
  ];
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
