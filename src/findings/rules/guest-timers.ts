/** The guest sets its timer very often, or ticks, and each time costs exits. */

import { counted, formatNs } from '../../base/quantities.js';
import { isTimerOfGuest } from '../arm-interrupts.js';
import { referencesTo, unclaimed } from '../claims.js';
import { activeNs, interruptWorkNs, sumExits, WORK } from '../costs.js';
import { type Evidence, type ExitRow, exitsOf, type Machine } from '../evidence.js';
import type { Knob } from '../finding.js';
import { type Draft, inEachMachine, type Rule } from '../rule.js';
import { FEWER_TICKS, fewerTicks, SLOW_TICK_HZ, USUAL_TICK_HZ } from '../ticks.js';
import { LINUX_TIMER_VECTOR, vectorOf } from '../vectors.js';
import { percent } from '../words.js';
import { isXenTimerCall, xenTimerEffects } from '../xen-timers.js';

/** A vCPU that sets its timer more often does so for programs: a tick needs one setting, and one more around a halt. */
const MOST_FOR_TICKS_HZ = 2 * USUAL_TICK_HZ;
/** One that halts in between does so for programs from here on: the usual tick, and a little. Own judgement. */
const MOST_FOR_TICKS_AND_HALTS_HZ = USUAL_TICK_HZ + 25;
/** From this part of the settings on halts tell that programs sleep. Own judgement. */
const HALTS_OF_SLEEPERS = 0.1;
/** A Linux guest that halts sets its timer to stop the tick, and once more to go on. */
const SETTINGS_PER_HALT = 2;
/** Of what could go at most, this is likely to: programs need some of their timers. Own judgement. */
const LIKELY_PART = 0.5;

const FIND_PROGRAMS: Knob = {
  tool: 'shell in the guest',
  text: 'perf record -a -e timer:hrtimer_start sleep 10 && perf report --stdio --sort comm',
  does: 'tells which programs set timers',
};

const FEWER_TIMERS: readonly Knob[] = [
  FIND_PROGRAMS,
  {
    tool: 'shell in the guest',
    text: 'echo 1000000 > /proc/PID/timerslack_ns',
    does: 'lets Linux merge the timers of a program within 1 ms (50 µs by default)',
  },
  {
    tool: 'kernel parameter of the guest',
    text: 'cpuidle_haltpoll.force=1',
    does: 'waits for a moment in the guest before it halts: short sleeps then cost no halt, and leave the tick alone',
  },
];

const FEWER_PROGRAM_TIMERS = {
  remedy:
    'Find the programs in the guest that sleep for short times, and have them sleep longer, wait for events, or let their timers be merged.',
  knobs: FEWER_TIMERS,
  risk: 'Merged timers come later than asked for; waiting in the guest keeps the pCPU busy while nothing is to do.',
};

export const guestTimers: Rule = {
  id: 'guest-timers',
  title: 'the guest sets its timer very often, or ticks fast',
  explanation: [
    'A vCPU has no timer of its own: each time that the guest sets one, the hypervisor does it in its place (one exit), and when it is over, the interrupt costs another exit, or a halt ends. A program that sleeps for 100 µs does all of that thousands of times a second. A Linux guest that goes idle in between also sets its timer once more to stop the tick, and again to go on.',
    'Fewer timers is what helps: longer sleeps, events instead of polling, timers that may be merged, a tick that stops.',
    'A guest that is tuned for bare hardware keeps making such exits; nothing on the side of the hypervisor can mend that.',
  ],
  firesWhen: `The guest sets its timer more than ${MOST_FOR_TICKS_HZ} times a second and vCPU (programs; where it halts for timers from ${MOST_FOR_TICKS_AND_HALTS_HZ} times on), or more than ${SLOW_TICK_HZ} times (the tick), over the time in which the VMM let it run and without two settings for each halt that another interrupt ended. On Xen the hypercalls set_timer_op and vcpu_op count as settings, and as many exits for interrupts and ends of interrupts as were set come of them. Without the scheduler's events each exit for an interrupt counts as long as the median one, or that of other exits.`,
  knobs: [...FEWER_TIMERS, ...FEWER_TICKS],
  sources: [
    'Linux, Documentation/timers/no_hz.rst',
    'Linux, Documentation/virt/guest-halt-polling.rst (cpuidle_haltpoll)',
    'prctl(2), PR_SET_TIMERSLACK; proc(5), /proc/PID/timerslack_ns',
    'QNX Hypervisor 7.1 safety manual, perform/perform: a guest that is tuned for bare hardware keeps making exits',
  ],
  find: inEachMachine(findIn),
};

function findIn(evidence: Evidence, machine: Machine, others: readonly Draft[]): Draft[] {
  const rows = unclaimed(exitsOf(evidence, machine), others);
  // Exits of Arm and RISC-V are for timers that go off, and none for setting them: see guest-timer-interrupts.
  const timers = rows.filter((row) => (row.cause === 'timer' && !isTimerOfGuest(row)) || isXenTimerCall(row));
  const active = activeNs(machine);
  const set = sumExits(timers.filter(({ reason }) => reason !== 'PREEMPTION_TIMER')).count;
  if (set === 0 || active <= 0) return [];
  const forOthers = Math.min(set, SETTINGS_PER_HALT * otherHalts(evidence, machine));
  const hz = (set - forOthers) / (active / 1e9);
  if (hz <= SLOW_TICK_HZ) return [];
  const effects =
    evidence.recording.hypervisor === 'xen'
      ? xenTimerEffects(rows, set - forOthers)
      : rows.filter((row) => row.cause !== 'timer' && isTimerInterrupt(evidence, row));
  return [draft(evidence, machine, { timers, effects, set, forOthers, hz })];
}

/** Halts that interrupts of devices or of other vCPUs ended. */
const otherHalts = (evidence: Evidence, machine: Machine): number =>
  sumExits(
    exitsOf(evidence, machine).filter(
      (row) => row.cause === 'halt' && vectorOf(row) !== undefined && !isTimerInterrupt(evidence, row),
    ),
  ).count;

/** Whether many halts can have been for timers: a guest that only computes and ticks has none. */
function doProgramsSleep(evidence: Evidence, machine: Machine, set: number): boolean {
  const halts = sumExits(exitsOf(evidence, machine).filter(({ cause }) => cause === 'halt')).count;
  return halts - otherHalts(evidence, machine) > HALTS_OF_SLEEPERS * set;
}

/** Who else uses this vector is not known where the CPU is no x86. */
const isTimerInterrupt = ({ recording }: Evidence, row: ExitRow): boolean =>
  recording.hypervisor === 'kvm' && vectorOf(row) === LINUX_TIMER_VECTOR;

interface Found {
  readonly timers: readonly ExitRow[];
  /** Exits and halts that an expired timer ends. */
  readonly effects: readonly ExitRow[];
  readonly set: number;
  /** Settings around halts that something else ended: these are not about timers. */
  readonly forOthers: number;
  /** The other settings per second and vCPU. */
  readonly hz: number;
}

function draft(evidence: Evidence, machine: Machine, { timers, effects, set, forOthers, hz }: Found): Draft {
  const halts = sumExits(effects.filter(({ cause }) => cause === 'halt'));
  const others = effects.filter(({ cause }) => cause !== 'halt');
  const interrupts = { count: sumExits(others).count, workNs: workOfEffects(evidence, others) };
  const cost = sumExits(timers).workNs + interrupts.workNs + halts.workNs;
  const ofTimers = cost - (sumExits(timers).workNs * forOthers) / set;
  const isPrograms =
    hz > MOST_FOR_TICKS_HZ || (hz > MOST_FOR_TICKS_AND_HALTS_HZ && doProgramsSleep(evidence, machine, set));
  const left = isPrograms ? USUAL_TICK_HZ : SLOW_TICK_HZ;
  const most = Math.round(ofTimers * (1 - left / hz));
  return {
    rule: 'guest-timers',
    title: `${machine.id} set its timer ${counted(set, 'time')}: ${formatNs(cost)}, ${percent(cost, machine)} of the time in which it wanted to run`,
    machine: machine.id,
    costNs: cost,
    accounts: WORK,
    gain: {
      mostNs: most,
      likelyNs: Math.round(LIKELY_PART * most),
      reasoning: isPrograms
        ? `At most all but a tick of ${USUAL_TICK_HZ} Hz goes. Estimate: half of that, because programs need some of their timers.`
        : `At most a tick of ${SLOW_TICK_HZ} Hz is left. Estimate: half of that gain, because not every vCPU can do without its tick.`,
    },
    evidence: `${counted(hz, 'time')} a second and vCPU${forOthers > 0 ? `, without ${counted(forOthers, 'time')} around halts that other interrupts ended` : ''}. Setting it cost ${formatNs(sumExits(timers).workNs)}; the interrupts that came of it ${formatNs(interrupts.workNs)} in ${counted(interrupts.count, 'exit')}${interrupts.workNs === sumExits(others).workNs ? '' : ', each counted as the median one, because they include waits for a pCPU, which were not recorded'}${halts.count > 0 ? `, and ${formatNs(halts.workNs)} in ${counted(halts.count, 'halt')} that they ended` : ''}.`,
    references: referencesTo([...timers, ...effects]),
    ...(isPrograms ? FEWER_PROGRAM_TIMERS : fewerTicks(machine)),
    verify: 'Record again: the guest sets its timer less often.',
    confidence: 'medium',
  };
}

/** Exits for interrupts and ends of interrupts, ns: the former without waits for a pCPU that nobody recorded apart. */
function workOfEffects(evidence: Evidence, rows: readonly ExitRow[]): number {
  const [interrupts, ends] = [true, false].map((wanted) =>
    rows.filter(({ cause }) => (cause === 'interrupt') === wanted),
  );
  return interruptWorkNs(evidence, interrupts) + sumExits(ends).workNs;
}
