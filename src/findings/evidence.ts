/** What rules judge: an Explanation before it has findings, and what the user told beside the recording. */
import { groupedBy } from '../base/grouped-by.js';
import type { CulpritRow, ExitRow, Explanation, HandlerRow, Machine, WorstEpisode } from '../explain/explanation.js';
import type { MachineConfiguration } from '../platform/configurations/machine-configuration.js';

export type { CulpritRow, ExitRow, HandlerRow, Machine, Vcpu, WorstEpisode } from '../explain/explanation.js';

export interface Evidence extends Omit<Explanation, 'findings'> {
  /** By the machine's id: the configurations that can be its own; none where none were given. */
  readonly configurations: ReadonlyMap<string, readonly MachineConfiguration[]>;
}

export const exitsOf = ({ exits }: Evidence, { id }: Machine): readonly ExitRow[] => rowsOf(exits, id);

export const culpritsOf = ({ culprits }: Evidence, { id }: Machine): readonly CulpritRow[] => rowsOf(culprits, id);

/** Handlers of the host's interrupts on top of a machine's vCPUs. */
export const handlersOf = ({ handlers }: Evidence, { id }: Machine): readonly HandlerRow[] => rowsOf(handlers, id);

/** The vCPUs of a machine, with where they ran. */
export const placedVcpusOf = (
  { placement }: Evidence,
  { id }: Machine,
): readonly Evidence['placement']['vcpus'][number][] => rowsOf(placement.vcpus, id);

export const worstOf = ({ worst }: Evidence, { id }: Machine): readonly WorstEpisode[] => rowsOf(worst, id);

/** Rows by machine: every rule asks for those of every machine, and there can be thousands. */
const byMachine = new WeakMap<readonly { readonly machine: string }[], ReadonlyMap<string, readonly unknown[]>>();

function rowsOf<Row extends { readonly machine: string }>(rows: readonly Row[], machine: string): readonly Row[] {
  let groups = byMachine.get(rows) as ReadonlyMap<string, readonly Row[]> | undefined;
  if (groups === undefined) {
    groups = groupedBy(rows, (row) => row.machine);
    byMachine.set(rows, groups);
  }
  return groups.get(machine) ?? [];
}

/** Whether the recorder would have written down what fills this account. */
export const isRecorded = ({ quality }: Evidence, account: Evidence['quality']['notRecorded'][number]): boolean =>
  !quality.notRecorded.includes(account);

/** How many events of a tracepoint there are. Text does not say the system of an event whose text is not read: its name alone counts. */
export const eventCount = ({ recording: { eventCounts } }: Evidence, system: string, event: string): number =>
  (eventCounts[`${system}:${event}`] ?? 0) + (eventCounts[event] ?? 0);
