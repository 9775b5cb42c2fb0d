/** A VIRTIO doorbell goes to the VMM in user space although the kernel could pass it on. */

import { counted, formatCount, formatNs } from '../../base/quantities.js';
import { referencesTo } from '../claims.js';
import { sumExits, WORK } from '../costs.js';
import { type Doorbells, doorbells } from '../doorbells.js';
import type { Evidence, Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { kernelExitOf } from '../floors.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

const KNOBS: readonly Knob[] = [
  {
    tool: 'QEMU option',
    text: '-object iothread,id=io0 -drive file=DISK.img,if=none,id=disk0,format=raw -device virtio-blk-pci,drive=disk0,iothread=io0,ioeventfd=on',
    does: 'has KVM pass the doorbells of a disk to a thread of its own',
  },
  {
    tool: 'QEMU option',
    text: '-netdev tap,id=net0,vhost=on -device virtio-net-pci,netdev=net0,ioeventfd=on',
    does: "has the host's kernel serve the queues of a network card",
  },
  {
    tool: 'libvirt XML',
    text: "<disk type='file' device='disk'><driver name='qemu' type='raw' ioeventfd='on'/><source file='/DISK.img'/><target dev='vda' bus='virtio'/></disk>",
    does: 'has KVM pass the doorbells of a disk on',
  },
  {
    tool: 'libvirt XML',
    text: "<interface type='network'><source network='default'/><model type='virtio'/><driver name='vhost' ioeventfd='on'/></interface>",
    does: "has the host's kernel serve the queues of a network card",
  },
];

export const doorbellInVmm: Rule = {
  id: 'doorbell-in-vmm',
  title: 'a VIRTIO doorbell goes to the VMM although the kernel could pass it on',
  explanation: [
    'With one write a guest tells a VIRTIO device that there is work in a queue. KVM can turn that write into an event (ioeventfd) that wakes the thread which serves the queue, in the VMM or in the kernel (vhost), and let the guest go on at once. Without it the vCPU itself goes to user space and back, and often does the work of the device there while its guest stands still.',
    'Devices are known by the configuration (--config). Without one, a write counts as a doorbell if it is where QEMU puts them: two bytes at 0x3000 to 0x3fff of a 16 KiB window, or at port 0x10 of a block of 32 from 0xc000 on.',
  ],
  firesWhen:
    'KVM: writes to doorbells reached the VMM. Likely to be left is what an exit costs here that the kernel answers itself.',
  knobs: KNOBS,
  sources: [
    'Linux, Documentation/virt/kvm/api.rst: KVM_IOEVENTFD',
    'VIRTIO 1.2, sections 4.1.4.4 and 4.2.2',
    'libvirt, Domain XML format: ioeventfd',
  ],
  find: inEachMachine(
    (evidence, machine) => doorbells(evidence, machine).flatMap((found) => findingOf(evidence, machine, found)),
    'kvm',
  ),
};

function findingOf(evidence: Evidence, machine: Machine, { name, isCertain, rows }: Doorbells): Draft[] {
  const { count, reachedVmm, workNs } = sumExits(rows);
  if (reachedVmm === 0) return [];
  const left = kernelExitOf(evidence, machine);
  return [
    {
      rule: 'doorbell-in-vmm',
      title: `${machine.id}: ${counted(reachedVmm, 'doorbell')} of the ${name} went to the VMM and cost ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which the guest wanted to run`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: Math.max(0, Math.round(workNs - count * left.ns)),
        reasoning: `Each of them still leaves the guest, for ${formatNs(left.ns)} (${left.basis}).`,
      },
      evidence: `${formatCount(reachedVmm)} of ${counted(count, 'write')} went to the VMM${isCertain ? '' : '; that they are doorbells is told by their address and size alone'}.`,
      references: referencesTo(rows),
      remedy:
        'Have KVM pass the doorbell on: ioeventfd on for the device, with a thread or vhost that serves its queues.',
      knobs: KNOBS,
      risk: 'A thread of the VMM or of the kernel does the work then: it needs a pCPU beside those of the vCPUs.',
      verify: 'Record again: the same writes no longer reach the VMM, as the column "to VMM" says.',
      confidence: isCertain ? 'high' : 'medium',
    },
  ];
}
