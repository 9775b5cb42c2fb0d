/** The hypervisor follows which pages a guest writes: a migration, a snapshot, a display. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits, WORK } from '../costs.js';
import { type Evidence, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { memoryFaults } from '../memory-faults.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** The CPU's own log of written pages is full. */
const LOG_FULL = 'PML_FULL';

const KNOBS: readonly Knob[] = [
  {
    tool: 'QEMU option',
    text: '-accel kvm,dirty-ring-size=4096',
    does: 'collects written pages in a ring for each vCPU instead of protecting all of memory again and again',
  },
  {
    tool: 'kernel parameter of the host',
    text: 'kvm_intel.pml=1',
    does: "has the CPU log written pages itself (the kernel's default where the CPU can)",
  },
  {
    tool: 'shell on the host',
    text: 'virsh domjobinfo NAME',
    does: 'shows whether the machine is being migrated, saved or copied',
  },
];

export const dirtyLogging: Rule = {
  id: 'dirty-logging',
  title: 'the hypervisor follows which pages the guest writes',
  explanation: [
    'While a machine is migrated, saved or copied, and for the memory of an emulated display always, the hypervisor has to know which pages the guest writes. Without help of the CPU it protects them, and the first write of each page after that is a page fault; with it (page modification logging) there is an exit whenever the log is full. Huge pages are split for it meanwhile.',
    'Pages that are protected for another reason (merged by KSM, tables of a guest of the guest) look the same in a recording.',
  ],
  firesWhen: 'There were page faults at writes to protected pages, or exits because the log of written pages was full.',
  knobs: KNOBS,
  sources: [
    'Linux, Documentation/virt/kvm/api.rst: KVM_GET_DIRTY_LOG, KVM_CAP_DIRTY_LOG_RING',
    'Intel, Page Modification Logging for Virtual Machine Monitor White Paper',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const logFull = unclaimed(
    exitsOf(evidence, machine).filter(({ reason }) => reason === LOG_FULL),
    others,
  );
  const writes = unclaimed(
    memoryFaults(evidence, machine, 'protected').filter(({ detail }) => detail?.includes('write')),
    others,
  );
  const rows = [...logFull, ...writes];
  const { count, workNs } = sumExits(rows);
  if (workNs === 0) return [];
  const isCertain = logFull.length > 0;
  return [
    {
      rule: 'dirty-logging',
      title: `${machine.id}: finding out which pages it writes cost ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run, in ${counted(count, 'exit')}`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: workNs,
        reasoning:
          'All of it ends with the migration or the copy; until then a ring or the log of the CPU makes it less.',
      },
      evidence: `${counted(sumExits(writes).count, 'write')} to protected pages, ${counted(sumExits(logFull).count, 'time')} a full log${isCertain ? '' : '; that they are protected for this is inferred'}.`,
      references: referencesTo(rows),
      remedy: 'End what needs the written pages (a migration, a copy, an emulated display), or have the CPU log them.',
      knobs: KNOBS,
      risk: 'A migration that is ended has to begin anew. With the dirty ring QEMU stops vCPUs that fill it.',
      verify: 'Record again when the migration is over: no faults at protected pages.',
      confidence: isCertain ? 'high' : 'medium',
    },
  ];
}
