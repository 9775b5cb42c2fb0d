/** vCPUs wander between pCPUs. */

import { counted } from '../../base/quantities.js';
import { type Evidence, type Machine, placedVcpusOf } from '../evidence.js';
import type { Knob } from '../finding.js';
import { isToEnforce, pinKnobs, planOf } from '../pinning.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { rate } from '../words.js';
import { XL_PIN } from '../xen-knobs.js';

/** Moves per second of its run time from which on a vCPU wanders. Own judgement: the caches of a pCPU fill in milliseconds. */
const WANDERS = 10;
const LEAST_MOVES = 10;

const KNOBS: readonly Knob[] = [
  {
    tool: 'libvirt XML',
    text: "<cputune><vcpupin vcpu='0' cpuset='2'/></cputune>",
    does: 'keeps vCPU 0 on pCPU 2',
  },
  { tool: 'shell on the host', text: 'taskset -c -p 2 TID', does: 'keeps the thread of one vCPU on pCPU 2, at once' },
  {
    tool: 'qvm configuration',
    text: 'cpu cluster _cpu-2 sched 10r',
    does: 'keeps the vCPU on pCPU 2 (QNX 8.0, where that is a cluster of the host)',
  },
  { tool: 'qvm configuration', text: 'cpu runmask 2 sched 10r', does: 'likewise (QNX 7)' },
  { tool: 'xl configuration', text: 'cpus = ["2", "3"]', does: 'likewise for vCPU 0 and 1' },
  XL_PIN,
];

export const floatingVcpus: Rule = {
  id: 'floating-vcpus',
  title: 'vCPUs wander between pCPUs',
  explanation: [
    'A vCPU that moves to another pCPU finds none of its data in the caches there, and the translations of its memory have to be walked again. The guest cannot see it: its own scheduler keeps threads on "their" CPU for nothing.',
    'What a move costs after it shows in no event, so no time is stated. Counters of cache and TLB misses do show it: QNX 8.0 can write those of the CPU into its trace (class PMU), perf reads them on Linux.',
  ],
  firesWhen:
    'A vCPU ran on another pCPU than the last time at least ten times per second of its run time. Needs scheduler events.',
  knobs: KNOBS,
  sources: ['QNX Hypervisor 8.0 manual, perform/improve: start floating, then pin'],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  const own = placedVcpusOf(evidence, machine);
  const ranNs = own.reduce((total, { pcpus }) => total + pcpus.reduce((sum, { ns }) => sum + (ns ?? 0), 0), 0);
  const moves = own.reduce((total, vcpu) => total + vcpu.moves, 0);
  if (ranNs === 0 || moves < LEAST_MOVES || moves / (ranNs / 1e9) < WANDERS) return [];
  const most = own.reduce((a, b) => (b.moves > a.moves ? b : a));
  return [
    {
      rule: 'floating-vcpus',
      title: `${machine.vcpus.length === 1 ? `The vCPU of ${machine.id} changed its` : `The vCPUs of ${machine.id} changed their`} pCPU ${counted(moves, 'time')}: ${rate(moves, ranNs)} of the time that ${machine.vcpus.length === 1 ? 'it' : 'they'} ran`,
      machine: machine.id,
      costNs: 0,
      accounts: [],
      gain: {
        mostNs: 0,
        likelyNs: 0,
        reasoning: 'Cold caches slow the guest itself down: a benchmark shows it, no event does.',
      },
      evidence: `vCPU ${most.vcpu} moved most, ${counted(most.moves, 'time')} between the pCPUs ${most.pcpus
        .map(({ pcpu }) => pcpu)
        .toSorted((a, b) => a - b)
        .join(', ')}.`,
      references: [],
      remedy: isToEnforce(planOf(evidence))
        ? 'See why the pinning of the configuration is not in force, and put it in force.'
        : 'Pin each busy vCPU to a pCPU of its own.',
      knobs: pinKnobs(evidence, machine),
      risk: 'A pinned vCPU waits for its pCPU even while others idle: keep other threads away from it.',
      verify: 'Record again: no vCPU moves; a benchmark in the guest varies less.',
      confidence: 'low',
      told: 'always',
    },
  ];
}
