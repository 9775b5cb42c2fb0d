/** What the guest of one vCPU does next, as its plan says. */
import type { RandomSource } from '../random-source.js';
import type { Operation } from './exit-codes.js';
import type { GuestPlan } from './plan.js';

/** How long the guest works for one byte of output. */
const BYTE_NS = 200;

export interface GuestWork {
  /** The guest computes for so long, in cycles, … */
  cycles: number;
  /** … and then does this. */
  readonly operation: Operation;
}

export class Guest {
  readonly plan: GuestPlan;
  readonly #random: RandomSource;
  readonly #duration: (ns: number) => number;
  readonly #script: GuestWork[] = [];
  readonly #totalWeight: number;

  constructor(plan: GuestPlan, random: RandomSource, duration: (ns: number) => number) {
    this.plan = plan;
    this.#random = random;
    this.#duration = duration;
    this.#totalWeight = plan.operations.reduce((sum, { weight }) => sum + weight, 0);
  }

  next(): GuestWork {
    return this.#script.shift() ?? this.#work(this.#pick());
  }

  /** Its timer has interrupted it. */
  tick(): void {
    const { output } = this.plan;
    if (output !== undefined && this.#script.length === 0) this.#print(output.bytes, output.through);
  }

  /** A serial port takes one byte per access, a queue of VIRTIO all of them with one. */
  #print(bytes: number, through: 'serial' | 'virtio'): void {
    for (let byte = 0; byte < bytes; byte++) {
      const cycles = this.#duration(BYTE_NS);
      if (through === 'serial') this.#script.push({ cycles, operation: 'serial-write' });
      else if (byte === 0) this.#script.push({ cycles, operation: 'console-doorbell' });
      else this.#script[0].cycles += cycles;
    }
  }

  #work(operation: Operation): GuestWork {
    return { cycles: this.#duration(this.plan.computeNs), operation };
  }

  #pick(): Operation {
    const { operations } = this.plan;
    let ticket = this.#random.below(this.#totalWeight);
    for (const { operation, weight } of operations) {
      ticket -= weight;
      if (ticket < 0) return operation;
    }
    return 'halt';
  }
}
