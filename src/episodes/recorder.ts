/**
 * Records what a ledger books over time: lanes of vCPUs and pCPUs. Memory stays bounded whatever the length of the recording:
 * bins get longer, and single segments go to the store in blocks.
 */
import { interruptAsThread } from '../ledger/culprits.js';
import type { LedgerSink, VcpuSink } from '../ledger/sink.js';
import type { Window } from '../ledger/window.js';
import type { BlockStore } from './block-store.js';
import type { LaneBooks, Shared } from './lane-books.js';

import { OccupantTable } from './occupants.js';
import { PcpuLane } from './pcpu-lane.js';
import { Scale } from './scale.js';
import { VcpuLane } from './vcpu-lane.js';

export interface RecorderOptions {
  readonly store: BlockStore;
  /** Bins of all lanes together. */
  readonly mostBins?: number;
}

export class EpisodeRecorder implements LedgerSink {
  readonly window: Window;
  readonly occupants = new OccupantTable((thread) => this.#vcpus.has(thread));
  readonly shared: Shared;
  readonly #vcpus = new Map<number, VcpuLane>();
  readonly #pcpus = new Map<number, PcpuLane>();
  readonly #books = new Set<LaneBooks>();

  constructor(window: Window, { store, mostBins }: RecorderOptions) {
    this.window = window;
    this.shared = { store, scale: new Scale(this.#books, mostBins), keepsSegments: true };
  }

  get vcpus(): VcpuLane[] {
    return [...this.#vcpus.values()];
  }

  get pcpus(): PcpuLane[] {
    return [...this.#pcpus.values()].sort((a, b) => a.pcpu - b.pcpu);
  }

  addVcpu(thread: number): VcpuSink {
    const lane = new VcpuLane(thread, this.window, this.shared, (waker) => this.occupants.number(waker));
    this.#vcpus.set(thread, lane);
    this.#books.add(lane.books);
    this.occupants.tellVcpu(thread, true);
    return lane;
  }

  removeVcpu(thread: number): void {
    const lane = this.#vcpus.get(thread);
    if (lane !== undefined) this.#books.delete(lane.books);
    this.#vcpus.delete(thread);
    this.occupants.tellVcpu(thread, false);
  }

  occupied(pcpu: number, thread: number, from: number, to: number): void {
    this.#pcpu(pcpu).occupied(this.occupants.number(thread), from, to);
  }

  interrupted(pcpu: number, interrupt: number, from: number, to: number): void {
    this.#pcpu(pcpu).interrupted(this.occupants.number(interruptAsThread(interrupt)), from, to);
  }

  /** @param lengthNs of T */
  finish(lengthNs: number): void {
    for (const lane of [...this.#vcpus.values(), ...this.#pcpus.values()]) lane.finish(lengthNs);
  }

  #pcpu(pcpu: number): PcpuLane {
    let lane = this.#pcpus.get(pcpu);
    if (lane === undefined) {
      lane = new PcpuLane(pcpu, this.window, this.shared, this.occupants);
      this.#pcpus.set(pcpu, lane);
      this.#books.add(lane.books);
    }
    return lane;
  }
}
