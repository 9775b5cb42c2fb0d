/** Accesses to ports as `perf kvm stat report --event=ioport` counted them. */
import { textIn } from './read-records.js';
import type { Scenario } from './recordings.js';

/** How many accesses to ports from `first` to `last` perf saw. */
export function perfPortAccesses(scenario: Scenario, first: number, last: number): number {
  const lines = textIn(scenario, 'perf-kvm-stat-ioport.txt').matchAll(/^\s+0x([\da-f]+):P(?:IN|OUT)\s+(\d+) /gm);
  let total = 0;
  for (const [, port, count] of lines) {
    const number = Number.parseInt(port, 16);
    if (number >= first && number <= last) total += Number(count);
  }
  return total;
}
