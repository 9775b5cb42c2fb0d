/** Short waits of an Arm guest (WFI, WFE) cost an exit each, though its pCPUs are there for nobody else (KVM). */

import { counted, formatNs } from '../../base/quantities.js';
import type { AccountName } from '../../ledger/accounts.js';
import { referencesTo, unclaimed } from '../claims.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Gain, Knob } from '../finding.js';
import { kernelExitOf } from '../floors.js';
import { hasPcpusOfItsOwn, SHARED, wakeUpsOf } from '../own-pcpus.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Fewer waits are no pattern. Own judgement. */
const LEAST_WAITS = 100;
/** KVM's name of the exception class of both instructions. */
const REASON = 'WFx';
const SINCE = 'Linux 6.11';

const noTrap = (instruction: 'wfi' | 'wfe', does: string): Knob => ({
  tool: 'kernel parameter of the host',
  text: `kvm-arm.${instruction}_trap_policy=notrap`,
  does: `${does}, in all guests of the host (from ${SINCE} on)`,
});
const WFI_INSIDE = noTrap('wfi', 'lets WFI wait inside the guest: no exit, no wake-up, but the vCPU keeps its pCPU');
const WFE_INSIDE = noTrap('wfe', 'lets WFE wait inside the guest, for the event that ends it');

export const trappedWaits: Rule = {
  id: 'trapped-waits',
  title: 'short waits (WFI, WFE) cost an exit each, though nobody else needs the pCPU (KVM on Arm)',
  explanation: [
    'A CPU with nothing to do waits for an interrupt (WFI), and one that spins for a lock may wait for an event (WFE). KVM takes both as a chance to give the pCPU to somebody else: the instruction leaves the guest, and for WFI the vCPU sleeps, or KVM polls. Where the pCPU is there for this vCPU alone nobody is helped by that, and a wait that is over at once costs far more than it lasts.',
    `KVM can leave both to the CPU. By default it does so for WFE while the vCPU is the only thing that wants its pCPU, and for WFI only if, besides, interrupts are delivered to the guest by hardware (GICv4). From ${SINCE} on two parameters of the kernel decide.`,
  ],
  firesWhen: `KVM on arm64: at least ${LEAST_WAITS} exits of class WFx by WFE, or by WFI if these cost more time than they slept; of a machine each of whose vCPUs ran on a single pCPU on which others had less than ${100 * SHARED} % of T. The cost is the account hypervisor, and of wakeup what no other thread explains. Without kvm:kvm_wfx_arm64 all of them count as WFI.`,
  knobs: [WFI_INSIDE, WFE_INSIDE],
  sources: [
    'Linux, Documentation/admin-guide/kernel-parameters.txt (kvm-arm.wfi_trap_policy, kvm-arm.wfe_trap_policy)',
    'Linux, arch/arm64/kvm/arm.c (kvm_vcpu_should_clear_twi, kvm_vcpu_should_clear_twe)',
    'Arm Architecture Reference Manual, HCR_EL2.TWI and HCR_EL2.TWE',
  ],
  find: inEachMachine(findIn, 'kvm'),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const waits = unclaimed(exitsOf(evidence, machine), others).filter(({ reason }) => reason === REASON);
  if (waits.length === 0 || !hasPcpusOfItsOwn(evidence, machine)) return [];
  const drafts = [
    ofInterrupts(
      evidence,
      machine,
      waits.filter(({ cause }) => cause === 'halt'),
    ),
    ofEvents(
      machine,
      waits.filter(({ cause }) => cause === 'pause'),
    ),
  ];
  return drafts.filter((draft) => draft !== undefined);
}

function ofInterrupts(evidence: Evidence, machine: Machine, rows: readonly ExitRow[]): Draft | undefined {
  const [left, idle] = [sumOf(rows, 'hypervisor'), sumOf(rows, 'idle')];
  const cost = left + wakeUpsOf(evidence, machine, rows);
  const count = countOf(rows);
  if (count < LEAST_WAITS || cost <= idle) return undefined;
  const again = kernelExitOf(evidence, machine);
  return draftOf(machine, rows, {
    instruction: 'WFI',
    cost,
    accounts: ['hypervisor', 'wakeup'],
    gain: {
      mostNs: cost,
      likelyNs: Math.max(0, Math.round(cost - count * again.ns)),
      reasoning: `Estimate: the interrupt that ends a wait then costs an exit of its own, ${formatNs(again.ns)} (${again.basis}); all else goes.`,
    },
    evidence: `${formatNs(left)} in the hypervisor and ${formatNs(cost - left)} until a pCPU was awake again, for ${formatNs(idle)} of sleep: ${formatNs(cost / count)} a wait. Nobody else used the pCPUs.`,
    knob: WFI_INSIDE,
  });
}

function ofEvents(machine: Machine, rows: readonly ExitRow[]): Draft | undefined {
  const cost = sumOf(rows, 'hypervisor');
  const count = countOf(rows);
  if (count < LEAST_WAITS || cost === 0) return undefined;
  return draftOf(machine, rows, {
    instruction: 'WFE',
    cost,
    accounts: ['hypervisor'],
    gain: { mostNs: cost, likelyNs: cost, reasoning: 'The event that ends a wait needs no exit.' },
    evidence: `${formatNs(cost / count)} in the hypervisor a wait. Nobody else used the pCPUs, to whom they could have been given.`,
    knob: WFE_INSIDE,
  });
}

interface Waits {
  readonly instruction: string;
  readonly cost: number;
  readonly accounts: readonly AccountName[];
  readonly gain: Gain;
  readonly evidence: string;
  readonly knob: Knob;
}

function draftOf(machine: Machine, rows: readonly ExitRow[], waits: Waits): Draft {
  const { instruction, cost, accounts, gain, evidence, knob } = waits;
  return {
    rule: 'trapped-waits',
    title: `${machine.id} left its guest ${counted(countOf(rows), 'time')} to wait (${instruction}), which cost ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run`,
    machine: machine.id,
    costNs: cost,
    accounts,
    gain,
    evidence,
    references: referencesTo(rows),
    remedy: `Let the guest wait by ${instruction} without leaving, if latency matters more than the pCPU.`,
    knobs: [knob],
    risk: 'It holds for all machines of the host and until the next boot. A vCPU then never gives its pCPU up, also while its guest does nothing or spins for a lock whose owner waits for that pCPU; all of it counts as guest time. The architecture lets a CPU trap such instructions, and does not oblige it.',
    verify: `Record again: hardly any exits of class ${REASON} by ${instruction}, and a benchmark of latency in the guest is faster.`,
    confidence: 'medium',
  };
}

const countOf = (rows: readonly ExitRow[]): number => rows.reduce((total, { count }) => total + count, 0);

const sumOf = (rows: readonly ExitRow[], account: 'hypervisor' | 'idle'): number =>
  rows.reduce((total, { ledgerNs }) => total + ledgerNs[account], 0);
