/**
 * The kernel's numbers of thread states: those of 6.x and 7.x, and those of 8.0. Source: QNX' documentation of
 * thread states and of the Thread class.
 */
import type { Release } from './release.js';
import { type ThreadState, threadState } from './thread-states.js';

type StateNumbers = Readonly<Record<number, ThreadState>>;

const COMMON: StateNumbers = {
  0: 'DEAD',
  1: 'RUNNING',
  2: 'READY',
  3: 'STOPPED',
  4: 'SEND',
  5: 'RECEIVE',
  6: 'REPLY',
  9: 'WAITPAGE',
  10: 'SIGSUSPEND',
  11: 'SIGWAITINFO',
  12: 'NANOSLEEP',
  13: 'MUTEX',
  14: 'CONDVAR',
  15: 'JOIN',
  16: 'INTR',
  17: 'SEM',
  18: 'WAITCTX',
  24: 'CREATE',
  25: 'DESTROY',
};

const UP_TO_7: StateNumbers = { ...COMMON, 7: 'STACK', 8: 'WAITTHREAD', 19: 'NET_SEND', 20: 'NET_REPLY' };

const FROM_8: StateNumbers = {
  ...COMMON,
  7: 'MQ_SEND',
  8: 'MQ_RECEIVE',
  19: 'RWLOCK_READ',
  20: 'RWLOCK_WRITE',
  21: 'BARRIER',
  22: 'PIPE',
  26: 'MUON_MUTEX',
  27: 'TRACEBUFFER',
  28: 'INTR_ATTACH_EVENT',
  29: 'TIMER_DELEGATE',
  30: 'SEND_NOTIFY',
};

const numbersOf = (release: Release): StateNumbers => (release >= 8 ? FROM_8 : UP_TO_7);

/** In 6.x and 7.x events from here on are those of virtual threads. */
export const FIRST_VIRTUAL_STATE = 26;
/** In 8.0 events up to here are thread states. */
const LAST_STATE_8 = 63;

/** Events of the class of processes and threads below this number are states of threads. */
export const stateEvents = (release: Release): number => (release >= 8 ? LAST_STATE_8 : FIRST_VIRTUAL_STATE);

/** By the kernel's number: our own, or -1 for those that the release does not have. */
export function stateTable(release: Release): Int8Array {
  const table = new Int8Array(stateEvents(release)).fill(-1);
  for (const [number, state] of Object.entries(numbersOf(release))) table[Number(number)] = threadState(state);
  return table;
}

/** The kernel's number of a state; undefined where the release does not have it. */
export function stateNumber(state: ThreadState, release: Release): number | undefined {
  const found = Object.entries(numbersOf(release)).find(([, name]) => name === state);
  return found === undefined ? undefined : Number(found[0]);
}
