/** A vCPU sleeps in a page fault until the host has read the page in. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo } from '../claims.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { memoryFaults } from '../memory-faults.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

const KNOBS: readonly Knob[] = [
  { tool: 'QEMU option', text: '-overcommit mem-lock=on', does: "locks the guest's memory" },
  { tool: 'libvirt XML', text: '<memoryBacking><locked/></memoryBacking>', does: "locks the guest's memory" },
  {
    tool: 'shell on the host',
    text: 'systemctl set-property machine.slice MemoryLow=8G',
    does: 'has the host take memory from others first (8G: that of all machines)',
  },
  { tool: 'shell on the host', text: 'sysctl -w vm.swappiness=1', does: 'has the host swap only as a last resort' },
];

export const swappedMemory: Rule = {
  id: 'swapped-memory',
  title: 'a vCPU sleeps in a page fault until the host has read the page in',
  explanation: [
    'Where the host has swapped memory of a guest out, or where that memory is a file, or still on the machine that the guest is migrated from, a page fault means to wait for a disk or a network. The vCPU sleeps meanwhile, with all that runs on it. Guests of KVM that know asynchronous page faults can run another task until the page is there.',
  ],
  firesWhen: 'Part of the account blocked belongs to page faults. Needs scheduler events.',
  knobs: KNOBS,
  sources: [
    'Linux, Documentation/virt/kvm/x86/msr.rst: MSR_KVM_ASYNC_PF_EN',
    'Linux, Documentation/admin-guide/sysctl/vm.rst: swappiness',
    'libvirt, Domain XML format: memory backing',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine): Draft[] {
  const rows = exitsOf(evidence, machine).filter(
    ({ cause, ledgerNs }) => cause === 'page-fault' && ledgerNs.blocked > 0,
  );
  const cost = rows.reduce((total, { ledgerNs }) => total + ledgerNs.blocked, 0);
  if (cost === 0) return [];
  const asynchronous = memoryFaults(evidence, machine, 'read in').reduce((total, { count }) => total + count, 0);
  return [
    {
      rule: 'swapped-memory',
      title: `${machine.id} slept ${formatNs(cost)} in page faults, ${percent(cost, machine)} of the time in which it wanted to run, until the host had the pages`,
      machine: machine.id,
      costNs: cost,
      accounts: ['blocked'],
      gain: { mostNs: cost, likelyNs: cost, reasoning: 'Memory that stays where it is has not to be read in.' },
      evidence: `${timesOf(rows)}${asynchronous > 0 ? `; ${counted(asynchronous, 'asynchronous page fault')} beside them` : ''}.`,
      references: referencesTo(rows),
      remedy: "Keep the guest's memory in the host's: give it less to do for others, or lock the memory.",
      knobs: KNOBS,
      risk: 'Locked memory is lost to the rest of the host; with too little of it the host kills processes.',
      verify: 'Record again: no blocked time of page faults; pswpin in /proc/vmstat stands still.',
      confidence: 'high',
    },
  ];
}

/** The worst of a row is at least as long as the longest sleep in it. */
function timesOf(rows: readonly ExitRow[]): string {
  const count = rows.reduce((total, row) => total + row.count, 0);
  const longest = Math.max(...rows.map(({ maxNs }) => maxNs ?? 0));
  return `${counted(count, 'page fault')} of a kind in which the vCPU slept; the longest took ${formatNs(longest)}`;
}
