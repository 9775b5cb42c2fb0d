/** Events that were lost, by pCPU. */
import type { Window } from './window.js';

export interface PcpuLoss {
  readonly pcpu: number;
  gaps: number;
  /** In the gaps whose size is known. */
  events: number;
}

export class Losses {
  /** How many gaps touch T. */
  gapsWithin = 0;
  readonly #window: Window;
  readonly #byPcpu = new Map<number, PcpuLoss>();

  constructor(window: Window) {
    this.#window = window;
  }

  get list(): PcpuLoss[] {
    return [...this.#byPcpu.values()].sort((a, b) => a.pcpu - b.pcpu);
  }

  get areThere(): boolean {
    return this.#byPcpu.size > 0;
  }

  /** @param events how many; NaN: nobody knows */
  note(pcpu: number, events: number, from: number, to: number): void {
    if (to >= this.#window.from && from < this.#window.to) this.gapsWithin++;
    const loss = this.#byPcpu.get(pcpu) ?? { pcpu, gaps: 0, events: 0 };
    loss.gaps++;
    if (!Number.isNaN(events)) loss.events += events;
    this.#byPcpu.set(pcpu, loss);
  }
}
