/**
 * How many vCPU threads wanted a pCPU at the same time, on the host and on each pCPU. A thread counts from the event on
 * that shows it to be a vCPU's. Work is done where one starts or stops wanting a pCPU, or is moved.
 */
import type { Window } from './window.js';

export const Wants = { nothing: 0, waits: 1, runs: 2 } as const;
export type Wants = (typeof Wants)[keyof typeof Wants];

/** What one vCPU thread was last known to want, and on which pCPU. */
export class Presence {
  wants: Wants = Wants.nothing;
  pcpu = -1;
  /** False after lost events, until an event tells again. */
  isSure = true;
}

/** How long vCPU threads competed for one pCPU in T, ns. */
export class PcpuContention {
  readonly pcpu: number;
  /** At least one vCPU thread waited for it. */
  waitedForNs = 0;
  /** At least two vCPU threads ran on it or waited for it. */
  sharedNs = 0;
  running = 0;
  waiting = 0;
  since: number;

  constructor(pcpu: number, since: number) {
    this.pcpu = pcpu;
    this.since = since;
  }
}

export class Contention {
  /** Nanoseconds of T by the number of vCPU threads that ran or waited for a pCPU. */
  readonly runnableNs: number[] = [0];
  /** Nanoseconds of T of which events were lost, so that this number is not known. */
  unknownNs = 0;
  readonly #window: Window;
  readonly #pcpus = new Map<number, PcpuContention>();
  #runnable = 0;
  #unsure = 0;
  #since: number;

  constructor(window: Window) {
    this.#window = window;
    this.#since = window.from;
  }

  pcpu(pcpu: number): PcpuContention | undefined {
    return this.#pcpus.get(pcpu);
  }

  /** What a vCPU thread wants from `time` on, and where. */
  note(presence: Presence, wants: Wants, pcpu: number, time: number): void {
    if (!presence.isSure) this.#makeSure(presence, time);
    else if (presence.wants === wants && (presence.pcpu === pcpu || wants === Wants.nothing)) return;
    if (presence.wants !== Wants.nothing) this.#count(presence, -1, time);
    presence.wants = wants;
    presence.pcpu = pcpu;
    if (wants !== Wants.nothing) this.#count(presence, 1, time);
  }

  /** Events were lost from `from` to `time`: what the threads want is known again when `note` tells. */
  lose(from: number, time: number, presences: Iterable<Presence>): void {
    this.#settleAll(Math.max(from, this.#since));
    this.unknownNs += this.#window.overlap(this.#since, time);
    this.#since = time;
    for (const cpu of this.#pcpus.values()) cpu.since = time;
    for (const presence of presences) {
      if (presence.isSure) this.#unsure++;
      presence.isSure = false;
    }
  }

  finish(time: number): void {
    this.#settleAll(time);
  }

  #makeSure(presence: Presence, time: number): void {
    this.#settleAll(time);
    this.#unsure--;
    presence.isSure = true;
  }

  #count(presence: Presence, step: 1 | -1, time: number): void {
    const cpu = this.#pcpus.get(presence.pcpu) ?? this.#add(presence.pcpu, time);
    this.#settlePcpu(cpu, time);
    if (presence.wants === Wants.runs) cpu.running += step;
    else cpu.waiting += step;
    this.#settle(time);
    this.#runnable += step;
    if (this.#runnable === this.runnableNs.length) this.runnableNs.push(0);
  }

  #add(pcpu: number, time: number): PcpuContention {
    const cpu = new PcpuContention(pcpu, time);
    this.#pcpus.set(pcpu, cpu);
    return cpu;
  }

  #settleAll(time: number): void {
    this.#settle(time);
    for (const cpu of this.#pcpus.values()) this.#settlePcpu(cpu, time);
  }

  #settle(time: number): void {
    const ns = this.#window.overlap(this.#since, time);
    if (time > this.#since) this.#since = time;
    if (this.#unsure > 0) this.unknownNs += ns;
    else this.runnableNs[this.#runnable] += ns;
  }

  #settlePcpu(cpu: PcpuContention, time: number): void {
    const ns = this.#window.overlap(cpu.since, time);
    if (time > cpu.since) cpu.since = time;
    if (this.#unsure > 0) return;
    if (cpu.waiting > 0) cpu.waitedForNs += ns;
    if (cpu.running + cpu.waiting > 1) cpu.sharedNs += ns;
  }
}
