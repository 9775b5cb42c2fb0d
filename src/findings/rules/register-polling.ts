/** The guest uses privileged registers, or CPUID, again and again. */

import { counted, formatNs } from '../../base/quantities.js';
import { referencesTo, unclaimed } from '../claims.js';
import { type ExitSums, grouped, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { originText } from '../origins.js';
import { HABIT_KNOBS, habitOf } from '../register-habits.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { percent, rate } from '../words.js';

/** Fewer uses of one register are set-up, not polling. Own judgement. */
const LEAST_USES = 100;

/** What prints the exits of a recording as text, by its format. */
const PRINTED_BY: Readonly<Record<string, string>> = {
  'trace-dat': "trace-cmd report -F 'kvm_exit' trace.dat",
  'perf-data': 'perf script -i perf.data -F event,trace | grep kvm_exit',
};
const IS_TEXT = 'grep kvm_exit RECORDING';

/** The address is called rip on x86 and PC on ARM. */
const countAddresses = (printed: string): Knob => ({
  tool: 'shell on the host',
  text: `${printed} | grep -oE '(rip|PC:) 0x[0-9a-f]+' | sort | uniq -c | sort -nr | head`,
  does: 'counts the addresses in the guest at which its exits happened',
});
const PROFILE: Knob = {
  tool: 'shell in the guest',
  text: 'perf record -a -g sleep 10 && perf report --stdio',
  does: 'shows which programs and functions run meanwhile',
};

export const registerPolling: Rule = {
  id: 'register-polling',
  title: 'the guest uses a privileged register, or CPUID, again and again',
  explanation: [
    'Reading or writing a register that belongs to the hypervisor costs an exit each time: thousands of cycles for what takes some tens or hundreds on bare hardware. On Intel CPUID is such an instruction whatever the configuration, and every hypervisor intercepts it on AMD too.',
    'A driver or a program that polls such a register in a loop does not notice on real hardware, and is slowed down by an order of magnitude in a virtual machine. The value hardly ever changes: it can be read once and kept.',
  ],
  firesWhen: `Exits of the causes register and cpuid for the same register or leaf, at least ${LEAST_USES} of them, that no other rule has explained.`,
  knobs: [...HABIT_KNOBS, ...Object.values(PRINTED_BY).map(countAddresses), PROFILE],
  sources: [
    'QNX Hypervisor 8.0 manual, perform/guest_init_exits: access to privileged registers causes guest exits',
    'Intel SDM volume 3, 26.1.2: instructions that cause VM exits unconditionally (CPUID among them)',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(exitsOf(evidence, machine), others).filter(
    ({ cause }) => cause === 'register' || cause === 'cpuid',
  );
  return grouped(rows, ({ cause, reason, detail }) => JSON.stringify([cause, detail ?? reason]))
    .filter(({ sums }) => sums.count >= LEAST_USES && sums.workNs > 0)
    .map((group) => draft(evidence, machine, group.rows, group.sums));
}

function draft(evidence: Evidence, machine: Machine, rows: readonly ExitRow[], { count, workNs }: ExitSums): Draft {
  const [{ detail, reason }] = rows;
  const what = detail ?? reason;
  const habit = habitOf(what);
  return {
    rule: 'register-polling',
    title: `${machine.id} used ${what} ${counted(count, 'time')}: ${formatNs(workNs)}, ${percent(workNs, machine)} of the time in which it wanted to run`,
    machine: machine.id,
    costNs: workNs,
    accounts: WORK,
    gain: {
      mostNs: workNs,
      likelyNs: workNs,
      reasoning: 'A value that is read once and kept costs nothing after that; all of these exits can go.',
    },
    evidence: `${rate(count, evidence.recording.durationNs)}, ${formatNs(workNs / count)} each.${originText(evidence, rows)}${habit === undefined ? '' : ` What usually does that: ${habit.who}.`}`,
    references: referencesTo(rows),
    remedy: habit?.remedy ?? `Find what in the guest uses ${what} in a loop, and have it keep the value.`,
    knobs: [...(habit?.knobs ?? []), countAddresses(PRINTED_BY[evidence.recording.format] ?? IS_TEXT), PROFILE],
    risk: habit?.risk ?? 'A value that does change must be read again when it does.',
    verify: `Record again: the exits with ${what} are gone.`,
    confidence: 'high',
  };
}
