/** VIRTIO doorbells that the kernel passes on, and that still cost: each is an exit. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits, WORK } from '../costs.js';
import { type Doorbells, doorbells } from '../doorbells.js';
import type { Evidence, Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { floorOf } from '../floors.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { NAME_DEVICES } from '../unnamed-devices.js';
import { percent } from '../words.js';

/** Own estimate: those that come while the device's thread still polls. */
const SAVED_BY_POLLING = 0.5;

const KNOBS: readonly Knob[] = [
  {
    tool: 'QEMU option',
    text: '-object iothread,id=io0,poll-max-ns=200000 -drive file=DISK.img,if=none,id=disk0,format=raw,cache=none,aio=native -device virtio-blk-pci,drive=disk0,iothread=io0',
    does: 'has a thread of its own serve the disk, which polls for up to 200 µs before it sleeps',
  },
  {
    tool: 'libvirt XML',
    text: "<iothreads>1</iothreads><devices><disk type='file' device='disk'><driver name='qemu' type='raw' cache='none' io='native' iothread='1'/><source file='/DISK.img'/><target dev='vda' bus='virtio'/></disk></devices>",
    does: 'has a thread of its own serve the disk (QEMU lets it poll for up to 32 µs)',
  },
];

export const frequentDoorbells: Rule = {
  id: 'frequent-doorbells',
  title: 'the guest rings VIRTIO doorbells often: each is an exit, though the kernel passes it on',
  explanation: [
    'A doorbell costs little where the kernel passes it on, but it is an exit, and it wakes the thread that serves the queue. While that thread polls its queues it tells the guest not to ring; and a guest that puts several requests into a queue rings once for all of them.',
  ],
  firesWhen:
    'KVM: writes to VIRTIO doorbells that did not reach the VMM. Half of their cost is likely to go with a thread that polls, which is an own estimate. Doorbells are known as in doorbell-in-vmm.',
  knobs: [NAME_DEVICES, ...KNOBS],
  sources: [
    'VIRTIO 1.2, section 2.7.10: available buffer notification suppression',
    'QEMU, docs/devel/multiple-iothreads.rst, and the properties of the object iothread: poll-max-ns',
  ],
  find: inEachMachine(findIn, 'kvm'),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const found = doorbells(evidence, machine);
  const rows = unclaimed(
    found.flatMap((device) => device.rows),
    others,
  ).filter(({ reachedVmm }) => reachedVmm === 0);
  const { count, workNs } = sumExits(rows);
  if (workNs === 0) return [];
  const floor = floorOf(evidence, 'kernel device');
  const [most] = rows.toSorted((a, b) => b.count - a.count);
  const { remedy, knobs, risk } = adviceFor(
    found.find((device) => device.rows.includes(most)),
    most.detail ?? most.reason,
  );
  return [
    {
      rule: 'frequent-doorbells',
      title: `${machine.id} rang VIRTIO doorbells ${counted(count, 'time')}: ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: Math.round(SAVED_BY_POLLING * workNs),
        reasoning: `Own estimate: half of them, those that come while a thread polls the queue. One took ${formatNs(workNs / count)}; ${formatNs(floor.ns)} is about the least (${floor.basis}).`,
      },
      evidence: `Most were ${most.detail} (${counted(most.count, 'time')}); none of them reached the VMM.`,
      references: referencesTo(rows),
      remedy,
      knobs,
      risk,
      verify: 'Record again: fewer writes to these addresses for the same work.',
      confidence: 'low',
    },
  ];
}

type Advice = Pick<Draft, 'remedy' | 'knobs' | 'risk'>;

const POLLING_RISK = 'A thread that polls uses a pCPU meanwhile: it needs one beside those of the vCPUs.';

/** By the kind of device, in the names that configurations give. */
const ADVICE: readonly (readonly [RegExp, Advice])[] = [
  [
    /console|serial/i,
    {
      remedy: 'Have the guest write less to its console, and in larger pieces.',
      knobs: [],
      risk: 'Less is seen of what the guest does.',
    },
  ],
  [
    /net/i,
    {
      remedy: 'Have the guest send more at a time: larger segments, fewer and larger writes.',
      knobs: [],
      risk: 'What is gathered before it is sent comes later.',
    },
  ],
  [
    /blk|block|disk|scsi/i,
    {
      remedy: 'Have a thread that polls serve the disk, and the guest hand over several requests at once.',
      knobs: KNOBS,
      risk: POLLING_RISK,
    },
  ],
];

/** Firmware and guest give PCI devices their addresses, so no command line and no XML has them. */
const WHO_TELLS =
  ': "lspci -v" or /proc/iomem of the guest tell, or "info mtree" of QEMU\'s monitor (vmtoll reads each with --config)';

/** @param where of the doorbell that is rung most */
function adviceFor(device: Doorbells | undefined, where: string): Advice {
  const known = device?.isCertain === true ? ADVICE.find(([pattern]) => pattern.test(device.name)) : undefined;
  return (
    known?.[1] ?? {
      remedy: `Find out which device has its doorbell at ${where.replace(/,.*$/, '')}${device?.isCertain === true ? ' (--config tells)' : WHO_TELLS}. If it is a disk, have a thread that polls serve it; have the guest hand over more at a time.`,
      knobs: device?.isCertain === true ? [] : [NAME_DEVICES, ...KNOBS],
      risk: POLLING_RISK,
    }
  );
}
