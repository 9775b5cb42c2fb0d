/**
 * Whether the clock of a side runs as fast as the host's: a guest's can be wrong under overcommit and migration, and all
 * that its benchmarks measure with it. (Linux Documentation/virt/kvm/x86/timekeeping.rst)
 */
import type { SideName } from './plan.js';

/** One look at the clock of a side, between two looks at the host's. */
export interface ClockReading {
  readonly side: SideName;
  /** Monotonic, ns since the program started, before and after the side was asked. */
  readonly hostBeforeNs: number;
  readonly hostAfterNs: number;
  /** Of the side, since an unknown start. */
  readonly clockNs: number;
  /** How finely the side tells it. */
  readonly resolutionNs: number;
  /** Readings of different boots cannot be compared. */
  readonly boot?: string;
}

/** /proc/uptime counts on whatever happens to the time of day. */
export const CLOCK_SCRIPT = `if [ -r /proc/uptime ]; then read -r time rest </proc/uptime; else time=$(date +%s.%N); fi
echo "clock=$time"
[ -r /proc/sys/kernel/random/boot_id ] && read -r boot </proc/sys/kernel/random/boot_id && echo "boot=$boot"
true`;

/** The answer to CLOCK_SCRIPT; undefined where it holds no fraction of a second: too coarse to say anything. */
export function parseClock(text: string): Pick<ClockReading, 'clockNs' | 'resolutionNs' | 'boot'> | undefined {
  const clock = /^clock=(\d{1,12})\.(\d{1,9})\s*$/m.exec(text);
  if (clock === null) return undefined;
  const boot = /^boot=([\w-]{1,64})\s*$/m.exec(text)?.[1];
  const resolutionNs = 10 ** (9 - clock[2].length);
  const clockNs = Number(clock[1]) * 1e9 + Number(clock[2]) * resolutionNs;
  return { clockNs, resolutionNs, ...(boot !== undefined && { boot }) };
}

export interface ClockDisagreement {
  /** What the clock of the side says has passed, over what has passed at least (or at most) on the host's; 1 is equal. */
  readonly ratio: number;
  readonly hostNs: number;
  /** How much of `hostNs` the time of asking and the resolution leave open: a smaller disagreement stays unseen. */
  readonly blur: number;
}

/**
 * From the first and the last reading of one boot, in order: how far apart the clocks went for certain, beyond what the
 * time of asking and the resolution explain. Undefined for fewer than two readings.
 */
export function clockDisagreement(readings: readonly ClockReading[]): ClockDisagreement | undefined {
  const last = readings.at(-1);
  const first = readings.find(({ boot }) => boot === last?.boot);
  if (first === undefined || last === undefined || first === last) return undefined;
  const shortest = last.hostBeforeNs - first.hostAfterNs;
  const longest = last.hostAfterNs - first.hostBeforeNs;
  const passed = last.clockNs - first.clockNs;
  const resolution = Math.max(first.resolutionNs, last.resolutionNs);
  const hostNs = (last.hostBeforeNs + last.hostAfterNs - first.hostBeforeNs - first.hostAfterNs) / 2;
  if (!(shortest > 0)) return { ratio: 1, hostNs, blur: 1 };
  const blur = (longest - shortest + 2 * resolution) / hostNs;
  if (passed - resolution > longest) return { ratio: (passed - resolution) / longest, hostNs, blur };
  const isSlow = passed + resolution < shortest;
  return { ratio: isSlow ? (passed + resolution) / shortest : 1, hostNs, blur };
}
