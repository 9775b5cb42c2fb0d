/** How the books of a recording vary: what each vCPU's accounts and exits hold in equal slices of T. */
import { ACCOUNTS, type AccountName } from '../ledger/accounts.js';
import { Slices } from '../ledger/slices.js';
import type { Window } from '../ledger/window.js';
import { CAUSES, type Cause } from '../recording/causes.js';
import { detailText, type Naming, reasonName } from './exits.js';
import type { MachineGroup } from './machines.js';

export interface Series {
  /** How long each slice is, the last one as well. */
  readonly lengthsNs: Float64Array;
  readonly vcpus: readonly VcpuSeries[];
}

export interface VcpuSeries {
  /** Id of its machine. */
  readonly machine: string;
  readonly vcpu: number;
  /**
   * By account, nanoseconds in each slice, without those in which the VMM kept it out; `unknown` lacks the time before its
   * first event.
   */
  readonly accounts: Readonly<Record<AccountName, Float64Array>>;
  /** Nanoseconds in which the VMM kept it out of the guest. */
  readonly keptOut: Float64Array;
  readonly exits: readonly ExitSeries[];
}

/** The exits of one cell; an episode counts where it began. */
export interface ExitSeries {
  readonly cause: Cause;
  readonly reason: string;
  /** Untrusted text, as `device`. */
  readonly detail: string | null;
  readonly device: string | null;
  /** All of T; null where there were too many cells to follow this one over time. */
  readonly slices: {
    readonly exits: Float64Array;
    /** Guest delay but for waiting for a pCPU. */
    readonly handlingNs: Float64Array;
  } | null;
}

/** Give it to `explain`, then ask for its `series`. */
export class SeriesObserver {
  #slices: Slices | undefined;
  #series: Series | undefined;

  begin(window: Window): Slices {
    this.#slices = new Slices(window);
    return this.#slices;
  }

  /** @param lengthNs of T */
  name(machines: readonly MachineGroup[], naming: Naming, lengthNs: number): void {
    const slices = this.#slices;
    if (slices === undefined) throw new Error('nothing has been observed');
    const { sliceNs } = slices;
    const count = Math.max(1, Math.ceil(lengthNs / sliceNs));
    const lengthsNs = new Float64Array(count).fill(sliceNs);
    lengthsNs[count - 1] = lengthNs - (count - 1) * sliceNs;
    const vcpus = machines.flatMap((machine) =>
      machine.members.map(({ id, ledger }) => vcpuSeries(machine, id, ledger, slices, naming, count)),
    );
    this.#series = { lengthsNs, vcpus };
  }

  get series(): Series {
    if (this.#series === undefined) throw new Error('nothing has been observed');
    return this.#series;
  }
}

function vcpuSeries(
  machine: MachineGroup,
  id: number,
  { thread, books: { cells } }: MachineGroup['members'][number]['ledger'],
  slices: Slices,
  naming: Naming,
  count: number,
): VcpuSeries {
  const own = slices.vcpu(thread);
  const accounts = Object.fromEntries(
    ACCOUNTS.map((name, account) => [name, own?.accounts[account].subarray(0, count) ?? new Float64Array(count)]),
  ) as Record<AccountName, Float64Array>;
  const exits = Array.from({ length: cells.count }, (_, cell): ExitSeries => {
    const detailClass = cells.detailClass[cell];
    const value = cells.detailValue[cell];
    const found = own?.cells[cell];
    return {
      cause: CAUSES[cells.cause[cell]],
      reason: reasonName(cells.reason[cell], naming.reasons),
      detail: detailText(detailClass, value, naming.details),
      device: naming.deviceName(machine.id, detailClass, value) ?? null,
      slices: found ? { exits: found.exits.subarray(0, count), handlingNs: found.handlingNs.subarray(0, count) } : null,
    };
  });
  const keptOut = own?.keptOut.subarray(0, count) ?? new Float64Array(count);
  return { machine: machine.id, vcpu: id, accounts, keptOut, exits };
}
