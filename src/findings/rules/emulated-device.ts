/** An emulated device does the work that a VIRTIO device does with far fewer exits. */

import { counted, formatNs } from '../../base/quantities.js';
import { type Counterpart, counterpartOf } from '../../platform/counterparts.js';
import { referencesTo } from '../claims.js';
import { sumExits, WORK } from '../costs.js';
import { type EmulatedDevice, emulatedDevices, paravirtualOf, type VirtioRole } from '../emulated-devices.js';
import type { Evidence, Machine } from '../evidence.js';
import type { Knob, KnobTool } from '../finding.js';
import { type Floor, kernelExitOf, wakeupOf } from '../floors.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { besideWork, costliestDetail, percent } from '../words.js';

interface Replacement {
  /** What to use instead. */
  readonly device: string;
  /**
   * Exits of the emulated device for each doorbell of the VIRTIO device, where the requests cannot be counted. Own
   * estimates: a 16550 takes a byte an exit and 16 at most without waiting; a network card needs about four a packet
   * (descriptor, cause of the interrupt, its mask off and on), a disk of any sort eight a request, a screen 16 a row.
   */
  readonly exitsPerDoorbell: number;
  /** Threads that a doorbell wakes up: the one that serves it, and the guest's where that waits for the answer. */
  readonly wakeups: number;
}

const REPLACEMENTS: Readonly<Record<VirtioRole, Replacement>> = {
  console: { device: 'a VIRTIO console', exitsPerDoorbell: 16, wakeups: 1 },
  disk: { device: 'a VIRTIO disk', exitsPerDoorbell: 8, wakeups: 2 },
  network: { device: 'a VIRTIO network card', exitsPerDoorbell: 4, wakeups: 1 },
  display: { device: 'a VIRTIO display, or none', exitsPerDoorbell: 16, wakeups: 1 },
};
/** On Xen the devices that are made for virtual machines are its own. */
const XEN_DEVICES: Readonly<Record<VirtioRole, string>> = {
  console: 'the paravirtual console of Xen (hvc0)',
  disk: 'a paravirtual disk of Xen (blkfront)',
  network: 'a paravirtual network card of Xen (netfront)',
  display: 'no display, or a paravirtual one of Xen (vfb)',
};
const ROLES = Object.keys(REPLACEMENTS) as VirtioRole[];

/** Formats of configurations of the programs that start machines, each with its tool. */
const PROGRAMS: readonly (readonly [format: string, tool: KnobTool])[] = [
  ['qemu-command-line', 'QEMU option'],
  ['libvirt', 'libvirt XML'],
  ['qvmconf', 'qvm configuration'],
  ['xl', 'xl configuration'],
];
const USUAL_FORMAT: Readonly<Record<string, string>> = { kvm: 'qemu-command-line', qnx: 'qvmconf', xen: 'xl' };

const USE_CONSOLE: Knob = { tool: 'kernel parameter of the guest', text: 'console=hvc0', does: 'makes Linux use it' };

/** Firecracker has a 16550 alone: what is not written to it costs nothing. Source: Firecracker, docs/prod-host-setup.md. */
const NO_CONSOLE: Knob = {
  tool: 'kernel parameter of the guest',
  text: 'quiet 8250.nr_uarts=0',
  does: 'in place of console=ttyS0 (boot_args of boot-source): Linux writes nothing to the serial port, and offers none',
};

const replacementFor = (format: string, role: VirtioRole): Counterpart | null =>
  counterpartOf({ format }, { kind: 'emulated', role, type: role });

function knobsOf(role: VirtioRole): Knob[] {
  const knobs = PROGRAMS.flatMap(([format, tool]): Knob[] => {
    const counterpart = replacementFor(format, role);
    return counterpart === null
      ? []
      : [{ tool, text: counterpart.snippet, does: `gives the machine a ${counterpart.type}` }];
  });
  return role === 'console' ? [...knobs, USE_CONSOLE] : knobs;
}

export const emulatedDevice: Rule = {
  id: 'emulated-device',
  title: 'an emulated device does the work of a VIRTIO one',
  explanation: [
    'A guest that drives hardware which is not there leaves for the VMM at every access to a register: a serial port once for each byte and more, an IDE disk some 20 times for each request, an e1000 some times for each packet. A VIRTIO device takes whole buffers from memory, and one doorbell tells it of many of them; on KVM the kernel itself passes the doorbell on.',
    'Devices are known by the configuration of the machine (--config) or by the addresses that they have on every PC. Addresses without a name count if they are used exactly as registers of an e1000, an RTL8139, an AHCI controller or of the bus master of an IDE controller are.',
  ],
  firesWhen:
    'The guest used registers of an emulated serial port, disk, network card or display. What is likely to be gained leaves a doorbell for each request, where the registers show requests (IDE, AHCI, network cards), else for each 16 exits of a serial port, 8 of another disk, 4 of a network card, at what an exit costs here that the hypervisor answers itself, and at what waking up a thread takes here, as halts show: the one that serves the request, and for disks the guest that waits for it.',
  knobs: [...ROLES.flatMap((role) => knobsOf(role)), NO_CONSOLE],
  sources: [
    'Russell, virtio: Towards a De-Facto Standard For Virtual I/O Devices, ACM SIGOPS OSR 2008',
    'QNX Hypervisor 8.0 manual, perform/virtio',
    'SFF-8038i, Programming Interface for Bus Master IDE Controller; Serial ATA AHCI 1.3.1',
    "Intel, PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual",
  ],
  find: inEachMachine((evidence, machine) => {
    const devices = emulatedDevices(evidence, machine);
    if (devices.length === 0) return [];
    const doorbell = kernelExitOf(evidence, machine);
    return devices.map((device) => findingOf(evidence, machine, device, doorbell));
  }),
};

/** @param doorbell what one costs here */
function findingOf(evidence: Evidence, machine: Machine, device: EmulatedDevice, doorbell: Floor): Draft {
  const { name, rows, inferred, place } = device;
  const { count, workNs, reachedVmm } = sumExits(rows);
  const remains = remainderOf(evidence, machine, device, doorbell);
  const likelyNs = Math.max(0, Math.round(workNs - remains.ns));
  const advice = isWithoutOther(evidence, machine, device) ? toGiveUp(name) : toReplace(evidence, machine, device);
  return {
    rule: 'emulated-device',
    title: `${machine.id}: the emulated ${name} cost ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which the guest wanted to run, in ${counted(count, 'exit')}`,
    machine: machine.id,
    costNs: workNs,
    accounts: WORK,
    gain: {
      mostNs: workNs,
      likelyNs,
      reasoning: remains.reasoning,
    },
    evidence: [
      // On QNX the VMM answers in the thread of the vCPU, which no event tells.
      `${evidence.recording.hypervisor === 'qnx' ? 'Most of it' : `The VMM was reached ${counted(reachedVmm, 'time')}; most of the time`} went to ${costliestDetail(rows)}.${besideWork(rows)}`,
      ...(inferred === null ? [] : [`Counted with it: ${inferred}.`]),
    ].join(' '),
    references: [
      ...referencesTo(rows),
      ...(place === null ? [] : [{ kind: 'configuration', source: place.source, line: place.line } as const]),
    ],
    ...advice,
    confidence: !remains.isMeasured ? 'low' : inferred === null ? 'high' : 'medium',
  };
}

type Advice = Pick<Draft, 'remedy' | 'knobs' | 'risk' | 'verify'>;

function toReplace(evidence: Evidence, machine: Machine, { name, role }: EmulatedDevice): Advice {
  const instead = evidence.recording.hypervisor === 'xen' ? XEN_DEVICES[role] : REPLACEMENTS[role].device;
  const present = paravirtualOf(evidence, machine, role);
  const needs = replacementFor(USUAL_FORMAT[evidence.recording.hypervisor] ?? '', role)?.guestNeeds;
  return {
    remedy: `Use ${instead} instead of the ${name}${present === undefined ? '' : `; the machine has a ${present.type} already (${present.place.source} line ${present.place.line})`}.`,
    knobs: knobsOf(role),
    risk: `The guest needs ${needs ?? 'a driver for it'}. Its boot loader, console and mounts may need a change.`,
    verify: `Record again under the same load: rows of ${name} are gone, and few doorbells of the new device take their place.`,
  };
}

/** Whether the VMM has no other device of this sort. */
const isWithoutOther = ({ configurations }: Evidence, { id }: Machine, { role }: EmulatedDevice): boolean =>
  role === 'console' && (configurations.get(id) ?? []).some(({ format }) => format === 'firecracker');

const toGiveUp = (name: string): Advice => ({
  remedy: `Have the guest not use the ${name}: Firecracker has no console that is made for virtual machines.`,
  knobs: [NO_CONSOLE],
  risk: 'Messages of the kernel and a login on the serial port are gone: leave another way in, such as SSH or vsock.',
  verify: `Record again under the same load: rows of ${name} are gone.`,
});

interface Remainder {
  readonly ns: number;
  readonly reasoning: string;
  /** False: what is not known is counted as nothing. */
  readonly isMeasured: boolean;
}

/** What the VIRTIO device will cost that does the same work. */
function remainderOf(evidence: Evidence, machine: Machine, device: EmulatedDevice, doorbell: Floor): Remainder {
  const { role, rows, requests } = device;
  const { exitsPerDoorbell, wakeups } = REPLACEMENTS[role];
  if (requests === 0)
    return {
      ns: 0,
      reasoning: 'Nothing of it remains: its driver looked after it, and asked it for nothing.',
      isMeasured: true,
    };
  if (isWithoutOther(evidence, machine, device))
    return { ns: 0, reasoning: 'Nothing of it remains where the guest does not use it.', isMeasured: true };
  const doorbells = requests ?? Math.ceil(sumExits(rows).count / exitsPerDoorbell);
  const wakeup = wakeupOf(evidence, machine);
  const what =
    requests === null
      ? `Estimate: a doorbell for each ${exitsPerDoorbell} exits remains`
      : `A doorbell for each of its ${counted(requests, 'request')} remains`;
  const who = `the thread that serves it${wakeups > 1 ? ' and the guest that waits for it' : ''}`;
  const waking =
    wakeup === undefined
      ? `; waking up ${who} comes on top, and was not measured here`
      : `, and waking up ${who}, at ${formatNs(wakeup)}${wakeups > 1 ? ' each' : ''} (as halts take here)`;
  return {
    ns: doorbells * (doorbell.ns + wakeups * (wakeup ?? 0)),
    reasoning: `${what}, at ${formatNs(doorbell.ns)} (${doorbell.basis})${waking}.`,
    isMeasured: wakeup !== undefined,
  };
}
