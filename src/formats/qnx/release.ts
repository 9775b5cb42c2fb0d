/** Releases of QNX, as far as their traces differ. */

/** SDP 6.x, 7.x and 8.x. */
export type Release = 6 | 7 | 8;

const NEWEST: Release = 8;

/** From the SYS_RELEASE of a trace ("7.1.0"); a later one is taken for the newest that is known; undefined for all others. */
export function releaseOf(text: string | undefined): Release | undefined {
  const major = majorOf(text);
  if (major > NEWEST) return NEWEST;
  return major === 6 || major === 7 || major === 8 ? major : undefined;
}

/** Whether the release is later than all that are known. */
export const isNewer = (text: string | undefined): boolean => majorOf(text) > NEWEST;

const majorOf = (text: string | undefined): number => Number(/^\s*(\d{1,3})\b/.exec(text ?? '')?.[1]);

/**
 * From 8.0 on each CPU has trace buffers and sequence numbers of its own; before that all CPUs write into one chain.
 * That 7.x is like 6.x here is not documented.
 */
export const hasBuffersPerCpu = (release: Release): boolean => release >= 8;

/** From 8.0 on a flag tells the events that processes wrote from those of the kernel. */
export const hasInjectedEvents = (release: Release): boolean => release >= 8;

/** From 7.0.1 on the clocks of all CPUs have to go alike. Source: QNX' documentation of ClockCycles(). */
export const hasOneClock = (release: Release): boolean => release >= 7;
