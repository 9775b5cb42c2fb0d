/** What the first screen says to change first. */
import { expect, test } from 'vitest';
import { formatNs } from '../../src/base/quantities.js';
import { textReport } from '../../src/report/text/index.js';
import { explanationOfXen, xenRecording } from '../support/xen-recordings.js';

test('advice that two machines need is given once, with the gain of both', async () => {
  const explanation = await explanationOfXen(xenRecording('pvh-overcommit')!);
  const same = explanation.findings.filter(({ rule }) => rule === 'vcpus-outnumber-pcpus');
  expect(same.map(({ machine }) => machine)).toEqual(['vm1', 'vm2']);
  const report = textReport(explanation).replaceAll(/\s+/g, ' ');
  const given = [...report.matchAll(/Give the machines together [^(]*\(likely gain ([^,]*),/g)].map(([, gain]) => gain);
  expect(given).toEqual([formatNs(same[0].gain.likelyNs + same[1].gain.likelyNs)]);
});
