/** An amount, and how sure it is. */

export interface Doubt {
  /** Untrusted text. */
  readonly reason: string;
  /** What to do, so that it goes away; null where nothing is known to help. */
  readonly remedy: string | null;
}

export const doubted = (reason: string, remedy: string | null = null): Doubt => ({ reason, remedy });

export interface Measured {
  /** null where there is nothing to measure. */
  readonly value: number | null;
  /** Between these the true value lies; `highest` may be Infinity. */
  readonly lowest: number;
  readonly highest: number;
  /** Why it is not known better; null where it is exact. */
  readonly doubt: Doubt | null;
  /** What makes most of it; null where nothing stands out. Untrusted text. */
  readonly largest: string | null;
}

export const exactly = (value: number, largest: string | null = null): Measured => ({
  value,
  lowest: value,
  highest: value,
  doubt: null,
  largest,
});

export const nothing = (doubt: Doubt | null): Measured => ({
  value: null,
  lowest: 0,
  highest: 0,
  doubt,
  largest: null,
});

/** null where there are none. */
export function allOf(doubts: readonly Doubt[]): Doubt | null {
  if (doubts.length === 0) return null;
  const remedies = doubts.flatMap(({ remedy }) => remedy ?? []);
  const reason = doubts.map((doubt) => doubt.reason).join('; ');
  return doubted(reason, remedies.length === 0 ? null : remedies.join(' '));
}
