/** The exits: cells of the vCPUs' matrices as rows, and summed up into groups. */
import { Histogram } from '../base/histogram.js';
import {
  ACCOUNT_COUNT,
  type AccountSums,
  accountSums,
  addSums,
  GUEST_DELAY,
  noTime,
  sumOf,
} from '../ledger/accounts.js';
import { DETAIL_OVERFLOW, REASON_OVERFLOW } from '../ledger/cells.js';
import { KEPT_OUT, NO_REASON } from '../ledger/episode.js';
import { CAUSES, type Cause, type DetailFormatter, type ReasonTable } from '../recording/causes.js';
import type { ExitCounts, ExitGroup, ExitRow, GroupBy, OutsideGuest } from './explanation.js';
import type { MachineGroup } from './machines.js';

/** Gives the device behind an address its name; undefined where nobody knows. */
export type DeviceNamer = (machine: string, detailClass: number, value: number) => string | undefined;

export interface Naming {
  readonly reasons: ReasonTable;
  readonly details: DetailFormatter;
  readonly deviceName: DeviceNamer;
}

/** A row with what it needs to be summed up further. */
interface Entry {
  readonly machine: string;
  readonly vcpu: number;
  readonly cause: Cause;
  readonly reason: string;
  readonly detail: string | null;
  readonly device: string | null;
  readonly firstNs: number | null;
  readonly lastNs: number | null;
  readonly amount: Amount;
}

interface Amount {
  count: number;
  episodes: number;
  reachedVmm: number;
  readonly ledgerNs: AccountSums;
  readonly durations: Histogram;
}

export const reasonName = (reason: number, reasons: ReasonTable): string => {
  if (reason === NO_REASON) return 'not recorded';
  if (reason === REASON_OVERFLOW) return 'all further reasons';
  return reason === KEPT_OUT ? 'kept out by the VMM' : reasons.get(reason).name;
};

export const detailText = (detailClass: number, value: number, details: DetailFormatter): string | null =>
  detailClass === DETAIL_OVERFLOW ? 'all further details' : (details.text(detailClass, value) ?? null);

export class ExitTable {
  readonly #entries: Entry[] = [];

  /** @param originNs time of the first event of the recording */
  constructor(machines: readonly MachineGroup[], naming: Naming, originNs: number) {
    for (const machine of machines) {
      for (const { id, ledger } of machine.members) {
        const { cells } = ledger.books;
        for (let cell = 0; cell < cells.count; cell++) {
          const detailClass = cells.detailClass[cell];
          const value = cells.detailValue[cell];
          this.#entries.push({
            machine: machine.id,
            vcpu: id,
            cause: CAUSES[cells.cause[cell]],
            reason: reasonName(cells.reason[cell], naming.reasons),
            detail: detailText(detailClass, value, naming.details),
            device: naming.deviceName(machine.id, detailClass, value) ?? null,
            firstNs: cells.exits[cell] === 0 ? null : cells.firstExit[cell] - originNs,
            lastNs: cells.exits[cell] === 0 ? null : cells.lastExit[cell] - originNs,
            amount: {
              count: cells.exits[cell],
              episodes: cells.episodes[cell],
              reachedVmm: cells.reachedVmm[cell],
              ledgerNs: accountSums(cells.sums, cell * ACCOUNT_COUNT),
              durations: cells.durations[cell],
            },
          });
        }
      }
    }
  }

  /** Most guest delay first; then most exits. */
  rows(): ExitRow[] {
    return this.#entries.map(({ amount, ...names }) => ({ ...names, ...countsOf(amount) })).sort(byDelay);
  }

  groups(by: GroupBy): ExitGroup[] {
    const groups = new Map<string, Entry[]>();
    for (const entry of this.#entries) {
      const key = KEY_OF[by](entry);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
    }
    return [...groups]
      .map(([key, entries]) => ({
        key,
        cause: entries[0].cause,
        reason: by === 'reason' || by === 'detail' ? entries[0].reason : null,
        detail: by === 'detail' ? entries[0].detail : null,
        device: by === 'detail' || by === 'device' ? commonDevice(entries) : null,
        ...countsOf(amountOf(entries)),
      }))
      .sort(byDelay);
  }
}

/** What is at an address can differ from machine to machine. */
const commonDevice = ([first, ...others]: readonly Entry[]): string | null =>
  others.every(({ device }) => device === first.device) ? first.device : null;

const KEY_OF: Record<GroupBy, (entry: Entry) => string> = {
  cause: (entry) => entry.cause,
  reason: (entry) => `${entry.cause}: ${entry.reason}`,
  detail: (entry) => `${entry.cause}: ${entry.detail ?? entry.reason}`,
  device: (entry) => entry.device ?? `${entry.cause.startsWith('device-') ? 'unknown' : 'no'} device: ${entry.cause}`,
  vcpu: (entry) => `${entry.machine} vCPU ${entry.vcpu}`,
};

function byDelay(a: ExitCounts, b: ExitCounts): number {
  return b.guestDelayNs - a.guestDelayNs || b.count - a.count;
}

function amountOf(entries: readonly Entry[]): Amount {
  if (entries.length === 1) return entries[0].amount;
  const sum: Amount = { count: 0, episodes: 0, reachedVmm: 0, ledgerNs: noTime(), durations: new Histogram() };
  for (const { amount } of entries) {
    sum.count += amount.count;
    sum.episodes += amount.episodes;
    sum.reachedVmm += amount.reachedVmm;
    addSums(sum.ledgerNs, amount.ledgerNs);
    sum.durations.merge(amount.durations);
  }
  return sum;
}

const PERCENTILES = [0.5, 0.9, 0.99, 0.999];

function countsOf({ count, episodes, reachedVmm, ledgerNs, durations }: Amount): ExitCounts {
  const isTimed = durations.count > 0;
  const [p50Ns, p90Ns, p99Ns, p999Ns] = isTimed ? durations.percentiles(PERCENTILES) : [null, null, null, null];
  return {
    count,
    episodes,
    reachedVmm,
    ledgerNs: outsideGuest(ledgerNs),
    guestDelayNs: sumOf(ledgerNs, GUEST_DELAY),
    timed: durations.count,
    totalNs: durations.sum,
    minNs: isTimed ? durations.min : null,
    p50Ns,
    p90Ns,
    p99Ns,
    p999Ns,
    maxNs: isTimed ? durations.max : null,
  };
}

export function outsideGuest(sums: AccountSums): OutsideGuest {
  const { guest: _guest, ...outside } = sums;
  return outside;
}
