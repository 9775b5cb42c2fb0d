/** The host's scheduler: who runs, who was woken, who moved, who ended. */
import { EventKind, SwitchState } from '../../recording/event-batch.js';
import { FIELD_SLOTS } from '../../recording/record-batch.js';
import type { HostFacts } from '../../recording/recording.js';
import { fieldToSymbol, type SymbolTable } from '../../recording/symbols.js';
import type { ThreadTable } from '../../recording/threads.js';
import { type Handler, type Handlers, pushEvent } from './handler.js';
import { slotOf, type TracepointName } from './tracepoints.js';

const SWITCH_FROM = slotOf('sched_switch', 'prev_pid');
const SWITCH_STATE = slotOf('sched_switch', 'prev_state');
const SWITCH_TO = slotOf('sched_switch', 'next_pid');
const SWITCH_PRIORITY = slotOf('sched_switch', 'prev_prio');
const MIGRATE_THREAD = slotOf('sched_migrate_task', 'pid');
const MIGRATE_TO = slotOf('sched_migrate_task', 'dest_cpu');

/**
 * The bits of prev_state that say something: asleep, stopped, dead. A flag above them means preempted
 * (0x100 since Linux 4.14, another one before), and so does no bit at all: still runnable.
 */
const STATE_BITS = 0xff;
/** Dead and zombie: 16 and 32 in all versions, in one order or the other. */
const ENDED_BITS = 16 | 32;
/** A thread's last switch before Linux 4.14; since then this bit is "parked", which kernel threads do. */
const OLD_DEAD_BIT = 64;

/** @param threads learns their priorities */
export function schedulerHandlers(host: HostFacts, symbols: SymbolTable, threads: ThreadTable): Handlers {
  const ended = isBefore414(host.kernel) ? ENDED_BITS | OLD_DEAD_BIT : ENDED_BITS;
  return {
    sched_switch: switchHandler(ended, symbols, threads),
    sched_waking: wakeHandler('sched_waking'),
    sched_wakeup: wakeHandler('sched_wakeup'),
    sched_wakeup_new: wakeHandler('sched_wakeup_new'),
    sched_migrate_task: (records, row, events) => {
      const at = row * FIELD_SLOTS;
      const thread = records.fields[at + MIGRATE_THREAD];
      const pcpu = records.fields[at + MIGRATE_TO];
      if (thread >= 0 && pcpu >= 0) pushEvent(events, EventKind.Migrate, records, row, thread, pcpu, 0, 0);
    },
  };
}

function isBefore414(kernel: string | undefined): boolean {
  const version = /^(\d+)\.(\d+)/.exec(kernel ?? '');
  if (version === null) return false;
  const major = Number(version[1]);
  return major < 4 || (major === 4 && Number(version[2]) < 14);
}

const switchHandler =
  (ended: number, symbols: SymbolTable, threads: ThreadTable): Handler =>
  (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const next = records.fields[at + SWITCH_TO];
    if (!(next >= 0)) return;
    const previous = records.fields[at + SWITCH_FROM];
    const raw = records.fields[at + SWITCH_STATE];
    const state = raw < 0 ? stateOfText(symbols.text(fieldToSymbol(raw))) : stateOf(raw, ended);
    // The fields say who stops running; the header of the record need not.
    const thread = previous >= 0 ? previous : records.thread[row];
    const time = records.time[row];
    const pcpu = records.pcpu[row];
    threads.setPriority(thread, records.fields[at + SWITCH_PRIORITY]);
    events.push(EventKind.Switch, time, pcpu, thread, next, state, 0, 0);
  };

/** A state that the recording lacks (NaN) counts as runnable: then nothing is taken for idle that may be waiting. */
function stateOf(raw: number, ended: number): number {
  const bits = raw & STATE_BITS;
  if (bits === 0) return SwitchState.Runnable;
  return (bits & ended) === 0 ? SwitchState.Asleep : SwitchState.Ended;
}

/** Letters that the kernel and its tools print: R, R+, S, D, D|K, X, Z, x (dead, before Linux 4.14) … */
function stateOfText(text: string): number {
  if (text.startsWith('R')) return SwitchState.Runnable;
  return /[XxZ]/.test(text) ? SwitchState.Ended : SwitchState.Asleep;
}

function wakeHandler(event: TracepointName): Handler {
  const thread = slotOf(event, 'pid');
  const target = slotOf(event, 'target_cpu');
  // Only sched_waking is written for sleepers alone; sched_wakeup follows it once the thread can run.
  const provesSleep = event === 'sched_waking' ? 1 : 0;
  return (records, row, events) => {
    const at = row * FIELD_SLOTS;
    const woken = records.fields[at + thread];
    if (woken >= 0) pushEvent(events, EventKind.Wake, records, row, woken, records.fields[at + target], provesSleep, 0);
  };
}
