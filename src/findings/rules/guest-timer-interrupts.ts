/** The guest's timer goes off often, and each time costs an exit (Arm and RISC-V, whose guests set it without one). */

import { counted, formatNs } from '../../base/quantities.js';
import type { AccountName } from '../../ledger/accounts.js';
import { isTimerOfGuest } from '../arm-interrupts.js';
import { referencesTo, unclaimed } from '../claims.js';
import { activeNs, sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { FEWER_TICKS, fewerTicks, SLOW_TICK_HZ, USUAL_TICK_HZ } from '../ticks.js';
import { percent } from '../words.js';

/** Its handler on the host is the guest's doing too, and host-interrupts-on-vcpus leaves it out. */
const ACCOUNTS: readonly Exclude<AccountName, 'guest'>[] = [...WORK, 'interrupt'];
/** Of what could go at most, this is likely to: programs need some of their timers. Own judgement. */
const LIKELY_PART = 0.5;

const FEWER_TIMERS: readonly Knob[] = [
  {
    tool: 'shell in the guest',
    text: 'perf record -a -e timer:hrtimer_start sleep 10 && perf report --stdio --sort comm',
    does: 'tells which programs set timers',
  },
  {
    tool: 'shell in the guest',
    text: 'echo 1000000 > /proc/PID/timerslack_ns',
    does: 'lets Linux merge the timers of a program within 1 ms (50 µs by default)',
  },
];

const FEWER_PROGRAM_TIMERS = {
  remedy:
    'Find the programs in the guest that sleep for short times, and have them sleep longer, wait for events, or let their timers be merged.',
  knobs: FEWER_TIMERS,
  risk: 'Merged timers come later than asked for.',
};

export const guestTimerInterrupts: Rule = {
  id: 'guest-timer-interrupts',
  title: "the guest's own timer interrupts it often, and each time costs an exit (Arm, RISC-V)",
  explanation: [
    'On Arm and RISC-V the CPU has a timer for the guest, which sets it without an exit. Its interrupt is the host’s all the same: the guest is left, KVM marks the interrupt as pending, and enters the guest again. Or the vCPU was halted and the host wakes it with a timer of its own.',
    'A tick of 250 Hz costs 250 such exits a second and vCPU. Programs that sleep for short times cost as many as they sleep, and a halt each.',
  ],
  firesWhen: `Exits for the guest's timer, and halts that it ended, come more than ${SLOW_TICK_HZ} times a second and vCPU. Needs the events kvm:kvm_timer_update_irq and kvm:vgic_update_irq_pending on arm64; without them irq:irq_handler_entry tells exits by the name of the host’s handler.`,
  knobs: [...FEWER_TIMERS, ...FEWER_TICKS],
  sources: [
    'Linux, Documentation/timers/no_hz.rst',
    'Linux, arch/arm64/kvm/arch_timer.c (kvm_arch_timer_handler, kvm_timer_vcpu_load)',
    'prctl(2), PR_SET_TIMERSLACK; proc(5), /proc/PID/timerslack_ns',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(exitsOf(evidence, machine), others).filter(isTimerOfGuest);
  const active = activeNs(machine);
  const { count } = sumExits(rows);
  const cost = costOf(rows);
  if (count === 0 || active <= 0) return [];
  const hz = count / (active / 1e9);
  if (hz <= SLOW_TICK_HZ) return [];
  const halted = rows.filter(({ cause }) => cause === 'halt');
  const halts = sumExits(halted).count;
  const isPrograms = hz > USUAL_TICK_HZ;
  const left = isPrograms ? USUAL_TICK_HZ : SLOW_TICK_HZ;
  const most = Math.round(cost * (1 - left / hz));
  return [
    {
      rule: 'guest-timer-interrupts',
      title: `The timer of ${machine.id} went off ${counted(count, 'time')}: ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run`,
      machine: machine.id,
      costNs: cost,
      accounts: ACCOUNTS,
      gain: {
        mostNs: most,
        likelyNs: Math.round(LIKELY_PART * most),
        reasoning: isPrograms
          ? `At most all but a tick of ${USUAL_TICK_HZ} Hz goes. Estimate: half of that, because programs need some of their timers.`
          : `At most a tick of ${SLOW_TICK_HZ} Hz is left. Estimate: half of that gain, because not every vCPU can do without its tick.`,
      },
      evidence: `${counted(hz, 'time')} a second and vCPU: ${counted(count - halts, 'exit')} while the guest ran, ${formatNs(cost - costOf(halted))}; ${counted(halts, 'halt')} that it ended, ${formatNs(costOf(halted))}.`,
      references: referencesTo(rows),
      ...(isPrograms ? FEWER_PROGRAM_TIMERS : fewerTicks(machine)),
      verify: "Record again: fewer exits for the guest's timer.",
      confidence: 'medium',
    },
  ];
}

const costOf = (rows: readonly ExitRow[]): number =>
  rows.reduce((total, { ledgerNs }) => total + ACCOUNTS.reduce((sum, account) => sum + ledgerNs[account], 0), 0);
