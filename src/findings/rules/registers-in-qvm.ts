/** The guest uses registers of devices that qvm emulates, and no other rule knows what they are (QNX). */

import { counted, formatNs } from '../../base/quantities.js';
import { deviceName } from '../../platform/configurations/device-names.js';
import { accessOf, placeOf } from '../accesses.js';
import { referencesTo, unclaimed } from '../claims.js';
import { grouped, sumExits, WORK } from '../costs.js';
import { isMmioDoorbell } from '../doorbells.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent, rate } from '../words.js';

/** Fewer are set-up. Own judgement. */
const LEAST_EXITS = 100;
/** Some use of the device remains. Own judgement. */
const LIKELY_PART = 0.5;

const BYTE_WISE: readonly Knob[] = [
  {
    tool: 'qvm configuration',
    text: 'vdev virtio-console loc 0x1c0f0000 intr gic:42',
    does: 'gives the machine a VIRTIO console, which takes a line where a serial port takes a byte (at an address and an interrupt that are free)',
  },
];

export const registersInQvm: Rule = {
  id: 'registers-in-qvm',
  title: 'registers of devices that qvm emulates, without a more specific finding (QNX)',
  explanation: [
    'Each access to a register of an emulated device makes the guest leave: the thread of the vCPU finds the vdev in qvm, which answers, and the guest is entered again. QNX states about 10 µs for all of that, and sometimes more. Memory is another matter: the hardware translates its addresses, and using it costs about what it costs without a hypervisor.',
    'The trace does not name devices. With the configurations of the machines (--config) their addresses have names, and more specific rules know what to use instead; a serial port, which takes a byte at a time, is the classic.',
  ],
  firesWhen: `QNX: at least ${LEAST_EXITS} exits of the causes device-mmio and device-port at one device, at a page of addresses or at 16 ports without a name, but not of a VIRTIO device of the configuration and not at a register that is like a doorbell of VIRTIO, and that no other rule has counted. Half of their cost is likely to go, which is an own estimate.`,
  knobs: BYTE_WISE,
  sources: [
    'QNX Hypervisor 8.0 manual, perform/virtio, virt/devs, perform/guest_exits',
    'QNX Hypervisor 8.0 manual, perform/overhead and virt/mem (memory)',
  ],
  find: inEachMachine(findIn, 'qnx'),
};

/** What is written like a doorbell of VIRTIO is taken for one, also where the device has no name. */
function isRegister(row: ExitRow): boolean {
  if (row.cause === 'device-port') return true;
  const access = accessOf(row);
  return row.cause === 'device-mmio' && !(access?.write === true && isMmioDoorbell(access));
}

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const names = paravirtualNames(evidence, machine);
  const isParavirtual = ({ device }: ExitRow) => names.some((name) => device?.startsWith(name) === true);
  const rows = unclaimed(exitsOf(evidence, machine), others).filter((row) => isRegister(row) && !isParavirtual(row));
  return grouped(rows, placeOf)
    .filter(({ sums }) => sums.count >= LEAST_EXITS)
    .map(({ key, rows: own }) => draft(evidence, machine, key, own));
}

const paravirtualNames = ({ configurations }: Evidence, { id }: Machine): string[] =>
  (configurations.get(id) ?? [])
    .flatMap(({ devices }) => devices)
    .filter(({ kind }) => kind === 'paravirtual')
    .map((device) => deviceName(device));

function draft(evidence: Evidence, machine: Machine, place: string, rows: readonly ExitRow[]): Draft {
  const { count, workNs } = sumExits(rows);
  const [most] = rows.toSorted((a, b) => b.count - a.count);
  const isByteWise = rows.every((row) => accessOf(row)?.size === 1);
  const isNamed = most.device !== null;
  return {
    rule: 'registers-in-qvm',
    title: `${machine.id}: ${counted(count, 'exit')} at ${place} cost ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which the guest wanted to run`,
    machine: machine.id,
    costNs: workNs,
    accounts: WORK,
    gain: {
      mostNs: workNs,
      likelyNs: Math.round(LIKELY_PART * workNs),
      reasoning: 'Own estimate: half of it, since some use of the device remains.',
    },
    evidence: `${rate(count, evidence.recording.durationNs)}, ${formatNs(workNs / count)} each; most were ${most.detail ?? most.reason}.${isByteWise ? ' All of them are of single bytes, as those of serial ports are.' : ''}`,
    references: referencesTo(rows),
    remedy: isNamed
      ? `See which driver of the guest uses ${place} so often, and have it use it less, or use a VIRTIO device for that work.`
      : 'Find out which device that is (give the configuration of the machine with --config), and use a VIRTIO device for that work.',
    knobs: isByteWise ? BYTE_WISE : [],
    risk: 'The guest needs the driver of another device, and names it otherwise.',
    verify: `Record again under the same load: fewer exits at ${place.replace(/,.*$/, '')}.`,
    confidence: 'low',
  };
}
