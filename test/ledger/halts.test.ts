import { describe, expect, test } from 'vitest';
import { vcpu10 } from '../support/timeline.js';

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

  test('another thread that wants the pCPU ends the polling before its limit', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      120 cpu0 10 wakes 50 on cpu0
      135 cpu0 10 sleeps -> 50     ; halted at 105, polled until 120
      200 cpu0 50 wakes 10 on cpu0
      200 cpu0 50 sleeps -> 10
      240 cpu0 10 halted 135 slept limit 1000
      250 cpu0 10 enters
      250 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 70, poll: 15, idle: 65 });
  });

  test('however late the end of the halt is written down', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      115 cpu0 10 wakes 50 on cpu0
      135 cpu0 10 sleeps -> 50     ; halted at 105, polled until 115
      200 cpu0 50 wakes 10 on cpu0
      200 cpu0 50 sleeps -> 10     ; the halt was over at 240
      260 cpu0 10 halted 135 slept limit 1000 over for 20
      270 cpu0 10 enters
      270 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 95, poll: 10, idle: 65 });
  });

  test('but not who got the pCPU in an earlier halt, or while the vCPU was stopped', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      100 cpu0 10 to vmm unasked
      105 cpu0 10 wakes 50 on cpu0
      110 cpu0 10 sleeps -> 50
      150 cpu0 50 wakes 10
      150 cpu0 50 sleeps -> 10
      150 cpu0 10 from vmm
      180 cpu0 10 sleeps -> 0      ; polled until 170
      200 cpu0 0 wakes 10
      200 cpu0 0 preempted -> 10
      200 cpu0 10 halted 50 slept limit 20
      200 cpu0 10 enters
      200 end`);
    expect(books.accounts).toEqual({ guest: 100, vmm: 10, blocked: 40, poll: 20, hypervisor: 10, idle: 20 });
  });

  test('a halt may be over for a while before that is written down', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      145 cpu0 10 sleeps -> 0      ; halted at 105, polled until 140, not until the sleep
      200 cpu0 0 wakes 10
      210 cpu0 0 preempted -> 10   ; the halt was over at 220
      240 cpu0 10 halted 115 slept limit 35 over for 20
      250 cpu0 10 enters
      300 cpu0 10 exits hlt
      350 cpu0 10 halted 30 over for 15
      360 cpu0 10 enters
      360 end`);
    expect(books.accounts).toEqual({ guest: 150, hypervisor: 80, poll: 65, idle: 55, wakeup: 10 });
  });

  test('a limit of 0: without sleep it did not poll either', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      120 cpu0 10 halted 15 limit 0
      130 cpu0 10 enters
      130 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 30 });
  });

  test('a halt from before the recording is idleness from its start', () => {
    const story = `
        0 cpu0 60 preempted -> 0
      300 cpu0 0 wakes 10
      310 cpu0 0 preempted -> 10
      330 cpu0 10 halted 5000 slept limit 20
      340 cpu0 10 enters
      400 end`;
    const books = vcpu10(story);
    expect(books.accounts).toEqual({ idle: 300, wakeup: 10, hypervisor: 30, guest: 60 });
    expect(books.row('not recorded')).toMatchObject({ cause: 'halt', exits: 0, episodes: 1 });
    expect(vcpu10(story, { from: 200, to: 305 }).accounts).toEqual({ idle: 100, wakeup: 5 });
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

  test('what follows the halt until that is written down is the hypervisor', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits hlt
      180 cpu0 10 halted 60 slept limit 20 over for 15
      190 cpu0 10 enters
      190 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 30, poll: 20, idle: 40 });
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
