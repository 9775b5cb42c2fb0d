import { describe, expect, test } from 'vitest';
import { timeline, vcpu10 } from '../support/timeline.js';

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

  test('a loss elsewhere may hide that a waiting vCPU got a pCPU there', () => {
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
    expect(books.accounts).toEqual({ guest: 100, preempted: 50, unknown: 80 });
    expect(books.culprits).toEqual({});
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
