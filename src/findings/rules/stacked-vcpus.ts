/** vCPUs share pCPUs while others are free for them. */

import { counted, formatNs } from '../../base/quantities.js';
import type { Evidence, Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { listText, pcpusOf } from '../pcpus.js';
import { pinKnobs, spreadKnobs } from '../pinning.js';
import { sharingNotes } from '../qvm-configuration.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { confidenceInMachines, sharingOf, usedPcpus } from '../sharing.js';
import { percent } from '../words.js';
import { XL_PIN } from '../xen-knobs.js';

const KNOBS: readonly Knob[] = [
  {
    tool: 'libvirt XML',
    text: "<cputune>\n  <vcpupin vcpu='0' cpuset='2'/>\n  <vcpupin vcpu='1' cpuset='3'/>\n</cputune>",
    does: 'gives each vCPU a pCPU of its own',
  },
  { tool: 'shell on the host', text: 'taskset -c -p 2 TID', does: 'moves the thread of one vCPU to pCPU 2, at once' },
  {
    tool: 'qvm configuration',
    text: 'cpu cluster _cpu-2 sched 10r\ncpu cluster _cpu-3 sched 10r',
    does: 'lets each vCPU run on a pCPU of its own (QNX 8.0; the clusters are those of the host)',
  },
  {
    tool: 'qvm configuration',
    text: 'cpu runmask 2 sched 10r\ncpu runmask 3 sched 10r',
    does: 'likewise (QNX 7)',
  },
  { tool: 'xl configuration', text: 'cpus = ["2", "3"]', does: 'likewise for vCPU 0 and 1' },
  XL_PIN,
];

export const stackedVcpus: Rule = {
  id: 'stacked-vcpus',
  title: 'vCPUs share a pCPU while others are free for them',
  explanation: [
    'Pinning, a cpuset or a cluster can leave two vCPUs on one pCPU although the host has others. They then run in turns, and what they say to each other takes a change of threads each time. A vCPU that is stopped while it holds a spin lock keeps its sibling spinning for nothing.',
    'On QNX it is a rule of thumb that two vCPUs of one guest should never be in the same cluster of a single pCPU, and that a cluster of vCPUs should hold no thread that computes for long: a course teaches it, the manual does not state it.',
  ],
  firesWhen:
    'vCPUs waited for each other, and on all pCPUs of the host the same work would have had them wait less. Needs scheduler events.',
  knobs: KNOBS,
  sources: [
    'Uhlig et al., Towards Scalable Multiprocessor Virtual Machines, VM 2004 (lock-holder preemption)',
    'QNX Hypervisor 8.0 manual, perform/improve: pinning with clusters',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  const { siblingsNs, othersNs, spreadableNs: cost } = sharingOf(evidence, machine);
  if (cost === 0) return [];
  const { vcpus, hostPcpus } = evidence.placement;
  const own = usedPcpus(vcpus.filter((vcpu) => vcpu.machine === machine.id));
  const notes = sharingNotes(evidence, machine);
  const pins = pinKnobs(evidence, machine);
  const isPossible = pins.length > 0;
  return [
    {
      rule: 'stacked-vcpus',
      title: `${whoShared(machine, own, hostPcpus)}: that cost ${formatNs(cost)}, ${percent(cost, machine)} of the time in which ${machine.id} wanted to run`,
      machine: machine.id,
      costNs: cost,
      accounts: ['preempted', 'wakeup'],
      gain: {
        mostNs: cost,
        likelyNs: cost,
        reasoning: 'An estimate: the same work at the same time, spread over all pCPUs of the host.',
      },
      evidence: `Of ${formatNs(siblingsNs + othersNs)} in which vCPUs waited for vCPUs (${formatNs(siblingsNs)} for siblings, ${formatNs(othersNs)} for other machines) so much goes away on ${counted(hostPcpus, 'pCPU')}.${notes.map(({ text }) => ` ${text}`).join('')}`,
      references: [...references(evidence, machine), ...notes.flatMap((one) => one.references)],
      remedy: isPossible
        ? 'Give each busy vCPU a pCPU of its own, or let the scheduler of the host choose among all of them.'
        : `Let the vCPUs of ${machine.id} run on all pCPUs of the host (${listText(pcpusOf(evidence).all)}): there are too few for one each, but more than they use.`,
      knobs: isPossible ? pins : spreadKnobs(evidence, machine),
      risk: 'The other pCPUs may have been kept free for something else: see the map of the pCPUs.',
      verify: 'Record again: the vCPUs run on different pCPUs, and siblings are gone from the culprits.',
      confidence: confidenceInMachines(evidence),
    },
  ];
}

/** "The 2 vCPUs of vm1 shared pCPU 0, of 2 that the host has". */
function whoShared({ id, vcpus }: Machine, own: ReadonlySet<number>, hostPcpus: number): string {
  const whose = vcpus.length === 1 ? `The vCPU of ${id}` : `The ${vcpus.length} vCPUs of ${id}`;
  // Spread over all of them they were on one together now and then, while another was free.
  if (own.size >= hostPcpus) return `${whose} waited for vCPUs on the same pCPU while others were free`;
  const where = `${own.size === 1 ? 'pCPU' : 'the pCPUs'} ${listText([...own].sort((a, b) => a - b))}`;
  return `${whose} shared ${where}${vcpus.length === 1 ? ' with others' : ''}, of ${hostPcpus} that the host has`;
}

const references = ({ culprits }: Evidence, machine: Machine): Draft['references'] =>
  culprits
    .filter((row) => row.machine === machine.id && (row.kind === 'sibling vCPU' || row.kind === 'other machine'))
    .slice(0, 3)
    .map(({ account, name }) => ({ kind: 'culprits', machine: machine.id, account, name }));
