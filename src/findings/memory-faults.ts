/** Second-level page faults, which no address tells apart but what the guest tried and why it failed. */
import { type Evidence, type ExitRow, exitsOf, type Machine } from './evidence.js';

/**
 * `missing`: the host had not given the page yet. `protected`: it is there, but may not be written. `read in`: the host is
 * fetching it (an asynchronous page fault). The words are those of details.
 */
const KINDS = {
  missing: /page not mapped$/,
  protected: /page protected$/,
  'read in': /asynchronous page fault/,
} as const;

export const memoryFaults = (evidence: Evidence, machine: Machine, kind: keyof typeof KINDS): readonly ExitRow[] =>
  exitsOf(evidence, machine).filter(
    ({ cause, detail }) => cause === 'page-fault' && detail !== null && KINDS[kind].test(detail),
  );

/** Bytes of RAM that all configurations which can be the machine's agree on; undefined: none says, or they differ. */
export function ramOf({ configurations }: Evidence, { id }: Machine): number | undefined {
  const sizes = (configurations.get(id) ?? []).map(({ memory }) =>
    memory.filter(({ kind }) => kind === 'ram').reduce((total, { length }) => total + (length ?? Number.NaN), 0),
  );
  const [first] = sizes;
  return first > 0 && sizes.every((size) => size === first) ? first : undefined;
}
