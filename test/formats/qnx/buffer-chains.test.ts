/** Chains of buffers are told by their numbers where the release in the header says something else. */
import { expect, test } from 'vitest';
import { serialConsolePlan } from '../../../src/simulation/qnx/demo-plans.js';
import { simulate } from '../../../src/simulation/qnx/simulate.js';
import { kevBytes } from '../../../src/simulation/qnx/writers/kev.js';
import { traceprinterText } from '../../../src/simulation/qnx/writers/traceprinter.js';
import { readKev, readPrinted } from '../../support/qnx-records.js';

test.each([
  ['8.0.0', '7.1.0'],
  ['7.1.0', '8.0.0'],
])('written by %s, called %s', async (release, stated) => {
  const { trace } = simulate({ ...serialConsolePlan(), release, lengthNs: 60_000_000, markers: [] });
  const options = { bufferEvents: 60, onePerLine: true };
  const wrong = { ...options, replacedAttributes: { SYS_RELEASE: stated } };
  for (const [whole, other] of [
    [await readKev(kevBytes(trace, options)), await readKev(kevBytes(trace, wrong))],
    [await readPrinted(traceprinterText(trace, options)), await readPrinted(traceprinterText(trace, wrong))],
  ]) {
    expect(whole.recording.totals.gaps).toBe(0);
    expect(other.recording.totals.gaps).toBe(0);
    expect(other.recording.totals.lastNs).toBe(whole.recording.totals.lastNs);
  }
});
