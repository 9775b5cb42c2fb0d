/** A vCPU sleeps in an exit while its guest wants to run: a lock of the VMM, its disk, its console. */

import { counted, formatNs } from '../../base/quantities.js';
import { placeOf } from '../accesses.js';
import { referencesTo, unclaimed } from '../claims.js';
import { grouped } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

interface Advice {
  /** What it waits for, as far as its device tells. */
  readonly why: string;
  readonly remedy: string;
  readonly knobs: readonly Knob[];
  /** Part that is likely to go: own judgement. */
  readonly likelyPart: number;
}

const BY_PLACE: readonly (readonly [RegExp, Advice])[] = [
  [
    /disk|\bblk\b|-blk|IDE|SATA|nvme|scsi/i,
    {
      why: 'the storage behind its disk',
      remedy:
        'Have a thread of the VMM do the work of the disk, without the cache of the host, on storage that is fast enough.',
      knobs: [
        {
          tool: 'QEMU option',
          text: '-object iothread,id=io0 -drive file=DISK.img,if=none,id=disk0,format=raw,cache=none,aio=native -device virtio-blk-pci,drive=disk0,iothread=io0',
          does: 'serves the disk in a thread of its own, asynchronously',
        },
        {
          tool: 'libvirt XML',
          text: "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none' io='native'/><source file='/DISK.img'/><target dev='vda' bus='virtio'/></disk>",
          does: 'serves the disk asynchronously',
        },
      ],
      likelyPart: 1,
    },
  ],
  [
    /serial|console|pl011|8250/i,
    {
      why: 'whoever reads its console',
      remedy:
        'Send the console to something that never makes its writer wait: a file or a log, not a pipe or a terminal that nobody reads.',
      knobs: [
        {
          tool: 'QEMU option',
          text: '-chardev file,id=console0,path=/var/log/NAME.log -device virtio-serial-pci -device virtconsole,chardev=console0',
          does: 'writes the console to a file',
        },
        {
          tool: 'libvirt XML',
          text: "<console type='file'><source path='/var/log/libvirt/NAME.log'/><target type='virtio' port='0'/></console>",
          does: 'writes the console to a file',
        },
      ],
      likelyPart: 1,
    },
  ],
  [
    /interrupt controller|APIC/,
    {
      why: 'the interrupt controller, which the VMM emulates under its lock',
      remedy: "Have the kernel emulate the guest's interrupt controllers.",
      knobs: [
        { tool: 'QEMU option', text: '-machine kernel-irqchip=on', does: 'has KVM emulate all of them' },
        {
          tool: 'libvirt XML',
          text: "<features><ioapic driver='kvm'/></features>",
          does: 'has KVM emulate all of them',
        },
      ],
      likelyPart: 1,
    },
  ],
];

const OTHERWISE: Advice = {
  why: 'a lock of the VMM, or something that the VMM waits for',
  remedy: 'See what the thread of the vCPU slept for there, and have another thread of the VMM do that.',
  knobs: [
    {
      tool: 'shell on the host',
      text: 'perf record -e sched:sched_switch -g --tid TID -- sleep 10',
      does: "records where the vCPU's thread goes to sleep",
    },
  ],
  likelyPart: 0.5,
};

/**
 * Sleeping is what a halt is for, and an exit of an unknown reason may be one; page faults have a rule of their own; the VMM
 * keeps a vCPU out of its own will.
 */
const NOT_HERE: readonly ExitRow['cause'][] = ['halt', 'other', 'page-fault', 'vm-control'];

export const blockedInExits: Rule = {
  id: 'blocked-in-exits',
  title: 'a vCPU sleeps in an exit while its guest wants to run',
  explanation: [
    "A VMM that answers an exit may have to wait: for its big lock, which another thread holds, for the disk image, for whoever reads the console. The vCPU's thread sleeps then, and the guest stands still, although nothing in it asked for that. A device that takes the request and answers later with an interrupt keeps nobody.",
  ],
  firesWhen:
    'Part of the account blocked belongs to exits of a known reason that are neither halts nor page faults, and that no more specific rule has counted. Needs scheduler events. Where the device tells what it waits for, all of it is likely to go; else half, which is an own estimate.',
  knobs: [...BY_PLACE.flatMap(([, { knobs }]) => knobs), ...OTHERWISE.knobs],
  sources: [
    'QEMU, docs/devel/multiple-iothreads.rst: the big lock, and what holds it',
    'libvirt, Domain XML format: disks, consoles',
    'QNX Hypervisor 8.0 manual, perform/overhead',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = exitsOf(evidence, machine).filter(({ cause }) => !NOT_HERE.includes(cause));
  const left = unclaimed(rows, others).filter(({ ledgerNs }) => ledgerNs.blocked > 0);
  return grouped(left, placeOf).map(({ key, rows: own }) => findingOf(evidence, machine, key, own));
}

function findingOf(evidence: Evidence, machine: Machine, place: string, rows: readonly ExitRow[]): Draft {
  const cost = rows.reduce((total, { ledgerNs }) => total + ledgerNs.blocked, 0);
  const count = rows.reduce((total, row) => total + row.count, 0);
  const longest = Math.max(...rows.map(({ maxNs }) => maxNs ?? 0));
  const [, advice] = BY_PLACE.find(([pattern]) => pattern.test(place)) ?? [undefined, OTHERWISE];
  return {
    rule: 'blocked-in-exits',
    title: `${machine.id}: at ${place} it slept ${formatNs(cost)} while its guest wanted to run, ${percent(cost, machine)} of that time; it waited for ${advice.why}`,
    machine: machine.id,
    costNs: cost,
    accounts: ['blocked'],
    gain: {
      mostNs: cost,
      likelyNs: Math.round(advice.likelyPart * cost),
      reasoning:
        advice === OTHERWISE
          ? 'Own estimate: half of it, since what it waits for is not known.'
          : 'Whoever waits instead is another thread, and the guest runs on meanwhile.',
    },
    evidence: `${counted(count, 'exit')} there; the longest took ${formatNs(longest)}.${wokenBy(evidence, machine)}`,
    references: referencesTo(rows),
    remedy: advice.remedy,
    knobs: advice.knobs,
    risk: 'A thread more needs a pCPU beside those of the vCPUs; without the cache of the host a disk that relies on it is slower.',
    verify: `Record again: no blocked time at ${place.replace(/,$/, '')}.`,
    confidence: advice === OTHERWISE ? 'low' : 'medium',
  };
}

/** Where the host tells what its threads sleep for (QNX): of all sleeps of this machine, not of these exits alone. */
function wokenBy({ sleeps }: Evidence, { id }: Machine): string {
  const [most] = sleeps
    .filter(({ machine, account }) => machine === id && account === 'blocked')
    .toSorted((a, b) => b.ns - a.ns);
  return most === undefined ? '' : ` Of all its sleeps most were in state ${most.state}, ended by "${most.wokenBy}".`;
}
