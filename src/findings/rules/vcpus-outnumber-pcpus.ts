/** More vCPUs want to run than there are pCPUs for them. */

import { counted, formatNs } from '../../base/quantities.js';
import { type CulpritRow, culpritsOf, type Evidence, type Machine } from '../evidence.js';
import type { Knob, Reference } from '../finding.js';
import { sharingNotes } from '../qvm-configuration.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { confidenceInMachines, sharingOf } from '../sharing.js';
import { percent } from '../words.js';
import { XEN_SCHEDULER } from '../xen-knobs.js';

const VCPUS: readonly CulpritRow['kind'][] = ['sibling vCPU', 'other machine'];

const KNOBS: readonly Knob[] = [
  { tool: 'QEMU option', text: '-smp 2', does: 'gives the machine as many vCPUs as there are pCPUs for it' },
  { tool: 'libvirt XML', text: "<vcpu placement='static'>2</vcpu>", does: 'likewise' },
  {
    tool: 'qvm configuration',
    text: 'cpu sched 10r\ncpu sched 10r',
    does: 'gives the machine two vCPUs: one line each',
  },
  { tool: 'xl configuration', text: 'vcpus = 2', does: 'likewise' },
  { tool: 'Firecracker configuration', text: '"vcpu_count": 2', does: 'likewise, in machine-config' },
  ...XEN_SCHEDULER,
  {
    tool: 'shell in the guest',
    text: 'echo 0 > /sys/devices/system/cpu/cpu3/online',
    does: 'takes a vCPU offline without a restart, to try it',
  },
];

export const vcpusOutnumberPcpus: Rule = {
  id: 'vcpus-outnumber-pcpus',
  title: 'more vCPUs want to run than there are pCPUs for them',
  explanation: [
    'A pCPU runs one vCPU at a time. While vCPUs of the same machine, or of others, take turns on it, those that wait lose all of that time, and a vCPU that is stopped while it holds a lock stops its siblings too.',
    'More vCPUs than pCPUs never compute more; they only wait for each other.',
    'A guest sees such waits as stolen time, where its hypervisor tells it. Time in halts is no part of either.',
  ],
  firesWhen:
    'Other vCPUs ran on the pCPU while a vCPU was runnable (accounts preempted and wakeup, culprits of the kinds "sibling vCPU" and "other machine"). Needs scheduler events.',
  knobs: KNOBS,
  sources: [
    'Uhlig et al., Towards Scalable Multiprocessor Virtual Machines, VM 2004 (lock-holder preemption)',
    'QNX Hypervisor 7.0 manual, virt/support: no more vCPUs in a guest than pCPUs',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  const { siblingsNs, othersNs, spreadableNs } = sharingOf(evidence, machine);
  // What goes away on pCPUs that are free is not for want of pCPUs.
  const cost = siblingsNs + othersNs - spreadableNs;
  if (cost === 0) return [];
  const rows = culpritsOf(evidence, machine).filter(({ kind }) => VCPUS.includes(kind));
  const notes = sharingNotes(evidence, machine);
  return [
    {
      rule: 'vcpus-outnumber-pcpus',
      title: `${machine.id}: ${vcpusText(evidence, machine)} waited ${formatNs(cost)} ${forWhom(evidence, machine, siblingsNs, othersNs)}, ${percent(cost, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: cost,
      accounts: ['preempted', 'wakeup'],
      gain: {
        mostNs: cost,
        likelyNs: cost,
        reasoning:
          'With a pCPU for each vCPU that wants to run nobody waits for another vCPU. The machine then does the same work in less time only if its threads can share fewer vCPUs, or if there are pCPUs to spare.',
      },
      evidence: `While one of its vCPUs was runnable, siblings ran for ${formatNs(siblingsNs)} and vCPUs of other machines for ${formatNs(othersNs)}${spreadableNs > 0 ? `; ${formatNs(spreadableNs)} of that is for bad placement, the rest for want of pCPUs` : ''}.${notes.map(({ text }) => ` ${text}`).join('')}`,
      references: [
        ...rows
          .slice(0, 3)
          .map(({ account, name }): Reference => ({ kind: 'culprits', machine: machine.id, account, name })),
        ...notes.flatMap((one) => one.references),
      ],
      remedy:
        'Give the machines together no more vCPUs than there are pCPUs for them, or more pCPUs. Then pin each vCPU to a pCPU of its own.',
      knobs: knobsFor(evidence, machine),
      risk: 'A machine with fewer vCPUs can do less at once when the host is otherwise idle.',
      verify: 'Record again under the same load: preempted and wakeup of its vCPUs fall, and guest rises by as much.',
      confidence: confidenceInMachines(evidence),
    },
  ];
}

function forWhom({ machines }: Evidence, { vcpus }: Machine, siblingsNs: number, othersNs: number): string {
  if (machines.length === 1) return 'for each other';
  if (vcpus.length === 1) return 'for those of other machines';
  return `for vCPUs, mostly ${siblingsNs >= othersNs ? 'its own' : 'those of other machines'}`;
}

/** "its 2 vCPUs (3 of all machines) on 2 pCPUs". */
function vcpusText({ machines, totals, placement }: Evidence, machine: Machine): string {
  const own = counted(machine.vcpus.length, 'vCPU');
  const all = machines.length > 1 ? ` (${totals.vcpus} of all machines)` : '';
  return `${machines.length > 1 ? 'its ' : ''}${own}${all} on ${counted(placement.hostPcpus, 'pCPU')}`;
}

/** The machine's part of the host's pCPUs, by its part of all vCPUs; nothing where that takes none of its vCPUs. */
function knobsFor({ machines, placement, totals }: Evidence, machine: Machine): readonly Knob[] {
  const own = machine.vcpus.length;
  const fitting = Math.max(1, Math.floor((placement.hostPcpus * own) / totals.vcpus));
  if (fitting >= own) return [];
  const part =
    machines.length > 1
      ? `gives the machine its part of the ${placement.hostPcpus} pCPUs by its part of the ${totals.vcpus} vCPUs of all machines, at least 1`
      : 'gives the machine as many vCPUs as there are pCPUs for it';
  const last = machine.vcpus.reduce((most, { id }) => Math.max(most, id), 0);
  return [
    { tool: 'QEMU option', text: `-smp ${fitting}`, does: part },
    { tool: 'libvirt XML', text: `<vcpu placement='static'>${fitting}</vcpu>`, does: 'likewise' },
    {
      tool: 'qvm configuration',
      text: Array.from({ length: fitting }, () => 'cpu sched 10r').join('\n'),
      does: `gives the machine ${counted(fitting, 'vCPU')}: one line each`,
    },
    { tool: 'xl configuration', text: `vcpus = ${fitting}`, does: 'likewise' },
    { tool: 'Firecracker configuration', text: `"vcpu_count": ${fitting}`, does: 'likewise, in machine-config' },
    ...XEN_SCHEDULER,
    {
      tool: 'shell in the guest',
      text: `echo 0 > /sys/devices/system/cpu/cpu${last}/online`,
      does: 'takes a vCPU offline without a restart, to try it',
    },
  ];
}
