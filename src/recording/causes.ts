/** Causes of episodes: our neutral classes of exit reasons, the same on every hypervisor. */
export const CAUSES = [
  'device-mmio',
  'device-port',
  'register',
  'cpuid',
  'hypercall',
  'page-fault',
  'halt',
  'pause',
  'interrupt',
  'interrupt-control',
  'timer',
  'exception',
  'debug',
  'nested',
  'vm-control',
  'other',
] as const;
export type Cause = (typeof CAUSES)[number];

export const causeIndex = (cause: Cause): number => CAUSES.indexOf(cause);

/** Who made the exit happen. */
export const TRIGGERS = ['guest', 'host', 'hardware', 'unknown'] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** An exit reason: the raw code of one architecture, with its meaning. */
export interface Reason {
  /** The name that the hypervisor's own tools print, for example "io" or "EPT_VIOLATION". */
  readonly name: string;
  readonly code: number;
  /** The vocabulary the code belongs to: vmx, svm, … */
  readonly vocabulary: string;
  readonly cause: Cause;
  /** One plain sentence of what it means. */
  readonly meaning: string;
  readonly trigger: Trigger;
  /** The first version of the hypervisor that knows it (for KVM: of Linux), where that is certain. */
  readonly since?: string;
}

/** Reasons by dense index, in the order in which they were first met. */
export class ReasonTable {
  readonly list: Reason[] = [];
  readonly #unclear = new Set<number>();

  add(reason: Reason): number {
    return this.list.push(reason) - 1;
  }

  /** Of a reason of which nobody knows whether it is a halt: sleep after it may be what the guest wanted, or not. */
  addUnclear(reason: Reason): number {
    const index = this.add(reason);
    this.#unclear.add(index);
    return index;
  }

  mayBeHalt(index: number): boolean {
    return this.#unclear.has(index);
  }

  get(index: number): Reason {
    const reason = this.list[index];
    if (reason === undefined) throw new RangeError(`no exit reason ${index}`);
    return reason;
  }
}

/** How a detail (class, value) is written for people; each hypervisor has its own classes. Class 0 is "none". */
export interface DetailFormatter {
  /** For example "port 0x3f8, 1-byte write"; undefined for class 0. */
  text(detailClass: number, value: number): string | undefined;
  /** What decides which device it is: an address space and an address; undefined where there is none. */
  address(detailClass: number, value: number): DeviceAddress | undefined;
}

export interface DeviceAddress {
  readonly space: 'port' | 'mmio' | 'msr';
  readonly address: number;
}
