/**
 * Units that the compiler keeps apart.
 *
 * Times on the hot path are plain doubles inside typed arrays (a typed array cannot carry a brand);
 * everywhere else a number of nanoseconds says so in its type.
 */
declare const unit: unique symbol;
type Quantity<U extends string> = number & { readonly [unit]: U };

/** Nanoseconds since the origin of the recording. A double holds them exactly for 2^53 ns = 104 days. */
export type Ns = Quantity<'ns'>;

/** A thread identifier of the host (Linux: TID; the kernel's idle threads all have 0). */
export type ThreadId = Quantity<'thread'>;

export const ns = (value: number): Ns => value as Ns;
