/** vCPUs of one machine interrupt each other, mostly to wake each other up. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { activeNs, sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { isIpi, vectorOf } from '../vectors.js';
import { percent, rate } from '../words.js';

/** Fewer are what every guest with several vCPUs sends. Own judgement. */
const LEAST_IPIS = 100;
/** Tasks that wake each other can be brought together on one vCPU, but not all of them. Own judgement. */
const LIKELY_PART = 0.5;

const KNOBS: readonly Knob[] = [
  {
    tool: 'shell in the guest',
    text: 'taskset -c 0 COMMAND',
    does: 'runs a program and all that it starts on one vCPU, to try whether that is faster',
  },
  { tool: 'QEMU option', text: '-smp 1', does: 'gives the machine fewer vCPUs' },
  { tool: 'libvirt XML', text: "<vcpu placement='static'>1</vcpu>", does: 'likewise' },
  { tool: 'qvm configuration', text: 'cpu sched 10r', does: 'gives the machine one vCPU: one line each' },
  { tool: 'xl configuration', text: 'vcpus = 1', does: 'gives the machine fewer vCPUs' },
  { tool: 'Firecracker configuration', text: '"vcpu_count": 1', does: 'likewise, in machine-config' },
  {
    tool: 'kernel parameter of the guest',
    text: 'cpuidle_haltpoll.force=1',
    does: 'waits for a moment in the guest before it halts: a task that wakes such a vCPU needs no interrupt',
  },
];

export const ipisBetweenVcpus: Rule = {
  id: 'ipis-between-vcpus',
  title: 'vCPUs interrupt and wake each other',
  explanation: [
    'A task that wakes another on an idle CPU sends an interrupt to that CPU. On bare hardware that takes less than a microsecond. Between vCPUs the sender leaves its guest, the hypervisor wakes a halted vCPU thread or stops a running one, and the receiver takes the interrupt: about ten times as much, and two halts for tasks that hand work to and fro.',
    'The more vCPUs a machine has, the more its tasks spread over them, and the more of that it pays. Work that is done one step after the other is fastest on one vCPU.',
  ],
  firesWhen: `At least ${LEAST_IPIS} interrupts from vCPU to vCPU that cost exits (writes of the interrupt command register, SGIs, hypercalls that kick a vCPU), and halts that the same vectors ended.`,
  knobs: KNOBS,
  sources: [
    'QNX Hypervisor 8.0 manual, perform/guest_ipis: below 1 µs natively, about ten times as much in a guest; more vCPUs make more IPIs',
    'Linux, Documentation/virt/guest-halt-polling.rst',
    'Dall et al., ARM Virtualization: Performance and Architectural Implications, ISCA 2016, table II (virtual IPIs)',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  if (machine.vcpus.length < 2) return [];
  const rows = unclaimed(exitsOf(evidence, machine), others);
  const sent = rows.filter(isIpi);
  const ipis = sumExits(sent);
  if (ipis.count < LEAST_IPIS) return [];
  const vectors = new Set(sent.flatMap((row) => vectorOf(row) ?? []));
  const woken = rows.filter((row) => row.cause === 'halt' && vectors.has(vectorOf(row) ?? ''));
  return [draft(evidence, machine, sent, woken)];
}

function draft(evidence: Evidence, machine: Machine, sent: readonly ExitRow[], woken: readonly ExitRow[]): Draft {
  const [ipis, halts] = [sumExits(sent), sumExits(woken)];
  const cost = ipis.workNs + halts.workNs;
  const vcpus = machine.vcpus.length;
  const needed = neededVcpus(machine);
  const wakingShare = Math.min(1, halts.count / ipis.count);
  const enough = needed < vcpus ? `${needed} of its ${counted(vcpus, 'vCPU')} would do for that` : 'all are needed';
  return {
    rule: 'ipis-between-vcpus',
    title: `${machine.id}: its vCPUs interrupted each other ${counted(ipis.count, 'time')}, which cost ${formatNs(cost)}, ${percent(cost, machine)} of the time in which they wanted to run`,
    machine: machine.id,
    costNs: cost,
    accounts: WORK,
    gain: {
      mostNs: cost,
      likelyNs: Math.round(LIKELY_PART * wakingShare * cost),
      reasoning: `Interrupts that end a halt (${percentOf(wakingShare)} of them) are between tasks that wait for each other. Estimate: half of these go if such tasks share a vCPU.`,
    },
    evidence: `${rate(ipis.count, evidence.recording.durationNs)} sent, ${formatNs(ipis.workNs / ipis.count)} each; ${counted(halts.count, 'halt')} ended by them took ${formatNs(halts.workNs)}, besides the wait for a pCPU. Guest code ran ${busyVcpus(machine).toFixed(2)} vCPUs' worth of the time: ${enough}.`,
    references: referencesTo([...sent, ...woken]),
    remedy:
      needed < vcpus
        ? `Give ${machine.id} ${counted(needed, 'vCPU')} instead of ${vcpus}, or keep the tasks that wake each other on one vCPU.`
        : 'Keep tasks that wake each other on one vCPU, and have them hand over more work at a time.',
    knobs: knobsFor(needed, vcpus),
    risk: 'Tasks that could run at the same time then take turns.',
    verify:
      'Record again, and measure the work itself: fewer interrupts between vCPUs, fewer halts, and the work done sooner.',
    confidence: 'medium',
  };
}

/** How many vCPUs were in guest code on average while the VMM let them run. */
function busyVcpus(machine: Machine): number {
  const active = activeNs(machine) / machine.vcpus.length;
  const guest = machine.vcpus.reduce((total, { ledgerNs }) => total + ledgerNs.guest, 0);
  return active > 0 ? guest / active : 0;
}

const neededVcpus = (machine: Machine): number => Math.max(1, Math.ceil(busyVcpus(machine)));

const percentOf = (part: number): string => `${Math.round(100 * part)} %`;

/** How many vCPUs to give it is advice only where that is fewer than it has. */
function knobsFor(needed: number, vcpus: number): readonly Knob[] {
  const inGuest = KNOBS.filter(({ tool }) => tool.endsWith('guest'));
  if (needed >= vcpus) return inGuest;
  return [
    ...inGuest,
    { tool: 'QEMU option', text: `-smp ${needed}`, does: 'gives the machine fewer vCPUs' },
    { tool: 'libvirt XML', text: `<vcpu placement='static'>${needed}</vcpu>`, does: 'likewise' },
    {
      tool: 'qvm configuration',
      text: Array.from({ length: needed }, () => 'cpu sched 10r').join('\n'),
      does: `gives the machine ${counted(needed, 'vCPU')}: one line each`,
    },
    { tool: 'xl configuration', text: `vcpus = ${needed}`, does: 'gives the machine fewer vCPUs' },
    { tool: 'Firecracker configuration', text: `"vcpu_count": ${needed}`, does: 'likewise, in machine-config' },
  ];
}
