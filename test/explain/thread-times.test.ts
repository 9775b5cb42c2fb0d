/** What the host's scheduler booked for the vCPU threads, and what KVM counted of their halts. */
import { describe, expect, test } from 'vitest';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { kvm } from '../../src/hypervisors/kvm/index.js';
import { InterruptCounts } from '../../src/hypervisors/kvm/interrupt-counts.js';
import { interruptHandlers } from '../../src/hypervisors/kvm/interrupt-events.js';
import type { AccountSums } from '../../src/ledger/accounts.js';
import { openInputs } from '../../src/node/inputs.js';
import { explanationOf, type RealRecording, realRecordings, vcpusOf } from '../support/explained.js';
import { pathIn } from '../support/read-records.js';
import type { Scenario } from '../support/recordings.js';
import { type SchedulerClock, schedulerClocks } from '../support/scheduler-clock.js';
import { interval, kvmCounters, threadTimes } from '../support/witnesses.js';

/** The clocks of recorder and scheduler agree where the host's clock source did not change to hpet. */
const steady = ({ scenario }: RealRecording) => interval(scenario).clocksource === 'tsc';
const isLate = ({ name }: RealRecording) => name.endsWith('f5-pingpong-host-noise/perf.data');

const withScheduler = realRecordings().filter(({ file }) => file !== 'perf-kvm.data');
const comparable = withScheduler.filter((recording) => steady(recording) && !isLate(recording));

const onCpu = ({ guest, hypervisor, vmm, interrupt, poll }: AccountSums) => guest + hypervisor + vmm + interrupt + poll;
const waiting = ({ wakeup, preempted }: AccountSums) => wakeup + preempted;

const hasTrace = ({ scenario }: Pick<RealRecording, 'scenario'>) => scenario.file('trace.dat') !== undefined;
const read = new Map<string, Map<number, SchedulerClock>>();

/** The two recorders ran together, so what trace.dat says of the scheduler's clock holds for perf.data too. */
function clocksOf(scenario: Scenario): Map<number, SchedulerClock> {
  const clocks = read.get(scenario.folder) ?? schedulerClocks(scenario);
  read.set(scenario.folder, clocks);
  return clocks;
}

describe.each(comparable)('$name', ({ scenario, file }) => {
  /**
   * Where the scheduler's clock leaves little doubt, the difference is under 2 %. In some recordings it stands still for
   * too long: in f5 a busy process keeps the pCPU for a while after the wake-up that pushes it aside. The scheduler books
   * that to vCPU 0, 187 µs for each time that it gets the pCPU: 7 % of its time, of the 10 % that the events leave open.
   * In the vCPUs of native-vs-vm that do little but sleep it is up to 4 %, of 5 %.
   */
  test('each vCPU thread had a pCPU as long as the scheduler says', async () => {
    const scheduler = threadTimes(scenario);
    for (const { id, thread, ledgerNs } of vcpusOf(await explanationOf(scenario, file))) {
      const { runNs } = scheduler.get(thread)!;
      const { early, short } = hasTrace({ scenario }) ? clocksOf(scenario).get(thread)! : { early: 0, short: 0 };
      const here = onCpu(ledgerNs);
      const what = `vCPU ${id}: ${here} (-${short}, +${early}) of ${runNs} ns`;
      expect(runNs, what).toBeGreaterThan(here - short - 0.01 * runNs);
      expect(runNs, what).toBeLessThan(here + early + 0.01 * runNs);
      if (early + short < 0.02 * runNs) expect(Math.abs(here - runNs), what).toBeLessThan(0.02 * runNs);
    }
  });

  test('each vCPU thread waited at least as long as the scheduler says', async () => {
    const scheduler = threadTimes(scenario);
    for (const { id, thread, ledgerNs } of vcpusOf(await explanationOf(scenario, file))) {
      const { waitNs } = scheduler.get(thread)!;
      expect(waiting(ledgerNs), `vCPU ${id}: ${waitNs}`).toBeGreaterThan(0.98 * waitNs);
    }
  });
});

describe.each(comparable.filter(hasTrace))('$name', ({ scenario, file }) => {
  /** Running and waiting together do not depend on where the two divide them. */
  test('run and wait add up to what the scheduler says', async () => {
    const scheduler = threadTimes(scenario);
    for (const { id, thread, ledgerNs } of vcpusOf(await explanationOf(scenario, file))) {
      const { runNs, waitNs } = scheduler.get(thread)!;
      const here = onCpu(ledgerNs) + waiting(ledgerNs) - clocksOf(scenario).get(thread)!.untilQueued;
      const what = `vCPU ${id}: ${here} of ${runNs + waitNs} ns`;
      expect(Math.abs(here - runNs - waitNs), what).toBeLessThan(0.02 * (runNs + waitNs));
    }
  });
});

/** So little is a handful of polls of 10 µs, which the host's own host can make longer than their limit by as much. */
const FEW_POLLS_NS = 100_000;
const OF_FEW_POLLS_NS = 30_000;

/**
 * A poll that fails ends in the loop, and no event says when: here it ends at its limit, or when another thread wants the
 * pCPU. KVM counts until it next reads its clock.
 * - f5: 45 of 183 polls found the busy process waiting when they began, so they made one pass of the loop. One pass takes
 *   3.15 µs on this hardware (f3: nothing else happened to its 9 polls, and KVM counts 28,353 ns); here it is none.
 *   With the 138 that lasted 10 µs that makes 98 % of what KVM counts.
 * - f6: 474 polls of 22 µs on average went on for 2.1 µs after their limit. From the limit to the sleep it is 11.6 µs at
 *   the median, but more than 25 µs in 36 of them and up to 320 µs. 32 of these have no event of that pCPU from the
 *   beginning of the halt to the sleep: the host's own host had taken it, during the poll or after it.
 */
const ENDS_OUT_OF_SIGHT = /\/f[56]-/;
const PER_FAILED_POLL_NS = 1000;

/** From the end of polling to the sleep, and from the sleep to the end of the halt: two switches. */
const SLEEP_OVERHEAD_NS = 50_000;

const withHalts = withScheduler.filter(({ name }) => !/\/(?:l2[^/]*|l4[^/]*|f5[^/]*)\/perf\.data$/.test(name));

describe.each(withHalts)('$name', ({ scenario, file, name }) => {
  const counted = kvmCounters(scenario).all;

  test('halts were polled for as long as KVM says', async () => {
    const polledNs = counted('halt_poll_success_ns') + counted('halt_poll_fail_ns');
    const poll = await polledWithHandlers(scenario, file);
    const what = `${poll} of ${polledNs} ns`;
    if (polledNs === 0) expect(poll, what).toBe(0);
    else if (polledNs < FEW_POLLS_NS) expect(Math.abs(poll - polledNs), what).toBeLessThan(OF_FEW_POLLS_NS);
    else {
      const failed = counted('halt_attempted_poll') - counted('halt_successful_poll');
      const unseen = ENDS_OUT_OF_SIGHT.test(name) ? PER_FAILED_POLL_NS * failed : 0;
      expect(poll, what).toBeLessThan(1.01 * polledNs);
      expect(poll, what).toBeGreaterThan(0.95 * polledNs - unseen);
    }
  });

  test('halts slept as long as KVM says', async () => {
    const explanation = await explanationOf(scenario, file);
    const slept = sleptInHalts(explanation);
    const waitNs = counted('halt_wait_ns');
    const sleeps = counted('halt_exits') - counted('halt_successful_poll');
    const what = `${slept} of ${waitNs} ns in ${sleeps} sleeps`;
    expect(slept, what).toBeLessThan(1.01 * waitNs);
    expect(slept, what).toBeGreaterThan(0.98 * waitNs - SLEEP_OVERHEAD_NS * sleeps);
  });
});

/** Handlers that ran on top of polling have their own account. For KVM they are polling, as for who knows of none. */
async function polledWithHandlers(scenario: Scenario, file: string): Promise<number> {
  const interrupts = interruptHandlers(new InterruptCounts());
  const catalog = kvm.catalog.filter(({ event }) => !(event in interrupts));
  const input = await openInputs([pathIn(scenario, file)], { catalog });
  if (!input.ok) throw new Error(input.issue.message);
  const explanation = await explain(input.value.recording, { ...kvm, catalog }, input.value.common);
  input.value.close();
  if (!explanation.ok) throw new Error(explanation.issue.message);
  return explanation.value.totals.ledgerNs.poll;
}

function sleptInHalts({ groups }: Explanation): number {
  const accounts = groups.cause.find(({ cause }) => cause === 'halt')?.ledgerNs;
  return accounts === undefined ? 0 : accounts.idle + accounts.wakeup + accounts.preempted;
}
