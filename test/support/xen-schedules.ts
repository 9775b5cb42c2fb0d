/**
 * Written recordings of a Xen host on which everything happens that Xen's scheduler can do: vCPUs of guests, dom0 and the idle domain run,
 * are preempted, sleep, are woken from other pCPUs, move, and are paused. What happens is drawn from a seed.
 */
import type { RandomSource } from './random-source.js';
import { type AuthoredRecord, change, IDLE, record, State, vmentry, vmexit, xentraceFile } from './xentrace-author.js';

const START = 5_000_000_000;
const MOST_STEP = 40_000;

export interface Schedule {
  readonly pcpus: number;
  /** How many vCPUs each domain has, from domain 0 on. */
  readonly vcpus: readonly number[];
  readonly steps: number;
  /** Of exits. */
  readonly codes: readonly number[];
}

class ScheduledVcpu {
  readonly domain: number;
  readonly number: number;
  state: number = State.blocked;
  pcpu = -1;
  isInGuest = false;

  constructor(domain: number, number: number) {
    this.domain = domain;
    this.number = number;
  }
}

/** The records of each pCPU; a guest writes the short form of exits if its domain is odd, as one of 32 bits does. */
export function schedule({ pcpus, vcpus, steps, codes }: Schedule, random: RandomSource): AuthoredRecord[][] {
  const records: AuthoredRecord[][] = Array.from({ length: pcpus }, () => []);
  const all = vcpus.flatMap((count, domain) => Array.from({ length: count }, (_, n) => new ScheduledVcpu(domain, n)));
  const idle = records.map((_, pcpu) => new ScheduledVcpu(IDLE, pcpu));
  const current = [...idle];
  let time = START;

  const tick = () => (time += 1 + random.below(MOST_STEP));
  const write = (pcpu: number, one: AuthoredRecord) => records[pcpu].push(one);
  const moveTo = (vcpu: ScheduledVcpu, state: number, on: number) => {
    write(on, change(tick(), vcpu.domain, vcpu.number, vcpu.state, state));
    vcpu.state = state;
  };
  const leave = (vcpu: ScheduledVcpu, code: number) => {
    vcpu.isInGuest = false;
    const isShort = vcpu.domain % 2 === 1;
    write(vcpu.pcpu, isShort ? record(tick(), 0x81002, code, 0x1000) : vmexit(tick(), code));
  };
  const enter = (vcpu: ScheduledVcpu) => {
    vcpu.isInGuest = true;
    write(vcpu.pcpu, vmentry(tick()));
  };
  const isGuest = ({ domain }: ScheduledVcpu) => domain !== 0 && domain !== IDLE;
  /** What has the pCPU goes into `state`, and `next` gets it. */
  const switchTo = (pcpu: number, state: number, next: ScheduledVcpu) => {
    const old = current[pcpu];
    if (old === next) return;
    moveTo(old, old.domain === IDLE ? State.runnable : state, pcpu);
    old.pcpu = -1;
    current[pcpu] = next;
    moveTo(next, State.running, pcpu);
    next.pcpu = pcpu;
  };

  for (const [pcpu, vcpu] of idle.entries()) {
    vcpu.state = State.runnable;
    moveTo(vcpu, State.running, pcpu);
    vcpu.pcpu = pcpu;
  }
  const waiting = () => all.filter(({ state }) => state === State.runnable);
  for (let step = 0; step < steps; step++) {
    const pcpu = random.below(pcpus);
    const vcpu = current[pcpu];
    const ready = waiting();
    const next = ready.length === 0 ? idle[pcpu] : random.pick(ready);
    const asleep = all.filter(({ state }) => state === State.blocked || state === State.offline);
    const dice = random.below(10);
    if (dice < 2 && asleep.length > 0) moveTo(random.pick(asleep), State.runnable, pcpu);
    else if (isGuest(vcpu) && dice < 7) {
      if (vcpu.isInGuest) leave(vcpu, random.pick(codes));
      else enter(vcpu);
    } else if (dice < 9 || vcpu.domain === IDLE) {
      if (vcpu.isInGuest) leave(vcpu, random.pick(codes));
      switchTo(pcpu, vcpu.domain === IDLE ? State.runnable : random.pick([State.runnable, State.blocked]), next);
    } else {
      if (vcpu.isInGuest) leave(vcpu, random.pick(codes));
      switchTo(pcpu, State.offline, next);
    }
  }
  return records;
}

/** What the witnesses in fixtures/xen-written are of: pCPUs, kinds of CPUs and domains that no real recording has. */
export const WRITTEN: readonly {
  readonly name: string;
  readonly seed: number;
  readonly vocabulary: 'vmx' | 'svm';
  readonly plan: Schedule;
}[] = [
  {
    name: 'intel-4-pcpus',
    seed: 41,
    vocabulary: 'vmx',
    plan: { pcpus: 4, vcpus: [2, 2, 1, 3], steps: 3000, codes: [12, 30, 1, 18, 48, 10, 31, 32, 52] },
  },
  {
    name: 'amd-3-pcpus',
    seed: 42,
    vocabulary: 'svm',
    plan: { pcpus: 3, vcpus: [1, 2, 2], steps: 3000, codes: [0x60, 0x78, 0x7b, 0x7c, 0x72, 0x81, 0x64] },
  },
];

/** The windows of the pCPUs in turns, each of so many records as the dice say. */
export function writtenFile(pcpus: readonly (readonly AuthoredRecord[])[], random: RandomSource): Uint8Array {
  const windows: [number, AuthoredRecord[]][] = [];
  const rest = pcpus.map((records) => [...records]);
  while (rest.some((records) => records.length > 0)) {
    for (const [pcpu, records] of rest.entries()) {
      if (records.length > 0) windows.push([pcpu, records.splice(0, 1 + random.below(200))]);
    }
  }
  return xentraceFile(windows);
}

export type TimesByState = Record<number, number> & {
  /** From the first record of all to the vCPU's first change of state. */
  before: number;
};

/** Cycles in each state, by "domain/vcpu", from its first change of state to the last record of all. */
export function timesByState(pcpus: readonly (readonly AuthoredRecord[])[]): Map<string, TimesByState> {
  const all = pcpus.flat().sort((a, b) => Number(a.time) - Number(b.time));
  const [first, last] = [Number(all[0].time), Number(all.at(-1)!.time)];
  const times = new Map<string, TimesByState>();
  const now = new Map<string, { state: number; since: number }>();
  const spend = (vcpu: string, until: number) => {
    const { state, since } = now.get(vcpu)!;
    times.get(vcpu)![state] += until - since;
  };
  for (const { time, event, words } of all) {
    if ((event & ~0x3f0) !== 0x21001) continue;
    const vcpu = `${words[0] >>> 16}/${words[0] & 0xffff}`;
    if (now.has(vcpu)) spend(vcpu, Number(time));
    else times.set(vcpu, { 0: 0, 1: 0, 2: 0, 3: 0, before: Number(time) - first });
    now.set(vcpu, { state: (event >> 4) & 3, since: Number(time) });
  }
  for (const vcpu of now.keys()) spend(vcpu, last);
  return times;
}
