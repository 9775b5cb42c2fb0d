/** A limit without a name, in words. */
import type { ExitFilter, Limit, TimeAmount } from './budget.js';

export function describeLimit(limit: Limit): string {
  switch (limit.kind) {
    case 'time':
      return `${limit.of.join(' + ')}${ofWhich(limit.where)}${wholeOf(limit)}`;
    case 'rate':
      return `${limit.of === 'exits' ? 'exits' : 'exits to the VMM'}${ofWhich(limit.where)}`;
    case 'length':
      return `${limit.of === 'max' ? 'longest exit' : `${limit.of} of exits`}${ofWhich(limit.where)}`;
    case 'findings':
      return `findings${limit.rule === null ? '' : ` of ${limit.rule}`}${costing(limit.above)}${
        limit.confidence === null ? '' : `, confidence ${limit.confidence}`
      }`;
    default:
      return { grade: 'quality of the data', 'lost-events': 'lost events', unknown: 'unknown time' }[limit.of];
  }
}

function ofWhich(where: ExitFilter): string {
  const parts = Object.values(where);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function wholeOf(limit: Extract<Limit, { kind: 'time' }>): string {
  if (limit.threshold.value.unit === 'ns') return '';
  return limit.whole === 'T' ? ', of T' : ', of the wanted time';
}

function costing(above: TimeAmount | null): string {
  if (above === null) return '';
  // Twelve digits are more than anybody writes, and fewer than those in which fractions that are no sums of halves show.
  const exact = (amount: number) => Number(amount.toPrecision(12));
  return ` above ${above.unit === 'ns' ? `${exact(above.amount / 1e6)} ms` : `${exact(above.amount * 100)} %`}`;
}
