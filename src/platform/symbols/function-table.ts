/** Functions of a guest's kernel by their addresses. Names are untrusted text. */

export interface GuestFunction {
  readonly name: string;
  /** The module of the kernel that it belongs to; null: the kernel itself. */
  readonly module: string | null;
}

export interface FunctionExtent {
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
}

/** A symbol as a file has it: also those that are no functions tell where functions end. */
export interface GuestSymbol {
  readonly address: bigint;
  readonly name: string;
  readonly isFunction: boolean;
  readonly module: string | null;
  /** Bytes; 0 where the file does not say. */
  readonly size: bigint;
}

/** Of a function after which no symbol comes, and that has no size. */
const LAST_SIZE = 4096n;

export class FunctionTable {
  readonly source: string;
  /** How many functions have a name. */
  readonly functions: number;
  readonly #symbols: readonly GuestSymbol[];

  constructor(source: string, symbols: GuestSymbol[]) {
    this.source = source;
    // Of several names at one address the first is kept, and a function before what is none.
    const order = (symbol: GuestSymbol) => (symbol.isFunction ? 0 : 1);
    const sorted = symbols.sort((a, b) => compare(a.address, b.address) || order(a) - order(b));
    this.#symbols = sorted.filter((symbol, index) => index === 0 || sorted[index - 1].address !== symbol.address);
    this.functions = this.#symbols.filter(({ isFunction }) => isFunction).length;
  }

  /** The function whose code is at an address, as the file counts them. */
  find(address: bigint): GuestFunction | undefined {
    const index = this.#indexBefore(address);
    if (index < 0) return undefined;
    const { name, module, isFunction } = this.#symbols[index];
    return isFunction && address < this.#end(index) ? { name, module } : undefined;
  }

  /** Functions of the kernel itself whose name, without what compilers append to it, is one of these. */
  named(names: ReadonlySet<string>): FunctionExtent[] {
    return this.#symbols.flatMap(({ name, address, isFunction, module }, index) => {
      const isWanted = isFunction && module === null && names.has(plainName(name));
      return isWanted ? [{ name: plainName(name), start: address, end: this.#end(index) }] : [];
    });
  }

  /** The last symbol that does not lie after an address. */
  #indexBefore(address: bigint): number {
    let [low, high] = [0, this.#symbols.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#symbols[middle].address <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #end(index: number): bigint {
    const { address, size } = this.#symbols[index];
    const next = this.#symbols[index + 1]?.address;
    const bySize = size > 0n ? address + size : undefined;
    if (next === undefined) return bySize ?? address + LAST_SIZE;
    return bySize !== undefined && bySize < next ? bySize : next;
  }
}

/** "finish_task_switch.isra.0" → "finish_task_switch". */
export const plainName = (name: string): string =>
  name.replace(/\.(?:isra|constprop|part|cold|llvm|lto_priv)\b.*$/, '');

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));
