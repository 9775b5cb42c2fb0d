/** Visits to the guest: what the three events of one tell, and what they do not. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GuestClock } from '../../../src/hypervisors/qnx/guest-clock.js';
import { PCPU_THREADS } from '../../../src/recording/event-batch.js';
import { ARM, INTEL, Trace, WFI } from './trace.js';

const VCPU = 7;
const HVC = 0x5a00_0000;

describe('the documented sample', () => {
  // QNX Hypervisor User's Guide, "Time": three lines of traceprinter. Its clock makes 31.25 million cycles a second here.
  const ORIGIN = 0x2_ebe7_b010n;
  const HZ = 31_250_000;
  const NS_PER_CYCLE = 32;
  const since = (cycles: bigint) => Number(cycles - ORIGIN);

  const trace = new Trace(ARM, { hz: HZ, origin: ORIGIN });
  trace.state(0, 0, VCPU, 'RUNNING');
  trace.enter(since(0x2_ebe7_b16bn), 0, VCPU);
  trace.cycles(since(0x2_ebe7_c20cn), 0, VCPU, 0x68ed_5b7fn, 0x68ed_620en);
  const [visit] = trace.exit(since(0x2_ebe7_c6f7n), 0, VCPU, {
    reason: WFI,
    offset: 0xffff_fffd_7d05_a4ebn,
    ip: 0xfc40_47f0n,
  });
  const books = trace.books(VCPU);

  test('the guest ran for 1679 cycles', () => {
    expect(books.accounts.guest).toBe(1679 * NS_PER_CYCLE);
  });

  test('it took 1321 cycles to get into it, and 2516 from leaving it to the event', () => {
    const { entries, exits } = books.ledger.books.worldSwitches!;
    expect([entries.count, entries.sum]).toEqual([1, 1321 * NS_PER_CYCLE]);
    expect([exits.count, exits.sum]).toEqual([1, 2516 * NS_PER_CYCLE]);
  });

  test('the books have the visit, and the way out until CYCLES was written', () => {
    const { visits, exitsToTold } = books.ledger.books.worldSwitches!;
    expect([visits.count, visits.sum]).toEqual([1, 1679 * NS_PER_CYCLE]);
    expect([exitsToTold.count, exitsToTold.sum]).toEqual([1, 1257 * NS_PER_CYCLE]);
  });

  test('it was left 1257 cycles before CYCLES was written', () => {
    const cyclesNs = since(0x2_ebe7_c20cn) * NS_PER_CYCLE;
    expect(cyclesNs - (visit.time - visit.b)).toBe(1257 * NS_PER_CYCLE);
  });

  test('host times are those of the documentation', () => {
    expect(visit.time - visit.a).toBe(since(0x2_ebe7_b694n) * NS_PER_CYCLE);
    expect(visit.time - visit.b).toBe(since(0x2_ebe7_bd23n) * NS_PER_CYCLE);
  });

  test('why: the guest waits for an interrupt', () => {
    expect(trace.translator.reasons.list).toMatchObject([{ name: 'WFI', cause: 'halt', code: 1 }]);
    expect(trace.translator.reasons.list[0].meaning).toContain('(inferred)');
  });
});

test('guest readings become host time as with whole 64-bit numbers', () => {
  const any64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const halves = (value: bigint) => [Number(value >> 32n), Number(value & 0xffff_ffffn)] as const;
  fc.assert(
    fc.property(any64, any64, fc.bigInt({ min: -(2n ** 40n), max: 2n ** 52n }), (origin, offset, cycles) => {
      const guest = BigInt.asUintN(64, origin + cycles + offset);
      const clock = new GuestClock({ hz: 31_250_000, origin });
      const time = clock.timeOf(...halves(guest), ...halves(offset));
      const ns = ((cycles < 0n ? -cycles : cycles) * 1_000_000_000n) / 31_250_000n;
      expect(time).toBe(cycles < 0n ? -Number(ns) : Number(ns));
    }),
  );
});

test('a reading from months away is no time at all', () => {
  expect(new GuestClock({ hz: 1e9, origin: 0n }).timeOf(0x7fff_ffff, 0, 0, 0)).toBeNaN();
});

describe('a visit counts', () => {
  test('where the events are whole and in order', () => {
    const trace = new Trace();
    trace.state(0, 0, VCPU, 'RUNNING');
    trace.visit(11, 20, 0, VCPU);
    trace.visit(41, 60, 0, VCPU);
    expect(trace.books(VCPU).accounts).toEqual({ guest: 9 + 19, hypervisor: 1 + 2 + 18 + 1 + 2, unknown: 10 });
  });

  test('not without CYCLES: they may be lost, so nobody knows whether the guest ran; whatever the status on ARM', () => {
    for (const [host, status] of [
      [ARM, 0],
      [ARM, 5],
      [INTEL, 0],
    ] as const) {
      const trace = new Trace(host);
      trace.visit(11, 20, 0, VCPU, { reason: HVC });
      trace.enter(40, 0, VCPU);
      const exit = trace.exit(50, 0, VCPU, { status, reason: HVC });
      expect(exit.map(({ kind }) => kind).slice(0, 2)).toEqual(['Visit', 'Exit']);
      trace.visit(61, 70, 0, VCPU);
      const books = trace.books(VCPU);
      expect(books.accounts).toEqual({ guest: 9 + 9, hypervisor: 1 + 2 + 18 + 10 + 1 + 2, unknown: 10 });
      const { notEntered, broken } = books.ledger.books.worldSwitches!;
      expect([books.exits, notEntered, broken]).toEqual([3, 0, 1]);
    }
  });

  test('on x86 not where the status says that the entry was aborted: the host worked all the time', () => {
    const trace = new Trace(INTEL);
    trace.visit(11, 20, 0, VCPU);
    trace.enter(40, 0, VCPU);
    expect(trace.exit(50, 0, VCPU, { status: 1 }).map(({ kind }) => kind)).toEqual(['NoVisit']);
    trace.visit(61, 70, 0, VCPU);
    const books = trace.books(VCPU);
    expect(books.accounts).toEqual({ guest: 9 + 9, hypervisor: 1 + 2 + 38 + 1 + 2 });
    expect([books.exits, books.ledger.books.worldSwitches!.notEntered]).toEqual([2, 1]);
  });

  test('on x86 not where the status says that the entry was aborted; on ARM the status says nothing', () => {
    const visitWith = (host: typeof ARM) => {
      const trace = new Trace(host);
      trace.visit(11, 20, 0, VCPU, { status: 5, reason: 12 });
      return trace.books(VCPU).accounts;
    };
    expect(visitWith(INTEL)).toEqual({ hypervisor: 12 });
    expect(visitWith(ARM)).toEqual({ guest: 9, hypervisor: 3 });
  });

  test.each([
    ['the guest seems to have been entered before it was announced', 5n, 20n],
    ['it seems to have been left before it was entered', 20n, 15n],
    ['it seems to have been left after the event', 15n, 90n],
    ['it seems to have been left after CYCLES was written', 15n, 35n],
  ])('not where %s', (_what, entry, exit) => {
    const trace = new Trace();
    trace.enter(10, 0, VCPU);
    trace.cycles(30, 0, VCPU, entry, exit);
    expect(trace.exit(40, 0, VCPU).map(({ kind, a, b }) => [kind, a, b])[0]).toEqual(['Visit', Number.NaN, Number.NaN]);
    trace.visit(51, 60, 0, VCPU);
    const books = trace.books(VCPU);
    expect(books.accounts).toEqual({ unknown: 30, guest: 9, hypervisor: 10 + 1 + 2 });
    expect([books.exits, books.ledger.books.worldSwitches!.broken]).toEqual([2, 1]);
  });

  test('not where CYCLES comes after the exit: it is never used, and that is said', () => {
    const trace = new Trace();
    trace.enter(10, 0, VCPU);
    trace.exit(40, 0, VCPU);
    trace.cycles(41, 0, VCPU, 15n, 35n);
    trace.visit(51, 60, 0, VCPU);
    expect(trace.books(VCPU).accounts).toEqual({ unknown: 30, hypervisor: 10 + 1 + 2, guest: 9 });
    expect(trace.translator.remarks().map(({ code }) => code)).toContain('cycles-out-of-order');
  });
});

describe('after a loss', () => {
  test('a visit whose announcement was lost is certain from the loss on', () => {
    const trace = new Trace();
    trace.visit(11, 20, 0, VCPU);
    trace.record(50, 0, -1, 'loss', { 0: 30, 1: 3 });
    trace.cycles(61, 0, VCPU, 40n, 60n);
    trace.exit(62, 0, VCPU);
    expect(trace.books(VCPU).accounts).toEqual({ guest: 9 + 10, hypervisor: 1 + 2 + 8, unknown: 20 + 2 });
  });

  test('an exit without CYCLES tells nothing: those may be lost', () => {
    const trace = new Trace();
    trace.enter(10, 0, VCPU);
    trace.record(50, 0, -1, 'loss', { 0: 30, 1: 3 });
    trace.exit(62, 0, VCPU);
    trace.enter(70, 0, VCPU);
    trace.exit(80, 0, VCPU);
    expect(trace.books(VCPU).accounts).toEqual({ unknown: 52 + 10, hypervisor: 8 });
  });
});

test('a visit that has not ended is unknown', () => {
  const trace = new Trace();
  trace.visit(11, 20, 0, VCPU, { reason: HVC });
  trace.enter(40, 0, VCPU);
  expect(trace.books(VCPU, 100).accounts).toEqual({ guest: 9, hypervisor: 1 + 20, unknown: 60 });
});

describe('as long as no thread is known at all', () => {
  const said = (trace: Trace) => trace.translator.remarks().map(({ code }) => code);
  const visitOn = (trace: Trace, from: number, to: number, pcpu: number, offset: bigint) => {
    trace.enter(from - 1, pcpu, -1);
    trace.cycles(to + 1, pcpu, -1, BigInt(from) + offset, BigInt(to) + offset);
    trace.exit(to + 2, pcpu, -1, { reason: HVC, offset });
  };

  test('pCPUs stand for vCPUs, whichever guests run there, and that is said', () => {
    const trace = new Trace();
    visitOn(trace, 11, 20, 3, 5000n);
    visitOn(trace, 31, 45, 3, 7000n);
    const books = trace.books(PCPU_THREADS + 3);
    expect(books.accounts).toEqual({ guest: 9 + 14, hypervisor: 1 + 2 + 8 + 1 + 2 });
    expect(books.ledger.number).toBe(3);
    const remark = trace.translator.remarks().find(({ code }) => code === 'pcpus-for-vcpus')!;
    expect(remark.severity).toBe('error');
    expect(remark.message).toContain('At least 2 guests');
    expect(remark.hint).toContain('-F4');
    expect(said(trace)).not.toContain('clock-offsets-disagree');
  });

  test('what they stood for does not count where threads are told after all', () => {
    const trace = new Trace();
    visitOn(trace, 11, 20, 0, 0n);
    trace.state(30, 0, VCPU, 'RUNNING');
    trace.visit(41, 50, 0, VCPU);
    const { accounts, ledger } = trace.books(VCPU);
    expect(accounts.guest).toBe(9);
    expect(ledger.thread).toBe(VCPU);
    expect(trace.vcpuThreads).toEqual([VCPU]);
    const remark = trace.translator.remarks().find(({ code }) => code === 'unattributed')!;
    expect(remark.message).toMatch(/^Left out: 3 hypervisor events/);
    expect(said(trace)).not.toContain('pcpus-for-vcpus');
  });

  test('states at the start of a trace are no events of threads', () => {
    const trace = new Trace();
    trace.state(0, 0, VCPU, 'RUNNING', 1);
    visitOn(trace, 11, 20, 0, 0n);
    expect(said(trace)).toContain('pcpus-for-vcpus');
  });
});

test('events of a pCPU of which nobody knows who runs there are left out', () => {
  const trace = new Trace();
  trace.state(0, 1, VCPU, 'RUNNING');
  trace.enter(10, 0, -1);
  expect(trace.events.map(({ kind }) => kind)).toEqual(['Switch']);
  expect(trace.translator.remarks().find(({ code }) => code === 'unattributed')!.message).toMatch(
    /^Left out: 1 hypervisor event\./,
  );
});

test('vCPUs have the numbers that qvm gives them', () => {
  const trace = new Trace();
  trace.record(1, 0, 7, 'QVM:CREATE_VCPU_THREAD', { vcpu_id: 3 });
  trace.visit(11, 20, 0, VCPU);
  expect(trace.books(VCPU).ledger.number).toBe(3);
});

describe('the clock of a guest', () => {
  test('is one for all its vCPUs; otherwise that is said', () => {
    const trace = new Trace();
    for (const [thread, process] of [
      [7, 100],
      [8, 100],
      [9, 200],
    ]) {
      trace.threads.setProcess(thread, process);
      trace.threads.setProcessName(process, 'qvm');
    }
    const visit = (from: number, thread: number, offset: bigint) => {
      trace.enter(from, thread, thread);
      trace.cycles(from + 9, thread, thread, BigInt(from + 1) + offset, BigInt(from + 8) + offset);
      trace.exit(from + 10, thread, thread, { offset });
    };
    visit(10, 7, 5000n);
    visit(30, 9, 7000n);
    const isSaid = () => trace.translator.remarks().find(({ code }) => code === 'clock-offsets-disagree')?.message;
    expect(isSaid()).toBeUndefined();
    visit(50, 8, 5001n);
    expect(isSaid()).toContain('qvm 100');
    expect(isSaid()).not.toContain('200');
  });

  test.each([
    ['another', 7000n, 'qvm 100, qvm 200'],
    ['the same', 5000n, 'qvm 100, qvm 200, qvm 300'],
    ['that of the host', 0n, 'qvm 100, qvm 200'],
  ])('is one for one guest: what two machines share is said, with %s for a third', (_what, third, names) => {
    const trace = new Trace();
    for (const [thread, offset] of [5000n, 5000n, third].entries()) {
      const process = 100 * (thread + 1);
      trace.threads.setProcess(thread + 7, process);
      trace.threads.setProcessName(process, 'qvm');
      const from = 10 + 20 * thread;
      trace.enter(from, 0, thread + 7);
      trace.cycles(from + 9, 0, thread + 7, BigInt(from + 1) + offset, BigInt(from + 8) + offset);
      trace.exit(from + 10, 0, thread + 7, { offset });
    }
    const shared = trace.translator.remarks().find(({ code }) => code === 'clock-offsets-shared');
    expect(shared?.message).toMatch(new RegExp(`^${names} have`));
  });

  test('that of the host can be that of any number of guests', () => {
    const trace = new Trace();
    for (const thread of [7, 8]) {
      trace.threads.setProcess(thread, thread);
      trace.enter(10 * thread, 0, thread);
      trace.cycles(10 * thread + 8, 0, thread, BigInt(10 * thread + 1), BigInt(10 * thread + 7));
      trace.exit(10 * thread + 9, 0, thread, { offset: 0n });
    }
    expect(trace.translator.remarks().map(({ code }) => code)).not.toContain('clock-offsets-shared');
  });
});
