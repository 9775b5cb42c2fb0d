/** What a trace tells of the host itself: budgets of partitions, interrupts that are raised in guests, pCPUs that save power. */
import { describe, expect, test } from 'vitest';
import { threadAsPartition } from '../../../src/ledger/culprits.js';
import type { VcpuBooks } from '../../support/timeline.js';
import { Trace } from './trace.js';

const VCPU = 7;
const OTHER = 8;
const HVC = 0x5a00_0000;
const PARTITION = 3;

/** A vCPU of the partition that has been in its guest from 11 to 20, and was told so at 22. */
function inPartition(): Trace {
  const trace = new Trace();
  wide(trace, 0, 'RUNNING');
  trace.visit(11, 20, 0, VCPU, { reason: HVC });
  return trace;
}

const wide = (trace: Trace, at: number, state: 'RUNNING' | 'READY') =>
  trace.wideState(at, 0, VCPU, state, { priority: 10, policy: 2, partition: PARTITION });

const bankrupt = (trace: Trace, at: number, thread = VCPU) =>
  trace.record(at, 0, thread, 'SYSTEM:APS_BNKR', { thread, partition: PARTITION });

/** Who waits were charged to: a partition, or a thread. */
const culprits = ({ ledger }: VcpuBooks) =>
  ledger.books.culprits.list.map(({ thread, ns }) => {
    const partition = threadAsPartition(thread);
    return [partition === undefined ? thread : `partition ${partition}`, ns];
  });

describe('a partition whose budget is used up', () => {
  test('explains what its vCPUs wait from then on, until one of its threads runs', () => {
    const trace = inPartition();
    trace.state(30, 0, VCPU, 'READY');
    trace.state(33, 0, OTHER, 'RUNNING');
    bankrupt(trace, 40, 5);
    trace.state(60, 0, OTHER, 'NANOSLEEP');
    wide(trace, 64, 'RUNNING');
    trace.visit(71, 80, 0, VCPU, { reason: HVC });
    trace.state(85, 0, VCPU, 'READY');
    trace.state(85, 0, OTHER, 'RUNNING');
    trace.state(90, 0, VCPU, 'RUNNING');
    trace.visit(101, 110, 0, VCPU, { reason: HVC });
    const books = trace.books(VCPU);
    expect(books.accounts.preempted).toBe(34 + 5);
    expect(culprits(books)).toEqual([
      [-3, 3],
      [OTHER, 7 + 5],
      [`partition ${PARTITION}`, 24],
    ]);
    const remark = trace.translator.remarks().find(({ code }) => code === 'partitions-bankrupt')!;
    expect(remark.message).toContain('partition 3 once');
  });

  test('explains nothing of a vCPU of another partition, or after events were lost', () => {
    for (const isLost of [false, true]) {
      const trace = isLost ? inPartition() : new Trace();
      if (!isLost) {
        trace.wideState(0, 0, VCPU, 'RUNNING', { priority: 10, policy: 2, partition: PARTITION + 1 });
        trace.visit(11, 20, 0, VCPU, { reason: HVC });
      }
      bankrupt(trace, 25, 5);
      if (isLost) trace.record(28, 1, -1, 'loss', { 0: 27, 1: 1 });
      trace.state(30, 0, VCPU, 'READY');
      trace.state(30, 0, OTHER, 'RUNNING');
      trace.state(60, 0, VCPU, 'RUNNING');
      trace.visit(71, 80, 0, VCPU, { reason: HVC });
      expect(culprits(trace.books(VCPU))).toEqual([[OTHER, 30]]);
    }
  });

  test('that has no number, or one that cannot be, is none', () => {
    const trace = inPartition();
    for (const partition of [Number.NaN, -1, 2 ** 20]) {
      expect(trace.record(30, 0, VCPU, 'SYSTEM:APS_BNKR', { thread: VCPU, partition })).toEqual([]);
    }
  });
});

test('interrupts that are raised in guests count by the process that does it', () => {
  const trace = new Trace();
  trace.threads.setProcess(VCPU, 100);
  trace.threads.setProcessName(100, 'qvm');
  for (let time = 1; time <= 3; time++) trace.record(time, 0, VCPU, 'QVM:INTR_RAISE', { word0: 1, word1: 2 });
  trace.record(4, 0, -1, 'QVM:INTR_RAISE', { word0: 1, word1: 2 });
  const remark = trace.translator.remarks().find(({ code }) => code === 'interrupts-raised')!;
  expect(remark).toMatchObject({
    severity: 'note',
    message: expect.stringContaining('4 times (qvm 100: 3; unknown: 1)'),
  });
});

test('pCPUs that begin to save power are named', () => {
  const trace = new Trace();
  const [idle, start, reached] = [0x1_0000, 0x2_0000, 0x4_0000];
  for (const flags of [idle | start | 1, idle | start | 4, idle | reached | 8, 2]) {
    trace.record(1, 0, -1, 'SYSTEM:POWER', { flags });
  }
  const remark = trace.translator.remarks().find(({ code }) => code === 'pcpus-save-power')!;
  expect(remark.message).toMatch(/^Idle pCPUs \(0, 2\) began to save power 2 times/);
});
