/** Releases of QNX, as far as their traces differ. */

/** SDP 6.x, 7.x and 8.x. */
export type Release = 6 | 7 | 8;

/** From the SYS_RELEASE of a trace ("7.1.0"); undefined where it names none of them. */
export function releaseOf(text: string | undefined): Release | undefined {
  const major = Number(/^\s*(\d{1,3})\b/.exec(text ?? '')?.[1]);
  return major === 6 || major === 7 || major === 8 ? major : undefined;
}

/**
 * From 8.0 on each CPU has trace buffers and sequence numbers of its own; before that all CPUs write into one chain.
 * That 7.x is like 6.x here is not documented.
 */
export const hasBuffersPerCpu = (release: Release): boolean => release >= 8;
