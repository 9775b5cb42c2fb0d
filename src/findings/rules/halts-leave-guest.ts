/** Short halts of a guest cost an exit and a wake-up each, though its pCPU is there for nobody else (QNX). */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { kernelExitOf } from '../floors.js';
import { hasPcpusOfItsOwn, SHARED, wakeUpsOf } from '../own-pcpus.js';
import { keepsPcpus } from '../qvm-configuration.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Fewer halts are no pattern. Own judgement. */
const LEAST_HALTS = 100;

const KNOBS: readonly Knob[] = [
  {
    tool: 'qvm configuration',
    text: 'set exit-on-halt off',
    does: 'lets WFI and HLT wait inside the guest: no exit, no wake-up, but the vCPU keeps its pCPU',
  },
];

export const haltsLeaveGuest: Rule = {
  id: 'halts-leave-guest',
  title: 'short halts cost an exit and a wake-up each, though nobody else needs the pCPU (QNX)',
  explanation: [
    'When a guest has nothing to do it halts (WFI, HLT). The halt itself is no overhead: the vCPU sleeps, and its pCPU is free for others (account idle). What it costs is the way out, and at the next interrupt the wake-up of the thread and the way back in.',
    'qvm can be told to leave halts to the hardware. The vCPU then waits on its pCPU inside the guest, and goes on at once when an interrupt comes: shorter latency, bought with a pCPU that nobody else can use. That is a choice for vCPUs that have a pCPU of their own.',
  ],
  firesWhen: `QNX: at least ${LEAST_HALTS} halts, of a machine each of whose vCPUs ran on a single pCPU on which others had less than ${100 * SHARED} % of T, and whose configuration does not turn exit-on-halt off. The cost is the account hypervisor of halts, and of wakeup what no other thread explains.`,
  knobs: KNOBS,
  sources: ['QNX Hypervisor 8.0 manual, vm/variables (exit-on-halt)'],
  find: inEachMachine(findIn, 'qnx'),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  if (keepsPcpus(evidence, machine.id) !== undefined || !hasPcpusOfItsOwn(evidence, machine)) return [];
  const rows = unclaimed(exitsOf(evidence, machine), others).filter(({ cause }) => cause === 'halt');
  const count = rows.reduce((total, row) => total + row.count, 0);
  if (count < LEAST_HALTS) return [];
  const left = rows.reduce((total, { ledgerNs }) => total + ledgerNs.hypervisor, 0);
  const woken = wakeUpsOf(evidence, machine, rows);
  const cost = left + woken;
  const again = kernelExitOf(evidence, machine);
  return [
    {
      rule: 'halts-leave-guest',
      title: `${machine.id} halted ${counted(count, 'time')}, and getting out and awake again cost ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: cost,
      accounts: ['hypervisor', 'wakeup'],
      gain: {
        mostNs: cost,
        likelyNs: Math.max(0, Math.round(cost - count * again.ns)),
        reasoning: `Estimate: the interrupt that ends a halt then costs an exit of its own, ${formatNs(again.ns)} (${again.basis}); all else goes.`,
      },
      evidence: `${formatNs(left)} in the hypervisor, ${formatNs(woken)} until the thread had its pCPU again; ${formatNs(cost / count)} a halt. They lasted ${formatNs(idleOf(rows) / count)} on average, and nobody else used the pCPUs.`,
      references: referencesTo(rows),
      remedy: 'Let the guest halt without leaving, if latency matters more than the pCPU.',
      knobs: KNOBS,
      risk: 'The vCPU never gives its pCPU up, also while its guest does nothing: threads of the host and vdevs that may run only there starve, and all of it counts as guest time.',
      verify: 'Record again: no exits of the cause halt, and a benchmark of latency in the guest is faster.',
      confidence: 'medium',
    },
  ];
}

const idleOf = (rows: readonly ExitRow[]): number => rows.reduce((total, { ledgerNs }) => total + ledgerNs.idle, 0);
