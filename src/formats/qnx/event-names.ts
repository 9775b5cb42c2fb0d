/** Names of events for counting: those of the catalog where it has them, otherwise as traceprinter prints them. */
import type { Release } from './release.js';
import { stateEvents } from './state-numbers.js';
import {
  CLASS_SHIFT,
  ControlEvent,
  EVENT_MASK,
  HypervisorEvent,
  InterruptEvent,
  KERNEL_CALLS,
  ProcessEvent,
  SystemEvent,
  TraceClass,
  WIDE_ARGUMENTS,
} from './trace-classes.js';

type Names = Readonly<Record<number, string>>;

const CONTROL: Names = {
  [ControlEvent.Time]: 'TIME',
  [ControlEvent.Buffer]: 'BUFFER',
  [ControlEvent.BufferEnd]: 'BUFFER_END',
  [ControlEvent.Dropped]: 'DROPPED',
};

const KERNEL_CALL: Names = { 0: 'ENTER', 1: 'EXIT', 2: 'INT' };

const INTERRUPT: Names = {
  [InterruptEvent.Entry]: 'ENTRY',
  [InterruptEvent.Exit]: 'EXIT',
  [InterruptEvent.HandlerEntry]: 'HANDLER_ENTRY',
  [InterruptEvent.HandlerExit]: 'HANDLER_EXIT',
  [InterruptEvent.Entry64]: 'ENTRY',
  [InterruptEvent.HandlerEntry64]: 'HANDLER_ENTRY',
  [InterruptEvent.Deliver]: 'DELIVER',
};

const PROCESS: Names = {
  [ProcessEvent.Create]: 'PROCCREATE',
  [ProcessEvent.Destroy]: 'PROCDESTROY',
  [ProcessEvent.CreateName]: 'PROCCREATE_NAME',
  [ProcessEvent.DestroyName]: 'PROCDESTROY_NAME',
  [ProcessEvent.ThreadName]: 'PROCTHREAD_NAME',
};

const SYSTEM: Names = {
  2: 'PATHMGR',
  3: 'APS_NAME',
  4: 'APS_BUDGETS',
  [SystemEvent.PartitionBankruptcy]: 'APS_BNKR',
  6: 'MMAP',
  7: 'MUNMAP',
  8: 'MAPNAME',
  9: 'ADDRESS',
  10: 'FUNC_ENTER',
  11: 'FUNC_EXIT',
  12: 'SLOG',
  13: 'DEFRAG_START',
  14: 'RUNSTATE',
  [SystemEvent.Power]: 'POWER',
  [SystemEvent.Ipi]: 'IPI',
  17: 'PAGEWAIT',
  18: 'TIMER',
  19: 'DEFRAG_END',
  20: 'PROFILE',
  21: 'MAPNAME_64',
  22: 'APS_PSTATS',
  23: 'APS_OSTATS',
  24: 'APS_INFO',
  25: 'APS_JOIN',
  26: 'APS_THREAD',
  27: 'APS_PROCESS',
  28: 'SCHED_CONF',
  29: 'IST_ATTACH',
  30: 'IST_DETACH',
  31: 'PCTRACE',
  32: 'SEND_IPI',
};

const COMM: Names = {
  0: 'SND_MESSAGE',
  1: 'SND_PULSE',
  2: 'REC_MESSAGE',
  3: 'REC_PULSE',
  4: 'SND_PULSE_EXE',
  5: 'SND_PULSE_DIS',
  6: 'SND_PULSE_DEA',
  7: 'SND_PULSE_UN',
  8: 'SND_PULSE_QUN',
  9: 'SIGNAL',
  10: 'REPLY_MESSAGE',
  11: 'ERROR',
};

const HYPERVISOR: Names = {
  [HypervisorEvent.GuestEnter]: 'GUEST_ENTER',
  [HypervisorEvent.GuestExit]: 'GUEST_EXIT',
  [HypervisorEvent.CreateVcpuThread]: 'CREATE_VCPU_THREAD',
  [HypervisorEvent.RaiseInterrupt]: 'INTR_RAISE',
  [HypervisorEvent.LowerInterrupt]: 'INTR_LOWER',
  [HypervisorEvent.TimerCreate]: 'TIMER_CREATE',
  [HypervisorEvent.TimerFire]: 'TIMER_FIRE',
  [HypervisorEvent.Cycles]: 'CYCLES',
};

const CLASSES: Readonly<Record<number, readonly [name: string, events: Names]>> = {
  [TraceClass.Control]: ['CONTROL', CONTROL],
  [TraceClass.KernelCall]: ['KER_CALL', KERNEL_CALL],
  [TraceClass.Interrupt]: ['INTERRUPT', INTERRUPT],
  [TraceClass.ProcessThread]: ['PROCESS', PROCESS],
  [TraceClass.System]: ['SYSTEM', SYSTEM],
  [TraceClass.Comm]: ['COMM', COMM],
  [TraceClass.Quip]: ['QUIP', {}],
  [TraceClass.Security]: ['SEC', {}],
  [TraceClass.Hypervisor]: ['QVM', HYPERVISOR],
  [TraceClass.Counters]: ['PMU', { 0: 'EVENT_TYPE', 1: 'EVENT_COUNTER' }],
};

/** "CLASS:NAME" of an event; those without a name by their number. */
export function eventName(key: number, release: Release): string {
  const traceClass = key >> CLASS_SHIFT;
  const event = key & EVENT_MASK;
  if (traceClass === TraceClass.User) return 'USREVENT:EVENT';
  const known = CLASSES[traceClass];
  if (known === undefined) return `class ${traceClass}:${event}`;
  const [name, events] = known;
  if (traceClass === TraceClass.ProcessThread && event < 64) {
    if (event < stateEvents(release)) return 'THREAD:STATE';
    return release <= 7 ? 'VTHREAD:STATE' : `${name}:${event}`;
  }
  if (traceClass === TraceClass.KernelCall) {
    const call = event & ~WIDE_ARGUMENTS;
    return `${name}:${events[Math.floor(call / KERNEL_CALLS)] ?? event}`;
  }
  const base = traceClass === TraceClass.System ? event & ~WIDE_ARGUMENTS : event;
  return `${name}:${events[base] ?? event}`;
}
