/**
 * A guest that runs a benchmark whose every nanosecond is known, as a recorder would have written it down: trace-cmd's
 * text, with times in ns. An operation is guest code, an exit, its handling, and the way back into the guest.
 */
import { type RandomSource, randomSource } from './random-source.js';

export interface SimulatedBenchmark {
  readonly seed: number;
  readonly repetitions: number;
  /** Per repetition. */
  readonly operations: number;
  /** Of an operation: what it takes natively too. */
  readonly guestNs: number;
  /** Leaving and entering the guest together, which no event shows. */
  readonly switchNs: number;
  /** From exit to entry on average; it varies by half of it either way. */
  readonly handlingNs: number;
  /** What guest code takes longer than natively, per operation: visible nowhere. */
  readonly slowerNs?: number;
  /** Which vCPU runs the benchmark. */
  readonly vcpu: number;
  readonly vcpus: number;
  /** Of mostly idle time before and after the benchmark. */
  readonly beforeNs: number;
  readonly afterNs: number;
  /** What the recorder's clock shows at the first event, whole seconds; 1 if left out. */
  readonly clockStart?: number;
}

export interface Simulated {
  readonly text: string;
  /** How long each repetition took, ns. */
  readonly samples: readonly number[];
  /** When the benchmark ran, ns since the first event. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Exit to entry of all operations, ns. */
  readonly handledNs: number;
  readonly operations: number;
}

const FIRST_THREAD = 100;
/** Idle vCPUs wake up about so often, do something for a while, and halt. */
const TICK_NS = 4_000_000;
const SOMETHING_NS = 300_000;
/** Exits at once after entries, as when a program starts: their stays are nothing but the switch. */
const SHORT_STAYS = 40;

interface Line {
  readonly time: number;
  readonly text: string;
}

class Vcpu {
  /** Since the first event. */
  now = 0;
  readonly #number: number;
  readonly #clockStart: number;
  readonly #lines: Line[];
  readonly #switchNs: number;

  constructor(number: number, clockStart: number, switchNs: number, lines: Line[]) {
    this.#number = number;
    this.#clockStart = clockStart;
    this.#switchNs = switchNs;
    this.#lines = lines;
  }

  /** Enters, runs for `guestNs`, and leaves. */
  stay(guestNs: number, reason: string): void {
    this.#write(`kvm_entry:            vcpu ${this.#number} rip 0x401a46`);
    this.now += this.#switchNs + guestNs;
    this.#write(`kvm_exit:             reason ${reason} rip 0x401a44 info 0 0`);
  }

  idleUntil(time: number, random: RandomSource): void {
    while (this.now < time) {
      this.stay(SOMETHING_NS, 'EXIT_HLT');
      this.now = Math.min(Math.max(time, this.now), this.now + TICK_NS / 2 + random.below(TICK_NS));
    }
  }

  /** The guest goes on, so that nothing is open when the recording ends. */
  finish(time: number): void {
    this.now = Math.max(this.now, time);
    this.#write(`kvm_entry:            vcpu ${this.#number} rip 0x401a46`);
  }

  #write(text: string): void {
    const thread = FIRST_THREAD + this.#number;
    const seconds = `${this.#clockStart + Math.floor(this.now / 1e9)}.${String(this.now % 1e9).padStart(9, '0')}`;
    const who = `CPU ${this.#number}/KVM-${thread}`.padStart(20);
    this.#lines.push({ time: this.now, text: `${who}   [00${this.#number}]   ${seconds}: ${text}` });
  }
}

export function simulateBenchmark(options: SimulatedBenchmark): Simulated {
  const random = randomSource(options.seed);
  const lines: Line[] = [];
  const { guestNs, switchNs, handlingNs, slowerNs = 0, clockStart = 1 } = options;
  const vcpus = Array.from({ length: options.vcpus }, (_, number) => new Vcpu(number, clockStart, switchNs, lines));
  const runner = vcpus[options.vcpu];
  runner.idleUntil(options.beforeNs, random);
  for (let stay = 0; stay < SHORT_STAYS; stay++) {
    runner.stay(0, 'EXIT_CPUID');
    runner.now += handlingNs;
  }
  const from = runner.now;
  let handledNs = 0;
  const samples: number[] = [];
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    const began = runner.now;
    for (let operation = 0; operation < options.operations; operation++) {
      runner.stay(guestNs + slowerNs, 'EXIT_CPUID');
      const handling = Math.round(handlingNs / 2) + random.below(handlingNs + 1);
      runner.now += handling;
      handledNs += handling;
    }
    samples.push(runner.now - began);
  }
  const to = runner.now;
  const end = to + options.afterNs;
  for (const vcpu of vcpus) vcpu.idleUntil(end, random);
  for (const vcpu of vcpus) vcpu.finish(end);
  lines.sort((a, b) => a.time - b.time);
  return {
    text: `cpus=${options.vcpus}\n${lines.map(({ text }) => text).join('\n')}\n`,
    samples,
    fromNs: from,
    toNs: to,
    handledNs,
    operations: options.repetitions * options.operations,
  };
}
