/** What an Explanation of a simulated QNX host says, and what it should say, in one and the same form. */
import type { CulpritRow, ExitRow, Explanation, SleepRow, Vcpu } from '../../src/explain/explanation.js';
import type { Virtualization } from '../../src/simulation/qnx/exit-codes.js';
import type { Executor } from '../../src/simulation/qnx/history.js';
import type { Simulation } from '../../src/simulation/qnx/simulate.js';
import type { Thread } from '../../src/simulation/qnx/thread.js';
import {
  type CycleWindow,
  type TrueExits,
  type TrueVcpuBooks,
  trueBooks,
} from '../../src/simulation/qnx/true-books.js';
import { truthOf } from '../../src/simulation/qnx/truth.js';

export interface VcpuBooks {
  readonly vcpu: string;
  /** Of each account that is not 0, ns. */
  readonly accounts: Record<string, number>;
  /** By cause, code and address. */
  readonly exits: Record<string, ExitBooks>;
  /** By account, kind and name, ns. */
  readonly culprits: Record<string, number>;
  /** By account, state and who woke it: how often, and how long together, ns. */
  readonly sleeps: Record<string, readonly [number, number]>;
  /** How often, and how long together, ns. */
  readonly entries: readonly [number, number];
  readonly leavings: readonly [number, number];
}

interface ExitBooks {
  readonly count: number;
  readonly episodes: number;
  readonly accounts: Record<string, number>;
  readonly lengths: { readonly count: number; readonly total: number; readonly min: number; readonly max: number };
}

const NOT_RECORDED = 'other: not recorded';
const ADDRESS = /(?:address|port) (0x[0-9a-f]+)/;

/** By vCPU. */
export function explainedBooks(explanation: Explanation): VcpuBooks[] {
  const codes = new Map(explanation.reasons.map(({ name, code }) => [name, code]));
  const keyOf = ({ cause, reason, detail }: ExitRow): string => {
    const address = ADDRESS.exec(detail ?? '')?.[1];
    if (reason === 'not recorded') return NOT_RECORDED;
    return `${cause}: code ${codes.get(reason)}${address === undefined ? '' : ` at ${address}`}`;
  };
  const books = explanation.machines.flatMap((machine) =>
    machine.vcpus.map((vcpu): VcpuBooks => {
      const isOwn = (row: { machine: string; vcpu: number }) => row.machine === machine.id && row.vcpu === vcpu.id;
      const costs = explanation.worldSwitches?.vcpus.find(isOwn);
      return {
        vcpu: vcpuName(machine.process!, tidOf(vcpu)),
        accounts: nonZero(vcpu.ledgerNs),
        exits: summedUp(explanation.exits.filter(isOwn), keyOf),
        culprits: culpritsOf(explanation.culprits.filter(isOwn)),
        sleeps: sleepsOf(explanation.sleeps.filter(isOwn)),
        entries: [costs?.entry.count ?? 0, costs?.entry.totalNs ?? 0],
        leavings: [costs?.exit.count ?? 0, costs?.exit.totalNs ?? 0],
      };
    }),
  );
  return books.sort((a, b) => (a.vcpu < b.vcpu ? -1 : 1));
}

/** The number of a vCPU that a trace does not tell is made up, but its thread is known by its name or its identifiers. */
function tidOf({ threadName = '' }: Vcpu): number {
  const number = /^vcpu(\d+)$/.exec(threadName)?.[1];
  return number === undefined ? Number(/tid (\d+)$/.exec(threadName)?.[1]) : Number(number) + FIRST_VCPU_TID;
}

/** The first thread of a qvm process is none of a vCPU. */
const FIRST_VCPU_TID = 2;

const vcpuName = (pid: number, tid: number): string => `qvm ${pid} thread ${tid}`;

const nonZero = (sums: object): Record<string, number> =>
  Object.fromEntries(Object.entries(sums as Record<string, number>).filter(([, ns]) => ns !== 0));

function summedUp(rows: readonly ExitRow[], keyOf: (row: ExitRow) => string): Record<string, ExitBooks> {
  const sums: Record<string, ExitBooks> = {};
  for (const row of rows) {
    const lengths = { count: row.timed, total: row.totalNs, min: row.minNs ?? Infinity, max: row.maxNs ?? 0 };
    const books = { count: row.count, episodes: row.episodes, accounts: nonZero(row.ledgerNs), lengths };
    sums[keyOf(row)] = plus(sums[keyOf(row)], books);
  }
  return sums;
}

function plus(a: ExitBooks | undefined, b: ExitBooks): ExitBooks {
  if (a === undefined) return b;
  const accounts = { ...a.accounts };
  for (const [name, ns] of Object.entries(b.accounts)) accounts[name] = (accounts[name] ?? 0) + ns;
  return {
    count: a.count + b.count,
    episodes: a.episodes + b.episodes,
    accounts,
    lengths: {
      count: a.lengths.count + b.lengths.count,
      total: a.lengths.total + b.lengths.total,
      min: Math.min(a.lengths.min, b.lengths.min),
      max: Math.max(a.lengths.max, b.lengths.max),
    },
  };
}

function culpritsOf(rows: readonly CulpritRow[]): Record<string, number> {
  return Object.fromEntries(rows.map(({ account, kind, name, ns }) => [`${account}: ${kind} ${name}`, ns]));
}

function sleepsOf(rows: readonly SleepRow[]): VcpuBooks['sleeps'] {
  const named = rows.map(({ account, state, kind, wokenBy, count, ns }) => {
    return [`${account}: ${state}, by ${kind} ${wokenBy}`, [count, ns]] as const;
  });
  return Object.fromEntries(named);
}

export function expectedBooks(
  simulation: Simulation,
  explanation: Explanation | undefined,
  window?: CycleWindow,
): VcpuBooks[] {
  const { plan } = simulation;
  const books = trueBooks(truthOf(simulation), plan.cyclesPerSecond, window);
  const { virtualization } = plan;
  const names = new CulpritNames(explanation?.machines ?? []);
  const expected = books.map((vcpu) => ({
    vcpu: vcpuName(vcpu.pid, vcpu.tid),
    accounts: nonZero(vcpu.sums),
    exits: expectedExits(vcpu.exits, virtualization),
    culprits: names.culpritsOf(vcpu),
    sleeps: names.sleepsOf(vcpu),
    entries: [vcpu.entryCosts.length, sum(vcpu.entryCosts)] as const,
    leavings: [vcpu.exitCosts.length, sum(vcpu.exitCosts)] as const,
  }));
  return expected.sort((a, b) => (a.vcpu < b.vcpu ? -1 : 1));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const DATA_ABORT = 0x24;
const IO_INSTRUCTION = 30;

function expectedExits(rows: readonly TrueExits[], virtualization: Virtualization): Record<string, ExitBooks> {
  const sums: Record<string, ExitBooks> = {};
  for (const { exit, count, episodes, sums: accounts, lengths } of rows) {
    const key = exit === undefined ? NOT_RECORDED : exitKey(exit, virtualization);
    sums[key] = plus(sums[key], {
      count,
      episodes,
      accounts: nonZero(accounts),
      lengths: {
        count: lengths.length,
        total: sum(lengths),
        min: Math.min(Infinity, ...lengths),
        max: Math.max(0, ...lengths),
      },
    });
  }
  return sums;
}

function exitKey({ reason, payload, cause }: NonNullable<TrueExits['exit']>, virtualization: Virtualization): string {
  // The payload of AMD's exits is not read.
  if (virtualization === 'svm') return `${cause}: code ${reason}`;
  if (virtualization === 'vmx') {
    const port = reason === IO_INSTRUCTION ? ` at 0x${(payload >> 16n).toString(16)}` : '';
    return `${cause}: code ${reason}${port}`;
  }
  const exceptionClass = reason >>> 26;
  const address = exceptionClass === DATA_ABORT ? ` at 0x${payload.toString(16)}` : '';
  return `${cause}: code ${exceptionClass}${address}`;
}

/** The names that users know threads by. */
class CulpritNames {
  readonly #machines: ReadonlyMap<number, { readonly id: string; readonly vcpus: readonly Vcpu[] }>;

  constructor(machines: Explanation['machines']) {
    this.#machines = new Map(machines.map((machine) => [machine.process!, machine]));
  }

  culpritsOf({ pid, culprits }: TrueVcpuBooks): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { account, culprit, ns } of culprits) {
      const key = `${account}: ${this.#nameOf(culprit, pid)}`;
      sums[key] = (sums[key] ?? 0) + ns;
    }
    return sums;
  }

  sleepsOf({ pid, sleeps }: TrueVcpuBooks): VcpuBooks['sleeps'] {
    const sums: Record<string, readonly [number, number]> = {};
    for (const { account, state, waker, count, ns } of sleeps) {
      const key = `${account}: ${state}, by ${this.#wakerName(waker, pid)}`;
      const [countSoFar, nsSoFar] = sums[key] ?? [0, 0];
      sums[key] = [countSoFar + count, nsSoFar + ns];
    }
    return sums;
  }

  /** Nothing but an interrupt makes an idle pCPU do something. */
  #wakerName(waker: Executor | 'unknown', pid: number): string {
    if (waker === 'unknown') return 'unknown unknown after lost events';
    const isIdle = waker !== 'scheduler' && 'isIdle' in waker && waker.isIdle;
    return isIdle ? 'interrupt an interrupt of an idle pCPU' : this.#nameOf(waker, pid);
  }

  #nameOf(culprit: Executor, pid: number): string {
    if (culprit === 'scheduler') return "kernel thread the host's scheduler, between two threads";
    if ('interrupt' in culprit) return `interrupt interrupt ${culprit.interrupt}`;
    if (culprit.isIdle) return 'idle pCPU nobody: the pCPU itself had to wake up';
    const machine = this.#machines.get(culprit.id.pid);
    if (machine === undefined) return `process ${threadName(culprit)}`;
    const vcpu = machine.vcpus.find((one) => tidOf(one) === culprit.id.tid);
    if (vcpu === undefined) return `VMM thread ${threadName(culprit)} of ${machine.id}`;
    return culprit.id.pid === pid ? `sibling vCPU vCPU ${vcpu.id}` : `other machine vCPU ${vcpu.id} of ${machine.id}`;
  }
}

function threadName({ id, options, process }: Thread): string {
  return options.name ?? `${process.name.split('/').at(-1)} pid ${id.pid} tid ${id.tid}`;
}
