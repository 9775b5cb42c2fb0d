/** The host takes memory from a running guest, which then has to fault it in again. */

import { counted, formatCount, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits, WORK } from '../costs.js';
import { type Evidence, eventCount, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { memoryFaults } from '../memory-faults.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** The host's kernel tells KVM that a range of the VMM's memory is no longer what it was. */
const UNMAPPED = 'kvm_unmap_hva_range';

/** Fewer of these for each fault are no cause of the faults. Own judgement: each can be of more than a page. */
const LEAST_PER_FAULT = 0.1;

const KNOBS: readonly Knob[] = [
  {
    tool: 'QEMU option',
    text: '-overcommit mem-lock=on',
    does: 'locks the memory: the host can neither swap nor merge it',
  },
  {
    tool: 'libvirt XML',
    text: '<memoryBacking><nosharepages/><locked/></memoryBacking>',
    does: 'locks the memory, and has it not merged with that of other machines',
  },
  {
    tool: 'libvirt XML',
    text: "<devices><memballoon model='none'/></devices>",
    does: 'takes the balloon away',
  },
  {
    tool: 'shell on the host',
    text: 'echo 2 > /sys/kernel/mm/ksm/run',
    does: 'undoes and stops merging of equal pages',
  },
  {
    tool: 'shell on the host',
    text: 'sysctl -w kernel.numa_balancing=0',
    does: 'stops unmapping of memory to see from which node it is used',
  },
];

export const memoryTakenBack: Rule = {
  id: 'memory-taken-back',
  title: 'the host takes memory from a running guest, which has to fault it in again',
  explanation: [
    'A balloon, merging of equal pages (KSM), balancing between NUMA nodes, compaction and swapping all unmap memory of a running guest. When it touches that memory again it takes a page fault, and where the page was given away, the host has to find another.',
  ],
  firesWhen: `There were page faults at pages that were not mapped, and at least ${LEAST_PER_FAULT} events kvm:${UNMAPPED} for each of them. Needs these events; which of the machines they were for is not known, nor when they came: of a part of the recording (--from, --to) so many are assumed as it is a part of all of it.`,
  knobs: KNOBS,
  sources: [
    'Linux, Documentation/mm/mmu_notifier.rst',
    'Linux, Documentation/admin-guide/mm/ksm.rst',
    'Linux, Documentation/admin-guide/sysctl/kernel.rst: numa_balancing',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(memoryFaults(evidence, machine, 'missing'), others);
  const { count, workNs } = sumExits(rows);
  const inAll = eventCount(evidence, 'kvm', UNMAPPED);
  const { durationNs, wholeNs } = evidence.recording;
  // Events that are only counted have no time of their own.
  const isPart = durationNs < wholeNs;
  const unmapped = isPart ? (inAll * durationNs) / wholeNs : inAll;
  if (workNs === 0 || unmapped < LEAST_PER_FAULT * count) return [];
  const part = Math.min(1, unmapped / count);
  return [
    {
      rule: 'memory-taken-back',
      title: `${machine.id} faulted memory in ${counted(count, 'time')} while the host unmapped memory of machines ${isPart ? 'about ' : ''}${counted(unmapped, 'time')}: ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: Math.round(part * workNs),
        reasoning: `Estimate: one fault less for each time that memory was not unmapped${isPart ? ', if that came as often in T as in the whole recording' : ''}.`,
      },
      evidence: `The ${isPart ? 'whole ' : ''}recording has ${counted(inAll, 'event')} kvm:${UNMAPPED}, of all machines together${isPart ? `; how many of them came in T is not known: by its length it would be ${formatCount(unmapped)}` : ''}.`,
      references: referencesTo(rows),
      remedy:
        'Find out what takes the memory (balloon, KSM, NUMA balancing, swapping), and have it leave this guest alone.',
      knobs: KNOBS,
      risk: 'The host has less memory for all else, and cannot give more to machines than it has.',
      verify: `Record again: fewer events kvm:${UNMAPPED}, and fewer page faults.`,
      confidence: 'low',
    },
  ];
}
