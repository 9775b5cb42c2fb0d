import { describe, expect, test } from 'vitest';
import { vcpu10 } from '../support/timeline.js';

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
      158 cpu0 irq 1 ends         ; its begin is missing
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 55, interrupt: 5 });
  });

  test('cannot last beyond a switch of threads, so such a pair is none', () => {
    const books = vcpu10(`
        0 cpu0 10 enters
      100 cpu0 10 exits io
      110 cpu0 irq 1 begins
      120 cpu0 10 preempted -> 50
      130 cpu0 50 preempted -> 10
      140 cpu0 irq 1 ends
      160 cpu0 10 enters
      160 end`);
    expect(books.accounts).toEqual({ guest: 100, hypervisor: 50, preempted: 10 });
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
