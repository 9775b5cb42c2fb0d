/** What thread states, interrupts and losses make of the time between visits. */
import { describe, expect, test } from 'vitest';
import { ACCOUNTS } from '../../../src/ledger/accounts.js';
import { threadAsInterrupt } from '../../../src/ledger/culprits.js';
import { Trace, WFI } from './trace.js';

const VCPU = 7;
const OTHER = 8;
const HVC = 0x5a00_0000;

/** A vCPU that has been in the guest from 11 to 20, and was told so at 22. */
function afterVisit(reason: number): Trace {
  const trace = new Trace();
  trace.state(0, 0, VCPU, 'RUNNING');
  trace.visit(11, 20, 0, VCPU, { reason });
  return trace;
}

const KNOWN = { guest: 9 + 9, unknown: 10 };
/** The ways in and out of both visits; the first begins the books. */
const WAYS = 1 + 2 + 1 + 2;

describe('between two visits', () => {
  test('a thread that becomes ready while it runs is preempted, by whoever runs next', () => {
    const trace = afterVisit(HVC);
    trace.state(30, 0, VCPU, 'READY');
    trace.state(33, 0, OTHER, 'RUNNING');
    trace.state(50, 0, OTHER, 'NANOSLEEP');
    trace.state(52, 0, VCPU, 'RUNNING');
    trace.visit(61, 70, 0, VCPU);
    const books = trace.books(VCPU);
    expect(books.accounts).toEqual({ ...KNOWN, hypervisor: WAYS + 8 + 8, preempted: 22 });
    expect(books.culprits).toEqual({ 'preempted by 8': 17, 'preempted by -3': 3 + 2 });
  });

  test('likewise where nothing tells that it becomes ready', () => {
    const trace = afterVisit(HVC);
    trace.state(33, 0, OTHER, 'RUNNING');
    trace.state(34, 0, VCPU, 'READY');
    trace.state(52, 0, VCPU, 'RUNNING');
    trace.visit(61, 70, 0, VCPU);
    const books = trace.books(VCPU);
    expect(books.accounts).toEqual({ ...KNOWN, hypervisor: WAYS + 11 + 8, preempted: 19 });
    expect(books.culprits).toEqual({ 'preempted by 8': 19 });
  });

  test.each([
    ['a halt', WFI, 'idle'],
    ['any other exit', HVC, 'blocked'],
  ] as const)('sleep in %s, and the wait for a pCPU after it', (_what, reason, account) => {
    const trace = afterVisit(reason);
    trace.state(30, 0, VCPU, 'CONDVAR');
    trace.state(33, 0, 0, 'RUNNING');
    trace.state(50, 1, VCPU, 'READY');
    trace.state(55, 0, VCPU, 'RUNNING');
    trace.visit(61, 70, 0, VCPU);
    const books = trace.books(VCPU);
    expect(books.accounts).toEqual({ ...KNOWN, hypervisor: WAYS + 8 + 5, [account]: 20, wakeup: 5 });
    expect(books.culprits).toEqual({ 'wakeup behind 0': 5 });
  });

  test.each(['DEAD', 'DESTROY'] as const)(
    'a halted thread that ends without running again (%s) is idle until then',
    (state) => {
      const trace = afterVisit(WFI);
      trace.state(30, 0, VCPU, 'CONDVAR');
      trace.state(33, 0, 0, 'RUNNING');
      trace.state(50, 1, VCPU, state);
      trace.state(90, 0, OTHER, 'RUNNING');
      // What it did before its first visit, and all after its end.
      expect(trace.books(VCPU).accounts).toEqual({ guest: 9, hypervisor: 1 + 2 + 8, idle: 20, unknown: 10 + 40 });
    },
  );

  test.each(['MUTEX', 'REPLY', 'SEND', 'SEM', 'RWLOCK_READ', 'STOPPED', 'WAITPAGE', 'JOIN'] as const)(
    'sleep in a halt that cannot be for the wake-up of the guest: %s',
    (state) => {
      const trace = afterVisit(WFI);
      trace.state(30, 0, VCPU, state);
      trace.state(33, 0, 0, 'RUNNING');
      trace.state(50, 1, VCPU, 'READY');
      trace.state(55, 0, VCPU, 'RUNNING');
      trace.visit(61, 70, 0, VCPU);
      expect(trace.books(VCPU).accounts).toEqual({ ...KNOWN, hypervisor: WAYS + 8 + 5, blocked: 20, wakeup: 5 });
    },
  );

  test('a halted thread that is woken into a MUTEX was idle until then', () => {
    const trace = afterVisit(WFI);
    trace.state(30, 0, VCPU, 'CONDVAR');
    trace.state(33, 0, 0, 'RUNNING');
    trace.state(34, 1, OTHER, 'RUNNING');
    trace.state(42, 1, VCPU, 'MUTEX');
    trace.state(50, 1, VCPU, 'READY');
    trace.state(55, 0, VCPU, 'RUNNING');
    trace.visit(61, 70, 0, VCPU);
    const books = trace.books(VCPU);
    expect(books.accounts).toEqual({ ...KNOWN, hypervisor: WAYS + 8 + 5, idle: 12, blocked: 8, wakeup: 5 });
    const sleeps = books.ledger.books.sleeps.list.map(({ account, state, waker, ns, count }) => {
      return [ACCOUNTS[account], trace.translator.waitName(state), waker, ns, count];
    });
    expect(sleeps).toEqual([
      ['idle', 'CONDVAR', OTHER, 12, 1],
      ['blocked', 'MUTEX', OTHER, 8, 1],
    ]);
  });

  test('one that sleeps twice in a halt is idle only for its wake-up', () => {
    const trace = afterVisit(WFI);
    trace.state(24, 0, VCPU, 'MUTEX');
    trace.state(26, 0, VCPU, 'READY');
    trace.state(27, 0, VCPU, 'RUNNING');
    trace.state(30, 0, VCPU, 'INTR');
    trace.state(50, 0, VCPU, 'READY');
    trace.state(55, 0, VCPU, 'RUNNING');
    trace.visit(61, 70, 0, VCPU);
    const accounts = { ...KNOWN, hypervisor: WAYS + 2 + 3 + 5, idle: 20, blocked: 2, wakeup: 1 + 5 };
    expect(trace.books(VCPU).accounts).toEqual(accounts);
  });

  test('what it waited for, and who ran where it was woken', () => {
    const trace = afterVisit(HVC);
    trace.state(29, 1, OTHER, 'RUNNING');
    trace.state(30, 0, VCPU, 'SEND');
    trace.state(31, 1, VCPU, 'REPLY');
    trace.state(50, 1, VCPU, 'READY');
    trace.state(55, 0, VCPU, 'RUNNING');
    trace.visit(61, 70, 0, VCPU, { reason: WFI });
    trace.state(80, 0, VCPU, 'CONDVAR');
    trace.state(81, 0, 0, 'RUNNING');
    trace.record(90, 1, OTHER, 'INTERRUPT:ENTRY', { interrupt: 27 });
    trace.state(92, 1, VCPU, 'READY');
    trace.record(93, 1, OTHER, 'INTERRUPT:EXIT', { interrupt: 27 });
    trace.state(95, 0, VCPU, 'RUNNING');
    trace.visit(101, 110, 0, VCPU);
    const sleeps = trace.books(VCPU).ledger.books.sleeps.list.map(({ account, state, waker, ns, count }) => {
      const interrupt = threadAsInterrupt(waker);
      const by = interrupt === undefined ? waker : trace.translator.interruptName(interrupt);
      return [ACCOUNTS[account], trace.translator.waitName(state), by, ns, count];
    });
    expect(sleeps).toEqual([
      ['blocked', 'REPLY', OTHER, 20, 1],
      ['idle', 'CONDVAR', 'interrupt 27', 12, 1],
    ]);
  });

  test('one wait that goes over into another is one sleep', () => {
    const trace = afterVisit(HVC);
    trace.state(30, 0, VCPU, 'SEND');
    trace.state(33, 0, OTHER, 'RUNNING');
    trace.state(40, 0, VCPU, 'REPLY');
    trace.state(50, 0, VCPU, 'READY');
    trace.state(55, 1, VCPU, 'RUNNING');
    trace.visit(61, 70, 1, VCPU);
    expect(trace.books(VCPU).accounts).toEqual({ ...KNOWN, hypervisor: WAYS + 8 + 5, blocked: 20, wakeup: 5 });
  });

  test('the handler of an interrupt, where its end is told', () => {
    const trace = afterVisit(HVC);
    trace.record(30, 0, VCPU, 'INTERRUPT:ENTRY', { interrupt: 0x8001_0003 });
    trace.record(36, 0, VCPU, 'INTERRUPT:EXIT', { interrupt: 0x8001_0003 });
    trace.record(40, 0, VCPU, 'INTERRUPT:DELIVER', { interrupt: 27 });
    trace.visit(61, 70, 0, VCPU);
    expect(trace.books(VCPU).accounts).toEqual({ ...KNOWN, hypervisor: WAYS + 32, interrupt: 6 });
    expect(trace.translator.interruptName(0)).toBe('interrupt 0x80010003');
  });

  test('the end of its thread', () => {
    const trace = afterVisit(HVC);
    trace.state(30, 0, VCPU, 'DEAD');
    trace.state(31, 0, VCPU, 'DESTROY');
    trace.state(32, 0, 0, 'RUNNING');
    expect(trace.books(VCPU, 40).accounts).toEqual({ guest: 9, unknown: 10 + 10, hypervisor: 1 + 10 });
  });
});

describe('where the event of a thread is missing', () => {
  test('that it lost its pCPU: whether it waits or sleeps is unknown until it is seen again', () => {
    const trace = afterVisit(HVC);
    trace.state(30, 0, OTHER, 'RUNNING');
    trace.state(50, 0, OTHER, 'NANOSLEEP');
    trace.state(52, 0, VCPU, 'RUNNING');
    trace.visit(61, 70, 0, VCPU);
    const books = trace.books(VCPU);
    expect(books.accounts).toEqual({ ...KNOWN, unknown: 10 + 22, hypervisor: WAYS + 8 + 8 });
    expect(books.culprits).toEqual({});
    const remark = trace.translator.remarks().find(({ code }) => code === 'states-missing');
    expect(remark?.message).toMatch(/^Once a thread got a pCPU that another one had/);
  });

  test('likewise where it becomes ready later, so that it slept; then it waits', () => {
    const trace = afterVisit(HVC);
    trace.state(30, 0, OTHER, 'RUNNING');
    trace.state(35, 0, 0, 'RUNNING');
    trace.state(50, 0, VCPU, 'READY');
    trace.state(52, 0, VCPU, 'RUNNING');
    trace.visit(61, 70, 0, VCPU);
    expect(trace.books(VCPU).accounts).toEqual({ ...KNOWN, unknown: 10 + 20, hypervisor: WAYS + 8 + 8, wakeup: 2 });
  });

  test('becoming ready belongs to the switch before it only where it follows at once', () => {
    const late = 30 + 10_000;
    const trace = afterVisit(HVC);
    trace.state(30, 0, OTHER, 'RUNNING');
    expect(trace.state(late, 0, VCPU, 'READY')).toMatchObject([{ kind: 'Wake', a: VCPU, c: 1, d: 0 }]);
    trace.state(late + 2, 0, VCPU, 'RUNNING');
    trace.visit(late + 11, late + 20, 0, VCPU);
    expect(trace.books(VCPU).accounts).toMatchObject({ unknown: 10 + 10_000, wakeup: 2 });
  });

  test('that it got its pCPU: who enters a guest where nobody runs shows it', () => {
    const trace = afterVisit(HVC);
    trace.state(30, 0, VCPU, 'READY');
    trace.state(31, 1, OTHER, 'CONDVAR');
    expect(trace.enter(50, 0, -1)).toMatchObject([{ kind: 'Loss', pcpu: 0, a: 30 }]);
    trace.state(60, 0, VCPU, 'REPLY');
    trace.state(70, 1, VCPU, 'READY');
    trace.state(72, 0, VCPU, 'RUNNING');
    trace.visit(81, 90, 0, VCPU);
    const { accounts } = trace.books(VCPU);
    expect(accounts).toEqual({ guest: 9 + 9, unknown: 10 + 50, hypervisor: WAYS + 8 });
    expect(trace.translator.remarks().map(({ code }) => code)).toContain('unattributed');
  });

  test('the idle thread leaves its pCPU, too', () => {
    const trace = new Trace();
    trace.state(0, 0, 0, 'RUNNING');
    trace.state(1, 0, VCPU, 'RUNNING');
    trace.state(5, 0, VCPU, 'CONDVAR');
    trace.state(6, 0, 0, 'RUNNING');
    trace.state(9, 0, 0, 'READY');
    expect(trace.enter(12, 0, -1)).toMatchObject([{ kind: 'Loss', pcpu: 0, a: 9 }]);
  });

  test('a ready thread that goes to sleep by itself has run', () => {
    const trace = new Trace();
    trace.state(0, 0, VCPU, 'RUNNING');
    trace.state(1, 0, OTHER, 'READY');
    trace.state(5, 0, VCPU, 'CONDVAR');
    expect(trace.state(9, 0, OTHER, 'MUTEX')).toMatchObject([{ kind: 'Switch', pcpu: 0, thread: OTHER, b: 3 }]);
  });
});

test('a thread that is woken and runs at once has slept until then', () => {
  const trace = afterVisit(WFI);
  trace.state(30, 0, VCPU, 'CONDVAR');
  trace.state(31, 0, OTHER, 'RUNNING');
  trace.record(49, 0, OTHER, 'INTERRUPT:ENTRY', { interrupt: 27 });
  expect(trace.state(50, 0, VCPU, 'RUNNING').map(({ kind }) => kind)).toEqual(['Wake', 'Switch']);
  trace.state(51, 0, OTHER, 'READY');
  trace.visit(61, 70, 0, VCPU);
  const books = trace.books(VCPU);
  expect(books.accounts).toEqual({ ...KNOWN, hypervisor: WAYS + 8 + 10, idle: 20 });
  const [{ account, state, waker, ns }] = books.ledger.books.sleeps.list;
  const by = trace.translator.interruptName(threadAsInterrupt(waker)!);
  expect([ACCOUNTS[account], trace.translator.waitName(state), by, ns]).toEqual([
    'idle',
    'CONDVAR',
    'interrupt 27',
    20,
  ]);
});

test('states at the start of the trace are knowledge, not activity', () => {
  const trace = new Trace();
  trace.state(0, 0, VCPU, 'RUNNING', 1);
  trace.state(1, 0, OTHER, 'REPLY', 1);
  trace.state(2, 0, 0, 'RUNNING', 1);
  expect(trace.events).toEqual([]);
  expect(trace.translator.eventClasses().find(({ id }) => id === 'scheduler')!.seen).toBe(false);
  // Known to sleep: that it is woken is certain. Known to run: it leaves the pCPU that tells so.
  expect(trace.state(5, 1, OTHER, 'READY')).toMatchObject([{ kind: 'Wake', a: OTHER, c: 1 }]);
  expect(trace.state(6, 1, VCPU, 'MUTEX')).toMatchObject([{ kind: 'Switch', pcpu: 1, thread: VCPU, b: 3 }]);
});

test('a thread that is stopped by another pCPU leaves its own', () => {
  const trace = new Trace();
  trace.state(0, 0, VCPU, 'RUNNING');
  trace.state(1, 1, OTHER, 'RUNNING');
  expect(trace.state(5, 1, VCPU, 'STOPPED')).toMatchObject([{ kind: 'Switch', pcpu: 0, thread: VCPU, b: 3 }]);
});

test('after a loss it is not known who sleeps', () => {
  const trace = new Trace();
  trace.state(0, 0, VCPU, 'RUNNING');
  trace.state(1, 0, VCPU, 'REPLY');
  trace.record(9, 1, -1, 'loss', { 0: 5, 1: 1 });
  expect(trace.state(10, 0, VCPU, 'READY')).toMatchObject([{ kind: 'Wake', a: VCPU, c: 0 }]);
});

describe('what is missing is said', () => {
  const codes = (trace: Trace) => trace.translator.remarks().map(({ code }) => code);
  const unseen = (trace: Trace) => trace.translator.eventClasses().flatMap(({ id, seen }) => (seen ? [] : [id]));

  test('classes of events', () => {
    const trace = new Trace();
    expect(unseen(trace)).toEqual(['exits', 'scheduler', 'wakeups', 'interrupts']);
    trace.visit(11, 20, 0, VCPU);
    trace.state(30, 0, VCPU, 'REPLY');
    trace.state(31, 0, VCPU, 'READY');
    trace.record(32, 0, VCPU, 'INTERRUPT:DELIVER', { interrupt: 27 });
    expect(unseen(trace)).toEqual([]);
    expect(trace.translator.eventClasses().flatMap(({ missing }) => missing)).toEqual([]);
  });

  test('exits that are off by default, with what switches them on', () => {
    const remark = new Trace().translator.remarks().find(({ code }) => code === 'exits-left-out')!;
    expect(remark.hint).toMatch(/set trace-vtimer on.*set trace-wfe on.*set trace-spectre-workaround on/);
  });

  test('of these exits only those that the configurations do not switch on', () => {
    const { translator } = new Trace();
    const leftOut = (isSwitchedOn: (variable: string) => boolean) =>
      translator.remarks(isSwitchedOn).filter(({ code }) => code === 'exits-left-out');
    const [remark] = leftOut((variable) => variable !== 'trace-wfe');
    expect(remark.message).toContain('no exits of WFE:');
    expect(remark.hint).toMatch(/: set trace-wfe on\.$/);
    expect(leftOut(() => true)).toEqual([]);
  });

  test('the length of interrupts in releases that do not tell it', () => {
    const trace = new Trace();
    trace.record(32, 0, VCPU, 'INTERRUPT:DELIVER', { interrupt: 27 });
    expect(codes(trace)).toContain('interrupts-without-length');
    trace.record(33, 0, VCPU, 'INTERRUPT:ENTRY', { interrupt: 27 });
    expect(codes(trace)).not.toContain('interrupts-without-length');
  });

  test('what the host is', () => {
    expect(codes(new Trace({}))).toContain('codes-unknown');
    expect(codes(new Trace({ architecture: 'x86_64' }))).toContain('codes-unknown');
    expect(codes(new Trace())).toContain('codes-inferred');
  });
});

test('no event makes more events than there is room for, and nothing crashes, whatever the fields hold', () => {
  const values = [Number.NaN, -1, 0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53];
  const trace = new Trace();
  let time = 0;
  for (const value of values) {
    for (const thread of [-1, 0, 7, 2 ** 21]) {
      for (const pcpu of [0, 63, 64, 2 ** 20]) {
        const fields = { status: value, reason: value };
        trace.record(time++, pcpu, thread, 'QVM:GUEST_ENTER', {});
        trace.record(time++, pcpu, thread, 'QVM:CYCLES', {});
        trace.record(time++, pcpu, thread, 'QVM:GUEST_EXIT', fields);
        trace.record(time++, pcpu, thread, 'THREAD:STATE', { state: value, thread: value, initial: 0 });
        trace.record(time++, pcpu, thread, 'INTERRUPT:ENTRY', { interrupt: value });
      }
    }
  }
  const totals = trace.books(7).ledger.books.totals;
  expect(totals.length).toBe(ACCOUNTS.length);
});
