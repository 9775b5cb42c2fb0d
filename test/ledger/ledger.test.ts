import { describe, expect, test } from 'vitest';
import { DETAIL_OVERFLOW, MAX_CELLS } from '../../src/ledger/cells.js';
import { WORST_KEPT } from '../../src/ledger/worst.js';
import { timeline, vcpu10 } from '../support/timeline.js';

describe('time on a pCPU', () => {
  test('guest from entry to exit, hypervisor from exit to entry', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      130 cpu0 10 enters
      180 cpu0 10 exits msr
      185 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 165, hypervisor: 35 });
    expect(books.exits).toBe(2);
    expect(books.row('io')).toEqual({
      reason: 'io',
      cause: 'device-port',
      detail: [0, 0],
      exits: 1,
      episodes: 1,
      reachedVmm: 0,
      accounts: { hypervisor: 30 },
      lengths: [30, 30],
    });
    expect(books.row('msr').accounts).toEqual({ hypervisor: 5 });
  });

  test('vmm from the return to user space until back in the kernel', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 10 to vmm
      150 cpu0 10 from vmm
      157 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 143, hypervisor: 17, vmm: 40 });
    expect(books.row('io')).toMatchObject({ exits: 1, reachedVmm: 1, accounts: { hypervisor: 17, vmm: 40 } });
  });

  test('without returns from the VMM, all is the VMM until the guest is entered: an upper bound', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 10 to vmm
      157 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 143, hypervisor: 10, vmm: 47 });
  });

  test('events at one and the same time make no time of their own', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      100 cpu0 10 to vmm
      100 cpu0 10 from vmm
      100 cpu0 irq 1 begins
      100 cpu0 irq 1 ends
      100 cpu0 10 enters
      100 cpu0 10 exits msr
      100 cpu0 10 enters
      150 end`);
    expect(books.accounts).toEqual({ guest: 150 });
    expect(books.exits).toBe(2);
    expect(books.row('io')).toMatchObject({ exits: 1, episodes: 1, reachedVmm: 1, accounts: {}, lengths: [0, 0] });
  });
});

describe('interrupts', () => {
  test('are carved out of hypervisor and vmm', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      105 cpu0 irq 1 begins
      108 cpu0 irq 1 ends
      110 cpu0 10 to vmm
      120 cpu0 irq 2 begins
      140 cpu0 irq 2 ends
      150 cpu0 10 from vmm
      160 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 140, hypervisor: 17, vmm: 20, interrupt: 23 });
    expect(books.row('io').accounts).toEqual({ hypervisor: 17, vmm: 20, interrupt: 23 });
  });

  test('that span the return to user space are carved out of both sides', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      105 cpu0 irq 1 begins
      110 cpu0 10 to vmm
      115 cpu0 irq 1 ends
      120 cpu0 10 enters
      120 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 5, interrupt: 10, vmm: 5 });
  });

  test('whose handler runs before the exit shows belong to the episode of that exit', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
       90 cpu0 irq 1 begins
       97 cpu0 irq 1 ends
      100 cpu0 10 exits intr
      110 cpu0 10 enters
      150 cpu0 10 exits io
      160 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 173, hypervisor: 20, interrupt: 7 });
    expect(books.row('intr').accounts).toEqual({ hypervisor: 10, interrupt: 7 });
    expect(books.row('io').accounts).toEqual({ hypervisor: 10 });
  });

  test('nest: every nanosecond counts once', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 irq 1 begins
      120 cpu0 irq 2 begins
      130 cpu0 irq 2 ends
      150 cpu0 irq 1 ends
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 20, interrupt: 40 });
  });

  test('that begin and never end mean nothing', () => {
    const begins = Array.from({ length: 20 }, (_, i) => `${101 + i} cpu0 irq ${i} begins`).join('\n');
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      ${begins}
      160 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 140, hypervisor: 60 });
  });

  test('whose end was not seen do not swallow the time up to their next end', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 irq 1 begins       ; its end is missing
      150 cpu0 irq 1 begins
      155 cpu0 irq 1 ends
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 55, interrupt: 5 });
  });

  test('that end and never began mean nothing', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      120 cpu0 irq 1 ends
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 60 });
  });

  test('on another pCPU, or on top of another thread, are not the cost of this vCPU', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      105 cpu1 irq 1 begins
      110 cpu0 10 sleeps -> 50
      115 cpu1 irq 1 ends
      120 cpu0 irq 2 begins
      130 cpu0 irq 2 ends
      140 cpu1 0 wakes 10
      140 cpu0 50 preempted -> 10
      150 cpu0 10 enters
      150 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 20, blocked: 30 });
  });
});

describe('halts', () => {
  test('poll: the wake-up came before the vCPU had to sleep', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      150 cpu0 10 halted 45 limit 200
      160 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 140, hypervisor: 15, poll: 45 });
    expect(books.row('hlt').accounts).toEqual({ hypervisor: 15, poll: 45 });
  });

  test('polled up to the limit, then slept: poll and idle, and the wake-up between', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      135 cpu0 10 sleeps -> 0      ; halted at 105, polled until 125
      200 cpu0 0 wakes 10 on cpu0
      230 cpu0 0 preempted -> 10
      240 cpu0 10 halted 135 slept limit 20
      250 cpu0 10 enters
      250 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 35, poll: 20, idle: 65, wakeup: 30 });
    expect(books.row('hlt').accounts).toEqual({ hypervisor: 35, poll: 20, idle: 65, wakeup: 30 });
    expect(books.culprits).toEqual({ 'wakeup behind 0': 30 });
  });

  test('with an unknown limit, nobody can say how long it polled before it slept', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      135 cpu0 10 sleeps -> 0
      200 cpu0 0 wakes 10
      200 cpu0 0 preempted -> 10
      240 cpu0 10 halted 135 slept
      250 cpu0 10 enters
      250 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 85, idle: 65 });
  });

  test('a limit beyond the first sleep counts up to the sleep only', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      110 cpu0 10 sleeps -> 0
      200 cpu0 0 wakes 10
      200 cpu0 0 preempted -> 10
      240 cpu0 10 halted 140 slept limit 1000
      250 cpu0 10 enters
      250 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 50, poll: 10, idle: 90 });
  });

  test('without a HaltEnd, polling cannot be told from the hypervisor', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      130 cpu0 10 sleeps -> 0
      200 cpu0 0 wakes 10
      200 cpu0 0 preempted -> 10
      210 cpu0 10 enters
      210 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 40, idle: 70 });
  });

  test('interrupts and preemption while polling are not polling', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      110 cpu0 irq 1 begins
      115 cpu0 irq 1 ends
      120 cpu0 10 preempted -> 50
      140 cpu0 50 preempted -> 10
      160 cpu0 10 halted 60
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, poll: 35, interrupt: 5, preempted: 20 });
    expect(books.row('hlt').accounts).toEqual({ poll: 35, interrupt: 5, preempted: 20 });
  });

  test('two halts in one episode', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      120 cpu0 10 halted 20
      125 cpu0 10 sleeps -> 0
      185 cpu0 0 wakes 10
      185 cpu0 0 preempted -> 10
      195 cpu0 10 halted 70 slept limit 5
      200 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 100, poll: 20, hypervisor: 20, idle: 60 });
  });

  test('a halt whose exit was not recorded is a halt all the same', () => {
    const books = vcpu10(`
        0 cpu0 10 from vmm
       20 cpu0 10 sleeps -> 0
       90 cpu0 0 wakes 10
       90 cpu0 0 preempted -> 10
      100 cpu0 10 halted 90 slept limit 10
      100 cpu0 10 enters
      100 end`);
    expect(books.accounts).toEqual({ hypervisor: 20, poll: 10, idle: 70 });
    expect(books.row('not recorded')).toMatchObject({ cause: 'halt', exits: 0, episodes: 1 });
  });
});

describe('halts without scheduler events', () => {
  test('the whole time outside the guest is idle', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      160 cpu0 10 enters
      170 cpu0 10 exits io
      180 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 130, idle: 60, hypervisor: 10 });
    expect(books.row('hlt').accounts).toEqual({ idle: 60 });
  });

  test('a HaltEnd splits poll, idle and hypervisor', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      180 cpu0 10 halted 75 slept limit 20
      190 cpu0 10 enters
      200 cpu0 10 exits hlt
      230 cpu0 10 halted 25
      240 cpu0 10 enters
      240 end`);
    expect(books.accounts).toEqual({ guest: 110, hypervisor: 30, poll: 45, idle: 55 });
  });

  test('a sleep behind polling of unknown length is idle, not burnt', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      180 cpu0 10 halted 75 slept
      190 cpu0 10 enters
      190 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 15, idle: 75 });
  });

  test('the pCPU may change between any two events', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu3 10 enters
      150 cpu1 10 exits io
      170 cpu1 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 170, hypervisor: 30 });
    expect(books.row('io')).toMatchObject({ exits: 2, lengths: [10, 20] });
  });
});

describe('sleep for another reason', () => {
  test('in the kernel is blocked, and the wait for a pCPU is wakeup', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits fault
      110 cpu0 10 sleeps -> 50
      150 cpu1 60 wakes 10 on cpu0
      170 cpu0 50 preempted -> 10
      175 cpu0 10 enters
      175 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 15, blocked: 40, wakeup: 20 });
    expect(books.row('fault').accounts).toEqual({ hypervisor: 15, blocked: 40, wakeup: 20 });
    expect(books.culprits).toEqual({ 'wakeup behind 50': 20 });
  });

  test('in the VMM that the guest called is blocked, at the cost of that exit', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      105 cpu0 10 to vmm
      110 cpu0 10 sleeps -> 0
      150 cpu0 0 wakes 10
      155 cpu0 0 preempted -> 10
      160 cpu0 10 from vmm
      165 cpu0 10 enters
      165 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 10, vmm: 10, blocked: 40, wakeup: 5 });
    expect(books.row('io').accounts).toEqual({ hypervisor: 10, vmm: 10, blocked: 40, wakeup: 5 });
  });

  test('in the VMM after a halt that the VMM handles is no idleness of the kernel', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      105 cpu0 10 to vmm
      110 cpu0 10 sleeps -> 0
      150 cpu0 0 wakes 10
      150 cpu0 0 preempted -> 10
      160 cpu0 10 from vmm
      165 cpu0 10 enters
      165 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 10, vmm: 15, blocked: 40 });
  });

  test('without wake-ups, the wait for a pCPU is part of the sleep', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits fault
      110 cpu0 10 sleeps -> 50
      170 cpu0 50 preempted -> 10
      175 cpu0 10 enters
      175 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 15, blocked: 60 });
    expect(books.culprits).toEqual({});
  });
});

describe('preemption', () => {
  test('in the middle of an I/O exit is preempted, and still in the row of that exit', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 10 preempted -> 50
      150 cpu0 50 sleeps -> 10
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 20, preempted: 40 });
    expect(books.row('io').accounts).toEqual({ hypervisor: 20, preempted: 40 });
    expect(books.culprits).toEqual({ 'preempted by 50': 40 });
  });

  test('by several threads in turn names each with its share', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits intr
      100 cpu0 10 preempted -> 50
      130 cpu0 50 preempted -> 51
      140 cpu0 51 sleeps -> 50
      155 cpu0 50 sleeps -> 10
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 5, preempted: 55 });
    expect(books.culprits).toEqual({ 'preempted by 50': 45, 'preempted by 51': 10 });
  });

  test('an interrupt on top of the culprit is a culprit itself', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits intr
      100 cpu0 10 preempted -> 50
      120 cpu0 irq 7 begins
      125 cpu0 irq 7 ends
      150 cpu0 50 sleeps -> 10
      150 cpu0 10 enters
      150 end`);
    expect(books.accounts).toEqual({ guest: 100, preempted: 50 });
    expect(books.culprits).toEqual({ 'preempted by 50': 45, 'preempted by irq 7': 5 });
  });

  test('a wake-up by a handler waits for the rest of that handler', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      100 cpu0 10 sleeps -> 0
      150 cpu0 irq 7 begins
      160 cpu0 0 wakes 10
      170 cpu0 irq 7 ends
      175 cpu0 0 preempted -> 10
      180 cpu0 10 enters
      180 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 5, idle: 60, wakeup: 15 });
    expect(books.culprits).toEqual({ 'wakeup behind irq 7': 10, 'wakeup behind 0': 5 });
  });

  test('a vCPU that moves while it waits has culprits on both pCPUs', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
       10 cpu1 70 preempted -> 61
      100 cpu0 10 exits intr
      100 cpu0 10 preempted -> 50
      120 cpu1 61 moves 10 to cpu1
      140 cpu0 50 sleeps -> 0      ; too late for the vCPU
      150 cpu1 61 sleeps -> 10
      160 cpu1 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 10, preempted: 50 });
    expect(books.culprits).toEqual({ 'preempted by 50': 20, 'preempted by 61': 30 });
  });

  test('a wake-up may give the vCPU another pCPU than the one it slept on', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
       10 cpu1 70 preempted -> 61
      100 cpu0 10 exits hlt
      100 cpu0 10 sleeps -> 50
      140 cpu0 50 wakes 10 on cpu0 ; waking names the old pCPU
      142 cpu0 50 wakes 10 on cpu1 ; wakeup the new one
      150 cpu1 61 sleeps -> 10
      160 cpu1 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 10, idle: 40, wakeup: 10 });
    expect(books.culprits).toEqual({ 'wakeup behind 50': 2, 'wakeup behind 61': 8 });
  });

  test('a vCPU that is taken over by another pCPU without a word waited for its old one', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits intr
      100 cpu0 10 preempted -> 50
      130 cpu1 0 preempted -> 10
      140 cpu1 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 120, hypervisor: 10, preempted: 30 });
    expect(books.culprits).toEqual({ 'preempted by 50': 30 });
  });

  test('a wait that lasts to the end of the recording has its culprit too', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits intr
      100 cpu0 10 preempted -> 50
      180 end`);
    expect(books.accounts).toEqual({ guest: 100, preempted: 80 });
    expect(books.culprits).toEqual({ 'preempted by 50': 80 });
  });

  test('two vCPUs on one pCPU are each other’s culprits', () => {
    const books = timeline(`
        0 cpu0 10 enters
      100 cpu0 10 exits intr
      100 cpu0 10 preempted -> 11
      100 cpu0 11 from vmm
      110 cpu0 11 enters
      150 cpu0 11 exits intr
      150 cpu0 11 preempted -> 10
      155 cpu0 10 enters
      180 cpu0 10 exits intr
      180 cpu0 10 preempted -> 11
      190 cpu0 11 enters
      200 end`);
    expect(books.get(10)!.accounts).toEqual({ guest: 125, hypervisor: 5, preempted: 70 });
    expect(books.get(10)!.culprits).toEqual({ 'preempted by 11': 70 });
    expect(books.get(11)!.accounts).toEqual({ hypervisor: 20, guest: 50, preempted: 130 });
    // Who ran before its first event is not kept.
    expect(books.get(11)!.culprits).toEqual({ 'preempted by 10': 30 });
  });
});

describe('kept out by the VMM', () => {
  test('a return to the VMM that the guest did not ask for is shown apart, not as an exit', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits intr
      110 cpu0 10 to vmm unasked
      115 cpu0 10 sleeps -> 0
      615 cpu0 0 wakes 10
      620 cpu0 0 preempted -> 10
      630 cpu0 10 from vmm
      640 cpu0 10 enters
      640 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 20, vmm: 15, blocked: 500, wakeup: 5 });
    expect(books.exits).toBe(1);
    expect(books.row('intr')).toMatchObject({ exits: 1, episodes: 1, accounts: { hypervisor: 10 } });
    expect(books.row('kept out')).toMatchObject({
      cause: 'vm-control',
      exits: 0,
      episodes: 1,
      accounts: { vmm: 15, blocked: 500, wakeup: 5, hypervisor: 10 },
    });
  });

  test('a halted vCPU that is stopped and resumed is idle again', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      110 cpu0 10 sleeps -> 0
      200 cpu0 0 wakes 10
      200 cpu0 0 preempted -> 10
      205 cpu0 10 to vmm unasked
      210 cpu0 10 sleeps -> 0
      500 cpu0 0 wakes 10
      500 cpu0 0 preempted -> 10
      505 cpu0 10 from vmm
      510 cpu0 10 sleeps -> 0
      600 cpu0 0 wakes 10
      600 cpu0 0 preempted -> 10
      610 cpu0 10 enters
      610 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 30, idle: 180, vmm: 10, blocked: 290 });
    expect(books.row('hlt').accounts).toEqual({ hypervisor: 30, idle: 180 });
    expect(books.row('kept out').accounts).toEqual({ vmm: 10, blocked: 290 });
  });

  test('a guest that was stopped when the recording began: the scheduler knew since when', () => {
    const story = `
        0 cpu0 60 preempted -> 0
      300 cpu0 0 wakes 10
      310 cpu0 0 preempted -> 10
      330 cpu0 10 from vmm
      340 cpu0 10 enters
      400 end`;
    const books = vcpu10(story);
    expect(books.accounts).toEqual({ blocked: 300, wakeup: 10, vmm: 20, hypervisor: 10, guest: 60 });
    expect(books.exits).toBe(0);
    expect(books.rows).toHaveLength(1);
    expect(books.row('kept out')).toMatchObject({
      episodes: 1,
      accounts: { blocked: 300, wakeup: 10, vmm: 20, hypervisor: 10 },
    });
  });

  test('the same, from a sleep that the recording saw begin', () => {
    const books = vcpu10(`
        0 cpu0 60 preempted -> 10
       50 cpu0 10 sleeps -> 0
      300 cpu0 0 wakes 10
      310 cpu0 0 preempted -> 10
      330 cpu0 10 from vmm
      340 cpu0 10 enters
      400 end`);
    expect(books.accounts).toEqual({ vmm: 70, blocked: 250, wakeup: 10, hypervisor: 10, guest: 60 });
  });

  test('but not where events were lost before, or the thread ran elsewhere in between', () => {
    const lost = vcpu10(`
        0 cpu0 60 preempted -> 0
       20 cpu1 lost since 10
      300 cpu0 0 wakes 10
      310 cpu0 0 preempted -> 10
      330 cpu0 10 from vmm
      340 cpu0 10 enters
      400 end`);
    expect(lost.accounts).toEqual({ unknown: 330, hypervisor: 10, guest: 60 });
    const elsewhere = vcpu10(`
        0 cpu0 60 preempted -> 0
      300 cpu0 0 wakes 10
      310 cpu0 0 preempted -> 10
      330 cpu1 10 from vmm
      340 cpu1 10 enters
      400 end`);
    expect(elsewhere.accounts).toEqual({ unknown: 330, hypervisor: 10, guest: 60 });
  });
});

describe('unknown', () => {
  test('before the first event of a vCPU', () => {
    const books = timeline(`
        0 cpu0 10 enters
       70 cpu1 11 exits io
       90 cpu1 11 enters
      100 end`);
    expect(books.get(11)!.accounts).toEqual({ unknown: 70, hypervisor: 20, guest: 10 });
  });

  test('lost events: from the last one before to the first that says again what the vCPU does', () => {
    const books = timeline(`
        0 cpu0 10 enters
        0 cpu1 11 enters
      100 cpu0 10 exits io
      110 cpu0 10 enters
      300 cpu0 lost since 110
      350 cpu0 10 exits msr
      360 cpu0 10 enters
      400 cpu1 11 exits io
      400 end`);
    expect(books.get(10)!.accounts).toEqual({ guest: 140, hypervisor: 20, unknown: 240 });
    expect(books.get(11)!.accounts).toEqual({ guest: 400 });
  });

  test('an exit whose entry was lost is counted, but not timed', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 10 to vmm
      300 cpu0 lost since 120
      350 cpu0 10 enters
      400 end`);
    expect(books.accounts).toEqual({ guest: 150, hypervisor: 10, vmm: 10, unknown: 230 });
    expect(books.row('io')).toMatchObject({ exits: 1, accounts: { hypervisor: 10, vmm: 10 }, lengths: undefined });
    expect(books.ledger.books.unpairedExits).toBe(1);
  });

  test('a loss where the vCPU slept may hide its wake-up', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      100 cpu0 10 sleeps -> 0
      300 cpu0 lost since 120
      350 cpu0 10 exits io
      360 cpu0 10 enters
      360 end`);
    expect(books.accounts).toEqual({ guest: 100, idle: 20, unknown: 230, hypervisor: 10 });
  });

  test('after a loss, who had the pCPU is not known', () => {
    const books = vcpu10(`
        0 cpu1 10 enters
       10 cpu0 70 preempted -> 50
      100 cpu1 10 exits intr
      100 cpu1 10 preempted -> 60
      200 cpu0 lost since 150
      210 cpu1 60 moves 10 to cpu0
      230 cpu0 51 sleeps -> 10
      230 cpu0 10 enters
      230 end`);
    expect(books.accounts).toEqual({ guest: 100, preempted: 130 });
    expect(books.culprits).toEqual({ 'preempted by 60': 110, 'preempted by 51': 20 });
  });

  test('two exits in a row: the first episode is of unknown length', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      150 cpu0 10 exits msr
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, unknown: 50, hypervisor: 10 });
    expect(books.exits).toBe(2);
    expect(books.row('io')).toMatchObject({ exits: 1, accounts: {}, lengths: undefined });
    expect(books.ledger.books.unpairedExits).toBe(1);
  });

  test('two entries in a row: the exit between is missing', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 enters
      150 cpu0 10 exits io
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ unknown: 100, guest: 50, hypervisor: 10 });
    expect(books.ledger.books.unpairedEntries).toBe(1);
    expect(books.exits).toBe(1);
  });

  test('a return to the VMM out of the guest: the exit between is missing', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 to vmm
      150 cpu0 10 from vmm
      160 cpu0 10 enters
      170 end`);
    expect(books.accounts).toEqual({ unknown: 100, vmm: 50, hypervisor: 10, guest: 10 });
    expect(books.row('not recorded')).toMatchObject({ exits: 0, episodes: 1, reachedVmm: 1 });
  });

  test('a vCPU that runs although the scheduler took it off its pCPU', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 10 preempted -> 50
      150 cpu0 50 preempted -> 51
      180 cpu0 10 enters           ; when did it get the pCPU back?
      200 end`);
    expect(books.accounts).toEqual({ guest: 120, hypervisor: 10, unknown: 70 });
  });

  test('a vCPU that is switched in twice', () => {
    const books = vcpu10(`
        0 cpu0 60 preempted -> 10
        0 cpu0 10 enters
      100 cpu1 50 preempted -> 10
      150 cpu1 10 exits io
      160 cpu1 10 enters
      160 end`);
    expect(books.accounts).toEqual({ unknown: 150, hypervisor: 10 });
  });

  test('after its thread has ended', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits intr
      110 cpu0 10 to vmm unasked
      150 cpu0 10 ends -> 0
      160 cpu0 0 wakes 10
      170 cpu0 0 moves 10 to cpu1
      400 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 10, vmm: 40, unknown: 250 });
  });
});

describe('a window', () => {
  const story = `
       0 cpu0 10 enters
     100 cpu0 10 exits io
     120 cpu0 10 preempted -> 50
     180 cpu0 50 sleeps -> 10
     200 cpu0 10 enters
     300 cpu0 10 exits io
     320 cpu0 10 enters
     400 cpu0 10 exits msr
     430 cpu0 10 enters
     500 end`;

  test('cuts time and culprits at both ends', () => {
    const books = vcpu10(story, { from: 150, to: 410 });
    expect(books.accounts).toEqual({ preempted: 30, hypervisor: 50, guest: 180 });
    expect(books.culprits).toEqual({ 'preempted by 50': 30 });
  });

  test('counts the exits inside only, and times the episodes that lie inside whole', () => {
    const books = vcpu10(story, { from: 150, to: 410 });
    expect(books.exits).toBe(2);
    expect(books.row('io')).toMatchObject({
      exits: 1,
      episodes: 2,
      accounts: { preempted: 30, hypervisor: 40 },
      lengths: [20, 20],
    });
    expect(books.row('msr')).toMatchObject({ exits: 1, accounts: { hypervisor: 10 }, lengths: undefined });
  });

  test('an exit at the very start is inside, one at the very end is not', () => {
    expect(vcpu10(story, { from: 300, to: 400 }).exits).toBe(1);
  });

  test('beyond the recording is empty', () => {
    expect(vcpu10(story, { from: 600, to: 700 }).accounts).toEqual({});
  });

  test('a guest stopped since before the window is kept out from its start', () => {
    const books = vcpu10(
      `
        0 cpu0 60 preempted -> 0
      300 cpu0 0 wakes 10
      310 cpu0 0 preempted -> 10
      330 cpu0 10 from vmm
      340 cpu0 10 enters
      400 end`,
      { from: 100, to: 305 },
    );
    expect(books.accounts).toEqual({ blocked: 200, wakeup: 5 });
  });
});

describe('details', () => {
  const episode = (...details: string[]) => `
      0 cpu0 10 enters
    100 cpu0 10 exits fault
    ${details.map((detail) => `100 cpu0 10 detail ${detail}`).join('\n')}
    110 cpu0 10 enters
    110 end`;

  test('the first of the highest rank wins', () => {
    const books = vcpu10(episode('1=5 rank 2', '2=6 rank 3', '2=7 rank 3', '1=8 rank 1'));
    expect(books.rows).toMatchObject([{ reason: 'fault', detail: [2, 6] }]);
  });

  test('it may change the cause', () => {
    const books = vcpu10(episode('1=5 rank 2 cause device-mmio'));
    expect(books.rows).toMatchObject([{ reason: 'fault', cause: 'device-mmio', detail: [1, 5] }]);
  });

  test('a lower one does not', () => {
    const books = vcpu10(episode('1=5 rank 2', '1=6 rank 1 cause device-mmio'));
    expect(books.rows).toMatchObject([{ cause: 'page-fault', detail: [1, 5] }]);
  });

  test('what is said of one episode does not stick to the next, nor to the guest', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
       50 cpu0 10 detail 1=4 rank 9
      100 cpu0 10 exits fault
      105 cpu0 10 detail 1=5 rank 2
      110 cpu0 10 enters
      150 cpu0 10 exits fault
      160 cpu0 10 enters
      160 end`);
    expect(books.rows).toMatchObject([
      { detail: [1, 5], exits: 1 },
      { detail: [0, 0], exits: 1 },
    ]);
  });

  test('what is said while the state is unknown does not stick to the next exit', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
       50 cpu0 lost since 40
       60 cpu0 10 detail 1=4 rank 9 cause device-mmio
      100 cpu0 10 exits fault
      110 cpu0 10 enters
      110 end`);
    expect(books.row('fault')).toMatchObject({ cause: 'page-fault', detail: [0, 0] });
  });

  test('a detail without a value is one row however often it comes', () => {
    const one = (from: number) => `${from} cpu0 10 exits io
      ${from} cpu0 10 detail 1=NaN rank 1
      ${from + 5} cpu0 10 enters`;
    const books = vcpu10(`
        0 cpu0 10 enters
      ${one(100)}
      ${one(200)}
      210 end`);
    expect(books.rows).toMatchObject([{ detail: [1, Number.NaN], exits: 2 }]);
  });
});

describe('bounds', () => {
  test('more details than a table holds are booked without their detail, none is lost', () => {
    const more = 100;
    const lines = Array.from({ length: MAX_CELLS + more }, (_, i) => {
      const at = (i + 1) * 10;
      return `${at} cpu0 10 exits mmio\n${at} cpu0 10 detail 1=${i * 4096} rank 1\n${at + 3} cpu0 10 enters`;
    });
    const books = vcpu10(`0 cpu0 10 enters\n${lines.join('\n')}`);
    const { cells } = books.ledger.books;
    expect(cells.count).toBe(MAX_CELLS + 1);
    const overflow = books.rows.find(({ detail }) => detail[0] === DETAIL_OVERFLOW)!;
    expect(overflow).toMatchObject({ reason: 'mmio', exits: more, accounts: { hypervisor: 3 * more } });
    expect(books.exits).toBe(MAX_CELLS + more);
    expect(books.accounts.hypervisor).toBe(3 * (MAX_CELLS + more));
  });

  test('an episode of more pieces than are kept is booked whole', () => {
    const pieces = 3000;
    const lines = Array.from({ length: pieces }, (_, i) => {
      const at = 100 + i * 10;
      return `${at + 4} cpu0 10 preempted -> 50\n${at + 10} cpu0 50 preempted -> 10`;
    });
    const end = 100 + pieces * 10;
    const books = vcpu10(`0 cpu0 10 enters\n100 cpu0 10 exits io\n${lines.join('\n')}\n${end} cpu0 10 enters`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 4 * pieces, preempted: 6 * pieces });
    expect(books.row('io')).toMatchObject({
      exits: 1,
      episodes: 1,
      accounts: { hypervisor: 4 * pieces, preempted: 6 * pieces },
      lengths: [10 * pieces, 10 * pieces],
    });
  });

  test('a pCPU number that cannot be one does no harm', () => {
    const books = vcpu10(`
        0 cpu4000000000 10 enters
      100 cpu4000000000 10 exits io
      110 cpu4000000000 10 sleeps -> 0
      120 cpu0 0 wakes 10 on cpu99999999
      130 cpu4000000000 0 sleeps -> 10
      140 cpu4000000000 10 enters
      140 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 20, blocked: 10, wakeup: 10 });
  });
});

describe('the worst episodes', () => {
  test('are those with the longest guest delay, worst first, without idleness and polling', () => {
    const episodes = Array.from({ length: 40 }, (_, i) => {
      const at = 1000 + i * 1000;
      const length = 10 + ((i * 7) % 40); // every length from 10 to 49, out of order
      return `${at} cpu0 10 exits io\n${at + length} cpu0 10 enters`;
    });
    const books = vcpu10(`
      0 cpu0 10 enters
      10 cpu0 10 exits hlt
      900 cpu0 10 halted 885
      905 cpu0 10 enters
      ${episodes.join('\n')}`);
    const { list } = books.ledger.books.worst;
    expect(list.map(({ delayNs }) => delayNs)).toEqual(Array.from({ length: WORST_KEPT }, (_, i) => 49 - i));
    for (const { exitNs, entryNs, delayNs, ledgerNs } of list) {
      expect(entryNs - exitNs).toBe(delayNs);
      expect(ledgerNs.hypervisor).toBe(delayNs);
    }
  });
});
