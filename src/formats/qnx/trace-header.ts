/** What the header of a kernel trace says, whether it was read from the file itself or from traceprinter's output. */
import type { IssueLog } from '../../base/issue.js';
import type { Clock, HostFacts } from '../../recording/recording.js';
import { isNewer, type Release, releaseOf } from './release.js';
import { MOST_CPUS } from './trace-classes.js';

/** Attributes by key, without TRACE_. */
export type TraceAttributes = ReadonlyMap<string, string>;

/** No CPU's clock counts slower: such a number is damage. Wraps of 32 bits are exact numbers of nanoseconds then, too. */
const LEAST_HZ = 1000;
/** Frequencies beyond this are damage: see cyclesToNs. */
const MOST_HZ = 1e10;
/** Where no frequency is known, a cycle counts as a nanosecond, and times mean nothing. */
const UNKNOWN_HZ = 1e9;
const NS_PER_SECOND = 1e9;
/** Characters of a release that are repeated. */
const LONGEST_RELEASE = 32;

/** A whole number of decimal digits; undefined for anything else. */
export function decimalOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
}

/** Cycles per second as a header states them; undefined where that is no number, or none that can be. */
export function frequencyOf(text: string | undefined): number | undefined {
  const hz = decimalOf(text);
  return hz !== undefined && hz >= LEAST_HZ && hz <= MOST_HZ ? hz : undefined;
}

export interface TraceSettings {
  readonly release: Release;
  /** Cycles per second, a whole number from 1 to 10^10. */
  readonly hz: number;
  /** CPUs, where the header says it. */
  readonly cpus: number | undefined;
  readonly clock: Clock;
  readonly host: HostFacts;
}

export interface SettingsSource {
  readonly source: string;
  readonly issues: IssueLog;
  /** What the user says about the clock. */
  readonly clockHz: number | undefined;
  /** What is known beside the header, and what to go by where nothing is known. */
  readonly syspageHz?: number | undefined;
  readonly likelyRelease: Release;
}

/** By more than what is rounded. */
const differ = (one: number, other: number): boolean => Math.abs(one - other) > one * 1e-6;

/** `system`: further facts, from the system page. */
export function traceSettings(
  attributes: TraceAttributes,
  { source, issues, clockHz, syspageHz, likelyRelease }: SettingsSource,
  system: HostFacts = {},
): TraceSettings {
  const warn = (code: string, message: string, hint?: string): void =>
    issues.add({ code, severity: 'warning', message, source, ...(hint !== undefined && { hint }) });
  const stated = decimalOf(attributes.get('CYCLES_PER_SEC'));
  const known = [stated, syspageHz].find((hz) => hz !== undefined && hz >= LEAST_HZ && hz <= MOST_HZ);
  const [ofHeader, ofSyspage] = [stated, syspageHz].map((hz) => (hz !== undefined && hz >= LEAST_HZ ? hz : undefined));
  if (ofHeader !== undefined && ofSyspage !== undefined && differ(ofHeader, ofSyspage)) {
    const hint =
      'One of them is damage, or the trace was put together: "pidin syspage=qtime" on the target prints cycles_per_sec, for --clock-hz.';
    const told = clockHz === undefined ? `times are told by ${known}, and wrong if that is` : '--clock-hz decides';
    const message = `The header states ${ofHeader} cycles per second, the system page ${ofSyspage}: ${told}.`;
    warn('clock-frequencies-differ', message, hint);
  }
  const given = clockHz !== undefined && clockHz >= 1 && clockHz <= MOST_HZ ? Math.round(clockHz) : undefined;
  const isTold = given !== undefined && (known === undefined || differ(known, given));
  if (isTold && known !== undefined) {
    const message = `The trace states ${known} cycles per second. Times are told by --clock-hz, which says ${given}.`;
    warn('clock-frequency-told', message);
  }
  const hz = (isTold ? given : known) ?? UNKNOWN_HZ;
  const measuresTime = known !== undefined || given !== undefined;
  if (!measuresTime) {
    const hint = 'Give the frequency with --clock-hz ("pidin syspage=qtime" on the target prints cycles_per_sec).';
    warn('clock-frequency-unknown', 'The trace does not say how many cycles of its clock make a second.', hint);
  }
  const statedRelease = attributes.get('SYS_RELEASE')?.replaceAll('\0', '').trim().slice(0, LONGEST_RELEASE) ?? '';
  const release = releaseOf(statedRelease);
  if (release === undefined) {
    const what =
      statedRelease === ''
        ? 'The trace does not say which release of QNX wrote it'
        : `The trace states the release "${statedRelease}", which is not known`;
    warn('qnx-release-unknown', `${what}; it is read as one of ${likelyRelease}.x.`);
  } else if (isNewer(statedRelease)) {
    const message = `The trace is one of release ${statedRelease}; it is read as one of ${release}.x, the newest that is known.`;
    warn(
      'qnx-release-newer',
      message,
      'Events that are new, or have another number there, are counted by the wrong name.',
    );
  }
  const cpus = decimalOf(attributes.get('CPU_NUM'));
  const validCpus = cpus !== undefined && cpus >= 1 && cpus <= MOST_CPUS ? cpus : undefined;
  return {
    release: release ?? likelyRelease,
    hz,
    cpus: validCpus,
    clock: {
      name: 'ClockCycles',
      measuresTime,
      ...(isTold && { estimated: true }),
      resolutionNs: Math.max(1, NS_PER_SECOND / hz),
    },
    host: { ...hostFacts(attributes), ...(validCpus !== undefined && { pcpus: validCpus }), ...system },
  };
}

/** How each fact of the host is called in the header. */
const FACTS = {
  kernel: 'SYS_RELEASE',
  architecture: 'MACHINE',
  hostname: 'NODENAME',
  recorderCommand: 'TRACELOGGER_ARGS',
} as const;

function hostFacts(attributes: TraceAttributes): HostFacts {
  const facts: Record<string, string> = { recorder: 'tracelogger' };
  for (const [fact, key] of Object.entries(FACTS)) {
    const value = attributes.get(key)?.replaceAll('\0', '').trim();
    if (value !== undefined && value !== '') facts[fact] = value;
  }
  return facts;
}
