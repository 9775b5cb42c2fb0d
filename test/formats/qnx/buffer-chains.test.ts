/** Chains of buffers are told by their numbers where the release in the header says something else. */
import { expect, test } from 'vitest';
import { hasChainPerCpu } from '../../../src/formats/qnx/buffer-chains.js';
import { serialConsolePlan } from '../../../src/simulation/qnx/demo-plans.js';
import { simulate } from '../../../src/simulation/qnx/simulate.js';
import { kevBytes } from '../../../src/simulation/qnx/writers/kev.js';
import { traceprinterText } from '../../../src/simulation/qnx/writers/traceprinter.js';
import { KevAuthor } from '../../support/kev-author.js';
import { codes, enters, readKev, readPrinted } from '../../support/qnx-records.js';

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

/** Of ten buffers of CPU 0, but those that are lost, and the only one of CPU 1, which begins early. */
function withIdleCpu(release: string, lost: readonly number[]): KevAuthor {
  const author = new KevAuthor(release);
  for (let sequence = 1; sequence <= 10; sequence++) {
    if (lost.includes(sequence)) continue;
    const start = sequence * 100_000_000;
    author
      .buffer(start, sequence, 0, 4)
      .time(start, 5)
      .enter(start + 10, sequence)
      .enter(start + 99_999_990, sequence);
  }
  return author
    .buffer(100_000_005, 1, 1, 4)
    .time(100_000_005, 5, 1)
    .enter(100_000_020, 100, 1)
    .enter(1_050_000_000, 101, 1);
}

test('a CPU of 7.x with buffers of its own and little to do, whose only one comes last, moves nothing', async () => {
  const records = await readKev(withIdleCpu('7.1.0', []).bytes());
  expect(enters(records)).toHaveLength(22);
  expect(records.recording.totals).toMatchObject({ lastNs: 999_999_980, gaps: 0 });
  expect(codes(records)).toEqual([]);
});

test('where lost buffers hide that it has buffers of its own, it makes the trace no longer', async () => {
  const records = await readKev(withIdleCpu('7.1.0', [4, 8]).bytes());
  expect(enters(records).length).toBeGreaterThanOrEqual(16);
  expect(records.recording.totals.lastNs).toBe(999_999_980);
});

/** [cpu, sequence, time] of each buffer. */
test.each([
  [
    'CPUs one after the other',
    true,
    [
      [0, 1, 10],
      [0, 2, 20],
      [1, 1, 11],
      [1, 2, 21],
    ],
  ],
  [
    'CPUs in turns',
    true,
    [
      [0, 1, 10],
      [1, 1, 11],
      [0, 2, 20],
      [0, 3, 30],
    ],
  ],
  [
    'an idle CPU last, in a text that prints 32 bits',
    true,
    [
      [0, 1, NaN],
      [1, 1, NaN],
      [0, 2, NaN],
    ],
  ],
  [
    'tracing that was stopped',
    false,
    [
      [0, 1, 10],
      [0, 2, 20],
      [1, 1, 30],
      [1, 2, 40],
    ],
  ],
  [
    'tracing that was stopped, with all CPUs',
    false,
    [
      [0, 1, 10],
      [1, 2, 20],
      [0, 1, 30],
      [1, 2, 40],
    ],
  ],
  [
    'one chain',
    false,
    [
      [0, 1, 10],
      [1, 2, 20],
      [1, 3, 30],
      [0, 4, 40],
    ],
  ],
  [
    'one chain in another order',
    false,
    [
      [2, 4, 40],
      [1, 2, 20],
      [0, 1, 10],
      [3, 3, 30],
    ],
  ],
  [
    'rings that begin with other numbers',
    true,
    [
      [0, 71, 10],
      [1, 5, 11],
      [0, 72, 20],
      [1, 6, 21],
      [0, 73, 30],
    ],
  ],
] as const)('chains by their numbers where the release says nothing: %s', (_what, perCpu, buffers) => {
  const numbered = buffers.map(([cpu, sequence, time]) => ({ cpu, sequence, time }));
  expect(hasChainPerCpu(numbered, false)).toBe(perCpu);
});
