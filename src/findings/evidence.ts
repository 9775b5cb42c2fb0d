/** What rules judge: an Explanation before it has findings, and what the user told beside the recording. */
import type { CulpritRow, ExitRow, Explanation, Machine, WorstEpisode } from '../explain/explanation.js';
import type { MachineConfiguration } from '../platform/configurations/machine-configuration.js';

export type { CulpritRow, ExitRow, Machine, Vcpu, WorstEpisode } from '../explain/explanation.js';

export interface Evidence extends Omit<Explanation, 'findings'> {
  /** By the machine's id: the configurations that can be its own; none where none were given. */
  readonly configurations: ReadonlyMap<string, readonly MachineConfiguration[]>;
}

export const exitsOf = ({ exits }: Evidence, { id }: Machine): readonly ExitRow[] =>
  exits.filter(({ machine }) => machine === id);

export const culpritsOf = ({ culprits }: Evidence, { id }: Machine): readonly CulpritRow[] =>
  culprits.filter(({ machine }) => machine === id);

export const worstOf = ({ worst }: Evidence, { id }: Machine): readonly WorstEpisode[] =>
  worst.filter(({ machine }) => machine === id);

/** Whether the recorder would have written down what fills this account. */
export const isRecorded = ({ quality }: Evidence, account: Evidence['quality']['notRecorded'][number]): boolean =>
  !quality.notRecorded.includes(account);
