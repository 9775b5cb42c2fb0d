/**
 * What becomes of short, written histories of vCPUs: a cycle is a nanosecond, so every account can be told in advance. Order of
 * records: as in the real recordings (the vCPU that leaves a pCPU first, then the one that gets it).
 */
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../../src/explain/explanation.js';
import { explainXenRecords } from '../../support/xen-recordings.js';
import { type AuthoredRecord, change, IDLE, record, State, vmentry, vmexit } from '../../support/xentrace-author.js';

const { running, runnable, blocked, offline } = State;
const START = 1_000_000;
const at = (time: number): number => START + time;

const ledgerOf = ({ machines }: Explanation, domain: number) => {
  const [vcpu] = machines.find(({ name }) => name === `domain ${domain}`)!.vcpus;
  return Object.fromEntries(Object.entries(vcpu.ledgerNs).filter(([, ns]) => ns > 0));
};

const IOIO = 0x7b;
const INTR = 0x60;
const HLT = 0x78;
const write = (port: number): AuthoredRecord => record(undefined, 0x82216, port, 0x41);
const starts = (time: number, domain: number): AuthoredRecord => change(at(time), domain, 0, runnable, running);
const leaves = (time: number, domain: number, to: number): AuthoredRecord => change(at(time), domain, 0, running, to);

/** Domain 1 uses a port at 100; its device model in `model`, on pCPU 1, begins to run at 300 and has done it at 700. */
function deviceAccess(model: number): AuthoredRecord[][] {
  return [
    [
      starts(0, 1),
      vmentry(at(10)),
      vmexit(at(100), IOIO),
      write(0x3f8),
      leaves(200, 1, offline),
      change(at(200), IDLE, 0, runnable, running),
      change(at(800), IDLE, 0, running, runnable),
      starts(800, 1),
      vmentry(at(900)),
      vmexit(at(1000), IOIO),
      write(0x3f8),
      leaves(1100, 1, offline),
      starts(1500, 1),
      vmentry(at(1600)),
      vmexit(at(1700), INTR),
    ],
    [
      change(at(5), IDLE, 1, runnable, running),
      change(at(300), IDLE, 1, running, runnable),
      starts(300, model),
      change(at(700), 1, 0, offline, runnable),
      leaves(750, model, blocked),
      change(at(750), IDLE, 1, runnable, running),
      starts(1150, model),
      change(at(1400), 1, 0, offline, runnable),
      leaves(1450, model, blocked),
    ],
  ];
}

describe('a vCPU that waits for its device model', () => {
  test('is in vmm while that runs, blocked while it does not, and in wakeup after it', async () => {
    const explanation = await explainXenRecords(deviceAccess(0));
    expect(ledgerOf(explanation, 1)).toEqual({
      guest: 90 + 100 + 100,
      // Until it was taken offline, and after it was back.
      hypervisor: 100 + 100 + 100 + 100,
      // Before its first entry.
      unknown: 10,
      blocked: 100 + 50,
      vmm: 400 + 250,
      wakeup: 100 + 100,
    });
    const [io] = explanation.exits.filter(({ cause }) => cause === 'device-port');
    expect(io).toMatchObject({
      count: 2,
      detail: 'port 0x3f8, write',
      ledgerNs: { vmm: 650, blocked: 150, wakeup: 200 },
    });
  });

  test('a stub domain is found by its waking its domain twice', async () => {
    const explanation = await explainXenRecords(deviceAccess(5));
    // Until it is known, dom0 is taken for it, and that never ran.
    expect(ledgerOf(explanation, 1)).toMatchObject({ blocked: 800 });
    expect(explanation.quality.issues.map(({ code }) => code)).toContain('stub-domains');
  });
});

test('a vCPU that is paused is kept out of the guest, and no exit of it pays for that', async () => {
  const explanation = await explainXenRecords([
    [
      starts(0, 1),
      vmentry(at(10)),
      vmexit(at(100), INTR),
      leaves(150, 1, offline),
      change(at(500), 1, 0, offline, runnable),
      starts(600, 1),
      vmentry(at(700)),
      vmexit(at(1000), INTR),
    ],
  ]);
  expect(ledgerOf(explanation, 1)).toEqual({ guest: 390, hypervisor: 150, unknown: 10, blocked: 350, wakeup: 100 });
  const kept = explanation.exits.find(({ cause }) => cause === 'vm-control');
  expect(kept).toMatchObject({ ledgerNs: { blocked: 350, wakeup: 100 } });
  const [interrupt] = explanation.exits.filter(({ cause }) => cause === 'interrupt');
  expect(interrupt.ledgerNs).toMatchObject({ hypervisor: 150, blocked: 0, wakeup: 0 });
});

test('a halt is idle until the wake-up, then wakeup, and preemption has its culprit', async () => {
  const explanation = await explainXenRecords([
    [
      starts(0, 1),
      vmentry(at(10)),
      vmexit(at(100), HLT),
      record(undefined, 0x82013),
      record(at(110), 0x28006, 1, 0),
      leaves(120, 1, blocked),
      starts(120, 2),
      vmentry(at(130)),
      change(at(300), 1, 0, blocked, runnable),
      vmexit(at(400), INTR),
      leaves(420, 2, runnable),
      starts(420, 1),
      vmentry(at(450)),
      vmexit(at(500), INTR),
    ],
  ]);
  expect(ledgerOf(explanation, 1)).toEqual({ guest: 140, hypervisor: 50, unknown: 10, idle: 180, wakeup: 120 });
  expect(ledgerOf(explanation, 2)).toMatchObject({ guest: 270, hypervisor: 20, preempted: 80 });
  const culprit = explanation.culprits.find(({ account }) => account === 'wakeup');
  expect(culprit).toMatchObject({ kind: 'other machine', ns: 120 });
});

const SCHED_OP = 29;
const FIRST_ARGUMENT = 1 << 20;

test('a PV guest: hypercalls and traps are counted without length, and one that blocks is a halt', async () => {
  const explanation = await explainXenRecords([
    [
      starts(0, 3),
      record(at(100), 0x20100d, 24),
      record(at(200), 0x201104, 0x1000, 0, 0x2000, 0, 0),
      record(at(300), 0x20100d, SCHED_OP | FIRST_ARGUMENT, 1),
      record(at(310), 0x28006, 3, 0),
      leaves(350, 3, blocked),
      change(at(900), 3, 0, blocked, runnable),
      starts(1000, 3),
      record(at(1500), 0x201106, 0x1000, 0),
    ],
  ]);
  expect(ledgerOf(explanation, 3)).toEqual({ guest: 250 + 500, idle: 550, wakeup: 100, unknown: 100 });
  const counts = Object.fromEntries(
    explanation.exits.map(({ reason, detail, count }) => [`${reason} ${detail}`, count]),
  );
  expect(counts).toMatchObject({
    'hypercall hypercall 24 vcpu_op': 1,
    'hypercall hypercall sched_op, block': 1,
    'page_fault null': 1,
    'emulate_privop null': 1,
  });
});

test('a device model in a stub domain is the VMM of its guest, and a PV guest like others', async () => {
  const ROUNDS = 20;
  const EVENT_CHANNEL_OP = 32;
  const guest: AuthoredRecord[] = [starts(0, 1), vmentry(at(10))];
  const model: AuthoredRecord[] = [change(at(5), IDLE, 1, runnable, running)];
  for (let round = 0; round < ROUNDS; round++) {
    const time = round * 1000;
    guest.push(
      vmexit(at(time + 100), IOIO),
      write(0x3f8),
      leaves(time + 200, 1, offline),
      change(at(time + 210), IDLE, 0, runnable, running),
      change(at(time + 790), IDLE, 0, running, runnable),
      starts(time + 800, 1),
      vmentry(at(time + 900)),
    );
    model.push(
      change(at(time + 250), 5, 0, blocked, runnable),
      change(at(time + 290), IDLE, 1, running, runnable),
      starts(time + 300, 5),
      record(at(time + 690), 0x20100d, EVENT_CHANNEL_OP | FIRST_ARGUMENT, 4),
      change(at(time + 700), 1, 0, offline, runnable),
      record(at(time + 740), 0x20100d, SCHED_OP | FIRST_ARGUMENT, 1),
      leaves(time + 750, 5, blocked),
      change(at(time + 750), IDLE, 1, runnable, running),
    );
  }
  const explanation = await explainXenRecords([guest, model]);
  // Who wakes it twice is its device model: until then that is taken for dom0, which never ran.
  const told = ROUNDS - 2;
  const { vmm, blocked: waited, wakeup, hypervisor } = ledgerOf(explanation, 1);
  expect({ vmm, waited, wakeup, hypervisor }).toEqual({
    vmm: told * 400,
    waited: ROUNDS * 500 - told * 400,
    wakeup: ROUNDS * 100,
    hypervisor: ROUNDS * 200,
  });
  const [own, stub] = [1, 5].map((domain) => explanation.machines.find(({ process }) => process === domain)!);
  expect([own.recorded.exits, stub.recorded.exits]).toEqual(['complete', 'without lengths']);
  expect(explanation.exits.find(({ detail }) => detail === 'port 0x3f8, write')).toMatchObject({
    count: ROUNDS,
    reachedVmm: ROUNDS,
  });
  const remark = explanation.quality.issues.find(({ code }) => code === 'stub-domains');
  expect(remark?.message).toContain('domain 5 is that of domain 1');
});

describe('numbers of exits', () => {
  const run = (codes: readonly number[], short = false): AuthoredRecord[] => [
    starts(0, 1),
    vmentry(at(1)),
    ...codes.flatMap((code, index) => {
      const time = at(10 + index * 20);
      return [short ? record(time, 0x81002, code, 0x1000) : vmexit(time, code), vmentry(time + 10)];
    }),
  ];
  const VMX = [12, 30, 1, 18, 12, 30, 48, 10];

  test('that SVM cannot have are VMX', async () => {
    const reasons = (await explainXenRecords([run(VMX)])).exits.map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(
      new Set(['HLT', 'IO_INSTRUCTION', 'EXTERNAL_INTERRUPT', 'VMCALL', 'EPT_VIOLATION', 'CPUID']),
    );
  });

  test('in records of 32-bit guests are read likewise', async () => {
    const long = await explainXenRecords([run(VMX)]);
    const short = await explainXenRecords([run(VMX, true)]);
    expect(short.exits.map(({ reason, count }) => [reason, count])).toEqual(
      long.exits.map(({ reason, count }) => [reason, count]),
    );
  });

  test('are what the user says, with a warning where they show something else', async () => {
    const { exits, quality } = await explainXenRecords([run([HLT, INTR])], { exitCodes: 'vmx' });
    expect(exits.map(({ cause }) => cause)).toEqual(['other', 'other']);
    expect(quality.issues.map(({ code }) => code)).toContain('codes-contradict');
    const agreed = await explainXenRecords([run([HLT, INTR])], { exitCodes: 'svm' });
    expect(agreed.quality.issues.map(({ code }) => code)).not.toContain('codes-contradict');
  });

  test('too few to tell have no names, and that is said', async () => {
    const { quality } = await explainXenRecords([run([12, 30])]);
    expect(quality.issues.map(({ code }) => code)).toContain('codes-unknown');
  });
});

test('a domain that is destroyed is not there any more: nothing of its time is lost or unknown', async () => {
  const explanation = await explainXenRecords([
    [
      starts(0, 1),
      vmentry(at(0)),
      vmexit(at(100), INTR),
      leaves(100, 1, offline),
      record(at(300), 0x41002, 1),
      change(at(1000), 0, 0, runnable, running),
    ],
  ]);
  expect(ledgerOf(explanation, 1)).toEqual({ guest: 100, blocked: 900 });
  expect(explanation.machines[0].vcpus[0].keptOutNs).toBe(900);
});

describe('a vCPU whose first record is that it comes online', () => {
  const comesOnline = (...first: AuthoredRecord[]) =>
    explainXenRecords([
      [
        change(at(0), IDLE, 0, runnable, running),
        ...first,
        change(at(300), 1, 0, offline, runnable),
        change(at(350), IDLE, 0, running, runnable),
        starts(350, 1),
        vmentry(at(400)),
        vmexit(at(500), INTR),
      ],
    ]);

  test('was not let run until then, where its domain was created meanwhile', async () => {
    const explanation = await comesOnline(record(at(100), 0x41001, 1));
    expect(ledgerOf(explanation, 1)).toEqual({ blocked: 300, wakeup: 50, hypervisor: 50, guest: 100 });
    expect(explanation.machines[0].vcpus[0].keptOutNs).toBe(350);
  });

  test('may have waited for its device model until then, where it was there before', async () => {
    expect(ledgerOf(await comesOnline(), 1)).toEqual({ unknown: 400, guest: 100 });
  });
});
