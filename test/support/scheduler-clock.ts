/**
 * What the scheduler's own books of a thread (schedstat) may hold that its events put elsewhere, as the events tell,
 * read by trace-cmd.
 *
 * The scheduler divides time between two threads by a clock of the pCPU's run queue, which it reads when something
 * happens to that queue. `__schedule` reads it again before it switches, but not after a wake-up that made it switch
 * (`rq_clock_skip_update` in `check_preempt_curr`, kernel/sched/core.c): then it divides at the wake-up, or at a timer
 * tick since. What lies between that and the switch (the rest of the handler, the interrupt to the other pCPU, what
 * recorders write down) is booked to the thread that comes next, although another one has the pCPU.
 */
import { pathIn, runTool } from './read-records.js';
import type { Scenario } from './recordings.js';

/** Of one thread, ns. */
export interface SchedulerClock {
  /** At most so long before its switches in the scheduler took it for running. */
  early: number;
  /** At most so long before its switches out the scheduler took the next thread for running. */
  short: number;
  /**
   * From sched_waking to sched_wakeup. Waiting begins in the ledger with the first, for the scheduler with the second:
   * when the thread is in a run queue, which can be an interrupt of another pCPU later.
   */
  untilQueued: number;
}

/** What a trace with clock x86-tsc counts, as the clock of these hosts' guests says. */
const TSC_HZ = 2.596e9;

const EVENTS = ['sched_waking', 'sched_wakeup', 'sched_switch', 'local_timer_entry'];
/** A clock that counts cycles has no fraction, and no space before it. */
const LINE = /\[(\d+)\] *(\d+)(?:\.(\d{9}))?: (\w+): +(.*)$/gm;
const WAKING = / pid=(\d+) /;
const WAKEUP = /:(\d+) \[\d+\].* CPU:(\d+)$/;
const SWITCH = /:(\d+) \[\d+\] (\S+) ==> .*:(\d+) \[\d+\]$/;

export function schedulerClocks(scenario: Scenario): Map<number, SchedulerClock> {
  const clocks = new Map<number, SchedulerClock>();
  const of = (thread: number): SchedulerClock => {
    const clock = clocks.get(thread) ?? { early: 0, short: 0, untilQueued: 0 };
    clocks.set(thread, clock);
    return clock;
  };
  /** Threads that have been woken and not yet run: since when on their way to a queue, since when in one. */
  const waking = new Map<number, number>();
  const queued = new Map<number, number>();
  /** When the clock of a pCPU was last read, as far as events tell. */
  const read = new Map<number, number>();

  const options = EVENTS.flatMap((event) => ['-F', event]);
  const text = runTool('trace-cmd', ['report', '-t', ...options, pathIn(scenario, 'trace.dat')]);
  for (const [, cpu, whole, fraction, event, words = ''] of text.matchAll(LINE)) {
    const pcpu = Number(cpu);
    const time = fraction === undefined ? (Number(whole) / TSC_HZ) * 1e9 : Number(whole) * 1e9 + Number(fraction);
    if (event === 'local_timer_entry') read.set(pcpu, time);
    if (event === 'sched_waking') waking.set(Number(WAKING.exec(words)![1]), time);
    if (event === 'sched_wakeup') {
      const [, thread, target] = WAKEUP.exec(words)!.map(Number) as [number, number, number];
      of(thread).untilQueued += time - (waking.get(thread) ?? time);
      waking.delete(thread);
      queued.set(thread, time);
      read.set(target, time);
    }
    if (event === 'sched_switch') {
      const [, previous, state, next] = SWITCH.exec(words)!;
      const since = queued.get(Number(next));
      queued.delete(Number(next));
      // Whoever sleeps, or makes way for a thread that has run before, was not pushed aside by a wake-up.
      if (since === undefined || !state.startsWith('R')) continue;
      const gap = time - Math.max(since, read.get(pcpu) ?? since);
      of(Number(next)).early += gap;
      of(Number(previous)).short += gap;
    }
  }
  return clocks;
}
