/** The simulated QNX host keeps the rules of a host: what its trace and its truth may be compared with has to be right. */
import { describe, expect, test } from 'vitest';
import { cyclesToNs } from '../../src/recording/cycles.js';
import { serialConsolePlan, virtioConsolePlan } from '../../src/simulation/qnx/demo-plans.js';
import type { Occupancy } from '../../src/simulation/qnx/history.js';
import type { HostPlan } from '../../src/simulation/qnx/plan.js';
import { randomPlan } from '../../src/simulation/qnx/random-plan.js';
import { type Simulation, simulate } from '../../src/simulation/qnx/simulate.js';
import type { TraceEventBody } from '../../src/simulation/qnx/trace-event.js';
import { trueBooks } from '../../src/simulation/qnx/true-books.js';
import { truthOf } from '../../src/simulation/qnx/truth.js';

const HOSTS = 80;
const TRACED = { tracedNs: 500_000 };
const seeds = Array.from({ length: HOSTS }, (_, index) => index + 1);
const hosts = new Map<number, Simulation>();

function host(seed: number): Simulation {
  const known = hosts.get(seed) ?? simulate(randomPlan(seed, TRACED));
  hosts.set(seed, known);
  return known;
}

type Body<Kind extends TraceEventBody['kind']> = Extract<TraceEventBody, { kind: Kind }>;

/** Events of a kind with their stamps, in the order of the trace. */
function eventsOf<Kind extends TraceEventBody['kind']>({ trace }: Simulation, kind: Kind) {
  return trace.events
    .filter(({ body }) => body.kind === kind)
    .map(({ cycles, cpu, body }) => ({ at: Number(cycles), cpu, body: body as Body<Kind> }));
}

const nameOf = ({ pid, tid }: { readonly pid: number; readonly tid: number }): string => `${pid}:${tid}`;

describe('the trace', () => {
  test('the same seed gives the same trace, another one another', () => {
    for (const seed of seeds.slice(0, 20)) {
      expect(simulate(randomPlan(seed, TRACED)).trace).toEqual(host(seed).trace);
      expect(host(seed).trace).not.toEqual(host(seed + 1).trace);
    }
  });

  test('stamps never fall, and no two events of a pCPU share one', () => {
    for (const seed of seeds) {
      const { events } = host(seed).trace;
      const last = new Map<number, bigint>();
      const faults = events.filter(({ cycles, cpu }, index) => {
        const isLate = cycles >= (events[index - 1]?.cycles ?? 0n) && cycles > (last.get(cpu) ?? -1n);
        last.set(cpu, cycles);
        return !isLate;
      });
      expect(faults).toEqual([]);
    }
  });

  test('a pCPU has one thread at a time, and a thread one pCPU', () => {
    for (const seed of seeds) {
      const running = new Map<number, string>();
      const place = new Map<string, number>();
      const told = new Set<string>();
      for (const { cpu, body } of eventsOf(host(seed), 'thread-state')) {
        const thread = nameOf(body.thread);
        // The second word on a thread at the start of the trace is its state, wherever it runs.
        const isDump = told.has(`new ${thread}`) && !told.has(thread);
        if (body.state === 'CREATE') told.add(`new ${thread}`);
        else told.add(thread);
        if (isDump) continue;
        if (body.state === 'RUNNING') {
          if (running.has(cpu) || place.has(thread)) expect.fail(`${thread} runs twice, or two run on ${cpu}`);
          running.set(cpu, thread);
          place.set(thread, cpu);
        } else if (place.get(thread) !== undefined) {
          if (place.get(thread) !== cpu) expect.fail(`${thread} stops on ${cpu}, where it does not run`);
          running.delete(cpu);
          place.delete(thread);
        }
      }
    }
  });

  test('a guest is entered after GUEST_ENTER and left before CYCLES, which come in that order', () => {
    for (const seed of seeds) {
      const { trace } = host(seed);
      /** By pCPU, what is open there. */
      const entered = new Map<number, bigint>();
      const cycles = new Map<number, { readonly at: bigint; readonly entry: bigint; readonly exit: bigint }>();
      const started = new Set<number>();
      for (const { cycles: at, cpu, body } of trace.events) {
        if (body.kind === 'guest-enter') {
          started.add(cpu);
          if (entered.has(cpu)) expect.fail(`two visits at once on ${cpu}`);
          entered.set(cpu, at);
        } else if (body.kind === 'guest-cycles') {
          cycles.set(cpu, { at, entry: body.atEntry, exit: body.atExit });
        } else if (body.kind === 'guest-exit') {
          const visit = cycles.get(cpu);
          if (visit !== undefined && started.has(cpu)) {
            const host = (guest: bigint) => BigInt.asUintN(64, guest - body.clockCyclesOffset);
            const order = [entered.get(cpu)!, host(visit.entry), host(visit.exit), visit.at, at];
            if (order.some((stamp, index) => stamp < (order[index - 1] ?? 0n))) expect.fail(`${seed}: ${order.join()}`);
          }
          entered.delete(cpu);
          cycles.delete(cpu);
        }
      }
    }
  });
});

/** Who waits for a pCPU, who has one: step by step. */
function* scheduling({ history }: Simulation) {
  const steps = [...history.presence].flatMap(([thread, changes]) => changes.map((change) => ({ ...change, thread })));
  steps.sort((a, b) => a.at - b.at);
  const ready = new Set<Occupancy['thread']>();
  for (const step of steps) {
    if (step.presence === 'ready' && !step.thread.isIdle) ready.add(step.thread);
    else ready.delete(step.thread);
    yield { ...step, ready };
  }
}

describe('the scheduler', () => {
  test('nobody gets a pCPU while somebody more important waits for it', () => {
    let contested = 0;
    for (const seed of seeds) {
      for (const { presence, thread, cpu, ready } of scheduling(host(seed))) {
        if (presence !== 'running') continue;
        const rivals = [...ready].filter((rival) => rival.mayRunOn(cpu));
        contested += rivals.length;
        expect(Math.max(0, ...rivals.map((rival) => rival.options.priority))).toBeLessThanOrEqual(
          thread.options.priority,
        );
      }
    }
    expect(contested).toBeGreaterThan(1000);
  });

  test('threads run where they may', () => {
    for (const seed of seeds) {
      host(seed).history.occupancy.forEach((threads, cpu) => {
        expect(threads.every(({ thread }) => thread.mayRunOn(cpu))).toBe(true);
      });
    }
  });

  test('whoever is more important gets a pCPU soon', () => {
    const LONGEST_NS = 30_000;
    for (const seed of seeds) {
      const { history, plan } = host(seed);
      const end = plan.startCycles + (plan.lengthNs * plan.cyclesPerSecond) / 1e9;
      for (const [thread, changes] of history.presence) {
        for (const [index, { at, presence }] of changes.entries()) {
          const until = Math.min(changes[index + 1]?.at ?? end, end);
          if (presence !== 'ready' || thread.isIdle || cyclesToNs(until - at, plan.cyclesPerSecond) <= LONGEST_NS)
            continue;
          const from = at + (LONGEST_NS * plan.cyclesPerSecond) / 1e9;
          history.occupancy.forEach((threads, cpu) => {
            if (!thread.mayRunOn(cpu)) return;
            for (const { thread: other, from: start, until: stop } of threads) {
              if (start >= until || stop <= from || other.options.priority >= thread.options.priority) continue;
              expect(other.options.priority).toBeGreaterThanOrEqual(thread.options.priority);
            }
          });
        }
      }
    }
  });

  test('equals take turns: a time slice of round robin is at most 4 ms and a little', () => {
    const plan: HostPlan = {
      ...serialConsolePlan(),
      cpus: 1,
      machines: [],
      hostThreads: [hog('first'), hog('second')],
    };
    const { history } = simulate(plan);
    const slices = history.occupancy[0].filter(({ thread }) => thread.options.name === 'first');
    expect(slices.length).toBeGreaterThan(40);
    for (const { from, until } of slices.slice(0, -1)) {
      expect(cyclesToNs(until - from, plan.cyclesPerSecond)).toBeLessThan(4_020_000);
    }
  });

  test('FIFO does not take turns', () => {
    const fifo = (name: string) => ({ ...hog(name), thread: { ...hog(name).thread, policy: 'fifo' as const } });
    const plan: HostPlan = {
      ...serialConsolePlan(),
      cpus: 1,
      machines: [],
      hostThreads: [fifo('first'), fifo('second')],
    };
    const { history } = simulate(plan);
    const names = history.occupancy[0].map(({ thread }) => thread.options.name);
    expect(names).toContain('first');
    expect(names).not.toContain('second');
  });
});

const hog = (name: string): HostPlan['hostThreads'][number] => ({
  process: 'usr/bin/hog',
  thread: { priority: 10, policy: 'round-robin', runmask: 1, name },
  busyNs: 10_000_000_000,
  sleepNs: 0,
});

describe('the truth', () => {
  test.each(seeds)('host %i: the accounts of every vCPU add up to the length of the trace', (seed) => {
    const simulation = host(seed);
    const truth = truthOf(simulation);
    const { cyclesPerSecond } = simulation.plan;
    for (const { segments } of truth.vcpus) {
      expect(segments[0].from).toBe(truth.from);
      expect(segments.at(-1)!.to).toBe(truth.to);
      expect(
        segments.filter(({ from, to }, index) => from >= to || from !== (segments[index - 1]?.to ?? from)),
      ).toEqual([]);
    }
    for (const { sums } of trueBooks(truth, cyclesPerSecond)) {
      const total = Object.values(sums).reduce((sum, ns) => sum + ns, 0);
      expect(total).toBe(cyclesToNs(truth.to - truth.from, cyclesPerSecond));
    }
  });

  test('time in the guest is what the trace says in CYCLES', () => {
    for (const seed of seeds) {
      const simulation = host(seed);
      const told = new Set(eventsOf(simulation, 'guest-cycles').map(({ body }) => `${body.atEntry} ${body.atExit}`));
      const machines = [...simulation.plan.machines].sort((a, b) => a.startNs - b.startNs);
      const pids = [...new Set(simulation.history.vcpus.map(({ pid }) => pid))].sort((a, b) => a - b);
      for (const { vcpu, visits, segments } of truthOf(simulation).vcpus) {
        const { clockOffset } = machines[pids.indexOf(vcpu.pid)];
        const guestClock = (cycles: number) => BigInt.asUintN(64, BigInt(cycles) + clockOffset);
        const untold = visits.filter(({ entered, left }) => !told.has(`${guestClock(entered)} ${guestClock(left)}`));
        expect(untold).toEqual([]);
        const inGuest = segments.filter(({ account }) => account === 'guest');
        expect(inGuest.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(
          visits.reduce((sum, { entered, left }) => sum + left - entered, 0),
        );
      }
    }
  });

  test('every wait has its culprits', () => {
    for (const seed of seeds) {
      const simulation = host(seed);
      for (const { sums, culprits } of trueBooks(truthOf(simulation), simulation.plan.cyclesPerSecond)) {
        for (const account of ['wakeup', 'preempted'] as const) {
          const blamed = culprits.filter((row) => row.account === account).reduce((sum, { ns }) => sum + ns, 0);
          expect(blamed).toBe(sums[account] ?? 0);
        }
      }
    }
  });

  test('the hosts are of all sorts', () => {
    const seen = new Map<string, number>();
    const count = (what: string, times = 1) => seen.set(what, (seen.get(what) ?? 0) + times);
    for (const seed of seeds) {
      const { plan, history, trace } = host(seed);
      count(plan.virtualization);
      count(`release ${plan.release[0]}`);
      count(`${plan.cpus} pCPUs`);
      count(`${plan.machines.length} machines`);
      const truth = truthOf(host(seed));
      for (const { segments, visits, abortedEntries } of truth.vcpus) {
        for (const { account } of segments) count(account);
        for (const { exit } of visits) count(exit.cause);
        count('aborted', abortedEntries);
        if (visits.length > 0 && segments.at(-1)?.account === 'unknown') count('ended');
        if (new Set(visits.map(({ cpu }) => cpu)).size > 1) count('migrated');
      }
      for (const { state } of eventsOf(host(seed), 'thread-state').map(({ body }) => body)) count(state);
      count('handlers', history.handlers.flat().length);
      for (const { body } of trace.events) count(body.kind);
      if (trace.events.at(-1)!.cycles >> 32n !== trace.events[0].cycles >> 32n) count('wrapped');
    }
    const accounts = ['guest', 'hypervisor', 'interrupt', 'idle', 'blocked', 'wakeup', 'preempted', 'unknown'];
    const causes = ['device-mmio', 'device-port', 'register', 'cpuid', 'hypercall', 'page-fault', 'halt', 'pause'];
    const others = ['interrupt-control', 'timer', 'other', 'aborted', 'ended', 'migrated', 'wrapped', 'handlers'];
    const states = ['SEND', 'REPLY', 'RECEIVE', 'CONDVAR', 'MUTEX', 'INTR', 'NANOSLEEP', 'SIGWAITINFO', 'DESTROY'];
    const kinds = ['create-vcpu-thread', 'interrupt-raise', 'interrupt-entry', 'interrupt-deliver', 'marker'];
    const hosts = ['arm', 'vmx', 'svm', 'release 6', 'release 7', 'release 8'];
    for (const what of [...accounts, ...causes, ...others, ...states, ...kinds, ...hosts]) {
      expect([what, seen.get(what) ?? 0]).toEqual([what, expect.toSatisfy((times: number) => times > 0)]);
    }
    for (let cpus = 1; cpus <= 8; cpus++) expect(seen.get(`${cpus} pCPUs`)).toBeGreaterThan(0);
    for (let machines = 1; machines <= 4; machines++) expect(seen.get(`${machines} machines`)).toBeGreaterThan(0);
  });
});

describe('the demo', () => {
  test('the same output costs more through a serial port than through VIRTIO', () => {
    const [serial, virtio] = [serialConsolePlan(), virtioConsolePlan()].map((plan) => {
      const [printing, other] = trueBooks(truthOf(simulate(plan)), plan.cyclesPerSecond);
      const exits = printing.exits.reduce((sum, { count }) => sum + count, 0);
      const delay = (printing.sums.hypervisor ?? 0) + (printing.sums.blocked ?? 0);
      return { exits, delay, others: other.exits.reduce((sum, { count }) => sum + count, 0) };
    });
    expect(serial.exits).toBeGreaterThan(5 * virtio.exits);
    expect(serial.delay).toBeGreaterThan(3 * virtio.delay);
    expect(Math.abs(serial.others / virtio.others - 1)).toBeLessThan(0.1);
  });
});
