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
import { randomSource } from '../../support/random-source.js';
import { explainXenRecords } from '../../support/xen-recordings.js';
import { schedule, timesByState, WRITTEN, writtenFile } from '../../support/xen-schedules.js';
import { linesOfXenalyze } from '../../support/xenalyze-lines.js';
import { State } from '../../support/xentrace-author.js';

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
