/**
 * Which threads ran on which pCPUs, as the scheduler's events tell, and where vCPUs' threads were met besides. Work is done
 * where a thread gets a pCPU or is met on another one; memory grows with threads and pCPUs, never with events.
 */
import { SCHEDULER_THREAD } from '../recording/event-batch.js';
import { IDLE_THREAD, UNKNOWN_THREAD } from './culprits.js';
import type { LedgerSink } from './sink.js';
import type { Window } from './window.js';

/** Threads whose places are kept, beside those of vCPUs; the time of further ones is summed up by pCPU. */
const MAX_THREADS = 32_768;
/** Pairs of a thread and a pCPU, likewise. */
const MAX_PLACES = 131_072;

/** Instead of a thread: no event has told yet who runs on the pCPU. */
const UNSEEN = -100;

/** Where one thread ran in T. */
export class ThreadPlaces {
  readonly thread: number;
  /** The pCPUs that it was on, and for how long on each, ns. */
  readonly pcpus: number[] = [];
  readonly ns: number[] = [];
  /** How often it ran on another pCPU than the last time. */
  moves = 0;
  /** The pCPU that it runs on or ran on last; -1: none yet. */
  ranOn = -1;

  constructor(thread: number) {
    this.thread = thread;
  }
}

/** Who had one pCPU in T, for how long, ns: beside the threads of ThreadPlaces. */
export class PcpuPlaces {
  readonly pcpu: number;
  idleNs = 0;
  /** The host's scheduler, where that is written down apart. */
  schedulerNs = 0;
  /** Threads for which there was no room. */
  furtherNs = 0;
  /** Nobody knows who. */
  unknownNs = 0;
  /** Who runs there, since when, and where that is booked: in a slot of its places if it has some. */
  thread = UNSEEN;
  since: number;
  places: ThreadPlaces | undefined;
  slot = -1;

  constructor(pcpu: number, since: number) {
    this.pcpu = pcpu;
    this.since = since;
  }
}

export class Placement {
  readonly #window: Window;
  readonly #sink: LedgerSink | undefined;
  readonly #pcpus: (PcpuPlaces | undefined)[] = [];
  readonly #threads = new Map<number, ThreadPlaces>();
  #placesLeft = MAX_PLACES;

  /** @param sink who sees over time who has the pCPUs, if anybody */
  constructor(window: Window, sink?: LedgerSink) {
    this.#window = window;
    this.#sink = sink;
  }

  /** The pCPUs on which a thread was seen, by number. */
  get pcpus(): PcpuPlaces[] {
    return this.#pcpus.filter((cpu) => cpu !== undefined);
  }

  get threads(): ThreadPlaces[] {
    return [...this.#threads.values()];
  }

  thread(thread: number): ThreadPlaces | undefined {
    return this.#threads.get(thread);
  }

  /** The thread is a vCPU's: there is room for it, whatever else there is. */
  admit(thread: number): void {
    if (!this.#threads.has(thread)) this.#threads.set(thread, new ThreadPlaces(thread));
  }

  /** On `pcpu`, `previous` stops and `next` starts. */
  switch(pcpu: number, previous: number, next: number, time: number): void {
    const cpu = this.#pcpu(pcpu);
    if (cpu.thread === UNSEEN) this.#seatFirst(cpu, previous);
    else if (cpu.thread !== previous) this.#forget(cpu);
    this.#book(cpu, time);
    this.#seat(cpu, next, time);
  }

  /**
   * The thread executes on `pcpu`, where it had not been known to.
   * @param schedulerSeen whether the recording has scheduler events: then some are missing, and who ran is not known
   */
  found(pcpu: number, thread: number, time: number, schedulerSeen: boolean): void {
    const cpu = this.#pcpu(pcpu);
    if (cpu.thread === UNSEEN) this.#seatFirst(cpu, thread);
    if (cpu.thread === thread) return;
    if (schedulerSeen) this.#forget(cpu);
    this.#book(cpu, time);
    this.#seat(cpu, thread, time, schedulerSeen);
  }

  /** The events of `pcpu` were lost between `from` and `time`. */
  lose(pcpu: number, from: number, time: number): void {
    const cpu = this.#pcpu(pcpu);
    if (cpu.thread !== UNSEEN) this.#book(cpu, Math.max(from, cpu.since));
    this.#forget(cpu);
    this.#book(cpu, time);
  }

  finish(time: number): void {
    for (const cpu of this.pcpus) this.#book(cpu, time);
  }

  #pcpu(pcpu: number): PcpuPlaces {
    let cpu = this.#pcpus[pcpu];
    if (cpu === undefined) {
      while (this.#pcpus.length < pcpu) this.#pcpus.push(undefined);
      cpu = new PcpuPlaces(pcpu, this.#window.from);
      this.#pcpus[pcpu] = cpu;
    }
    return cpu;
  }

  #book(cpu: PcpuPlaces, time: number): void {
    const ns = this.#window.overlap(cpu.since, time);
    if (this.#sink !== undefined && time > cpu.since) this.#sink.occupied(cpu.pcpu, cpu.thread, cpu.since, time);
    if (time > cpu.since) cpu.since = time;
    if (cpu.places !== undefined) cpu.places.ns[cpu.slot] += ns;
    else if (cpu.thread === IDLE_THREAD) cpu.idleNs += ns;
    else if (cpu.thread === SCHEDULER_THREAD) cpu.schedulerNs += ns;
    else if (cpu.thread > 0) cpu.furtherNs += ns;
    else cpu.unknownNs += ns;
  }

  #forget(cpu: PcpuPlaces): void {
    cpu.thread = UNKNOWN_THREAD;
    cpu.places = undefined;
  }

  /** Who is met first on a pCPU has run there since the recording began, unless it was somewhere else before. */
  #seatFirst(cpu: PcpuPlaces, thread: number): void {
    if ((this.#threads.get(thread)?.ranOn ?? -1) < 0) this.#seat(cpu, thread, cpu.since);
    else this.#forget(cpu);
  }

  #seat(cpu: PcpuPlaces, thread: number, time: number, schedulerSeen = true): void {
    cpu.thread = thread;
    cpu.places = undefined;
    if (thread <= 0) return;
    const places = this.#threads.get(thread) ?? this.#admitted(thread);
    if (places === undefined) return;
    if (places.ranOn !== cpu.pcpu) this.#move(places, cpu.pcpu, time, schedulerSeen);
    const slot = this.#slot(places, cpu.pcpu);
    if (slot < 0) return;
    cpu.places = places;
    cpu.slot = slot;
  }

  #admitted(thread: number): ThreadPlaces | undefined {
    if (this.#threads.size >= MAX_THREADS) return undefined;
    const places = new ThreadPlaces(thread);
    this.#threads.set(thread, places);
    return places;
  }

  #move(places: ThreadPlaces, pcpu: number, time: number, schedulerSeen: boolean): void {
    const before = this.#pcpus[places.ranOn];
    if (before !== undefined) {
      if (this.#window.contains(time)) places.moves++;
      if (before.thread === places.thread) {
        if (schedulerSeen) this.#forget(before);
        this.#book(before, time);
        this.#forget(before);
      }
    }
    places.ranOn = pcpu;
  }

  #slot(places: ThreadPlaces, pcpu: number): number {
    const slot = places.pcpus.indexOf(pcpu);
    if (slot >= 0) return slot;
    if (this.#placesLeft === 0) return -1;
    this.#placesLeft--;
    places.ns.push(0);
    return places.pcpus.push(pcpu) - 1;
  }
}
