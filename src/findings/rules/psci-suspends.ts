/** The guest suspends its CPUs by calls to the firmware, where a plain wait would do (Arm). */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { medianOf, sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent } from '../words.js';

/** Fewer are no pattern. Own judgement. */
const LEAST_CALLS = 100;
/** A call takes the longer way through KVM, but the halt itself stays. Own judgement, where no wait was recorded. */
const LIKELY_PART = 0.25;
const SUSPEND = /^PSCI (?:CPU_SUSPEND|CPU_DEFAULT_SUSPEND|CPU_OFF)\b/;

const KNOBS: readonly Knob[] = [
  {
    tool: 'kernel parameter of the guest',
    text: 'cpuidle.off=1',
    does: 'has an idle CPU wait by WFI instead of choosing an idle state of the firmware',
  },
];

export const psciSuspends: Rule = {
  id: 'psci-suspends',
  title: 'the guest suspends its CPUs by calls to the firmware instead of waiting (Arm)',
  explanation: [
    'An idle CPU can wait (WFI), or ask the firmware for a deeper idle state (PSCI CPU_SUSPEND). In a virtual machine there are no deeper states: KVM treats the call like a wait, but it takes a hypercall to get there, and the guest saves and restores state around it that nothing has touched. A CPU that is switched off and on again (CPU_OFF, CPU_ON) costs more: its thread sleeps, and the vCPU starts from reset.',
  ],
  firesWhen: `At least ${LEAST_CALLS} calls that suspend a CPU or switch it off. Needs the event kvm:kvm_hvc_arm64.`,
  knobs: KNOBS,
  sources: [
    'Arm, Power State Coordination Interface (DEN 0022)',
    'Linux, arch/arm64/kvm/psci.c (kvm_psci_vcpu_suspend)',
    'Linux, Documentation/admin-guide/kernel-parameters.txt (cpuidle.off)',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(exitsOf(evidence, machine), others);
  const calls = rows.filter(({ detail }) => SUSPEND.test(detail ?? ''));
  const { count, workNs } = sumExits(calls);
  if (count < LEAST_CALLS) return [];
  const { saved, reasoning } = savedOf(calls, rows, workNs / count);
  return [
    {
      rule: 'psci-suspends',
      title: `${machine.id} suspended its CPUs by ${counted(count, 'call')} to the firmware: ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: workNs,
      accounts: WORK,
      gain: { mostNs: workNs, likelyNs: Math.round(saved * count), reasoning },
      evidence: `${formatNs(workNs / count)} of work a call, beside the sleep that it asked for; ${callsText(calls)}.`,
      references: referencesTo(calls),
      remedy: 'Let idle CPUs of the guest wait by WFI: idle states of the firmware save nothing in a virtual machine.',
      knobs: KNOBS,
      risk: 'None in a virtual machine; on bare hardware it costs power.',
      verify: 'Record again: halts by WFx in place of PSCI calls.',
      confidence: 'medium',
    },
  ];
}

/** What a plain wait of this machine costs is what stays, where there are any. */
function savedOf(calls: readonly ExitRow[], rows: readonly ExitRow[], workOfCall: number) {
  const waits = rows.filter(({ cause, detail }) => cause === 'halt' && !SUSPEND.test(detail ?? ''));
  const { count, workNs } = sumExits(waits);
  if (count >= LEAST_CALLS && medianOf(calls) !== undefined) {
    const saved = Math.max(0, workOfCall - workNs / count);
    return {
      saved,
      reasoning: `A plain wait of this machine takes ${formatNs(workNs / count)} of work: the rest goes.`,
    };
  }
  const reasoning = 'Estimate: a quarter, since the halt itself stays. No plain waits were recorded to compare with.';
  return { saved: LIKELY_PART * workOfCall, reasoning };
}

const callsText = (calls: readonly ExitRow[]): string =>
  [...new Set(calls.flatMap(({ detail }) => detail ?? []))].join(', ');
