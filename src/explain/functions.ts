/** Which functions of the guests' kernels exits come from, where their symbols are given. */
import type { Issue } from '../base/issue.js';
import type { VcpuLedger } from '../ledger/vcpu.js';
import type { FunctionTable, GuestFunction } from '../platform/symbols/function-table.js';
import {
  checkKernelOffset,
  type ExitOrigin,
  findKernelOffset,
  isKernelAddress,
  type KernelOffset,
} from '../platform/symbols/kernel-offset.js';
import { CAUSES, type Cause } from '../recording/causes.js';
import { detailText, type Naming, reasonName } from './exits.js';
import type { MachineGroup } from './machines.js';

export interface GivenSymbols {
  readonly table: FunctionTable;
  /** Id of the machine whose kernel it is; absent: that of every machine that none is given for. */
  readonly machine?: string;
  /** By how much the kernel was moved, where the user knows: address in the recording less address among the symbols. */
  readonly offset?: bigint;
}

/** The symbols of one machine's kernel, and how they were fitted to the recording. */
export interface SymbolsUse {
  readonly machine: string;
  readonly source: string;
  readonly functions: number;
  /** By how much the kernel had been moved, in hexadecimal with its sign. */
  readonly offset: string;
  readonly offsetFrom: 'given' | 'found';
  readonly confidence: KernelOffset['confidence'];
  /** Exits of known sorts from the kernel, and those of them in functions that are made for them. */
  readonly knownExits: number;
  readonly matchedExits: number;
}

export interface FunctionRow {
  readonly machine: string;
  readonly vcpu: number;
  readonly cause: Cause;
  readonly reason: string;
  readonly detail: string | null;
  /** Untrusted text; null: no symbol has that address, or the address is not known. */
  readonly function: string | null;
  /** Untrusted text. */
  readonly module: string | null;
  /** Whether the address is one of the kernel's half; null where it is not known. */
  readonly inKernel: boolean | null;
  readonly count: number;
  readonly guestDelayNs: number;
}

export interface GuestFunctions {
  readonly symbols: readonly SymbolsUse[];
  /** Most guest delay first. */
  readonly rows: readonly FunctionRow[];
  /** The function at an address of a machine. */
  readonly nameOf: (machine: string, high: number, low: number) => GuestFunction | undefined;
  readonly notes: readonly (Issue & { readonly severity: 'note' | 'warning' })[];
}

interface Fitted {
  readonly table: FunctionTable;
  readonly use: SymbolsUse;
  readonly offset: bigint;
  readonly isUsable: boolean;
}

export function guestFunctions(
  machines: readonly MachineGroup[],
  naming: Naming,
  given: readonly GivenSymbols[],
): GuestFunctions {
  const fitted = new Map(
    machines.flatMap((machine) => {
      const own = symbolsOf(machine, given);
      return own === undefined ? [] : [[machine.id, fitSymbols(machine, own)] as const];
    }),
  );
  const nameOf = (machine: string, high: number, low: number): GuestFunction | undefined => {
    const own = fitted.get(machine);
    const address = addressOf(high, low);
    return own?.isUsable !== true || address === undefined ? undefined : functionAt(own, address);
  };
  const concerned = machines.filter(({ id }) => fitted.has(id));
  const rows = concerned.flatMap((machine) =>
    machine.members.flatMap(({ id, ledger }) => rowsOf(machine.id, id, ledger, naming, nameOf)),
  );
  return {
    symbols: [...fitted.values()].map(({ use }) => use),
    rows: rows.sort((a, b) => b.guestDelayNs - a.guestDelayNs || b.count - a.count),
    nameOf,
    notes: [...fitted.values()].flatMap(({ use }) => notesOn(use)),
  };
}

const symbolsOf = ({ id, name }: MachineGroup, given: readonly GivenSymbols[]): GivenSymbols | undefined =>
  given.find(({ machine }) => machine === id || machine === name) ?? given.find(({ machine }) => machine === undefined);

function fitSymbols(machine: MachineGroup, { table, offset: givenOffset }: GivenSymbols): Fitted {
  const origins = originsOf(machine);
  const judged =
    givenOffset === undefined ? findKernelOffset(origins, table) : checkKernelOffset(origins, table, givenOffset);
  const { offset, confidence, knownExits, matchedExits } = judged;
  const use: SymbolsUse = {
    machine: machine.id,
    source: table.source,
    functions: table.functions,
    offset: `${offset < 0n ? '-' : ''}0x${(offset < 0n ? -offset : offset).toString(16)}`,
    offsetFrom: givenOffset === undefined ? 'found' : 'given',
    confidence,
    knownExits,
    matchedExits,
  };
  return { table, use, offset, isUsable: givenOffset !== undefined || confidence !== 'contradicted' };
}

/** Modules lie where they were loaded: their addresses hold only for the boot that the symbols are from, as offset 0 does. */
function functionAt({ table, offset }: Fitted, address: bigint): GuestFunction | undefined {
  const found = table.find(address - offset);
  return found !== undefined && found.module !== null && offset !== 0n ? undefined : found;
}

function originsOf({ members }: MachineGroup): ExitOrigin[] {
  const origins = new Map<string, ExitOrigin & { exits: number }>();
  for (const { addresses, cells } of members.map(({ ledger }) => ledger.books)) {
    if (addresses === undefined) continue;
    for (let row = 0; row < addresses.count; row++) {
      const address = addressOf(addresses.high[row], addresses.low[row]);
      if (address === undefined) continue;
      const cause = CAUSES[cells.cause[addresses.cell[row]]];
      const key = `${cause} ${address}`;
      const origin = origins.get(key) ?? { cause, address, exits: 0 };
      origins.set(key, origin);
      origin.exits += addresses.exits[row];
    }
  }
  return [...origins.values()];
}

function rowsOf(
  machine: string,
  vcpu: number,
  { books: { addresses, cells } }: VcpuLedger,
  naming: Naming,
  nameOf: GuestFunctions['nameOf'],
): FunctionRow[] {
  if (addresses === undefined) return [];
  const rows = new Map<string, FunctionRow & { count: number; guestDelayNs: number }>();
  for (let index = 0; index < addresses.count; index++) {
    const [cell, high, low] = [addresses.cell[index], addresses.high[index], addresses.low[index]];
    const address = addressOf(high, low);
    const found = nameOf(machine, high, low);
    const inKernel = address === undefined ? null : isKernelAddress(address);
    const key = JSON.stringify([cell, found?.name, found?.module, inKernel]);
    const row = rows.get(key) ?? {
      machine,
      vcpu,
      cause: CAUSES[cells.cause[cell]],
      reason: reasonName(cells.reason[cell], naming.reasons),
      detail: detailText(cells.detailClass[cell], cells.detailValue[cell], naming.details),
      function: found?.name ?? null,
      module: found?.module ?? null,
      inKernel,
      count: 0,
      guestDelayNs: 0,
    };
    rows.set(key, row);
    row.count += addresses.exits[index];
    row.guestDelayNs += addresses.delayNs[index];
  }
  return [...rows.values()];
}

function addressOf(high: number, low: number): bigint | undefined {
  if (Number.isNaN(high) || Number.isNaN(low)) return undefined;
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function notesOn({ machine, source, confidence, offset, offsetFrom, knownExits }: SymbolsUse): GuestFunctions['notes'] {
  if (confidence === 'contradicted') {
    const names =
      offsetFrom === 'given' ? 'so the names of functions are most likely wrong' : 'so no function is named';
    return [
      {
        code: 'symbols-do-not-fit',
        severity: 'warning',
        message: `${source} does not fit the kernel of ${machine}: hardly any of ${knownExits} exits of known sorts lies in a function that is made for it, ${names}`,
        hint: 'Take the symbols of that very kernel; /proc/kallsyms of the guest, read as root, has them with their offset.',
      },
    ];
  }
  if (confidence !== 'unverified' || offsetFrom === 'given') return [];
  return [
    {
      code: 'symbols-unverified',
      severity: 'note',
      message: `No exit of ${machine} tells whether its kernel was moved when it booted: the functions of ${source} are named as if it was not (offset ${offset})`,
      hint: 'If it was, give --kaslr-offset.',
    },
  ];
}
