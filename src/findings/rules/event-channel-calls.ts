/** Guests on Xen tell the other side of each paravirtual device by a hypercall that something is in their ring. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Fewer are no pattern. Own judgement. */
const LEAST_CALLS = 100;
/** Own estimate: what goes where requests are handed over together. */
const LIKELY_PART = 0.5;

const KNOBS: readonly Knob[] = [
  {
    tool: 'kernel parameter of the guest',
    text: 'loglevel=4',
    does: 'keeps all but warnings and errors of a Linux kernel from its console',
  },
];

export const eventChannelCalls: Rule = {
  id: 'event-channel-calls',
  title: 'the guest calls the other side of its paravirtual devices often (Xen)',
  explanation: [
    'Disk, network and console of a guest on Xen are rings in shared memory. After the guest has put something into a ring, it tells the other side, mostly dom0, by the hypercall event_channel_op; Xen then wakes that up. Where the other side is still at work on the ring it asks not to be called; a guest that puts several requests into the ring at once calls once for all of them. Larger rings and requests let it: for disks of Linux guests the parameters max_ring_page_order and max_indirect_segments of the module xen_blkfront set them.',
  ],
  firesWhen: `At least ${LEAST_CALLS} hypercalls event_channel_op of an HVM or PVH guest. Half of their cost is likely to go where requests are handed over together, which is an own estimate. Which device they were for is not recorded; of PV guests no call has a length.`,
  knobs: KNOBS,
  sources: [
    'Xen, xen/include/public/io/ring.h: RING_PUSH_REQUESTS_AND_CHECK_NOTIFY; xen/include/public/event_channel.h',
    'Linux, drivers/block/xen-blkfront.c: max_ring_page_order, max_indirect_segments',
  ],
  find: inEachMachine(findIn, 'xen'),
};

const isCall = ({ cause, detail }: ExitRow): boolean =>
  cause === 'hypercall' && /\bevent_channel_op\b/.test(detail ?? '');

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(exitsOf(evidence, machine), others).filter(isCall);
  const { count, workNs } = sumExits(rows);
  if (count < LEAST_CALLS) return [];
  return [
    {
      rule: 'event-channel-calls',
      title: `${machine.id} called the other side of its paravirtual devices ${counted(count, 'time')}: ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: {
        mostNs: workNs,
        likelyNs: Math.round(LIKELY_PART * workNs),
        reasoning: `Own estimate: half of them, where several requests are handed over together. One took ${formatNs(workNs / count)}.`,
      },
      evidence: `${counted(count, 'hypercall')} event_channel_op. Which device they were for is not recorded.`,
      references: referencesTo(rows),
      remedy:
        'Have the guest hand over more at a time to its disk, network or console: larger and fewer requests, fewer and longer writes.',
      knobs: KNOBS,
      risk: 'What is gathered before it is handed over comes later; larger rings take memory of dom0.',
      verify: 'Record again: fewer hypercalls event_channel_op for the same work.',
      confidence: 'low',
    },
  ];
}
