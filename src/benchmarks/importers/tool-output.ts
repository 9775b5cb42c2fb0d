/** What the importers of benchmark programs' own output files share. */
import type { Run } from '../model.js';
import type { SeriesBuilder, SeriesDescription } from './series-builder.js';

/** Below this many steps of its number format, rounding alone changes a value by 5 % and more. */
const FEWEST_STEPS = 10;

export interface RunDetails {
  readonly startedMs?: number | undefined;
  /** By what the file's own number format rounds, in the unit of the series. */
  readonly step?: number;
  /** See Run. */
  readonly process?: string | undefined;
}

/**
 * Adds one run; `undefined` stands for a value that is not in the file. Negative values and those of too few steps are
 * left out, with an issue.
 */
export function addRun(
  found: SeriesBuilder,
  description: SeriesDescription,
  values: readonly (number | undefined)[],
  details: RunDetails = {},
): void {
  found.add(description, runOf(usableValues(found, description, values, details), details));
}

/** Adds one run for each value, as `addRun` does. */
export function addRuns(
  found: SeriesBuilder,
  description: SeriesDescription,
  values: readonly (number | undefined)[],
  details: RunDetails = {},
): void {
  for (const value of usableValues(found, description, values, details))
    found.add(description, runOf([value], details));
}

const runOf = (values: readonly number[], { startedMs, process }: RunDetails): Run => ({
  values,
  ...(startedMs !== undefined && { startedMs }),
  ...(process !== undefined && { process }),
});

function usableValues(
  found: SeriesBuilder,
  { metric, benchmark }: SeriesDescription,
  values: readonly (number | undefined)[],
  { step = 0 }: RunDetails,
): number[] {
  const known = values.filter((value) => value !== undefined);
  const possible = known.filter((value) => !(value < 0));
  const usable = possible.filter((value) => !(value < FEWEST_STEPS * step));
  const thing = `${metric} of ${benchmark}`;
  found.leaveOut('impossible-value', 'nothing measures less than 0', thing, known.length - possible.length);
  const why = 'their few digits round them too much';
  found.leaveOut('coarse-value', why, thing, possible.length - usable.length);
  return usable;
}

/** By what a printed decimal number is rounded: `12.25` by 0.01. */
export const stepOfDigits = (text: string): number => 10 ** -(text.split('.')[1]?.length ?? 0);

/** Programs and versions that made the results of one file: results of several versions are not of one kind. */
export function addTools(found: SeriesBuilder, tools: readonly (string | undefined)[]): void {
  const [first, ...others] = new Set(tools.filter((tool) => tool !== undefined));
  found.fact('tool', first);
  if (others.length === 0) return;
  const message = `Results of ${first} and of ${others[0]} stand in one file.`;
  found.issue({ code: 'mixed-versions', severity: 'warning', message, hint: 'Compare results of equal versions.' });
}

/** `name (option=value, …)`; options without a value are left out. */
export function nameWithOptions(name: string, options: Iterable<readonly [string, string | undefined]>): string {
  const known = [...options].filter(([, value]) => value !== undefined).map(([option, value]) => `${option}=${value}`);
  return known.length === 0 ? name : `${name} (${known.join(', ')})`;
}
