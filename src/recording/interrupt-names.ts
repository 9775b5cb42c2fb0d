/**
 * What serves the interrupts of the host, as the recording names it: interrupt number → names of its handlers. A line that
 * devices share has several, and so has a number that was given to another device meanwhile. Names are untrusted text.
 */
import { boundedName } from './bounded-name.js';

export interface InterruptEntry {
  readonly interrupt: number;
  readonly names: readonly string[];
  /** Whether there were more. */
  readonly isFull: boolean;
}

/** Interrupts that are kept: a large host has some thousand. */
const MAX_INTERRUPTS = 16_384;
/** Names that are kept of each: more would not fit into a line. */
const MAX_NAMES = 4;

interface Handlers {
  readonly names: string[];
  isFull: boolean;
}

/** What is told of further interrupts is not kept: they have their numbers alone. */
export class InterruptNames {
  readonly #handlers = new Map<number, Handlers>();

  /** Whether `add` would change nothing, whatever the name is: cheaper than to make one. */
  isFull(interrupt: number): boolean {
    const handlers = this.#handlers.get(interrupt);
    return handlers === undefined ? this.#handlers.size >= MAX_INTERRUPTS : handlers.isFull;
  }

  has(interrupt: number, name: string): boolean {
    return this.#handlers.get(interrupt)?.names.includes(name) ?? false;
  }

  /** @param name kept as it is where it is short: no part of a larger text, which would be kept with it */
  add(interrupt: number, name: string): void {
    if (name === '' || this.isFull(interrupt)) return;
    const handlers = this.#handlers.get(interrupt);
    const kept = boundedName(name);
    if (handlers === undefined) this.#handlers.set(interrupt, { names: [kept], isFull: false });
    else if (handlers.names.includes(kept)) return;
    else if (handlers.names.length < MAX_NAMES) handlers.names.push(kept);
    else handlers.isFull = true;
  }

  /** For people: all names, for example "ahci, ehci_hcd:usb1", with "…" where there were more than are kept. */
  text(interrupt: number): string | undefined {
    const handlers = this.#handlers.get(interrupt);
    if (handlers === undefined) return undefined;
    // Not in the order in which they came: that of records need not be that of time.
    return [...handlers.names.toSorted(), ...(handlers.isFull ? ['…'] : [])].join(', ');
  }

  /** All that the table knows, as plain data. */
  entries(): InterruptEntry[] {
    return [...this.#handlers].map(([interrupt, { names, isFull }]) => ({ interrupt, names: [...names], isFull }));
  }

  addEntries(entries: readonly InterruptEntry[]): void {
    for (const { interrupt, names, isFull } of entries) {
      for (const name of names) this.add(interrupt, name);
      const handlers = this.#handlers.get(interrupt);
      if (isFull && handlers !== undefined) handlers.isFull = true;
    }
  }
}
