/** The vCPUs that have books, and the room that all their books share. */
import type { Issue } from '../base/issue.js';
import { Addresses, AddressRoom } from './addresses.js';
import { CellRoom } from './cells.js';
import { CulpritRoom } from './culprits.js';
import type { LedgerSink } from './sink.js';
import { SleepRoom } from './sleeps.js';
import type { Slices } from './slices.js';
import type { Timeline } from './timeline.js';
import { VcpuLedger } from './vcpu.js';
import type { Window } from './window.js';

/** Books are kept for so many vCPUs: x86 kernels can be built to allow one machine as many (KVM_MAX_NR_VCPUS). */
export const MAX_VCPUS = 4096;
/** Threads without books are counted up to here. */
const MAX_LEFT_OUT = 65_536;

export class Roster {
  /** By thread, in the order in which they were met. */
  readonly vcpus = new Map<number, VcpuLedger>();
  readonly #window: Window;
  readonly #timeline: Timeline | undefined;
  readonly #slices: Slices | undefined;
  readonly #sink: LedgerSink | undefined;
  readonly #cellRoom = new CellRoom();
  readonly #culpritRoom = new CulpritRoom();
  readonly #sleepRoom = new SleepRoom();
  #addressRoom: AddressRoom | undefined;
  /** Threads that would be vCPUs' if there were room for their books. */
  readonly #leftOut = new Set<number>();

  constructor(
    window: Window,
    timeline: Timeline | undefined,
    slices: Slices | undefined,
    sink: LedgerSink | undefined,
  ) {
    this.#window = window;
    this.#timeline = timeline;
    this.#slices = slices;
    this.#sink = sink;
  }

  /** From here on it is kept where in the guests exits come from. */
  collectAddresses(): void {
    this.#addressRoom = new AddressRoom();
  }

  /** Opens the books of a new vCPU; undefined where there is no room. */
  adopt(thread: number, pcpu: number, begin: number): VcpuLedger | undefined {
    if (this.vcpus.size >= MAX_VCPUS) {
      if (this.#leftOut.size < MAX_LEFT_OUT) this.#leftOut.add(thread);
      return undefined;
    }
    const [lane, slices] = [this.#timeline?.addLane(thread), this.#slices?.addVcpu(thread)];
    const vcpu = new VcpuLedger(thread, pcpu, begin, this.#window, lane, slices, this.#sink?.addVcpu(thread));
    vcpu.books.cells.room = this.#cellRoom;
    vcpu.books.culprits.room = this.#culpritRoom;
    vcpu.books.sleeps.room = this.#sleepRoom;
    if (this.#addressRoom !== undefined) vcpu.books.addresses = new Addresses(this.#addressRoom);
    this.vcpus.set(thread, vcpu);
    return vcpu;
  }

  /** It was none. */
  remove(thread: number): void {
    this.#sink?.removeVcpu(thread);
    this.vcpus.delete(thread);
  }

  /** What found no room in the books. */
  limitsReached(): Issue[] {
    const issues: Issue[] = [];
    const { size } = this.#leftOut;
    if (size > 0) {
      const threads = size === MAX_LEFT_OUT ? `At least ${size}` : `${size}`;
      issues.push({
        code: 'too-many-vcpus',
        severity: 'warning',
        message: `${threads} threads that run vCPUs are left out with their exits: books are kept for the first ${MAX_VCPUS}.`,
      });
    }
    if (this.#addressRoom?.wasShort === true) {
      issues.push({
        code: 'too-many-addresses',
        severity: 'note',
        message: 'Exits come from so many addresses that some are summed up without a function.',
      });
    }
    if (this.#cellRoom.wasShort) {
      issues.push({
        code: 'too-many-details',
        severity: 'warning',
        message:
          'There are so many different details of exits that some are summed up in the rows "all further details".',
      });
    }
    return issues;
  }
}
