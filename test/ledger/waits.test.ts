import { describe, expect, test } from 'vitest';
import { timeline, vcpu10 } from '../support/timeline.js';

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
