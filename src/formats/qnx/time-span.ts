/** How far apart two times of a trace may be, and when it begins. */

const NS_PER_SECOND = 1_000_000_000n;
const WRAP_BITS = 32n;
/** Nanoseconds, and cycles, that are exact with room for sums: 52 days. */
const MOST = 2 ** 52;

/** Cycles from the base of all times that are no damage yet. */
export const spanLimit = (hz: number): number => Math.floor(Math.min(MOST, (MOST * hz) / Number(NS_PER_SECOND)));

/** @param baseHigh high 32 bits of the base; @param origin cycles of the first event since then */
export function originOf(baseHigh: number, origin: number, hz: number): { cycles: bigint; originNs: bigint } {
  const cycles = (BigInt(baseHigh) << WRAP_BITS) + BigInt(origin);
  return { cycles, originNs: (cycles * NS_PER_SECOND) / BigInt(hz) };
}
