/** Runstates and exits of real recordings, against the text that xenalyze printed for the same files. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../../src/base/byte-source.js';
import type { Explanation } from '../../../src/explain/explanation.js';
import { xentrace } from '../../../src/formats/xentrace/index.js';
import { XENALYZE_CATALOG, XenalyzeSummary } from '../../../src/hypervisors/xen/xenalyze-summary.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { explanationOfXen, type XenRecording, xenRecordings } from '../../support/xen-recordings.js';
import { linesOfXenalyze } from '../../support/xenalyze-lines.js';

const CYCLES = 1e9;

async function ours({ path, hz }: XenRecording): Promise<string> {
  const source = new MemorySource(readFileSync(path));
  const opened = await xentrace.open(source, { catalog: XENALYZE_CATALOG, codecs: nodeCodecs, clockHz: CYCLES });
  if (!opened.ok) throw new Error(opened.issue.message);
  const summary = new XenalyzeSummary();
  for await (const batch of opened.value.batches()) summary.add(batch);
  return summary.report(hz, 'svm');
}

/** Of a recording with losses, what xenalyze takes for lost: see docs/decisions/xenalyze-and-losses.md. */
const AROUND_A_LOSS = /Domain 0 --\| -- v0 -- +(?:runnable|wake|lost):/;

/** Without the scheduler's events xenalyze knows no vCPU either. */
const withVcpus = xenRecordings().filter(({ witness }) => linesOfXenalyze(witness('xenalyze-summary')).length > 0);

describe.each(withVcpus)('$name', (recording) => {
  const theirs = linesOfXenalyze(recording.witness('xenalyze-summary'));

  test('--like xenalyze prints what it prints', async () => {
    const isLossy = recording.name.includes('lossy');
    const compared = (lines: string[]) => lines.filter((line) => !isLossy || !AROUND_A_LOSS.test(line));
    expect(compared(linesOfXenalyze(await ours(recording)))).toEqual(compared(theirs));
    expect(compared(theirs).length).toBeGreaterThan(7);
  });

  test('the ledger has the same time with a pCPU, waiting for one, and without', async () => {
    const explanation = await explanationOfXen(recording);
    const vcpus = vcpusOf(explanation);
    expect(vcpus.length).toBeGreaterThan(0);
    for (const { domain, id, ledgerNs } of vcpus) {
      const seconds = (state: string): number => {
        const line = theirs.find(
          (text) => text.startsWith(`|-- Domain ${domain} --| -- v${id} -- `) && text.includes(` ${state}:`),
        );
        return Number(/ ([\d.]+)s /.exec(line ?? '')?.[1] ?? 0);
      };
      const { guest, hypervisor, interrupt, vmm, idle, blocked, wakeup, preempted, unknown } = ledgerNs;
      // xenalyze prints hundredths; what is unknown here is in one of its states.
      const slack = 0.006 + unknown / 1e9;
      const running = (guest + hypervisor + interrupt) / 1e9;
      expect(running).toBeGreaterThanOrEqual(seconds('running') - slack);
      expect(running).toBeLessThanOrEqual(seconds('running') + slack);
      // Of a vCPU that has no pCPU xenalyze leaves out the time before it first runs, and after its last change of state.
      expect((wakeup + preempted) / 1e9).toBeGreaterThanOrEqual(seconds('runnable') - slack);
      const away = seconds('blocked') + seconds('offline');
      expect((idle + blocked + vmm) / 1e9).toBeGreaterThanOrEqual(away - slack);
    }
  });
});

const vcpusOf = ({ machines }: Explanation) =>
  machines.flatMap((machine) =>
    machine.vcpus.map((vcpu) => ({ ...vcpu, domain: Number(/^domain (\d+)/.exec(machine.name)?.[1]) })),
  );

describe.each(xenRecordings())('$name', (recording) => {
  test('the books balance, and every exit is in them', async () => {
    const explanation = await explanationOfXen(recording);
    let exits = 0;
    for (const { ledgerNs, durationNs, exits: ofVcpu } of explanation.machines.flatMap(({ vcpus }) => vcpus)) {
      expect(Object.values(ledgerNs).reduce((sum, ns) => sum + ns, 0)).toBe(durationNs);
      exits += ofVcpu;
    }
    const recorded = Number(/0x0081102\s+(\d+)/.exec(recording.witness('record-counts'))?.[1] ?? 0);
    const entries = Number(/0x0081002\s+(\d+)/.exec(recording.witness('record-counts'))?.[1] ?? 0);
    const remark = explanation.quality.issues.find(({ code }) => code === 'unattributed');
    const nobodys = Number(/^(\d+) of/.exec(remark?.message ?? '')?.[1] ?? 0);
    if (recorded > 0) expect(exits + nobodys).toBe(recorded + entries);
    const hasLoss = recording.name.includes('lossy');
    expect(explanation.quality.issues.some(({ code }) => code === 'lost-events')).toBe(hasLoss);
  });
});
