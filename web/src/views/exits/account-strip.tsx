/** Which accounts a cost is in: a small stacked bar, as long as the cost. */
import { COST_ACCOUNTS, type CostKind, costOf } from '../../books/measures.js';
import { KEPT_OUT_IN } from '../../books/parts.js';
import { accountColour } from '../../design/accounts.js';
import { formatShare, formatTime } from '../../design/text.js';
import { explains, Facts } from '../../design/tooltip.jsx';
import type { OutsideGuest } from '../../engine/engine.js';

interface StripProps {
  readonly ledgerNs: OutsideGuest;
  readonly kind: CostKind;
  readonly largestNs: number;
  /** Hatched: time in which the VMM kept vCPUs out of the guest. */
  readonly isKeptOut: boolean;
}

export function AccountStrip({ ledgerNs, kind, largestNs, isKeptOut }: StripProps) {
  const total = costOf(ledgerNs, kind);
  const sums = { guest: 0, ...ledgerNs };
  const parts = COST_ACCOUNTS[kind].filter((account) => sums[account] > 0);
  if (total === 0) return null;
  const facts = () => (
    <Facts
      rows={parts.map((account) => [account, `${formatTime(sums[account])}, ${formatShare(sums[account], total)}`])}
    />
  );
  const isHatched = (account: string): boolean => isKeptOut && KEPT_OUT_IN.some((one) => one === account);
  return (
    <span class={total > largestNs ? 'account-strip beyond' : 'account-strip'} {...explains(facts)}>
      {parts.map((account) => (
        <span
          key={account}
          class={isHatched(account) ? 'hatched' : undefined}
          style={{ width: `${(sums[account] / largestNs) * 100}%`, '--colour': accountColour(account) }}
        />
      ))}
    </span>
  );
}
