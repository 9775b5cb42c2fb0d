/** Amounts of limits in words: what was measured beside what is allowed, with as many digits as tell the two apart. */
import { formatCount, formatNs, formatPercent } from '../base/quantities.js';
import type { CheckedLimit } from '../budgets/check.js';

type Amount = CheckedLimit['limit'];
type Unit = CheckedLimit['unit'];

/** More than a double has. */
const MOST_DECIMALS = 20;

/** What was measured and what is allowed, with their unit. */
export function formatAmounts(measured: Amount, limit: Amount, unit: Unit): readonly [measured: string, limit: string] {
  const usual = [formatAmount(measured, unit), formatAmount(limit, unit)] as const;
  if (typeof measured === 'string' || typeof limit === 'string' || measured === limit) return usual;
  const write = writerOf(Math.max(measured, limit), unit);
  let texts: readonly [string, string] = usual;
  for (let decimals = 2; !areToldApart(texts, limit) && decimals < MOST_DECIMALS; decimals++) {
    texts = [write(measured, decimals), write(limit, decimals)];
  }
  return texts;
}

/** A limit that is not 0 is not to look like 0, or like "<0.01 %", either. */
const areToldApart = ([measuredText, limitText]: readonly [string, string], limit: number): boolean =>
  measuredText !== limitText && (limit === 0 || Number.parseFloat(limitText) > 0);

/** A measured or allowed amount with its unit. */
export function formatAmount(amount: Amount, unit: Unit): string {
  if (typeof amount === 'string') return amount;
  switch (unit) {
    case 'share':
      return formatPercent(amount * 100);
    case 'ns':
      return formatNs(amount);
    case 'rate':
      return `${amount === 0 || amount >= 99.95 ? formatCount(amount) : amount.toPrecision(3)} /s`;
    default:
      return formatCount(amount);
  }
}

const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, µs: 1e3, ms: 1e6, s: 1e9 };

/** @param scale the larger of two amounts, which are written in the same unit */
function writerOf(scale: number, unit: Unit): (amount: number, decimals: number) => string {
  switch (unit) {
    case 'share':
      return (amount, decimals) => `${(amount * 100).toFixed(decimals)} %`;
    case 'ns': {
      const name = formatNs(scale).replace(/^.* /, '');
      return (amount, decimals) => `${(amount / (NANOSECONDS[name] ?? 1)).toFixed(decimals)} ${name}`;
    }
    case 'rate':
      return (amount, decimals) => `${amount.toFixed(decimals)} /s`;
    default:
      return (amount, decimals) => amount.toFixed(decimals);
  }
}
