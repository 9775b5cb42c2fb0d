/** An HVM domain waits for its device model, which is a process in dom0, and for dom0 to run at all. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';
import { XEN_DOM0 } from '../xen-knobs.js';

/** Fewer waits are no pattern. Own judgement. */
const LEAST_WAITS = 50;
/** What of the waits goes away without the device model is all; with dom0 in time for it, that in which it did not run. */
const ACCOUNTS = ['vmm', 'blocked', 'wakeup'] as const;

const KNOBS: readonly Knob[] = [
  {
    tool: 'xl configuration',
    text: 'type = "pvh"',
    does: 'starts the guest without a device model at all: for kernels that can (Linux from 4.11 on); firmware, disks and console are paravirtual then',
  },
  {
    tool: 'xl configuration',
    text: 'device_model_stubdomain_override = 1',
    does: 'runs the device model in a small domain of its own, which does not wait for the other work of dom0 (HVM)',
  },
  ...XEN_DOM0,
];

export const deviceModelWaits: Rule = {
  id: 'device-model-waits',
  title: 'a domain waits for its device model in dom0',
  explanation: [
    'The emulated devices of an HVM domain are done by a device model: a QEMU process in dom0. An access to one of their registers takes the vCPU offline; Xen tells dom0 by an event, dom0 has to get a pCPU, Linux has to run QEMU there, and its answer wakes the vCPU up, which has to get its pCPU again. That is four switches for one register, each of which can wait for whoever has the pCPU.',
    'A PVH domain has no device model, and HVM domains with PV drivers use it while they boot and for little after that.',
  ],
  firesWhen: `At least ${LEAST_WAITS} exits of a domain on Xen made it wait for its device model, which no other rule has explained. The cost is the time of these exits while the device model ran, while dom0 had other things to do, and until the vCPU had its pCPU again.`,
  knobs: KNOBS,
  sources: [
    'xl.cfg(5): type, device_model_stubdomain_override',
    'Xen, docs/misc/xen-command-line.pandoc: dom0_max_vcpus',
  ],
  find: inEachMachine(findIn, 'xen'),
};

const waits = (row: ExitRow): boolean => row.reachedVmm > 0 && row.cause !== 'vm-control';

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(exitsOf(evidence, machine), others).filter(waits);
  const { reachedVmm } = sumExits(rows);
  if (reachedVmm < LEAST_WAITS) return [];
  const sums = Object.fromEntries(
    ACCOUNTS.map((account) => [account, rows.reduce((sum, { ledgerNs }) => sum + ledgerNs[account], 0)]),
  ) as Record<(typeof ACCOUNTS)[number], number>;
  const costNs = sums.vmm + sums.blocked + sums.wakeup;
  const [most] = rows.toSorted((a, b) => b.reachedVmm - a.reachedVmm);
  return [
    {
      rule: 'device-model-waits',
      title: `${machine.id} waited ${counted(reachedVmm, 'time')} for its device model: ${formatNs(costNs)}, ${percent(costNs, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs,
      accounts: ACCOUNTS,
      gain: {
        mostNs: costNs,
        likelyNs: costNs,
        reasoning:
          'Without a device model none of these waits remains; with one that runs at once, the part in which it did not.',
      },
      evidence: `${formatNs(costNs / reachedVmm)} each: ${formatNs(sums.vmm)} while dom0 ran, ${formatNs(sums.blocked)} while it did not, ${formatNs(sums.wakeup)} until the vCPU had its pCPU again. Most were for ${most.detail ?? most.reason}.`,
      references: referencesTo(rows),
      remedy:
        'Run the guest without a device model (PVH), or with PV drivers for what it uses; else give dom0, or a stub domain, a pCPU that it need not wait for.',
      knobs: KNOBS,
      risk: 'PVH needs a kernel that knows it; a pCPU for dom0 is one less for guests.',
      verify: 'Record again: the column "to VMM" of the exits falls, and vmm and blocked with it.',
      confidence: 'high',
    },
  ];
}
