/** What the host's scheduler booked for the vCPU threads, and what KVM counted of their halts. */
import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/explain/explanation.js';
import type { AccountSums } from '../../src/ledger/accounts.js';
import { explanationOf, type RealRecording, realRecordings, vcpusOf } from '../support/explained.js';
import { pathIn, runTool } from '../support/read-records.js';
import type { Scenario } from '../support/recordings.js';
import { interval, kvmCounters, threadTimes } from '../support/witnesses.js';

/**
 * The scheduler divides time between two threads where it last read its own clock before the switch: at the wake-up
 * or the timer tick that made it switch. The event of the switch comes after that, and after the recorders have
 * written down what happened in between, tens of µs on this hardware. So it books to the thread that comes next a
 * little that here is its wait. In f5 most switches are wake-ups that push a busy host process aside, and two
 * recorders write in between: 187 µs per switch on average.
 */
const EARLIER_PER_SLICE_NS = 50_000;
const EARLIER_WITH_HOST_NOISE_NS = 200_000;

/** The clocks of recorder and scheduler agree where the host's clock source did not change to hpet. */
const steady = ({ scenario }: RealRecording) => interval(scenario).clocksource === 'tsc';
const isLate = ({ name }: RealRecording) => name.endsWith('f5-pingpong-host-noise/perf.data');

const withScheduler = realRecordings().filter(({ file }) => file !== 'perf-kvm.data');
const comparable = withScheduler.filter((recording) => steady(recording) && !isLate(recording));

const onCpu = ({ guest, hypervisor, vmm, interrupt, poll }: AccountSums) => guest + hypervisor + vmm + interrupt + poll;
const waiting = ({ wakeup, preempted }: AccountSums) => wakeup + preempted;

describe.each(comparable)('$name', ({ scenario, file }) => {
  test('each vCPU thread had a pCPU as long as the scheduler says', async () => {
    const scheduler = threadTimes(scenario);
    for (const { id, thread, ledgerNs } of vcpusOf(await explanationOf(scenario, file))) {
      const { runNs, slices } = scheduler.get(thread)!;
      const isDisturbed = scenario.folder.endsWith('f5-pingpong-host-noise') && id === 0;
      const earlier = slices * (isDisturbed ? EARLIER_WITH_HOST_NOISE_NS : EARLIER_PER_SLICE_NS);
      const difference = onCpu(ledgerNs) - runNs;
      const what = `vCPU ${id}: ${onCpu(ledgerNs)} of ${runNs} ns, ${slices} slices`;
      expect(difference, what).toBeLessThan(0.02 * runNs);
      expect(difference, what).toBeGreaterThan(-0.02 * runNs - earlier);
      // Without many switches there is nothing to explain.
      if (slices * EARLIER_PER_SLICE_NS < 0.01 * runNs) expect(Math.abs(difference), what).toBeLessThan(0.02 * runNs);
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

/**
 * Running and waiting together do not depend on where the two divide them. Waiting starts here with the event
 * sched_waking, for the scheduler when the thread is in a run queue: sched_wakeup, which can be an interrupt of another
 * pCPU later. The events themselves tell how long that is.
 */
const STAMP_OF_SWITCH_NS = 15_000;

describe.each(realRecordings(['trace.dat']).filter(steady))('$name', ({ scenario, file }) => {
  test('run and wait add up to what the scheduler says', async () => {
    const scheduler = threadTimes(scenario);
    const vcpus = vcpusOf(await explanationOf(scenario, file));
    const untilQueued = timeUntilQueued(
      scenario,
      vcpus.map(({ thread }) => thread),
    );
    for (const { id, thread, ledgerNs } of vcpus) {
      const { runNs, waitNs, slices } = scheduler.get(thread)!;
      const here = onCpu(ledgerNs) + waiting(ledgerNs) - untilQueued.get(thread)!;
      const what = `vCPU ${id}: ${here} of ${runNs + waitNs} ns`;
      expect(Math.abs(here - runNs - waitNs), what).toBeLessThan(
        0.01 * (runNs + waitNs) + STAMP_OF_SWITCH_NS * slices + 1_000_000,
      );
    }
  });
});

/** What a trace with clock x86-tsc counts, as the clock of these hosts' guests says. */
const TSC_HZ = 2.596e9;

/** From sched_waking to sched_wakeup, summed up by thread, ns. */
function timeUntilQueued(scenario: Scenario, threads: readonly number[]): Map<number, number> {
  const sums = new Map(threads.map((thread) => [thread, 0]));
  const waking = new Map<number, number>();
  const path = pathIn(scenario, 'trace.dat');
  const text = runTool('trace-cmd', ['report', '-t', '-F', 'sched_waking', '-F', 'sched_wakeup', path]);
  // A clock that counts cycles has no fraction, and no space before it.
  const line = /\] *(\d+)(?:\.(\d{9}))?: (sched_wak\w+): .*?(?: pid=|:)(\d+) /g;
  for (const [, whole, fraction, event, thread] of text.matchAll(line)) {
    const id = Number(thread);
    if (!sums.has(id)) continue;
    const time = fraction === undefined ? (Number(whole) / TSC_HZ) * 1e9 : Number(whole) * 1e9 + Number(fraction);
    const since = waking.get(id);
    if (event === 'sched_waking') waking.set(id, time);
    else if (since !== undefined) sums.set(id, sums.get(id)! + time - since);
    if (event === 'sched_wakeup') waking.delete(id);
  }
  return sums;
}

/**
 * A poll that fails goes on until the first reading of the clock after its limit, which takes a µs or two on this
 * hardware; here it ends at the limit. That is all of the difference in f5, whose polls are cut short by another task.
 */
const OVERSHOOT_NS = 2000;
/** From the end of polling to the sleep, and from the sleep to the end of the halt: two switches. */
const SLEEP_OVERHEAD_NS = 50_000;

const withHalts = withScheduler.filter(({ name }) => !/\/(?:l2[^/]*|l4[^/]*|f5[^/]*)\/perf\.data$/.test(name));

describe.each(withHalts)('$name', ({ scenario, file }) => {
  const counted = kvmCounters(scenario).all;
  const polledNs = counted('halt_poll_success_ns') + counted('halt_poll_fail_ns');

  test('halts were polled for as long as KVM says', async () => {
    const explanation = await explanationOf(scenario, file);
    const { poll } = explanation.totals.ledgerNs;
    const failed = counted('halt_attempted_poll') - counted('halt_successful_poll');
    const what = `${poll} of ${polledNs} ns`;
    if (polledNs < 1e6) expect(poll, what).toBeLessThan(200_000);
    if (polledNs === 0) expect(poll, what).toBe(0);
    expect(poll, what).toBeLessThan(1.01 * polledNs + 10_000);
    // Interrupt handlers that ran on top of polling have their own account here.
    const interrupts = accountsOfHalts(explanation)?.interrupt ?? 0;
    expect(poll, what).toBeGreaterThanOrEqual(0.95 * polledNs - interrupts - OVERSHOOT_NS * failed - 20_000);
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

function sleptInHalts(explanation: Explanation): number {
  const accounts = accountsOfHalts(explanation);
  return accounts === undefined ? 0 : accounts.idle + accounts.wakeup + accounts.preempted;
}

const accountsOfHalts = ({ groups }: Explanation) => groups.cause.find(({ cause }) => cause === 'halt')?.ledgerNs;
