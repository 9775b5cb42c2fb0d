/** Exits that an interrupt of the host forces, whomever it is for. */
import { isTimerOfGuest } from './arm-interrupts.js';
import type { ExitRow } from './evidence.js';
import { vectorOf } from './vectors.js';

/** False where it brings the guest an interrupt of its own. */
export const isForHost = (row: ExitRow): boolean =>
  row.cause === 'interrupt' && vectorOf(row) === undefined && !isTimerOfGuest(row);
