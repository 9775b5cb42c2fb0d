/** What a limit is about: one machine, or all of them together. */
import type { ExitRow, Explanation, Recorded, Sources } from '../explain/explanation.js';
import { sourcesOf } from '../explain/sources.js';
import { type AccountSums, addSums, noTime } from '../ledger/accounts.js';
import type { ExitFilter } from './budget.js';

export interface Scope {
  readonly explanation: Explanation;
  /** null: all machines. */
  readonly machine: string | null;
  /** Whether these are all machines that were explained, so that its groups are about this scope. */
  readonly isAll: boolean;
  /** T × vCPUs. */
  readonly durationNs: number;
  readonly ledgerNs: AccountSums;
  readonly keptOutNs: number;
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
  return {
    explanation,
    machine,
    isAll: machines.length === explanation.machines.length,
    durationNs: vcpus.reduce((sum, vcpu) => sum + vcpu.durationNs, 0),
    ledgerNs,
    keptOutNs: vcpus.reduce((sum, vcpu) => sum + vcpu.keptOutNs, 0),
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
