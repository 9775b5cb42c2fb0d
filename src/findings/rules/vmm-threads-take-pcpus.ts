/** The VMM's own threads run while a vCPU wants the pCPU. */

import { formatNs } from '../../base/quantities.js';
import { culpritsOf, type Evidence, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { listText, type Pcpus } from '../pcpus.js';
import { pinKnobs, plannedPcpus } from '../pinning.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { comparedUrgency } from '../urgency.js';
import { looksLikeVmm } from '../vmm-names.js';
import { percent } from '../words.js';

const KNOBS: readonly Knob[] = [
  {
    tool: 'libvirt XML',
    text: "<cputune><emulatorpin cpuset='0'/></cputune>",
    does: 'keeps the threads of the VMM that are not vCPUs on pCPU 0',
  },
  {
    tool: 'libvirt XML',
    text: "<cputune><iothreadpin iothread='1' cpuset='0'/></cputune>",
    does: 'likewise for the thread that serves a disk',
  },
  { tool: 'shell on the host', text: 'taskset -c -p 0 TID', does: 'moves one thread of the VMM to pCPU 0, at once' },
  {
    tool: 'shell on a QNX host',
    text: 'pidin -p qvm -f abhpil',
    does: 'shows name, priority, runmask and last pCPU of the threads of all machines',
  },
  {
    tool: 'shell on a QNX host',
    text: 'slay -C 3 -T TID PID',
    does: 'moves one thread of a qvm to pCPU 3, at once',
  },
  {
    tool: 'qvm configuration',
    text: 'vdev virtio-blk loc 0x1c0d0000 intr gic:41 hostdev /dev/DISK sched 9r',
    does: "gives the thread of a vdev a lower priority than the vCPUs' (10 unless the configuration says otherwise)",
  },
];

export const vmmThreadsTakePcpus: Rule = {
  id: 'vmm-threads-take-pcpus',
  title: 'threads of the VMM run while a vCPU wants its pCPU',
  explanation: [
    'A VMM has more threads than vCPUs: its main loop, workers for disks, vhost threads, on QNX the threads of vdevs. Where they share a pCPU with a vCPU, the guest stands still while its own devices are served.',
    'On QNX the threads of a qvm that run no vCPU stay on the pCPUs of its first thread: pinning the vCPUs alone does not move them.',
  ],
  firesWhen:
    "Threads of the machine's own VMM had the pCPU while one of its vCPUs was runnable. Needs scheduler events. Where the recording tells no processes of threads, those with names that VMMs give are counted here (low confidence).",
  knobs: KNOBS,
  sources: ['libvirt, Domain XML format: CPU tuning', 'QNX Hypervisor 8.0 manual, perform/improve'],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = culpritsOf(evidence, machine).filter((row) => row.kind === 'VMM thread' || looksLikeVmm(row));
  const cost = rows.reduce((total, { ns }) => total + ns, 0);
  if (cost === 0) return [];
  const byName = rows.filter((row) => looksLikeVmm(row)).reduce((total, { ns }) => total + ns, 0);
  const pcpus = plannedPcpus(evidence, [...others.map((other) => other.rule), 'vmm-threads-take-pcpus']);
  const { none } = pcpus;
  const [first] = rows.toSorted((a, b) => b.ns - a.ns);
  return [
    {
      rule: 'vmm-threads-take-pcpus',
      title: `${machine.id} waited ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run, while threads ${byName > 0 ? 'that look like those of a VMM' : 'of its own VMM'} had its pCPUs`,
      machine: machine.id,
      costNs: cost,
      accounts: ['preempted', 'wakeup'],
      gain: {
        mostNs: cost,
        likelyNs: cost,
        reasoning: 'On another pCPU the same threads keep nobody waiting, where there is one to spare.',
      },
      evidence: `Most of it "${first.name}", ${formatNs(first.ns)} on vCPU ${first.vcpu}.${comparedUrgency(evidence, machine, first)}${byName > 0 ? ` ${formatNs(byName)} is of threads that only their names tell: the recording does not say that they belong to this machine's VMM.` : ''}`,
      references: [{ kind: 'culprits', machine: machine.id, account: null, name: first.name }],
      remedy: pcpus.isPlanned
        ? `${pcpus.pinning}, and keep the other threads of the VMM on pCPU ${listText(pcpus.free)}, which that leaves over.`
        : none === undefined
          ? `Give the other threads of the VMM a pCPU that runs no vCPU: ${listText(pcpus.free)}.`
          : `Give the machines fewer vCPUs than the host has pCPUs, and keep the other threads of the VMM on what is left. ${none}`,
      knobs: [...(pcpus.isPlanned ? pinKnobs(evidence, machine) : []), ...knobsFor(pcpus)],
      risk: 'Threads of the VMM on a far pCPU (another NUMA node) answer a little later.',
      verify: `Record again: ${byName > 0 ? 'these names are' : 'the kind "VMM thread" is'} gone from the culprits.`,
      confidence: byName > 0 ? 'low' : 'high',
    },
  ];
}

/** What moves threads needs a pCPU to move them to. */
function knobsFor({ free }: Pcpus): readonly Knob[] {
  const last = KNOBS.filter(({ text }) => text.startsWith('vdev ') || text.startsWith('pidin '));
  if (free.length === 0) return last;
  const to = listText(free);
  return [
    {
      tool: 'libvirt XML',
      text: `<cputune><emulatorpin cpuset='${to}'/></cputune>`,
      does: `keeps the threads of the VMM that are not vCPUs on pCPU ${to}`,
    },
    {
      tool: 'libvirt XML',
      text: `<cputune><iothreadpin iothread='1' cpuset='${to}'/></cputune>`,
      does: 'likewise for the thread that serves a disk',
    },
    {
      tool: 'shell on the host',
      text: `taskset -c -p ${to} TID`,
      does: `moves one thread of the VMM to pCPU ${to}, at once`,
    },
    {
      tool: 'shell on a QNX host',
      text: `slay -C ${free[0]} -T TID PID`,
      does: `moves one thread of a qvm to pCPU ${free[0]}, at once`,
    },
    ...last,
  ];
}
