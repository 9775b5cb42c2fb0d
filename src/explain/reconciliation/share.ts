/** What the ledger of the window holds: the share of the benchmark's time that was lost, by account and cause. */

import { meanEstimate, type VariancePart } from '../../benchmarks/statistics/mean-estimate.js';
import { ACCOUNTS, type AccountSums, addSums, GUEST_DELAY, noTime, sumOf } from '../../ledger/accounts.js';
import { Track } from '../../ledger/timeline.js';
import type { ExitRow, Machine } from '../explanation.js';
import type { DelaySums, ReconciledCause } from './reconciliation.js';
import { busyOf, takingPart, type View } from './window.js';

/**
 * The window is cut into so many pieces whose spread tells how sure the mean is: the method of batch means, for which 10 to
 * 30 are enough (Schmeiser, "Batch size effects in the analysis of simulation output", Operations Research 1982).
 */
const PIECES = 20;

/** Sums over the window and the vCPUs that took part, ns. */
export interface WindowLedger {
  readonly machine: Machine;
  /** The vCPUs that took part, by number. */
  readonly counted: ReadonlySet<number>;
  /** Of every vCPU of the machine, by number. */
  readonly busyNs: ReadonlyMap<number, number>;
  /** Without time in which the VMM kept the vCPUs out. */
  readonly ledgerNs: AccountSums;
  readonly keptOutNs: number;
  readonly causes: readonly ReconciledCause[];
  readonly exits: number;
  /** Guest delay of the vCPUs that did not take part. */
  readonly leftOutNs: number;
}

/** @param view of the window and nothing else */
export function ledgerOf({ explanation, observation }: View, machineId: string): WindowLedger {
  const machine = explanation.machines.find(({ id }) => id === machineId) ?? explanation.machines[0];
  const { durationNs } = explanation.recording;
  const busy = busyOf(machine.vcpus, observation, durationNs);
  const counted = takingPart(busy);
  const rows = explanation.exits.filter((row) => row.machine === machine.id);
  const own = rows.filter(({ vcpu }) => counted.has(vcpu));
  const keptOut = sumOfRows(own.filter((row) => !isLoss(row)));
  const vcpus = machine.vcpus.filter(({ id }) => counted.has(id));
  const ledgerNs = noTime();
  for (const vcpu of vcpus) addSums(ledgerNs, vcpu.ledgerNs);
  for (const account of ACCOUNTS) ledgerNs[account] -= keptOut[account];
  return {
    machine,
    counted,
    busyNs: busy,
    ledgerNs,
    keptOutNs: sumOf(keptOut, GUEST_DELAY),
    causes: causesOf(own.filter(isLoss)),
    exits: vcpus.reduce((sum, { exits }) => sum + exits, 0),
    leftOutNs: sumOf(sumOfRows(rows.filter((row) => isLoss(row) && !counted.has(row.vcpu))), GUEST_DELAY),
  };
}

const isLoss = ({ cause }: ExitRow): boolean => cause !== 'vm-control';

function sumOfRows(rows: readonly ExitRow[]): AccountSums {
  const sums = noTime();
  for (const { ledgerNs } of rows) addSums(sums, { guest: 0, ...ledgerNs });
  return sums;
}

/** By cause, sums over the window; largest first. */
function causesOf(rows: readonly ExitRow[]): ReconciledCause[] {
  return [...new Set(rows.map(({ cause }) => cause))]
    .map((cause) => {
      const own = rows.filter((row) => row.cause === cause);
      const sums = sumOfRows(own);
      const exits = own.reduce((sum, { count }) => sum + count, 0);
      return { cause, ns: sumOf(sums, GUEST_DELAY), ledgerNs: delayOf(sums), exits };
    })
    .sort((a, b) => b.ns - a.ns);
}

export function delayOf({ hypervisor, vmm, interrupt, blocked, wakeup, preempted }: DelaySums): DelaySums {
  return { hypervisor, vmm, interrupt, blocked, wakeup, preempted };
}

/**
 * The uncertainty of a loss as a share of the window's time.
 * @param switchNs what is added for every exit
 */
export function varianceOfShare(
  { observation, explanation }: View,
  ledger: WindowLedger,
  switchNs: number,
): VariancePart {
  const { durationNs } = explanation.recording;
  const { timeline } = observation;
  const pieces = Math.min(PIECES, Math.floor(durationNs / timeline.sliceNs));
  if (pieces < 2) return { variance: 0, degrees: Infinity };
  const lanes = ledger.machine.vcpus.flatMap(({ id, thread }) =>
    ledger.counted.has(id) ? [timeline.lane(thread)] : [],
  );
  const length = durationNs / pieces;
  const shares = Array.from({ length: pieces }, (_, piece) => {
    let lost = 0;
    for (const lane of lanes) {
      if (lane === undefined) continue;
      lost += lane.sum(Track.delay, piece * length, (piece + 1) * length);
      if (switchNs > 0) lost += switchNs * lane.sum(Track.exits, piece * length, (piece + 1) * length);
    }
    return lost / length;
  });
  return meanEstimate(shares);
}
