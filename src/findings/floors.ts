/**
 * What an exit costs at least, by what has to be done for it: what a remedy that makes exits cheaper can reach.
 *
 * Source: published microbenchmarks of x86 CPUs of 2015 and later and of arm64 with VHE (Dall et al., ISCA 2016 and
 * USENIX ATC 2017; the vmexit and micro-bench tests of kvm-unit-tests; Lim et al., SOSP 2017): ranges over them.
 */
import { medianOf } from './costs.js';
import { type Evidence, exitsOf, isRecorded, type Machine } from './evidence.js';

/** Thousands of cycles, least and most of the published. */
interface Range {
  readonly least: number;
  readonly most: number;
}

/**
 * `hardware`: out and in again. `hypervisor`: something trivial is answered in the kernel. `kernel device`: a device that
 * the kernel emulates, or a doorbell that it passes on. `vmm device`: the VMM in user space answers. `ipi`: another vCPU
 * is interrupted.
 */
const KILOCYCLES = {
  hardware: { x86: { least: 0.7, most: 1.5 }, arm: { least: 0.1, most: 0.1 } },
  hypervisor: { x86: { least: 1.1, most: 1.6 }, arm: { least: 0.75, most: 1.2 } },
  'kernel device': { x86: { least: 1.6, most: 2.6 }, arm: { least: 1.2, most: 1.8 } },
  'vmm device': { x86: { least: 4.5, most: 7 }, arm: { least: 5, most: 8 } },
  ipi: { x86: { least: 2.5, most: 5 }, arm: { least: 2.5, most: 5 } },
} as const satisfies Record<string, Record<'x86' | 'arm', Range>>;

export type FloorClass = keyof typeof KILOCYCLES;

/** Gigahertz, where neither the recording nor facts of the host name the pCPU's. Own assumption: servers run at 2 to 4. */
const ASSUMED_GHZ = 3;

export interface Floor {
  /** Nanoseconds: the middle of the published range. */
  readonly ns: number;
  /** For the reasoning of a finding. */
  readonly basis: string;
}

export function floorOf(evidence: Evidence, of: FloorClass): Floor {
  const { architecture, virtualization } = evidence.recording.host;
  const isArm =
    virtualization === 'arm' ||
    /^(?:aarch64|arm)/.test(architecture ?? evidence.host?.architecture ?? '') ||
    // Text does not name its host, but the reasons of its exits do.
    evidence.reasons.some(({ vocabulary }) => vocabulary === 'arm64');
  const { least, most } = KILOCYCLES[of][isArm ? 'arm' : 'x86'];
  const stated = gigahertzOf(evidence);
  const gigahertz = stated ?? ASSUMED_GHZ;
  const range = least === most ? `${least}` : `${least} to ${most}`;
  return {
    ns: (500 * (least + most)) / gigahertz,
    basis: `published: ${range} thousand cycles, at ${stated === undefined ? 'assumed ' : ''}${gigahertz} GHz`,
  };
}

/** The nominal frequency that is part of many names of CPUs, else the highest that a pCPU has. */
function gigahertzOf({ recording, host }: Evidence): number | undefined {
  const model = recording.host.cpuModel ?? host?.cpuModel ?? '';
  const named = Number(/@ ([\d.]+) ?GHz/.exec(model)?.[1]);
  if (named > 0) return named;
  const highest = Math.max(0, ...(host?.pcpus.map(({ highestHz }) => highestHz ?? 0) ?? []));
  return highest > 0 ? highest / 1e9 : undefined;
}

/** Exits that the hypervisor answers itself, whatever devices there are. */
const ANSWERED: readonly string[] = ['cpuid', 'register', 'timer', 'hypercall'];
/** Fewer of them tell nothing. */
const ENOUGH = 20;

/**
 * What an exit that does not reach the VMM costs this machine: the median over those that were recorded (where there are
 * at least 20), never less than the published floor. An exit includes what the recorder adds to it.
 */
export function kernelExitOf(evidence: Evidence, machine: Machine): Floor {
  const published = floorOf(evidence, 'kernel device');
  const rows = exitsOf(evidence, machine).filter(
    ({ cause, reachedVmm }) => ANSWERED.includes(cause) && reachedVmm === 0,
  );
  const timed = rows.reduce((total, row) => total + row.timed, 0);
  const median = medianOf(rows);
  if (timed < ENOUGH || median === undefined || median <= published.ns) return published;
  return { ns: median, basis: 'measured here: the median of such exits' };
}

/** Fewer halts tell nothing. */
const ENOUGH_HALTS = 10;

/**
 * Nanoseconds that it takes on this host to put a thread to sleep and to wake it up: the mean over halts of this machine of
 * what the hypervisor did and what waking up took. Undefined where there are not enough, or where waking up was not recorded.
 */
export function wakeupOf(evidence: Evidence, machine: Machine): number | undefined {
  if (!isRecorded(evidence, 'wakeup')) return undefined;
  const halts = exitsOf(evidence, machine).filter(({ cause, timed }) => cause === 'halt' && timed > 0);
  const count = halts.reduce((total, row) => total + row.count, 0);
  const took = halts.reduce((total, { ledgerNs }) => total + ledgerNs.hypervisor + ledgerNs.wakeup, 0);
  return count < ENOUGH_HALTS ? undefined : took / count;
}
