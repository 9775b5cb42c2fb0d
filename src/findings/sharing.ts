/** How much of the vCPUs' waiting for each other could be had back by using all pCPUs. */
import { culpritsOf, type Evidence, type Machine } from './evidence.js';
import type { Confidence } from './finding.js';

/** A vCPU that was on a pCPU for less than this share of its run time only passed by. Own judgement. */
const PASSED_BY = 0.05;

/** Nanoseconds in which other vCPUs, of this machine or of others, had the pCPU while one of its own was runnable. */
export interface Sharing {
  readonly siblingsNs: number;
  readonly othersNs: number;
  /**
   * The part of their sum that goes away if the same work is spread over all pCPUs of the host: an estimate. At every
   * moment n vCPUs wanted to run and k of them did, on the pCPUs that vCPUs used; on k' of them the same work takes k / k'
   * of the time, and n − k' wait.
   */
  readonly spreadableNs: number;
}

export function sharingOf(evidence: Evidence, machine: Machine): Sharing {
  const rows = culpritsOf(evidence, machine);
  const sum = (wanted: string) => rows.reduce((total, { kind, ns }) => total + (kind === wanted ? ns : 0), 0);
  const siblingsNs = sum('sibling vCPU');
  const othersNs = sum('other machine');
  const waitedNs = siblingsNs + othersNs;
  // All vCPUs are looked at for the share: not once more for each of thousands of machines that never waited.
  return { siblingsNs, othersNs, spreadableNs: waitedNs === 0 ? 0 : Math.round(waitedNs * spreadableShare(evidence)) };
}

function spreadableShare({ placement: { demand, hostPcpus, vcpus } }: Evidence): number {
  const used = usedPcpus(vcpus).size;
  if (demand === null || used === 0) return 0;
  let [waited, left] = [0, 0];
  for (const { vcpus: wanting, ns } of demand.runnable) {
    const served = Math.min(wanting, used);
    const servable = Math.min(wanting, Math.max(used, hostPcpus));
    waited += (wanting - served) * ns;
    left += servable === 0 ? 0 : ((wanting - servable) * ns * served) / servable;
  }
  // With a pCPU for each at all times nobody has to wait: those that did were placed badly.
  return waited === 0 ? 1 : 1 - left / waited;
}

/** pCPUs on which these vCPUs ran, and not only passed by. */
export function usedPcpus(vcpus: Evidence['placement']['vcpus']): ReadonlySet<number> {
  const used = new Set<number>();
  for (const { pcpus } of vcpus) {
    const ran = pcpus.reduce((total, { ns }) => total + (ns ?? 0), 0);
    for (const { pcpu, ns } of pcpus) if ((ns ?? 0) > PASSED_BY * ran) used.add(pcpu);
  }
  return used;
}

/** Who is a sibling and who another machine is no fact where machines were told apart by the order of their threads. */
export const confidenceInMachines = ({ quality }: Evidence): Confidence =>
  quality.issues.some(({ code, severity }) => code === 'machines-inferred' && severity === 'warning')
    ? 'medium'
    : 'high';
