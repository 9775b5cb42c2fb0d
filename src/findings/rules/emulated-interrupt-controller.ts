/** The guest uses registers of its interrupt controller in memory, each access with an exit (Arm). */

import { counted, formatCount, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { floorOf } from '../floors.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** A guest sets its controller up with some hundreds of accesses. Own judgement. */
const LEAST_ACCESSES = 1000;
const GIC = /^interrupt controller \(GIC\)/;

const IN_KERNEL: readonly Knob[] = [
  {
    tool: 'QEMU option',
    text: '-machine virt,kernel-irqchip=on',
    does: 'has the kernel emulate the interrupt controller',
  },
];
const VERSION_3: readonly Knob[] = [
  {
    tool: 'QEMU option',
    text: '-machine virt,gic-version=3',
    does: 'gives the machine a GICv3: acknowledging and ending interrupts needs no exit then, and other vCPUs are interrupted by a register',
  },
  { tool: 'libvirt XML', text: "<features><gic version='3'/></features>", does: 'likewise' },
];

export const emulatedInterruptController: Rule = {
  id: 'emulated-interrupt-controller',
  title: 'registers of the interrupt controller in memory cost an exit each (Arm)',
  explanation: [
    'A GICv3 has registers of the CPU for what is done with every interrupt, and the hardware answers those of a guest itself. A GICv2 has them in memory: its CPU interface is mapped into the guest where the host has a GICv2 or one that is compatible, and every interrupt that one vCPU sends another is a write to the distributor, with an exit.',
    'Worse is a controller that the VMM emulates: every access then takes the way to user space and back.',
  ],
  firesWhen: `At least ${LEAST_ACCESSES} accesses to addresses of the GIC (by convention of the board, or by --config), more than a guest needs to set it up. Needs the event kvm:kvm_mmio.`,
  knobs: [...IN_KERNEL, ...VERSION_3],
  sources: [
    'Arm, GIC Architecture Specification (IHI 0069): legacy operation and system registers',
    'QEMU, docs/system/arm/virt.rst (gic-version, kernel-irqchip)',
    'Dall and Nieh, KVM/ARM: The Design and Implementation of the Linux ARM Hypervisor, ASPLOS 2014, table 3: 427 cycles in the kernel’s GIC, 13,726 in QEMU’s',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(exitsOf(evidence, machine), others).filter(isAccess);
  const { count, reachedVmm, workNs } = sumExits(rows);
  if (count < LEAST_ACCESSES) return [];
  const isInVmm = reachedVmm > count / 2;
  const left = isInVmm ? floorOf(evidence, 'kernel device') : { ns: 0, basis: '' };
  const gain = Math.max(0, Math.round(workNs - count * left.ns));
  return [
    {
      rule: 'emulated-interrupt-controller',
      title: `${machine.id} used registers of its interrupt controller in memory ${counted(count, 'time')}: ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: gain,
        reasoning: isInVmm
          ? `Estimate: in the kernel each of them costs ${formatNs(left.ns)} (${left.basis}).`
          : 'With a GICv3 what is done with every interrupt needs no exit; setting it up still does, which is little.',
      },
      evidence: `${formatCount(reachedVmm)} of them went to the VMM; ${partsOf(rows)}.`,
      references: referencesTo(rows),
      remedy: isInVmm
        ? 'Have the kernel emulate the interrupt controller.'
        : 'Give the machine a GICv3, if the host has one.',
      knobs: isInVmm ? IN_KERNEL : VERSION_3,
      risk: 'The guest finds another interrupt controller in its device tree: old guest kernels may not know it, and a saved machine cannot be restored.',
      verify: 'Record again: hardly any access to the GIC.',
      confidence: 'medium',
    },
  ];
}

const isAccess = ({ cause, device }: ExitRow): boolean => cause === 'interrupt-control' && GIC.test(device ?? '');

/** Parts of the controller, most used first. */
function partsOf(rows: readonly ExitRow[]): string {
  const counts = new Map<string, number>();
  for (const { device, count } of rows) {
    const part = (device ?? '').replace(/^.*, /, '');
    counts.set(part, (counts.get(part) ?? 0) + count);
  }
  const parts = [...counts].sort((a, b) => b[1] - a[1]);
  return parts.map(([part, count]) => `${part} ${counted(count, 'time')}`).join(', ');
}
