/** Domains and their vCPUs, as far as the recording has told of them. */
import type { ThreadTable } from '../../recording/threads.js';

/** The domain that the hypervisor starts first, and the idle domain, which runs where nobody else does: both are the host's. */
export const DOM0 = 0;
export const IDLE_DOMAIN = 0x7fff;
/** Domains from here on have other uses (0x7ff0 to 0x7ffe), or are damage. */
const FIRST_RESERVED = 0x7ff0;
/** Xen's own limit (MAX_VIRT_CPUS). */
const VCPUS_PER_DOMAIN = 8192;
/** More vCPUs are not told apart: they are left out. */
const MOST_VCPUS = 16_384;

/** Operations of the hypercall sched_op by which a vCPU sleeps: until anything happens, or one of some events. Source: sched.h. */
export const SCHED_OP = 29;
export const SCHEDOP_BLOCK = 1;
export const SCHEDOP_POLL = 3;

/** Numbers of the runstates, as records have them. */
export const Runstate = { running: 0, runnable: 1, blocked: 2, offline: 3, unknown: 4 } as const;

/**
 * How the vCPUs of a domain enter and leave the guest: with the CPU's help, which Xen writes down both; `open`: of it only
 * entries to the hypervisor are written down (PV), or nothing at all, so that whenever it has a pCPU it counts as in the guest.
 */
export const DomainKind = { unknown: 0, hardware: 1, open: 2 } as const;
export type DomainKind = (typeof DomainKind)[keyof typeof DomainKind];

export class Domain {
  readonly id: number;
  readonly isHost: boolean;
  kind: DomainKind = DomainKind.unknown;
  /** A hypercall or trap of it, as PV guests have them, was written down. */
  hasPvEntries = false;
  /** It was created while the recording went on. */
  isCreated = false;
  /** How many of its vCPUs have a pCPU. */
  running = 0;
  /** The domain that does for it what devices do: dom0, or a stub domain. */
  deviceModel = DOM0;
  /** The domain that woke a vCPU of it last from waiting for its device model; -1: none. */
  lastWaker = -1;

  constructor(id: number) {
    this.id = id;
    this.isHost = id === DOM0 || id === IDLE_DOMAIN;
  }
}

/** What the vCPU was doing, as far as Xen has written down. */
export const Place = { unknown: 0, guest: 1, hypervisor: 2 } as const;
export type Place = (typeof Place)[keyof typeof Place];

export class Vcpu {
  readonly domain: Domain;
  readonly number: number;
  /** Its number as a thread; that of the idle thread for those of the idle domain. */
  readonly thread: number;
  runstate: number = Runstate.unknown;
  /** The pCPU it runs on; -1: none that is known. */
  pcpu = -1;
  place: Place = Place.unknown;
  /** The recording has told nothing of it yet. */
  isNew = true;
  /** It was blocked from the beginning of the recording until then, ns, and has not run since; -1: not known, or told of. */
  blockedUntil = -1;
  /** Of a domain that was created while the recording went on: it was offline, or not there yet, and has not run since. */
  isOnlineAtLast = false;
  /** Its present exit may have to wait for a device model. */
  mayWaitForDevice = false;
  /** It does. */
  waitsForDevice = false;
  /** PV: the operation of sched_op by which it asked to sleep, and which has not been told of yet; -1: none. */
  sleepCall = -1;
  /** Hardware: the hypercall that its present exit is; -1: none. */
  hypercall = -1;
  /** How often it got a pCPU since an event told what it is. */
  turns = 0;

  constructor(domain: Domain, number: number, thread: number) {
    this.domain = domain;
    this.number = number;
    this.thread = thread;
  }

  /** Records are missing: what it is doing is not known. */
  forgetDoings(): void {
    this.place = Place.unknown;
    this.waitsForDevice = false;
    this.sleepCall = -1;
    this.blockedUntil = -1;
    this.isOnlineAtLast = false;
  }
}

/** The threads of a domain's vCPUs have numbers in a row. */
export const threadOf = (domain: number, vcpu: number): number =>
  domain === IDLE_DOMAIN ? 0 : (domain + 1) * VCPUS_PER_DOMAIN + vcpu;
export const lastThreadOf = (domain: number): number => threadOf(domain, VCPUS_PER_DOMAIN - 1);

export class Domains {
  readonly domains = new Map<number, Domain>();
  /** By domain × 8,192 + number. */
  readonly #vcpus = new Map<number, Vcpu>();
  readonly #threads: ThreadTable;

  constructor(threads: ThreadTable) {
    this.#threads = threads;
  }

  /** Undefined where there is no such vCPU, or no room. */
  vcpu(domain: number, number: number): Vcpu | undefined {
    const key = domain * VCPUS_PER_DOMAIN + number;
    return this.#vcpus.get(key) ?? this.#add(domain, number, key);
  }

  /** All that are known. */
  vcpus(): Iterable<Vcpu> {
    return this.#vcpus.values();
  }

  get(id: number): Domain {
    let domain = this.domains.get(id);
    if (domain === undefined) {
      domain = new Domain(id);
      this.domains.set(id, domain);
    }
    return domain;
  }

  #add(id: number, number: number, key: number): Vcpu | undefined {
    if (!(id >= 0 && (id < FIRST_RESERVED || id === IDLE_DOMAIN) && number >= 0 && number < VCPUS_PER_DOMAIN)) {
      return undefined;
    }
    if (this.#vcpus.size >= MOST_VCPUS) return undefined;
    const thread = threadOf(id, number);
    const vcpu = new Vcpu(this.get(id), number, thread);
    this.#vcpus.set(key, vcpu);
    if (id !== IDLE_DOMAIN) {
      this.#threads.setName(thread, `d${id}v${number}`);
      this.#threads.setProcess(thread, id);
    }
    return vcpu;
  }
}
