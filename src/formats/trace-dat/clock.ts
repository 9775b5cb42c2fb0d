/** The clocks of ftrace, and how their ticks become nanoseconds. */
import { failure, type Issue, type Result, success } from '../../base/issue.js';
import type { Clock } from '../../recording/recording.js';
import type { CycleConversion, Options } from './trace-file.js';

/** Clocks that count nanoseconds: `trace_clocks` in the kernel's kernel/trace/trace.c. */
const NANOSECOND_CLOCKS: ReadonlySet<string> = new Set(['local', 'global', 'perf', 'mono', 'mono_raw', 'boot', 'tai']);
/** `uptime` counts clock ticks of user space (USER_HZ), 100 a second on every architecture with KVM. */
const UPTIME_TICK_NS = 10_000_000;
const TWO_16 = 2 ** 16;
const NS_PER_SECOND = 1_000_000_000;

/** Turns ticks into nanoseconds. Both count from the origin of the recording, given to `start`. */
export interface TickConverter {
  /** Undefined where a tick is a nanosecond. */
  readonly toNs: ((ticks: number) => number) | undefined;
  /** Fixes the origin, in ticks of the clock; returns it in nanoseconds. */
  start(originTicks: bigint): bigint;
}

export interface SelectedClock {
  readonly clock: Clock;
  readonly converter: TickConverter;
  readonly issue?: Issue;
}

/** A frequency that the file does not state. */
export interface Frequency {
  readonly hz: number;
  /** Where it comes from, as in "as …". */
  readonly origin: string;
}

/** Ticks as they are. */
export const COUNTING: SelectedClock = {
  clock: { name: 'counter', measuresTime: false, resolutionNs: 1 },
  converter: scaled(1n),
};

/** Fails where cycles are counted and nobody says how many make a second. */
export function selectClock(
  name: string,
  options: Options,
  frequency: Frequency | undefined,
  source: string,
): Result<SelectedClock> {
  if (NANOSECOND_CLOCKS.has(name)) {
    return success({ clock: { name, measuresTime: true, resolutionNs: 1 }, converter: scaled(1n) });
  }
  if (name === 'counter') return success(COUNTING);
  if (name === 'uptime') {
    const clock = { name, measuresTime: true, resolutionNs: UPTIME_TICK_NS };
    return success({ clock, converter: scaled(BigInt(UPTIME_TICK_NS)) });
  }
  if (options.cycles !== undefined) {
    return success({ clock: { name, measuresTime: true, resolutionNs: 1 }, converter: exact(options.cycles) });
  }
  if (frequency !== undefined && frequency.hz >= 1 && Number.isFinite(frequency.hz)) {
    const issue: Issue = {
      code: 'clock-estimated',
      severity: 'note',
      message: `the clock ${name} counts cycles; their frequency was taken to be ${Math.round(frequency.hz)} Hz, as ${frequency.origin}`,
      source,
    };
    const clock = { name, measuresTime: true, estimated: true, resolutionNs: 1 };
    return success({ clock, converter: byFrequency(frequency.hz), issue });
  }
  return failure({
    code: 'clock-frequency-needed',
    severity: 'error',
    message: `the clock ${name} counts cycles and ${source} does not say how many make a second`,
    source,
    hint: 'Give the frequency with --clock-hz (for x86-tsc: "tsc: Refined TSC clocksource calibration" in dmesg), or record with -C mono or -C tsc2nsec.',
  });
}

function scaled(nsPerTick: bigint): TickConverter {
  const factor = Number(nsPerTick);
  return {
    toNs: factor === 1 ? undefined : (ticks) => ticks * factor,
    start: (origin) => origin * nsPerTick,
  };
}

/**
 * Exact to the nanosecond without 64-bit integers: with o the origin and c cycles since then,
 * (o + c) · m >> s is (o · m >> s) + ((o · m mod 2^s) + c · m >> s), and c is cut in two so that no product leaves 2^53.
 */
function exact({ multiplier, shift, offset }: CycleConversion): TickConverter {
  const unit = 2 ** shift;
  /** 2^16 where the shift is larger: the lower half of c then fits in 32 bits and is cut once more. */
  const isWide = shift > 16;
  const upperUnit = isWide ? unit / TWO_16 : 1;
  let remainder = 0;
  return {
    start(origin) {
      const product = origin * BigInt(multiplier);
      remainder = Number(product & ((1n << BigInt(shift)) - 1n));
      return (product >> BigInt(shift)) + offset;
    },
    toNs(cycles) {
      const whole = Math.floor(cycles / unit);
      const rest = cycles - whole * unit;
      if (!isWide) return whole * multiplier + Math.floor((rest * multiplier + remainder) / unit);
      const upper = Math.floor(rest / TWO_16);
      const lower = rest - upper * TWO_16;
      const carry = Math.floor((lower * multiplier + remainder) / TWO_16);
      return whole * multiplier + Math.floor((upper * multiplier + carry) / upperUnit);
    },
  };
}

function byFrequency(hz: number): TickConverter {
  const nsPerTick = NS_PER_SECOND / hz;
  return {
    toNs: (ticks) => Math.floor(ticks * nsPerTick),
    // The origin only places the recording on its clock: a tenth of a millihertz is precise enough.
    start: (origin) => (origin * 10_000_000_000_000n) / BigInt(Math.round(hz * 10_000)),
  };
}
