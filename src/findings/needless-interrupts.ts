/** Interrupts of the host that nobody needs: what they are, and which part of the time of all interrupts is theirs. */
import { interruptWorkNs, sumExits, workOf } from './costs.js';
import { type CulpritRow, culpritsOf, type Evidence, type ExitRow, handlersOf, type Machine } from './evidence.js';
import type { Draft } from './rule.js';

/** The finding about them. */
export const NEEDLESS_RULE = 'unhandled-interrupts';

/** Fewer are no pattern. Own judgement. */
export const LEAST_NEEDLESS = 100;
/** Devices that share an interrupt each look whether it was theirs: of two, every second look is in vain. Own judgement. */
export const MOSTLY_UNHANDLED = 0.9;
/** Names of interrupts that the CPU itself raises where something is wrong (see hypervisors/kvm/interrupt-names.ts). */
const BY_THE_CPU: readonly string[] = ['spurious interrupt', 'APIC error'];

type InterruptCount = Evidence['interrupts'][number];

export interface NeedlessInterrupts {
  /** Those for which no handler finds anything to do. */
  readonly unhandled: readonly InterruptCount[];
  readonly spurious: readonly InterruptCount[];
}

export function needlessInterrupts({ interrupts }: Evidence): NeedlessInterrupts {
  return {
    unhandled: interrupts.filter((one) => one.count >= LEAST_NEEDLESS && one.unhandled >= MOSTLY_UNHANDLED * one.count),
    spurious: interrupts.filter(({ name, count }) => BY_THE_CPU.includes(name) && count >= LEAST_NEEDLESS),
  };
}

/** Whether another finding counts those that nobody needs, so that this one has to leave them out. */
export const areCounted = (others: readonly Draft[]): boolean => others.some(({ rule }) => rule === NEEDLESS_RULE);

/** By the name of an interrupt: the part of its handlers that ran for nothing, 0 to 1; not there: nobody says that any did. */
function needlessParts(evidence: Evidence): ReadonlyMap<string, number> {
  const { unhandled, spurious } = needlessInterrupts(evidence);
  return new Map([
    ...unhandled.map((one) => [one.name, one.unhandled / one.count] as const),
    ...spurious.map(({ name }) => [name, 1] as const),
  ]);
}

/** Time of their handlers on top of the vCPUs of a machine, ns: each had the mean of the handlers of its interrupt. */
export function needlessOnTopNs(evidence: Evidence, machine: Machine): number {
  const parts = needlessParts(evidence);
  return Math.floor(handlersOf(evidence, machine).reduce((sum, { name, ns }) => sum + (parts.get(name) ?? 0) * ns, 0));
}

/** Time in which their handlers had the pCPU while vCPUs of a machine waited for it, ns; likewise. */
export function needlessWaitsNs(evidence: Evidence, machine: Machine): number {
  const parts = needlessParts(evidence);
  const isHandler = ({ kind }: CulpritRow) => kind === 'interrupt';
  return Math.floor(
    culpritsOf(evidence, machine)
      .filter(isHandler)
      .reduce((sum, { name, ns }) => sum + (parts.get(name) ?? 0) * ns, 0),
  );
}

/** "host IRQ 24 (eth0)", "host vector 0xff (spurious interrupt)". */
const OF_EXIT = /^host (?:vector 0x[\da-f]+ \((?<vector>.*)\)|(?<irq>IRQ .*))$/s;

/**
 * What the exits cost that they force, ns. Where exits name their interrupt, that is theirs. Of the others as many are theirs as
 * their handlers ran on top of the vCPUs, each as long as the mean; where the ends of handlers were not recorded, their
 * part of all interrupts by number.
 * @param rows exits of one machine for interrupts of the host
 */
export function needlessExitsNs(evidence: Evidence, machine: Machine, rows: readonly ExitRow[]): number {
  const { workNs } = sumExits(rows);
  if (workNs === 0) return 0;
  const parts = needlessParts(evidence);
  const known = new Set(evidence.interrupts.map(({ name }) => name));
  const nameOf = ({ detail }: ExitRow): string | undefined => {
    const { vector, irq } = OF_EXIT.exec(detail ?? '')?.groups ?? {};
    const name = vector ?? irq;
    return name !== undefined && known.has(name) ? name : undefined;
  };
  let needlessNs = 0;
  const named = new Set<string>();
  const unnamed: ExitRow[] = [];
  for (const row of rows) {
    const name = nameOf(row);
    if (name === undefined) unnamed.push(row);
    else {
      named.add(name);
      needlessNs += (parts.get(name) ?? 0) * workOf(row);
    }
  }
  const rest = sumExits(unnamed);
  if (rest.count > 0) {
    const runs = needlessRuns(evidence, machine, named, rest.count);
    needlessNs += (Math.min(runs, rest.count) / rest.count) * rest.workNs;
  }
  return Math.floor((needlessNs / workNs) * interruptWorkNs(evidence, rows));
}

/** How many of the exits that name no interrupt they forced. */
function needlessRuns(evidence: Evidence, machine: Machine, named: ReadonlySet<string>, exits: number): number {
  const handlers = handlersOf(evidence, machine);
  const all = evidence.interrupts.reduce((sum, { count }) => sum + count, 0);
  let runs = 0;
  for (const [name, part] of needlessParts(evidence)) {
    if (named.has(name)) continue;
    const own = handlers.filter((row) => row.name === name);
    const counted = evidence.interrupts.find((one) => one.name === name)!;
    // That a handler found nothing is told at its end: without a row none of them ran on top of this machine's vCPUs.
    const isTimed = counted.unhandled > 0 || own.length > 0;
    runs += isTimed ? part * own.reduce((sum, { count }) => sum + count, 0) : (exits * counted.count) / all;
  }
  return runs;
}
