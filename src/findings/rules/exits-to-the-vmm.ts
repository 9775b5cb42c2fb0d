/** Exits that only the VMM in user space can answer, by device: what no more specific rule has found. */

import { counted, formatNs } from '../../base/quantities.js';
import { isNameless, placeOf, UNKNOWN_DEVICE } from '../accesses.js';
import { referencesTo, unclaimed } from '../claims.js';
import { grouped, sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { floorOf } from '../floors.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { NAME_DEVICES } from '../unnamed-devices.js';
import { besideWork, costliestDetail, percent } from '../words.js';

interface Advice {
  readonly remedy: string;
  readonly knobs: readonly Knob[];
  readonly risk: string;
  /** Part of the cost that is likely to go: own judgement. */
  readonly likelyPart: number;
  readonly reasoning: string;
}

/** Where the guest can do without these accesses, all of their cost goes. */
const ALL = 1;
const ALL_GOES = 'The guest can do without these accesses, so that nothing of them remains.';
/** A guest that sets itself up, or a driver that is told to use its device less. */
const HALF = 0.5;
const HALF_GOES = 'Own estimate: half of it, since some use of the device remains.';

/** What is known of devices by the names that they have by convention (see platform/pc-devices.ts). */
const BY_DEVICE: readonly (readonly [RegExp, Advice])[] = [
  [
    /^POST code port/,
    {
      remedy: 'Have the guest not write port 0x80: Linux does so to wait a moment, which no virtual device needs.',
      knobs: [
        {
          tool: 'kernel parameter of the guest',
          text: 'io_delay=none',
          does: 'has Linux not write port 0x80 between accesses to ports',
        },
      ],
      risk: 'A device that is passed through and needs the pause could misbehave: then io_delay=udelay.',
      likelyPart: ALL,
      reasoning: ALL_GOES,
    },
  ],
  [
    /^debug console of the firmware/,
    {
      remedy: 'Use a firmware that was built without debugging output, or take its debug console away.',
      knobs: [],
      risk: 'The firmware says less when it fails.',
      likelyPart: ALL,
      reasoning: ALL_GOES,
    },
  ],
  [
    /^keyboard controller/,
    {
      remedy: 'Take the PS/2 controller away, or have the guest not probe it.',
      knobs: [
        {
          tool: 'QEMU option',
          text: '-machine i8042=off',
          does: 'builds the machine without the controller (QEMU 7.0 or later)',
        },
        { tool: 'kernel parameter of the guest', text: 'i8042.noaux i8042.nokbd', does: 'has Linux not use it' },
      ],
      risk: 'The machine has no keyboard on its screen any more; use a USB or VIRTIO one.',
      likelyPart: ALL,
      reasoning: ALL_GOES,
    },
  ],
  [
    /interrupt controller|^I\/O APIC|^local APIC/,
    {
      remedy: "Have the kernel emulate the guest's interrupt controllers.",
      knobs: [
        { tool: 'QEMU option', text: '-machine kernel-irqchip=on', does: 'has KVM emulate all of them' },
        {
          tool: 'libvirt XML',
          text: "<features><ioapic driver='kvm'/></features>",
          does: 'has KVM emulate all of them',
        },
      ],
      risk: 'None is known; with an emulated IOMMU (intremap) QEMU needs the I/O APIC in user space.',
      likelyPart: ALL,
      reasoning:
        'The kernel answers in a fraction of the time, and mostly without an exit where the CPU virtualizes the APIC.',
    },
  ],
  [
    /^PCI configuration/,
    {
      remedy:
        'See whether the guest was starting; a running guest that configures PCI often masks interrupts: let it use MSI-X.',
      knobs: [],
      risk: 'None: it asks to look closer.',
      likelyPart: HALF,
      reasoning: HALF_GOES,
    },
  ],
];

const LOOK_CLOSER: Advice = {
  remedy:
    'See which driver of the guest uses it so often, and have it use it less, or give it a device that answers in the kernel.',
  knobs: [],
  risk: 'None: it asks to look closer.',
  likelyPart: HALF,
  reasoning: HALF_GOES,
};

const NAME_IT_FIRST: Advice = {
  ...LOOK_CLOSER,
  remedy:
    'Find out which device that is, and which driver of the guest uses it so often; have that use it less, or give the guest a device that answers in the kernel.',
  knobs: [NAME_DEVICES],
};

/** A cause of the host's own will is no device, and a halt is none either. */
const NOT_DEVICES: readonly string[] = ['vm-control', 'halt'];

export const exitsToTheVmm: Rule = {
  id: 'exits-to-the-vmm',
  title: 'exits that only the VMM in user space can answer, by device',
  explanation: [
    'The dearest exits are those that the hypervisor cannot answer itself: it returns to the VMM, a process like any other, which finds the device, takes its locks, answers, and asks to run the guest again. That costs some times what an exit costs which the kernel answers.',
    'This is the general rule: what a more specific one has found (emulated devices, doorbells, timers) is not counted again.',
  ],
  firesWhen:
    'At least half of the exits at one device, or at a page of addresses or 16 ports without a name, reached the VMM. Where what to do is known of the device, all of their cost is likely to go; of others half, which is an own estimate.',
  knobs: [...BY_DEVICE.flatMap(([, { knobs }]) => knobs), NAME_DEVICES],
  sources: [
    'Linux, Documentation/virt/kvm/api.rst: KVM_RUN',
    'Linux, Documentation/admin-guide/kernel-parameters.txt: io_delay, i8042.*',
    'Dall et al., Optimizing the Design and Implementation of the Linux ARM Hypervisor, USENIX ATC 2017, table 2',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = exitsOf(evidence, machine).filter(
    ({ cause, count, reachedVmm }) => reachedVmm > 0 && 2 * reachedVmm >= count && !NOT_DEVICES.includes(cause),
  );
  return grouped(unclaimed(rows, others), placeOf).map(({ key, rows: own }) => findingOf(evidence, machine, key, own));
}

function findingOf(evidence: Evidence, machine: Machine, name: string, rows: readonly ExitRow[]): Draft {
  const { count, reachedVmm, workNs, vmmNs } = sumExits(rows);
  const known = BY_DEVICE.find(([pattern]) => pattern.test(name));
  const advice = known?.[1] ?? (rows.some(isNameless) ? NAME_IT_FIRST : LOOK_CLOSER);
  const floor = floorOf(evidence, 'vmm device');
  return {
    rule: 'exits-to-the-vmm',
    title: `${machine.id}: ${counted(count, 'exit')} at ${name} went to the VMM and cost ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which the guest wanted to run`,
    machine: machine.id,
    costNs: workNs,
    accounts: WORK,
    gain: {
      mostNs: workNs,
      likelyNs: Math.round(advice.likelyPart * workNs),
      reasoning: `${advice.reasoning} One such exit took ${formatNs(workNs / count)}; ${formatNs(floor.ns)} is about the least (${floor.basis}).`,
    },
    evidence: `${formatNs(vmmNs)} of it in the VMM (${counted(reachedVmm, 'exit')}); most of the time went to ${costliestDetail(rows)}.${besideWork(rows)}`,
    references: referencesTo(rows),
    remedy: advice.remedy,
    knobs: advice.knobs,
    risk: advice.risk,
    verify: `Record again under the same load: fewer exits at ${name.replace(UNKNOWN_DEVICE, '')}, and less of the account vmm.`,
    confidence: known === undefined ? 'low' : 'high',
  };
}
