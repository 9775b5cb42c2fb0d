/** What the importers of benchmark programs' own output files share. */
export { groupedBy } from '../../base/grouped-by.js';

import type { SeriesBuilder, SeriesDescription } from './series-builder.js';

/** Below this many steps of its number format, rounding alone changes a value by 5 % and more. */
const FEWEST_STEPS = 10;

export interface RunDetails {
  readonly startedMs?: number | undefined;
  /** By what the file's own number format rounds, in the unit of the series. */
  readonly step?: number;
}

/**
 * Adds one run; `undefined` stands for a value that is not in the file. Negative values and those of too few steps are
 * left out, with an issue.
 */
export function addRun(
  found: SeriesBuilder,
  description: SeriesDescription,
  values: readonly (number | undefined)[],
  { startedMs, step = 0 }: RunDetails = {},
): void {
  const thing = `${description.metric} of ${description.benchmark}`;
  const usable = values.filter((value): value is number => {
    if (value === undefined) return false;
    if (value < 0) found.leaveOut('impossible-value', 'nothing measures less than 0', thing);
    else if (value < FEWEST_STEPS * step) found.leaveOut('coarse-value', 'their few digits round them too much', thing);
    else return true;
    return false;
  });
  found.add(description, { values: usable, ...(startedMs !== undefined && { startedMs }) });
}

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
