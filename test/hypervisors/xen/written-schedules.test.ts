/**
 * Written recordings in which everything happens that a scheduler can do: the ledger has the times that were written, and `--like xenalyze`
 * prints what xenalyze (of Debian's xen-utils-common 4.17) printed for the same bytes.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../../src/base/byte-source.js';
import { xentrace } from '../../../src/formats/xentrace/index.js';
import { XENALYZE_CATALOG, XenalyzeSummary } from '../../../src/hypervisors/xen/xenalyze-summary.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { type RandomSource, randomSource } from '../../support/random-source.js';
import { explainXenRecords } from '../../support/xen-recordings.js';
import { schedule, timesByState, WRITTEN, writtenFile } from '../../support/xen-schedules.js';
import { linesOfXenalyze } from '../../support/xenalyze-lines.js';
import { type AuthoredRecord, change, IDLE, record, State, vmentry, vmexit } from '../../support/xentrace-author.js';

const HZ = 1e9;

describe.each(WRITTEN)('$name', ({ name, plan, seed, vocabulary }) => {
  const pcpus = schedule(plan, randomSource(seed));

  test('--like xenalyze prints what xenalyze does', async () => {
    const bytes = writtenFile(pcpus, randomSource(seed));
    const [digest, ...witness] = readFileSync(`fixtures/xen-written/${name}.xenalyze-summary.txt`, 'utf8').split('\n');
    expect(`sha256 ${createHash('sha256').update(bytes).digest('hex')}`, 'the witness is of these bytes').toBe(digest);
    const options = { catalog: XENALYZE_CATALOG, codecs: nodeCodecs, clockHz: HZ };
    const opened = await xentrace.open(new MemorySource(bytes), options);
    if (!opened.ok) throw new Error(opened.issue.message);
    const summary = new XenalyzeSummary();
    for await (const batch of opened.value.batches()) summary.add(batch);
    const theirs = linesOfXenalyze(witness.join('\n'));
    expect(linesOfXenalyze(summary.report(HZ, vocabulary))).toEqual(theirs);
    expect(theirs.length).toBeGreaterThan(30);
  });

  test('the ledger has the time of each state, to the nanosecond', async () => {
    const { machines, quality } = await explainXenRecords(pcpus);
    const written = timesByState(pcpus);
    expect(machines.length).toBe(plan.vcpus.length - 1);
    for (const { process, vcpus } of machines) {
      for (const { id, ledgerNs, durationNs } of vcpus) {
        const times = written.get(`${process}/${id}`)!;
        const { guest, hypervisor, vmm, idle, blocked, wakeup, preempted, unknown } = ledgerNs;
        const [running, waiting, away] = [guest + hypervisor, wakeup + preempted, idle + blocked + vmm];
        expect(running + waiting + away + unknown).toBe(durationNs);
        // Before its first entry to the guest nobody knows what it did with its pCPU; before its first change of state, nothing.
        expect(running).toBeLessThanOrEqual(times[State.running]);
        expect(running).toBeGreaterThanOrEqual(times[State.running] - unknown);
        expect(waiting).toBeLessThanOrEqual(times[State.runnable] + times.before);
        expect(waiting).toBeGreaterThanOrEqual(times[State.runnable] - unknown);
        const slept = times[State.blocked] + times[State.offline];
        expect(away).toBeLessThanOrEqual(slept + times.before);
        expect(away).toBeGreaterThanOrEqual(slept - unknown);
      }
    }
    expect(quality.issues.filter(({ code }) => code.startsWith('clock-skew'))).toEqual([]);
  });
});

/** Some records of a pCPU are lost, and Xen writes one in their place as soon as there is room again. */
function withLoss(pcpus: readonly AuthoredRecord[][], random: RandomSource): AuthoredRecord[][] {
  const pcpu = random.below(pcpus.length);
  const own = pcpus[pcpu];
  const at = 1 + random.below(own.length - 60);
  const count = 3 + random.below(50);
  const first = Number(own[at].time);
  const runs = own.slice(0, at + count).findLast(({ event }) => (event & ~0x300) === 0x21001);
  const [word] = runs?.words ?? [(IDLE << 16) | pcpu];
  const [domain, vcpu] = [word >>> 16, word & 0xffff];
  const end = Number(own[at + count].time) - 1;
  const loss = record(end, 0x1f001, count, domain | (vcpu << 16), first % 2 ** 32, Math.floor(first / 2 ** 32));
  return pcpus.map((records, of) => (of === pcpu ? [...own.slice(0, at), loss, ...own.slice(at + count)] : records));
}

test('where records are lost, no vCPU is said to have run longer than it did, and few of another thing', async () => {
  let [claimed, total] = [0, 0];
  for (let seed = 1; seed <= 16; seed++) {
    const random = randomSource(seed);
    const { plan } = WRITTEN[seed % WRITTEN.length];
    const whole = schedule({ ...plan, steps: 1000 }, random);
    const written = timesByState(whole);
    const { machines, quality } = await explainXenRecords(withLoss(whole, random));
    expect(quality.issues.map(({ code }) => code)).toContain('lost-events');
    for (const { process, vcpus } of machines) {
      for (const { id, ledgerNs, durationNs } of vcpus) {
        const { guest, hypervisor, vmm, idle, blocked, wakeup, preempted, unknown } = ledgerNs;
        const times = written.get(`${process}/${id}`)!;
        expect(guest + hypervisor + vmm + idle + blocked + wakeup + preempted + unknown).toBe(durationNs);
        expect(guest + hypervisor).toBeLessThanOrEqual(times[State.running]);
        const away = times[State.blocked] + times[State.offline];
        claimed += Math.max(0, wakeup + preempted - times[State.runnable] - times.before);
        claimed += Math.max(0, idle + blocked + vmm - away - times.before);
        total += durationNs;
      }
    }
  }
  // A vCPU that ran on the pCPU of the gap and came back has its waits booked: docs/decisions/loss-is-booked-when-it-ends.md.
  expect(claimed / total).toBeLessThan(0.002);
});

test('a vCPU that is found in another state than it was left in is unknown in between', async () => {
  const { running, runnable, blocked } = State;
  const { machines } = await explainXenRecords([
    [
      change(1000, 1, 0, runnable, running),
      vmentry(1010),
      vmexit(1100, 0x78),
      change(1200, 1, 0, running, blocked),
      // It was woken, ran, and was preempted elsewhere: a preempted vCPU is runnable.
      change(3000, 1, 0, runnable, running),
      vmentry(3010),
      vmexit(3110, 0x60),
    ],
    [change(1001, IDLE, 1, runnable, running)],
  ]);
  const [{ ledgerNs, durationNs }] = machines[0].vcpus;
  expect(durationNs).toBe(2110);
  expect(ledgerNs).toMatchObject({ guest: 90 + 100, hypervisor: 100, idle: 0, blocked: 0, unknown: 2110 - 290 });
});

test.each([500_000, -5_000_000])(
  'clocks of pCPUs that differ by %i cycles, more than can be found out, are said',
  async (skew) => {
    const [{ plan, seed }] = WRITTEN;
    const whole = schedule(plan, randomSource(seed));
    const codesOf = async (pcpus: readonly (readonly AuthoredRecord[])[]) =>
      (await explainXenRecords(pcpus)).quality.issues.map(({ code }) => code);
    expect(await codesOf(whole)).not.toContain('states-contradict');
    const moved = whole.map((records, pcpu) =>
      records.map((one) => (pcpu === 1 ? { ...one, time: Number(one.time) + skew } : one)),
    );
    expect(await codesOf(moved)).toContain('states-contradict');
  },
);
