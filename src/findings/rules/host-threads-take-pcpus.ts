/** Threads of the host that belong to no machine run while a vCPU wants the pCPU. */

import { counted, formatNs } from '../../base/quantities.js';
import { type CulpritRow, culpritsOf, type Evidence, type Machine, placedVcpusOf } from '../evidence.js';
import type { Knob, Reference } from '../finding.js';
import { withoutBootPcpu } from '../interrupt-knobs.js';
import { listText, type Pcpus } from '../pcpus.js';
import { pinKnobs, plannedPcpus } from '../pinning.js';
import { priorityNote } from '../qvm-configuration.js';
import { isRecorder } from '../recorders.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { comparedUrgency, urgencyOf } from '../urgency.js';
import { looksLikeVmm } from '../vmm-names.js';
import { percent } from '../words.js';
import { XEN_DOM0 } from '../xen-knobs.js';

/** Threads of the kernel cannot all be moved; what is left of their time after isolating a pCPU. Own judgement. */
const KERNEL_LEFT = 0.5;
const NAMED = 3;

const KNOBS: readonly Knob[] = [
  {
    tool: 'shell on the host',
    text: 'taskset -a -c -p 0 PID',
    does: 'moves all threads of the process to pCPU 0, away from the vCPUs, at once',
  },
  {
    tool: 'shell on the host',
    text: 'systemctl set-property --runtime system.slice AllowedCPUs=0',
    does: 'keeps all services of the host on pCPU 0 until the next boot',
  },
  {
    tool: 'kernel parameter of the host',
    text: 'isolcpus=managed_irq,domain,2-3 nohz_full=2-3 rcu_nocbs=2-3',
    does: 'keeps threads, interrupts, ticks and RCU work off the pCPUs 2 and 3, for vCPUs that are pinned there',
  },
  {
    tool: 'shell on the host',
    text: 'chrt -f -p 1 TID',
    does: 'gives the thread of a vCPU a real-time priority, above every ordinary thread (once it is pinned)',
  },
  {
    tool: 'shell on a QNX host',
    text: 'pidin -p PROCESS -f abhpil',
    does: 'shows the priority, runmask and last pCPU of its threads',
  },
  {
    tool: 'shell on a QNX host',
    text: 'slay -C 3 PROCESS',
    does: 'moves the process to pCPU 3, away from the vCPUs, at once',
  },
  {
    tool: 'shell on a QNX host',
    text: 'slay -P 9 PROCESS',
    does: 'gives its threads a lower priority than the vCPUs have (10 unless the configuration says otherwise)',
  },
  {
    tool: 'qvm configuration',
    text: 'cpu sched 22r',
    does: 'gives the vCPU a priority above theirs: that of its thread alone counts, not those in the guest',
  },
  // Not its weight: a larger one would have it take more.
  ...XEN_DOM0.filter(({ text }) => !text.includes('sched-credit')),
];

/** What the kernel needs to change threads is nobody's to move. */
const CHANGING_THREADS = "the host's scheduler, between two threads";

export const hostThreadsTakePcpus: Rule = {
  id: 'host-threads-take-pcpus',
  title: 'threads of the host run while a vCPU wants its pCPU',
  explanation: [
    'To the scheduler of the host a vCPU is a thread like any other: a process or a kernel thread that becomes runnable on its pCPU gets a share of it, or all of it where its priority is higher. The guest knows nothing of that: it sees its time stand still.',
    'On QNX the priority of the thread of the vCPU alone decides; priorities inside the guest mean nothing to the host.',
  ],
  firesWhen:
    "Processes or kernel threads of the host, no vCPUs and no threads that are, or by their names may be, the VMM's, had the pCPU while a vCPU was runnable (accounts preempted and wakeup). Needs scheduler events.",
  knobs: KNOBS,
  sources: [
    'Linux, Documentation/admin-guide/kernel-parameters.txt: isolcpus, nohz_full, rcu_nocbs',
    'QNX Hypervisor 8.0 manual, virt/sched: the priority of the vCPU thread alone decides who gets the pCPU',
  ],
  find: inEachMachine(findIn),
};

const isOfHost = (row: CulpritRow): boolean =>
  !looksLikeVmm(row) &&
  ((row.kind === 'kernel thread' && row.name !== CHANGING_THREADS) ||
    (row.kind === 'process' && !isRecorder(row.name)));

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = culpritsOf(evidence, machine).filter(isOfHost);
  const culprits = byName(rows);
  if (culprits.length === 0) return [];
  const cost = sum(rows);
  const ofKernel = sum(rows.filter(({ kind }) => kind === 'kernel thread'));
  const [first] = culprits;
  const pcpus = plannedPcpus(evidence, [...others.map((other) => other.rule), 'host-threads-take-pcpus']);
  const { none } = pcpus;
  const isXen = evidence.recording.hypervisor === 'xen';
  const kept = isXen ? 'the vCPUs of dom0' : `"${first.name}" and the other threads of the host`;
  const priorities = priorityNote(evidence, machine);
  const preempted = sum(rows.filter(({ account }) => account === 'preempted'));
  return [
    {
      rule: 'host-threads-take-pcpus',
      title: `${machine.id} waited ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run, while ${isXen ? 'vCPUs of dom0' : 'threads of the host'} had its pCPUs; ${formatNs(first.ns)} of it for "${first.name}"${isXen ? '' : ` (${first.kind})`}`,
      machine: machine.id,
      costNs: cost,
      accounts: ['preempted', 'wakeup'],
      gain: {
        mostNs: cost,
        likelyNs: Math.round(cost - KERNEL_LEFT * ofKernel),
        reasoning: `${isXen ? 'The vCPUs of dom0' : 'Processes'} can be kept off the vCPUs' pCPUs altogether${ofKernel > 0 ? `; of the ${formatNs(ofKernel)} of kernel threads about half is work that has to be done there` : ''}.`,
      },
      evidence: `${culprits
        .slice(0, NAMED)
        .map((one) => `"${one.name}" ${formatNs(one.ns)} in ${counted(one.count, 'piece')}${urgencyOf(evidence, one)}`)
        .join(
          '; ',
        )}: ${formatNs(preempted)} after a vCPU was stopped for them, ${formatNs(cost - preempted)} after a vCPU woke up.${comparedUrgency(evidence, machine, first)}${priorities === undefined ? '' : ` ${priorities.text}`}`,
      references: [
        ...culprits
          .slice(0, NAMED)
          .map(({ name }): Reference => ({ kind: 'culprits', machine: machine.id, account: null, name })),
        ...(priorities?.references ?? []),
      ],
      remedy: pcpus.isPlanned
        ? `${pcpus.pinning}, and keep ${kept} on pCPU ${listText(pcpus.free)}, which that leaves over.`
        : none === undefined
          ? `Keep ${kept} on pCPU ${listText(pcpus.free)}, off the pCPUs of the vCPUs.`
          : isXen
            ? `Give the vCPUs of dom0 pCPUs of their own, or fewer of them. ${none}`
            : `Stop "${first.name}", or let it run when the guests do not, or give it a lower priority than the vCPUs have. ${none}`,
      knobs: [...(pcpus.isPlanned ? pinKnobs(evidence, machine) : []), ...knobsFor(evidence, machine, pcpus)],
      risk: isXen
        ? 'Dom0 serves the disks and networks of all guests: with too few pCPUs it makes them wait for these.'
        : 'The host has fewer pCPUs for all else; a real-time vCPU that never halts starves what shares its pCPU.',
      verify: 'Record again: these names are gone from the culprits, and the accounts preempted and wakeup fall.',
      confidence: 'high',
    },
  ];
}

const sum = (rows: readonly CulpritRow[]): number => rows.reduce((total, { ns }) => total + ns, 0);

interface NamedCulprit extends CulpritRow {
  ns: number;
  count: number;
  priority?: number;
}

function byName(rows: readonly CulpritRow[]): NamedCulprit[] {
  const culprits = new Map<string, NamedCulprit>();
  for (const row of rows) {
    const one = culprits.get(row.name);
    if (one === undefined) {
      culprits.set(row.name, { ...row });
      continue;
    }
    one.ns += row.ns;
    one.count += row.count;
    if (one.priority !== row.priority) delete one.priority;
  }
  return [...culprits.values()].sort((a, b) => b.ns - a.ns);
}

/** What moves threads needs a pCPU to move them to: one that runs no vCPU. */
function knobsFor(evidence: Evidence, machine: Machine, pcpus: Pcpus): readonly Knob[] {
  const threads = placedVcpusOf(evidence, machine).filter(({ thread }) => thread >= 0);
  return [
    ...movingKnobs(pcpus),
    {
      tool: 'shell on the host',
      text: 'renice -n 19 -p PID',
      does: 'gives the process the least share of its pCPU while a vCPU wants it',
    },
    {
      tool: 'shell on the host',
      text:
        threads.length === 0 ? 'chrt -f -p 1 TID' : threads.map(({ thread }) => `chrt -f -p 1 ${thread}`).join('\n'),
      does: 'gives the threads of the vCPUs a real-time priority, above every ordinary thread (once they are pinned)',
    },
    ...KNOBS.filter(({ tool, text }) => /QNX|qvm|dom0|Xen/.test(tool) && !text.startsWith('slay -C')),
  ];
}

function movingKnobs({ free, ofVcpus }: Pcpus): readonly Knob[] {
  if (free.length === 0) return [];
  const [to, away] = [listText(free), listText(withoutBootPcpu(ofVcpus))];
  return [
    {
      tool: 'shell on the host',
      text: `taskset -a -c -p ${to} PID`,
      does: `moves all threads of the process to pCPU ${to}, away from the vCPUs, at once`,
    },
    {
      tool: 'shell on the host',
      text: `systemctl set-property --runtime system.slice AllowedCPUs=${to}`,
      does: `keeps all services of the host on pCPU ${to} until the next boot`,
    },
    ...(away === ''
      ? []
      : [
          {
            tool: 'kernel parameter of the host' as const,
            text: `isolcpus=managed_irq,domain,${away} nohz_full=${away} rcu_nocbs=${away}`,
            does: `keeps threads, interrupts, ticks and RCU work off pCPU ${away}, for vCPUs that are pinned there`,
          },
        ]),
    {
      tool: 'shell on a QNX host',
      text: `slay -C ${free[0]} PROCESS`,
      does: `moves the process to pCPU ${free[0]}, away from the vCPUs, at once`,
    },
  ];
}
