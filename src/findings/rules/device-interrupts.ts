/** A device interrupts the guest so often that its interrupts could be taken together. */

import { counted, formatCount, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { activeNs, grouped, sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { isIpi, LINUX_TIMER_VECTOR, vectorOf } from '../vectors.js';
import { percent } from '../words.js';

/** Interrupts per second of one vector. At 20 µs between two of them, waiting for the next costs little. Own judgement. */
const OFTEN_HZ = 5000;
/** What a coalescing of 50 µs allows at most. */
const COALESCED_HZ = 20_000;
/** Two interrupts become one where the rate is below COALESCED_HZ. Own judgement. */
const LIKELY_PART = 0.5;

const KNOBS: readonly Knob[] = [
  {
    tool: 'shell in the guest',
    text: 'cat /proc/interrupts',
    does: 'names the devices by how often they interrupt; look twice, some seconds apart',
  },
  {
    tool: 'shell in the guest',
    text: 'ethtool -C DEVICE adaptive-rx on || ethtool -C DEVICE rx-usecs 50',
    does: 'has a network card wait up to 50 µs for more packets before it interrupts',
  },
  {
    tool: 'QEMU option',
    text: '-netdev tap,id=net0,vhost=on,queues=4 -device virtio-net-pci,netdev=net0,mq=on,vectors=10',
    does: 'spreads the interrupts of a network card over four vCPUs',
  },
];

export const deviceInterrupts: Rule = {
  id: 'device-interrupts',
  title: 'a device interrupts the guest very often',
  explanation: [
    'Each interrupt for a guest costs at least one exit, also of a device that is passed through, unless the hardware posts it. Devices that signal each packet or each request can often wait for some more and signal them together; one that signals at no use at all (an interrupt nobody handles) only costs.',
  ],
  firesWhen: `Exits that inject one and the same vector, neither the timer's nor one that vCPUs send each other, more than ${formatCount(OFTEN_HZ)} times a second of the time in which the VMM let the machine run.`,
  knobs: KNOBS,
  sources: [
    'QNX Hypervisor 8.0 manual, perform/irqs: an interrupt for a guest costs at least one exit; superfluous ones are pure loss',
    'ethtool(8), --coalesce',
    'Gordon et al., ELI: Bare-Metal Performance for I/O Virtualization, ASPLOS 2012',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const seconds = activeNs(machine) / machine.vcpus.length / 1e9;
  if (!(seconds > 0)) return [];
  const rows = exitsOf(evidence, machine);
  const sent = new Set([LINUX_TIMER_VECTOR, ...rows.filter(isIpi).map((row) => vectorOf(row))]);
  const own = unclaimed(rows, others).filter((row) => !isIpi(row) && !sent.has(vectorOf(row)));
  return grouped(own, (row) => vectorOf(row) ?? null).flatMap(({ key, rows: ofVector }) => {
    const hz = sumExits(ofVector.filter(isDelivery)).count / seconds;
    return hz < OFTEN_HZ ? [] : [draft(machine, { vector: key, rows: ofVector, hz })];
  });
}

/** An interrupt is injected at an exit, or ends a halt; its end can be an exit of its own, which is not counted again. */
const isDelivery = ({ detail }: ExitRow): boolean => /^(injects|woken by)/.test(detail ?? '');

interface Source {
  readonly vector: string;
  readonly rows: readonly ExitRow[];
  readonly hz: number;
}

function draft(machine: Machine, { vector, rows, hz }: Source): Draft {
  const { workNs, count } = sumExits(rows);
  const most = Math.round(workNs * Math.max(LIKELY_PART, 1 - COALESCED_HZ / hz));
  return {
    rule: 'device-interrupts',
    title: `${machine.id}: a device interrupts it ${counted(hz, 'time')} a second with vector ${vector}, which costs ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
    machine: machine.id,
    costNs: workNs,
    accounts: WORK,
    gain: {
      mostNs: most,
      likelyNs: Math.round(LIKELY_PART * most),
      reasoning: `Estimate: a device that waits 50 µs for more to tell interrupts ${counted(COALESCED_HZ, 'time')} a second at most, and at least every second interrupt goes; half of that, since not every device can wait.`,
    },
    evidence: `${counted(count, 'exit')} and halts with that vector, ${formatNs(workNs / count)} each.`,
    references: referencesTo(rows),
    remedy: `Find the device behind vector ${vector} in the guest, and have it signal several events with one interrupt.`,
    knobs: KNOBS,
    risk: 'Each single event is seen later, by as long as the device waits.',
    verify: 'Record again under the same load: fewer exits inject this vector.',
    confidence: 'medium',
  };
}
