/** A vCPU waits because the partition of the host's scheduler that it is in has used up its budget (QNX). */

import { counted, formatNs } from '../../base/quantities.js';
import { type CulpritRow, culpritsOf, type Evidence, type Machine } from '../evidence.js';
import type { Knob, Reference } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

const KNOBS: readonly Knob[] = [
  {
    tool: 'shell on a QNX host',
    text: 'aps show -l',
    does: 'shows what each partition may use and what it uses, again and again',
  },
  {
    tool: 'shell on a QNX host',
    text: 'aps modify -b 40 PARTITION',
    does: 'gives the partition 40 % of the CPU time, at once (its parent has to have that much)',
  },
  {
    tool: 'qvm configuration',
    text: 'cpu partition NAME sched 10r',
    does: 'runs the vCPU in another partition, from the next start of the machine on',
  },
];

export const partitionBudget: Rule = {
  id: 'partition-budget',
  title: "the budget of a vCPU's partition is used up (QNX)",
  explanation: [
    "With adaptive partitions the host's scheduler gives each partition a share of the CPU time. A partition that has used more than its budget is bankrupt: its threads wait, whatever their priority, while threads of other partitions run, until the average over the last 100 ms or so is below the budget again. A vCPU that is stopped so stands still in the middle of whatever its guest does.",
    'Round robin without partitions is best for most vCPUs; a budget has its place where a guest must not starve the rest of the system.',
  ],
  firesWhen:
    'The trace has bankruptcies (event APS_BNKR), and vCPUs in these partitions waited until a thread of the partition ran again (accounts preempted and wakeup, culprits of the kind "partition budget"). Needs events of threads and of the system, recorded wide (tracelogger -w).',
  knobs: KNOBS,
  sources: [
    'QNX Hypervisor 8.0 manual, vm/cpu: partitions and scheduling of vCPUs',
    'QNX SDP, System Analysis Toolkit: events of the System class (APS_BNKR)',
    'QNX SDP, Utilities Reference: aps',
  ],
  find: inEachMachine(findIn),
};

const isBudget = ({ kind }: CulpritRow): boolean => kind === 'partition budget';

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  const rows = culpritsOf(evidence, machine).filter((row) => isBudget(row));
  const cost = rows.reduce((total, { ns }) => total + ns, 0);
  if (cost === 0) return [];
  const times = rows.reduce((total, { count }) => total + count, 0);
  const names = [...new Set(rows.map(({ name }) => name))];
  return [
    {
      rule: 'partition-budget',
      title: `${machine.id} waited ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run, because its partition had used up its budget`,
      machine: machine.id,
      costNs: cost,
      accounts: ['preempted', 'wakeup'],
      gain: {
        mostNs: cost,
        likelyNs: cost,
        reasoning: 'With a budget that covers what the guest does there are no such waits, as long as pCPUs are free.',
      },
      evidence: `It waited so ${counted(times, 'time')}, for ${formatNs(cost / times)} on average: ${names.join(', ')}.`,
      references: [
        ...rows.map(({ account, name }): Reference => ({ kind: 'culprits', machine: machine.id, account, name })),
        ...configured(evidence, machine),
      ],
      remedy: 'Give the partition of the vCPUs a larger budget, or move them, or what else uses it up, to another one.',
      knobs: KNOBS,
      risk: 'Other partitions are guaranteed less; without any budget a guest can starve what has a lower priority.',
      verify: 'Record again: no bankruptcies (APS_BNKR) of that partition, and its budget is gone from the culprits.',
      confidence: 'high',
    },
  ];
}

const configured = ({ configurations }: Evidence, { id }: Machine): Reference[] =>
  (configurations.get(id) ?? [])
    .flatMap(({ vcpus }) => vcpus)
    .flatMap(({ partition, place }) =>
      partition === null || place === null ? [] : [{ kind: 'configuration', source: place.source, line: place.line }],
    );
