/** What a value measures, where a file says no more than its unit and perhaps the name of a metric. */
import type { Better, Role } from '../model.js';
import { baseUnit } from '../units.js';

export interface Measurement {
  readonly metric: string;
  /** A base unit of units.ts where the unit is known. */
  readonly unit: string;
  /** Makes values in the file's unit values in `unit`. */
  readonly factor: number;
  /** undefined where neither the file nor the unit tells. */
  readonly better: Better | undefined;
  readonly role: Role;
}

/** `unit` as in the file; `metric` and `better` where the file states them, else they follow from the unit. */
export function measurementOf(unit: string, metric: string | undefined, better?: Better): Measurement {
  const { base, factor } = baseUnit(unit);
  const name = metric ?? usualMetric(base);
  return { metric: name, unit: base, factor, better: better ?? usualDirection(base), role: roleOf(name) };
}

export function asBetter(text: string | undefined): Better | undefined {
  const word = text?.trim().toLowerCase();
  return word === 'lower' || word === 'higher' ? word : undefined;
}

/** Times and costs per operation are better when lower, rates when higher; of other units nothing is known. */
export function usualDirection(base: string): Better | undefined {
  if (base === 'ns' || base.endsWith('/op')) return 'lower';
  return base.endsWith('/s') ? 'higher' : undefined;
}

export function usualMetric(base: string): string {
  if (base === 'ns' || base === 'ns/op') return 'time';
  return base.endsWith('/s') ? 'throughput' : base;
}

/** `latency p99`, `p99.9`, `max latency`, `99th percentile`: the tail of a distribution; everything else is primary. */
const roleOf = (metric: string): Role =>
  /(?:^|[^a-z0-9])(?:p\d+(?:\.\d+)?|max(?:imum)?|\d+th)(?:$|[^a-z0-9])/i.test(metric) ? 'tail' : 'primary';
