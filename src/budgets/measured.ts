/** An amount, and how sure it is. */
export interface Measured {
  /** null where there is nothing to measure. */
  readonly value: number | null;
  /** Between these the true value lies; `highest` may be Infinity. */
  readonly lowest: number;
  readonly highest: number;
  /** Why it is not known better; null where it is exact. */
  readonly doubt: string | null;
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

export const nothing = (doubt: string | null): Measured => ({
  value: null,
  lowest: 0,
  highest: 0,
  doubt,
  largest: null,
});
