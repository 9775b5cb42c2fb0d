/** What a limit is about: one machine, or all of them together. */
import type { ExitRow, Explanation, Machine, Recorded, Sources, UpperBound } from '../explain/explanation.js';
import { sourcesOf } from '../explain/sources.js';
import { type AccountSums, addSums, noTime } from '../ledger/accounts.js';
import { type ExitFilter, HANDLING } from './budget.js';

export const isKeptOut = ({ cause }: Pick<ExitRow, 'cause'>): boolean => cause === 'vm-control';

export interface Scope {
  readonly explanation: Explanation;
  /** null: all machines. */
  readonly machine: string | null;
  readonly machines: readonly Machine[];
  /** Whether these are all machines that were explained, so that its groups are about this scope. */
  readonly isAll: boolean;
  /** T × vCPUs. */
  readonly durationNs: number;
  /** As the ledger of `vmtoll explain` shows it: without the parts of hypervisor, vmm and blocked that are `keptOutNs`. */
  readonly ledgerNs: AccountSums;
  readonly keptOutNs: number;
  /** Of kept out vCPUs as well. */
  readonly hostCostNs: number;
  readonly sources: Sources;
  readonly exits: readonly ExitRow[];
  readonly recorded: Recorded;
}

export function scopeOf(explanation: Explanation, machine: string | null): Scope {
  const machines = explanation.machines.filter(({ id }) => machine === null || id === machine);
  const vcpus = machines.flatMap((one) => one.vcpus);
  const exits = machine === null ? explanation.exits : explanation.exits.filter((row) => row.machine === machine);
  const ledgerNs = noTime();
  for (const vcpu of vcpus) addSums(ledgerNs, vcpu.ledgerNs);
  for (const row of exits.filter(isKeptOut)) {
    for (const account of HANDLING) ledgerNs[account] -= row.ledgerNs[account];
  }
  return {
    explanation,
    machine,
    machines,
    isAll: machines.length === explanation.machines.length,
    durationNs: vcpus.reduce((sum, vcpu) => sum + vcpu.durationNs, 0),
    ledgerNs,
    keptOutNs: vcpus.reduce((sum, vcpu) => sum + vcpu.keptOutNs, 0),
    hostCostNs: vcpus.reduce((sum, vcpu) => sum + vcpu.hostCostNs, 0),
    sources: sourcesOf(ledgerNs, exits),
    exits,
    recorded: machine === null || machines.length === 0 ? explanation.quality : machines[0].recorded,
  };
}

export const isFiltered = (where: ExitFilter): boolean => Object.keys(where).length > 0;

/** The exits that agree in all that is given. */
export function exitsWhere({ exits }: Scope, { cause, reason, detail, device }: ExitFilter): ExitRow[] {
  return exits.filter(
    (row) =>
      (cause === undefined || row.cause === cause) &&
      (reason === undefined || row.reason === reason) &&
      (detail === undefined || row.detail === detail) &&
      (device === undefined || row.device === device),
  );
}

/** Which share of the time is in the account unknown, 0 to 1. */
export const unknownShare = ({ durationNs, ledgerNs }: Scope): number =>
  durationNs > 0 ? ledgerNs.unknown / durationNs : 1;

/** So much unknown time may lie anywhere: up to it the data counts as complete (quality A or B), as a share. */
export const UNKNOWN_THAT_COUNTS = 0.01;

export const isMuchUnknown = (scope: Scope): boolean => unknownShare(scope) > UNKNOWN_THAT_COUNTS;

/** Whether returns to the VMM do not show, so that nobody knows which work on exits and which waits are time kept out by it. */
export const mayHideKeptOut = ({ recorded }: Scope): boolean => hidesKeptOut(recorded.upperBounds);

export const hidesKeptOut = (upperBounds: readonly UpperBound[]): boolean =>
  upperBounds.some(({ account, contains }) => account === 'hypervisor' && contains.includes('vmm'));
