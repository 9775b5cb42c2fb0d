/**
 * By how much a kernel was moved when it booted (KASLR), found from where its exits come from: of all possible offsets the one
 * with which most exits of known sorts lie in functions that are made for them.
 */
import type { Cause } from '../../recording/causes.js';
import { type FunctionExtent, type FunctionTable, plainName } from './function-table.js';
import { KNOWN_EXITS } from './known-exits.js';

/** Kernels of x86-64 and arm64 are moved by multiples of this: CONFIG_PHYSICAL_ALIGN, MIN_KIMG_ALIGN. */
const STEP = 2n * 1024n * 1024n;
/** Addresses of the kernel's half. */
const KERNEL_HALF = 1n << 63n;
/** Addresses from which candidates are made, the most frequent first. */
const TRIED = 64;
/** A share of exits of known sorts from which on an offset is certain, and one below which the symbols do not fit. */
const CERTAIN_SHARE = 0.75;
const LEAST_SHARE = 0.25;

/** Where exits of one cause come from. */
export interface ExitOrigin {
  readonly cause: Cause;
  readonly address: bigint;
  readonly exits: number;
}

export const OFFSET_CONFIDENCES = ['certain', 'likely', 'unverified', 'contradicted'] as const;
export interface KernelOffset {
  /** What to subtract from an address of the recording to find it among the symbols. */
  readonly offset: bigint;
  /**
   * `certain`: exits in several functions that are made for them, and most of them. `likely`: in fewer. `unverified`: none of
   * known sorts in the recording. `contradicted`: there are, but no offset brings them into such functions.
   */
  readonly confidence: (typeof OFFSET_CONFIDENCES)[number];
  /** Exits of known sorts from the kernel, and those of them in functions that are made for them. */
  readonly knownExits: number;
  readonly matchedExits: number;
}

export const isKernelAddress = (address: bigint): boolean => address >= KERNEL_HALF;

export function findKernelOffset(origins: readonly ExitOrigin[], table: FunctionTable): KernelOffset {
  const extents = new Map([...KNOWN_EXITS].map(([cause, names]) => [cause, table.named(names)]));
  const tried = knownOrigins(origins).slice(0, TRIED);
  const candidates = tried.flatMap(({ cause, address }) => candidatesOf(address, extents.get(cause) ?? []));
  const judged = [...new Set([0n, ...candidates])].map((offset) => checkKernelOffset(origins, table, offset));
  // The first of equals: no offset is the simplest.
  return judged.reduce((best, other) => (other.matchedExits > best.matchedExits ? other : best));
}

/** How well an offset fits. */
export function checkKernelOffset(origins: readonly ExitOrigin[], table: FunctionTable, offset: bigint): KernelOffset {
  const known = knownOrigins(origins);
  const functions = new Set<string>();
  let knownExits = 0;
  let matchedExits = 0;
  for (const { cause, address, exits } of known) {
    knownExits += exits;
    const name = plainName(table.find(address - offset)?.name ?? '');
    if (KNOWN_EXITS.get(cause)?.has(name) !== true) continue;
    matchedExits += exits;
    functions.add(name);
  }
  return { offset, confidence: confidenceOf(knownExits, matchedExits, functions.size), knownExits, matchedExits };
}

function confidenceOf(known: number, matched: number, functions: number): KernelOffset['confidence'] {
  if (known === 0) return 'unverified';
  if (matched < LEAST_SHARE * known) return 'contradicted';
  return functions > 1 && matched >= CERTAIN_SHARE * known ? 'certain' : 'likely';
}

/** The most frequent first. */
const knownOrigins = (origins: readonly ExitOrigin[]): ExitOrigin[] =>
  origins
    .filter(({ cause, address }) => KNOWN_EXITS.has(cause) && isKernelAddress(address))
    .sort((a, b) => b.exits - a.exits);

/** The offsets with which an address lies in one of the functions, which are shorter than the step. */
function candidatesOf(address: bigint, extents: readonly FunctionExtent[]): bigint[] {
  return extents.flatMap(({ start, end }) => {
    const distance = address - start;
    const within = ((distance % STEP) + STEP) % STEP;
    return within < end - start ? [distance - within] : [];
  });
}
