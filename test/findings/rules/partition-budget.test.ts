import { describe, expect, test } from 'vitest';
import { partitionBudget as rule } from '../../../src/findings/rules/partition-budget.js';
import type { HostPlan } from '../../../src/simulation/qnx/plan.js';
import { type Simulation, simulate } from '../../../src/simulation/qnx/simulate.js';
import type { TraceEvent } from '../../../src/simulation/qnx/trace-event.js';
import { trueBooks } from '../../../src/simulation/qnx/true-books.js';
import { truthOf } from '../../../src/simulation/qnx/truth.js';
import { findingOf, ruleIds } from '../../support/findings.js';
import { explanationOfHost, guestDoing, hostThreadOn, hostWith, machineOf, vcpuOn } from '../../support/qnx-plans.js';

const PARTITION = 3;
const plan = hostWith([machineOf('one', [vcpuOn([0], guestDoing({ 'timer-register': 20, halt: 1 }))])], {
  hostThreads: [hostThreadOn(0, 21)],
});

/**
 * The simulated scheduler knows no partitions. Here a vCPU is stopped for a thread of higher priority; the trace is made
 * to say that its partition went bankrupt just before, each time.
 */
function withBankruptcies(host: HostPlan): Simulation {
  const simulation = simulate(host);
  const { thread } = simulation.history.vcpus[0];
  const events: TraceEvent[] = [];
  for (const event of simulation.trace.events) {
    const { body, cycles, cpu } = event;
    const isOwn = body.kind === 'thread-state' && body.thread.pid === thread.id.pid;
    if (isOwn && body.thread.tid === thread.id.tid && body.state === 'READY')
      events.push({
        cycles: cycles - 1n,
        cpu,
        body: { kind: 'partition-bankruptcy', thread: thread.id, partition: PARTITION },
      });
    events.push(isOwn ? { ...event, body: { ...body, partition: PARTITION } } : event);
  }
  return { ...simulation, trace: { ...simulation.trace, events } };
}

describe('partition-budget', () => {
  test('all that the vCPU waited while its partition was bankrupt is its cost', async () => {
    const explanation = await explanationOfHost(withBankruptcies(plan), [
      'system one\ncpu partition guests sched 10r\n',
    ]);
    const found = findingOf(explanation.findings, rule.id);
    const [truth] = trueBooks(truthOf(simulate(plan)), plan.cyclesPerSecond);
    const waited = (truth.sums.preempted ?? 0) + (truth.sums.wakeup ?? 0);
    expect(waited).toBeGreaterThan(5e6);
    // A vCPU whose pCPU is idle when it wakes up waits for nobody's budget.
    const others = explanation.culprits.filter(({ kind }) => kind !== 'partition budget');
    expect(found?.costNs).toBe(waited - others.reduce((sum, { ns }) => sum + ns, 0));
    expect(found!.costNs / waited).toBeGreaterThan(0.9);
    expect(found?.references).toContainEqual({ kind: 'configuration', source: 'guest1.qvmconf', line: 2 });
    expect(found?.knobs.map(({ tool }) => tool)).toEqual([
      'shell on a QNX host',
      'shell on a QNX host',
      'qvm configuration',
    ]);
    expect(explanation.findings[0]).toBe(found);
  });

  test('is silent where the same vCPU is stopped for a thread of the host', async () => {
    const { findings } = await explanationOfHost(plan);
    expect(ruleIds(findings)).not.toContain(rule.id);
    expect(findings[0].rule).toBe('host-threads-take-pcpus');
  });
});
