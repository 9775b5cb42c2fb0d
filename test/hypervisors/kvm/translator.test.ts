/** What each record becomes. */
import { describe, expect, it } from 'vitest';
import { kvm } from '../../../src/hypervisors/kvm/index.js';
import { nameOf, type TracepointName } from '../../../src/hypervisors/kvm/tracepoints.js';
import { CAUSES, causeIndex } from '../../../src/recording/causes.js';
import { SwitchState } from '../../../src/recording/event-batch.js';
import { AMD, type Fields, Host, INTEL } from './records.js';

describe('entering and leaving', () => {
  it('kvm_entry is Entry with the vCPU, NaN on kernels that do not say it', () => {
    expect(new Host().one('kvm_entry', { vcpu_id: 3 }, 77)).toMatchObject({
      kind: 'Entry',
      time: 1000,
      pcpu: 1,
      thread: 77,
      a: 3,
    });
    expect(new Host().one('kvm_entry').a).toBeNaN();
  });

  it('kvm_exit is Exit with reason, vCPU and both halves of the address', () => {
    const host = new Host(AMD);
    host.exitName(0x72, 2);
    const batch = host.record('kvm_exit', { exit_reason: 0x78, isa: 2, vcpu_id: 5, guest_rip: 0xffffffff });
    expect(batch).toHaveLength(1);
    expect(batch[0]).toMatchObject({ kind: 'Exit', thread: 100, a: 1, b: 5, c: 0xffffffff });
    expect(host.translator.reasons.get(1)).toMatchObject({ name: 'hlt', cause: 'halt', trigger: 'guest' });
  });

  it('kvm_exit of an old kernel has no vCPU, no address and no information', () => {
    const events = new Host(AMD).record('kvm_exit', { exit_reason: 0x7b });
    expect(events).toHaveLength(1);
    expect([events[0]?.b, events[0]?.c, events[0]?.d]).toEqual([NaN, NaN, NaN]);
  });

  it.each([
    ['IO', { reason: 2, errno: 0 }, 1],
    ['MMIO', { reason: 6, errno: 0 }, 1],
    ['SET_TPR', { reason: 11, errno: 0 }, 1],
    ['INTR', { reason: 10, errno: 0 }, 0],
    ['IRQ_WINDOW_OPEN', { reason: 7, errno: 0 }, 0],
    ['DEBUG', { reason: 4, errno: 0 }, 0],
    ['DIRTY_RING_FULL', { reason: 31, errno: 0 }, 0],
    ['interrupted by a signal', { reason: 2, errno: -4 }, 0],
    ['interrupted by a signal, as text', { errno: -4 }, 0],
    ['an error', { reason: 2, errno: -14 }, 0],
    ['IO of an old kernel', { reason: 2 }, 1],
    ['a new reason', { reason: 99, errno: 0 }, 1],
    ['nothing', {}, 1],
  ])('kvm_userspace_exit, %s: %o is ToVmm, asked %d', (_what, fields: Fields, asked) => {
    expect(new Host().one('kvm_userspace_exit', fields)).toMatchObject({ kind: 'ToVmm', b: asked });
  });

  it('kvm_fpu load and the system call KVM_RUN are FromVmm, nothing else is', () => {
    const host = new Host();
    expect(host.one('kvm_fpu', { load: 1 }).kind).toBe('FromVmm');
    expect(host.record('kvm_fpu', { load: 0 })).toEqual([]);
    expect(host.one('sys_enter_ioctl', { cmd: 0xae80 }).kind).toBe('FromVmm');
    expect(host.record('sys_enter_ioctl', { cmd: 0xae81 })).toEqual([]);
    expect(host.one('sys_enter', { id: 16, cmd: 0xae80 }).kind).toBe('FromVmm');
    expect(host.record('sys_enter', { id: 16, cmd: 0xae81 })).toEqual([]);
    expect(host.record('sys_enter', { id: 1, cmd: 0xae80 })).toEqual([]);
    expect(host.record('sys_enter', { id: 16 })).toEqual([]);
  });
});

describe('halts', () => {
  it('takes the polling limit from the record that came with the halt, else from the last one of the thread', () => {
    const host = new Host();
    expect(host.one('kvm_vcpu_wakeup', { ns: 9, waited: 0 })).toMatchObject({ kind: 'HaltEnd', a: 9, b: 0, c: NaN });
    expect(host.record('kvm_halt_poll_ns', { grow: 1, vcpu_id: 0, new: 20_000, old: 10_000 })).toEqual([]);
    expect(host.one('kvm_vcpu_wakeup', { ns: 30_000, waited: 1 })).toMatchObject({ a: 30_000, b: 1, c: 10_000 });
    expect(host.one('kvm_vcpu_wakeup', { ns: 500, waited: 0 })).toMatchObject({ a: 500, b: 0, c: 20_000 });
  });

  it('a thread without such a record, that slept or was halted for longer than any limit, did not poll', () => {
    const host = new Host();
    expect(host.one('kvm_vcpu_wakeup', { ns: 400, waited: 0 }, 101).c).toBeNaN();
    expect(host.one('kvm_vcpu_wakeup', { ns: 1e6, waited: 1 }, 101).c).toBe(0);
    expect(host.one('kvm_vcpu_wakeup', { ns: 400, waited: 0 }, 101).c).toBe(0);
    expect(host.one('kvm_vcpu_wakeup', { ns: 300_000, waited: 0 }, 102).c).toBe(0);
  });

  it('was over when the first record of its end was written', () => {
    const host = new Host();
    expect(host.one('kvm_vcpu_wakeup', { ns: 30_000, waited: 1 })).toMatchObject({ time: 1000, d: 0 });
    host.record('kvm_halt_poll_ns', { grow: 1, vcpu_id: 0, new: 20_000, old: 10_000 });
    expect(host.one('kvm_vcpu_wakeup', { ns: 30_000, waited: 1 })).toMatchObject({ time: 3000, d: 1000 });
    host.record('kvm_halt_poll_ns', { grow: 0, vcpu_id: 0, new: 0, old: 20_000 });
    host.record('kvm_entry');
    host.record('kvm_exit');
    expect(host.one('kvm_vcpu_wakeup', { ns: 2000, waited: 1 }), 'of another halt').toMatchObject({ time: 7000, d: 0 });
  });

  it('a halt without a length is none', () => {
    expect(new Host().record('kvm_vcpu_wakeup', { waited: 1 })).toEqual([]);
  });
});

const switchEvents = (fields: Fields, host = new Host()): string[] =>
  host
    .record('sched_switch', { prev_pid: 7, next_pid: 8, ...fields })
    .map(({ kind, thread, a, b }) => `${kind} ${thread} ${a} ${b}`);

describe('scheduler', () => {
  it.each([
    [0, SwitchState.Runnable],
    [0x100, SwitchState.Runnable],
    [2048, SwitchState.Runnable],
    [1, SwitchState.Asleep],
    [2, SwitchState.Asleep],
    [0x80, SwitchState.Asleep],
    [0x402, SwitchState.Asleep],
    [0x40, SwitchState.Asleep],
    ['R+', SwitchState.Runnable],
    ['D|K', SwitchState.Asleep],
    [undefined, SwitchState.Runnable],
  ])('sched_switch with state %s is Switch %d', (prev_state, b) => {
    expect(switchEvents({ prev_state })).toEqual([`Switch 7 8 ${b}`]);
  });

  it.each([16, 32, 'Z', 'x', 'X'])('state %s: the thread is gone', (prev_state) => {
    expect(switchEvents({ prev_state })).toEqual([`Switch 7 8 ${SwitchState.Ended}`]);
  });

  it('bit 64 is dead before Linux 4.14, parked since', () => {
    const before = new Host({ kernel: '3.10.0-1160.el7.x86_64' });
    expect(switchEvents({ prev_state: 64 }, before)).toEqual([`Switch 7 8 ${SwitchState.Ended}`]);
    const since = new Host({ kernel: '4.14.0' });
    expect(switchEvents({ prev_state: 64 }, since)).toEqual([`Switch 7 8 ${SwitchState.Asleep}`]);
  });

  it('falls back to the thread of the record, and skips a switch to nobody', () => {
    const host = new Host();
    expect(host.one('sched_switch', { next_pid: 8, prev_state: 1 }, 55)).toMatchObject({ thread: 55, a: 8 });
    expect(host.record('sched_switch', { prev_pid: 7 })).toEqual([]);
  });

  it('wakes and migrates', () => {
    const host = new Host();
    for (const event of ['sched_waking', 'sched_wakeup', 'sched_wakeup_new'] as const) {
      expect(host.one(event, { pid: 9, target_cpu: 3 }, 5)).toMatchObject({ kind: 'Wake', thread: 5, a: 9, b: 3 });
    }
    expect(host.one('sched_wakeup', { pid: 9 }).b).toBeNaN();
    expect(host.one('sched_migrate_task', { pid: 9, orig_cpu: 0, dest_cpu: 2 })).toMatchObject({
      kind: 'Migrate',
      a: 9,
      b: 2,
    });
    expect(host.record('sched_waking')).toEqual([]);
  });
});

describe('host interrupts', () => {
  it.each([
    ['irq_handler', { irq: 24 }, 'IRQ 24'],
    ['irq_handler', { irq: 0 }, 'IRQ 0'],
    ['irq_handler', {}, 'IRQ of unknown number'],
    ['softirq', { vec: 1 }, 'softirq TIMER'],
    ['softirq', { vec: 9 }, 'softirq RCU'],
    ['softirq', { vec: 12 }, 'softirq 12'],
    ['softirq', {}, 'softirq of unknown number'],
    ['local_timer', { vector: 236 }, 'local timer'],
    ['reschedule', {}, 'reschedule IPI'],
    ['error_apic', {}, 'APIC error'],
  ] as const)('%s %o is %s', (name, fields, text) => {
    const host = new Host();
    const begin = host.one(`${name}_entry`, fields);
    expect(begin).toMatchObject({ kind: 'InterruptBegin', pcpu: 1 });
    expect(host.translator.interruptName(begin.a)).toBe(text);
    expect(host.one(`${name}_exit`, fields)).toMatchObject({ kind: 'InterruptEnd', a: begin.a });
  });
});

it('a loss keeps its last time and its count', () => {
  expect(new Host().one('loss', { 0: 17, 1: 4 }, -1)).toMatchObject({ kind: 'Loss', pcpu: 1, a: 17, b: 4 });
  expect(new Host().one('loss', { 0: 17 }).b).toBeNaN();
});

it('a record without the field that matters makes no event', () => {
  const host = new Host();
  for (const event of ['kvm_pio', 'kvm_mmio', 'kvm_msr', 'kvm_cpuid', 'kvm_apic_ipi'] as const) {
    expect(host.record(event)).toEqual([]);
  }
});

it('no record makes more events than promised, whatever its fields hold', () => {
  const host = new Host(INTEL);
  const values = [undefined, 0, 1, 14, 48, 0x7b, 0x80000b0e, 2 ** 40, 2 ** 64, Number.POSITIVE_INFINITY, 'odd words'];
  for (const spec of kvm.catalog) {
    for (const value of values) {
      const fields = Object.fromEntries(spec.fields.map(({ name }) => [name, value]));
      // EventBatch of records.ts has room for that many: one more would be lost, and its count too high.
      const events = host.record(nameOf(spec), fields);
      expect(events.length).toBeLessThanOrEqual(2);
      for (const event of events) {
        if (event.kind !== 'Detail') continue;
        expect(Number.isInteger(event.a) && event.a > 0 && event.a < 2 ** 31).toBe(true);
        expect(event.c === -1 || CAUSES[event.c] !== undefined).toBe(true);
        expect(host.text(event)).toMatch(/\S/);
      }
    }
  }
});

const seen = (host: Host): string[] =>
  host.translator
    .eventClasses()
    .filter((row) => row.seen)
    .map((row) => row.id);

describe('event classes', () => {
  it('tells what was seen, and how to record the rest', () => {
    const host = new Host();
    expect(seen(host)).toEqual([]);
    host.record('kvm_exit', { exit_reason: 1 });
    host.record('sched_switch', { next_pid: 0 });
    host.record('softirq_entry', { vec: 1 });
    host.record('softirq_exit', { vec: 1 });
    expect(seen(host)).toEqual(['exits', 'scheduler', 'interrupts']);
    const ids = host.translator.eventClasses().map((row) => row.id);
    expect(ids).toEqual(['exits', 'vmm', 'scheduler', 'wakeups', 'interrupts', 'halts']);
    for (const row of host.translator.eventClasses()) expect(row.record).toMatch(/^(-e [a-z_]+:[a-z_]+ ?)+$/);
  });
});

describe('halves of event classes', () => {
  const missing = (...events: TracepointName[]) => {
    const host = new Host();
    for (const event of events) host.record(event);
    return host.translator.eventClasses().flatMap((row) => row.missing);
  };

  it('exits without entries', () => {
    expect(missing('kvm_exit')).toEqual([{ part: 'entries', names: [], record: '-e kvm:kvm_entry' }]);
    expect(missing('kvm_exit', 'kvm_entry')).toEqual([]);
  });

  it('returns to the VMM without the ways back, of which any will do', () => {
    expect(missing('kvm_userspace_exit')).toEqual([{ part: 'vmm-returns', names: [], record: '-e kvm:kvm_fpu' }]);
    for (const back of ['kvm_fpu', 'sys_enter_ioctl', 'sys_enter'] as const) {
      expect(missing('kvm_userspace_exit', back)).toEqual([]);
      expect(missing(back)).toEqual([]);
    }
  });

  it('handlers that begin and do not end, and sorts of handlers of which there is nothing', () => {
    expect(missing('softirq_entry', 'softirq_exit', 'local_timer_entry', 'reschedule_entry')).toEqual([
      {
        part: 'interrupt-ends',
        names: ['local timer', 'reschedule IPI'],
        record: '-e irq_vectors:local_timer_exit -e irq_vectors:reschedule_exit',
      },
      {
        part: 'interrupt-sorts',
        names: ['device interrupts'],
        record: '-e irq:irq_handler_entry -e irq:irq_handler_exit',
      },
    ]);
    const [vectors, ...others] = missing('irq_handler_entry', 'irq_handler_exit', 'softirq_entry', 'softirq_exit');
    expect([vectors.part, vectors.names, others]).toEqual(['interrupt-sorts', ['interrupts of the CPU itself'], []]);
    expect(vectors.record.split(' -e ')).toHaveLength(8);
  });

  it('begins alone are no class at all, as they mean nothing', () => {
    expect(missing('softirq_entry', 'local_timer_entry')).toEqual([]);
    const host = new Host();
    host.record('softirq_entry', { vec: 1 });
    host.record('sched_wakeup_new', { pid: 1 });
    expect(seen(host)).toEqual([]);
  });

  it('ends of halts without polling limits', () => {
    expect(missing('kvm_vcpu_wakeup')).toEqual([{ part: 'poll-limits', names: [], record: '-e kvm:kvm_halt_poll_ns' }]);
    expect(missing('kvm_vcpu_wakeup', 'kvm_halt_poll_ns')).toEqual([]);
  });
});

it('is registered as kvm', () => {
  const translator = kvm.createTranslator({ host: AMD, symbols: new Host().symbols } as never);
  expect([kvm.id, translator.hypervisor]).toEqual(['kvm', 'kvm']);
  expect(causeIndex('other')).toBe(CAUSES.length - 1);
});
