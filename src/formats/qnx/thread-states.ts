/**
 * States of QNX threads under numbers of our own, which are the same for all releases: the kernel's numbers for some of
 * them are not. Names as the kernel and traceprinter have them (THRUNNING, THREADY, …) without their TH.
 */
export const THREAD_STATES = [
  'DEAD',
  'RUNNING',
  'READY',
  'STOPPED',
  'SEND',
  'RECEIVE',
  'REPLY',
  'STACK',
  'WAITTHREAD',
  'WAITPAGE',
  'SIGSUSPEND',
  'SIGWAITINFO',
  'NANOSLEEP',
  'MUTEX',
  'CONDVAR',
  'JOIN',
  'INTR',
  'SEM',
  'WAITCTX',
  'NET_SEND',
  'NET_REPLY',
  'MQ_SEND',
  'MQ_RECEIVE',
  'RWLOCK_READ',
  'RWLOCK_WRITE',
  'BARRIER',
  'PIPE',
  'MUON_MUTEX',
  'TRACEBUFFER',
  'INTR_ATTACH_EVENT',
  'TIMER_DELEGATE',
  'SEND_NOTIFY',
  'CREATE',
  'DESTROY',
] as const;
export type ThreadState = (typeof THREAD_STATES)[number];

export const threadState = (state: ThreadState): number => THREAD_STATES.indexOf(state);
