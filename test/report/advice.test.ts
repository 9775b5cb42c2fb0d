/** What the first screen says to change first. */
import { expect, test } from 'vitest';
import { formatNs } from '../../src/base/quantities.js';
import { textReport } from '../../src/report/text/index.js';
import { known } from '../support/findings.js';
import { explanationOfXen, xenRecording } from '../support/xen-recordings.js';

test('advice that two machines need is given once, with the gain of both', async () => {
  const explanation = await explanationOfXen(xenRecording('pvh-overcommit')!);
  const same = explanation.findings.filter(({ rule }) => rule === 'vcpus-outnumber-pcpus');
  expect(same.map(({ machine }) => machine)).toEqual(['vm1', 'vm2']);
  const report = textReport(explanation).replaceAll(/\s+/g, ' ');
  const given = [...report.matchAll(/Give the machines together [^(]*\(likely gain ([^,]*),/g)].map(([, gain]) => gain);
  expect(given).toEqual([formatNs(same[0].gain.likelyNs + same[1].gain.likelyNs)]);
});

known('a-idle', 'trace.dat', 'that the machine was idle is on the first screen', (explanation) => {
  const [{ ledgerNs, guestDelayNs, keptOutNs, durationNs }] = explanation.machines[0].vcpus;
  const wanted = (100 * (ledgerNs.guest + guestDelayNs - keptOutNs)) / (durationNs - keptOutNs);
  const [screen] = textReport(explanation).split('\nThe ledger');
  const [, told] = /Change nothing: vm1 was idle, and wanted to run for only ([\d.]+) % of the time/.exec(screen)!;
  expect(Number(told)).toBeCloseTo(wanted, 1);
  // The tables below show who kept it waiting: why that is no finding stands with the advice.
  const waits = explanation.culprits.filter(({ kind, name }) => kind === 'kernel thread' && name === 'rcu_preempt');
  const ns = waits.reduce((sum, row) => sum + row.ns, 0);
  expect(explanation.findings[0].evidence).toContain(`"rcu_preempt" (kernel thread): ${formatNs(ns)}`);
});
