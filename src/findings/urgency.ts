/** How urgent threads are to the host's scheduler, in words: who takes a pCPU from whom follows from that. */
import type { CulpritRow, Evidence, Machine } from './evidence.js';

/** Linux: priorities of ordinary threads begin here, in the order of their nice values from -20 on. */
const FIRST_ORDINARY = 100;
const NICE_0 = 120;
const MOST_URGENT_REAL_TIME = 99;

/** undefined: this host has no such numbers. */
function priorityText(hypervisor: string, priority: number): string | undefined {
  if (hypervisor === 'qnx') return `priority ${priority}`;
  if (hypervisor !== 'kvm') return undefined;
  if (priority < 0) return 'deadline';
  return priority < FIRST_ORDINARY
    ? `real-time priority ${MOST_URGENT_REAL_TIME - priority}`
    : `nice ${priority - NICE_0}`;
}

/** "nice 0", "real-time priority 50", with a comma before it; empty where it is not known. */
export function urgencyOf(
  { recording }: Pick<Evidence, 'recording'>,
  { priority }: Pick<CulpritRow, 'priority'>,
): string {
  const text = priority === undefined ? undefined : priorityText(recording.hypervisor, priority);
  return text === undefined ? '' : `, ${text}`;
}

/** How the thread that had the pCPUs longest compares to the vCPUs, with a space before it. */
export function comparedUrgency(evidence: Evidence, { id, vcpus }: Machine, main: CulpritRow): string {
  const { hypervisor } = evidence.recording;
  // Xen's schedulers have weights and caps, and write neither down.
  if (hypervisor === 'xen') return '';
  const own = [...new Set(vcpus.flatMap(({ priority }) => priority ?? []))];
  if (main.priority === undefined || own.length === 0)
    return ` Priorities of ${main.priority === undefined ? `"${main.name}"` : `the vCPUs of ${id}`} are not recorded, or it has several.`;
  const [theirs, ours] = [main.priority, ...own].map((priority) => priorityText(hypervisor, priority));
  if (theirs === undefined || ours === undefined) return '';
  if (own.length > 1) return ` "${main.name}" has ${theirs}; the vCPUs of ${id} have several.`;
  const [of, by] = [urgencyNumber(hypervisor, main.priority), urgencyNumber(hypervisor, own[0])];
  if (of === by) return ` "${main.name}" has ${theirs}, as the vCPUs of ${id} have: they take turns.`;
  return of > by
    ? ` "${main.name}" has ${theirs}, the vCPUs of ${id} ${ours}: it takes their pCPU, or more of it, whenever it wants to run.`
    : ` "${main.name}" has ${theirs}, the vCPUs of ${id} ${ours}: they are more urgent, and had to wait all the same.`;
}

/** Larger is more urgent. */
const urgencyNumber = (hypervisor: string, priority: number): number => (hypervisor === 'qnx' ? priority : -priority);
