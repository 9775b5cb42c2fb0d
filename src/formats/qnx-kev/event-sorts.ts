/**
 * What the first word of an event says about how it is to be read, but for its number: class and flags decide. Bits that no
 * documented release uses are masked off where a trace has them all the time; where they come up now and then, the word is
 * damage.
 */
import { hasInjectedEvents, type Release } from '../qnx/release.js';
import {
  CLASS_MASK,
  CLASS_SHIFT,
  CPU_MASK,
  CPU_SHIFT,
  EVENT_MASK,
  HypervisorEvent,
  INJECTED_FLAG,
  MOST_CPUS,
  TraceClass,
} from '../qnx/trace-classes.js';
import { EVENT_WORDS } from './event-words.js';

/** Unknown events have a class that no documented release has; broken ones cannot be events. */
export const Sort = { Kernel: 0, Control: 1, Injected: 2, Unknown: 3, Broken: 4 } as const;

/** Class and flags: an index into the sorts, after shifting by CLASS_SHIFT. */
export const SORT_MASK = 0x3fff;
const FLAGS_MASK = (SORT_MASK << CLASS_SHIFT) & ~(CLASS_MASK << CLASS_SHIFT);
/** What makes up a visit to the guest. */
const VISIT = [HypervisorEvent.GuestEnter, HypervisorEvent.Cycles, HypervisorEvent.GuestExit];
/** Bits that are set in at least this share of events are no damage. */
const USUAL_SHARE = 1 / 64;

/**
 * By class and flags of the first word: its Sort.
 * @param head the first events of the trace
 */
export function eventSorts(release: Release, head: Uint32Array): Uint8Array {
  const usualFlags = flagsInUse(head) | INJECTED_FLAG;
  const injects = hasInjectedEvents(release);
  const injectsHypervisor = injects && !areAllInjected(head);
  const sorts = new Uint8Array(SORT_MASK + 1);
  for (let index = 0; index < sorts.length; index++) sorts[index] = sortOf(index);
  return sorts;

  function sortOf(index: number): number {
    const word = index << CLASS_SHIFT;
    const traceClass = index & CLASS_MASK;
    if ((word & FLAGS_MASK & ~usualFlags) !== 0 || traceClass === 0) return Sort.Broken;
    if (traceClass > TraceClass.Counters) return Sort.Unknown;
    if (injects && (word & INJECTED_FLAG) !== 0 && traceClass !== TraceClass.User) {
      if (traceClass !== TraceClass.Hypervisor || injectsHypervisor) return Sort.Injected;
    }
    return traceClass === TraceClass.Control ? Sort.Control : Sort.Kernel;
  }
}

function flagsInUse(head: Uint32Array): number {
  const events = head.length / EVENT_WORDS;
  let flags = 0;
  for (let bit = 1; bit <= FLAGS_MASK; bit <<= 1) {
    if ((FLAGS_MASK & bit) === 0) continue;
    let count = 0;
    for (let at = 0; at < head.length; at += EVENT_WORDS) if ((head[at] & bit) !== 0) count++;
    if (count >= Math.max(2, events * USUAL_SHARE)) flags |= bit;
  }
  return flags;
}

/**
 * Whether all events of the hypervisor are marked as written by a process, which would be qvm: which part of 8.0 writes them
 * is not documented.
 */
export function areAllInjected(head: Uint32Array): boolean {
  const seen = new Set<number>();
  for (let at = 0; at < head.length; at += EVENT_WORDS) {
    if (((head[at] >>> CLASS_SHIFT) & CLASS_MASK) !== TraceClass.Hypervisor) continue;
    if ((head[at] & INJECTED_FLAG) === 0) return false;
    seen.add(head[at] & EVENT_MASK);
  }
  return VISIT.every((event) => seen.has(event));
}

/** How many CPUs there are: as many as the header states, or all that are possible where the events contradict it. */
export function cpusIn(head: Uint32Array, stated: number | undefined): number {
  if (stated === undefined) return MOST_CPUS;
  let beyond = 0;
  for (let at = 0; at < head.length; at += EVENT_WORDS) if (((head[at] >>> CPU_SHIFT) & CPU_MASK) >= stated) beyond++;
  return beyond > (head.length / EVENT_WORDS) * USUAL_SHARE ? MOST_CPUS : stated;
}
