/** vCPUs that have pCPUs to themselves, and what it costs them that such a pCPU sleeps. */
import { culpritsOf, type Evidence, type ExitRow, type Machine, placedVcpusOf } from './evidence.js';

/** A pCPU on which others ran for more of T is not the vCPU's alone. Own judgement. */
export const SHARED = 0.01;

/** Whether each vCPU ran on a single pCPU, on which next to nobody else did. Threads of the kernel run everywhere. */
export function hasPcpusOfItsOwn(evidence: Evidence, machine: Machine): boolean {
  const { placement, recording } = evidence;
  const placed = placedVcpusOf(evidence, machine);
  if (placement.pcpus === null || placed.length === 0) return false;
  return placed.every(({ vcpu, pcpus: own }) => {
    const [first, ...more] = own;
    const pcpu = placement.pcpus?.find((one) => one.pcpu === first?.pcpu);
    if (pcpu === undefined || more.length > 0) return false;
    const others = pcpu.threads.filter(
      ({ kind, name }) => kind !== 'kernel thread' && name !== `${machine.id}/${vcpu}`,
    );
    return others.reduce((total, { ns }) => total + ns, 0) < SHARED * recording.durationNs;
  });
}

/** Waits for a pCPU that slept itself, ns, as far as they are of these exits: at most. */
export function wakeUpsOf(evidence: Evidence, machine: Machine, rows: readonly ExitRow[]): number {
  const waited = rows.reduce((total, { ledgerNs }) => total + ledgerNs.wakeup, 0);
  const byPcpu = culpritsOf(evidence, machine)
    .filter(({ account, kind }) => account === 'wakeup' && kind === 'idle pCPU')
    .reduce((total, { ns }) => total + ns, 0);
  return Math.min(waited, byPcpu);
}
