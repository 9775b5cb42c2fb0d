/** Texts that programs write into the kernel's trace, as what they mark is chosen by them. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { intervalOf } from '../../src/cli/interval.js';
import { ftraceText } from '../../src/formats/ftrace-text/index.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { measure } from '../../src/node/inputs.js';
import { MARKER_CATALOG, MOST_MARKERS } from '../../src/recording/markers.js';
import { pathIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

/** What `trace-cmd report -t` (3.1.6) prints of tracing_mark_write, in ns; its first event is at FIRST. */
const FIRST = 30_688_210_704;
const BY_TRACE_CMD: readonly (readonly [string, number])[] = [
  ['WINDOW-START x-idle', 30_765_001_776],
  ['WINDOW-A x-idle', 31_939_423_184],
  ['WINDOW-B x-idle', 44_350_569_920],
  ['WINDOW-END x-idle', 45_166_318_512],
];
const trace = pathIn(scenario('x-idle', 'trace.dat', 'kvm-arm64'), 'trace.dat');

describe('a trace.dat', () => {
  test('has those that trace-cmd prints, at the same times', async () => {
    const measured = await measure(trace, { catalog: MARKER_CATALOG });
    if (!measured.ok) throw new Error(measured.issue.message);
    const { markers, firstNs } = measured.value.totals;
    expect(markers.map(({ text, timeNs }) => [text, timeNs - firstNs])).toEqual(
      BY_TRACE_CMD.map(([text, time]) => [text, time - FIRST]),
    );
  });

  test('is explained between two of them', async () => {
    expect(await intervalOf([trace], { fromMarker: 'WINDOW-A x-idle', toMarker: 'WINDOW-B x-idle' })).toEqual({
      ok: true,
      value: { fromNs: BY_TRACE_CMD[1][1] - FIRST, toNs: BY_TRACE_CMD[2][1] - FIRST },
    });
  });

  test('says which it has where one is not there, and who writes them', async () => {
    const interval = await intervalOf([trace], { fromMarker: 'WINDOW-C' });
    expect(interval).toMatchObject({ ok: false, issue: { code: 'no-such-marker' } });
    if (interval.ok) return;
    expect(interval.issue.message).toContain('"WINDOW-A x-idle" at 1.251212 s');
    expect(interval.issue.hint).toContain('trace_marker');
  });
});

test('of a format without markers that is said', async () => {
  const perf = pathIn(scenario('m-mixed', 'perf.data'), 'perf.data');
  const interval = await intervalOf([perf], { fromMarker: 'start' });
  expect(interval).toMatchObject({ ok: false, issue: { hint: expect.stringMatching(/^Only .* hold markers/) } });
});

describe('ftrace text', () => {
  async function markersOf(lines: readonly string[]) {
    const source = new MemorySource(new TextEncoder().encode(`${lines.join('\n')}\n`));
    const opened = await ftraceText.open(source, { catalog: MARKER_CATALOG, codecs: nodeCodecs });
    if (!opened.ok) throw new Error(opened.issue.message);
    for await (const batch of opened.value.batches()) expect(batch.count).toBeGreaterThan(0);
    return opened.value.totals.markers;
  }

  const switched = (time: string) =>
    `            bash-100     [000] d..2. ${time}: sched_switch: prev_comm=bash prev_pid=100 prev_prio=120 prev_state=S ==> next_comm=swapper/0 next_pid=0 next_prio=120`;

  // The forms of the kernel's own text, of trace-cmd report, and of it where it has no names of functions.
  test.each([
    ['tracing_mark_write: start: of it all'],
    ['print:                tracing_mark_write: start: of it all'],
    ['print:                ffffffff8e1b2c40: start: of it all'],
  ])('%s', async (text) => {
    const lines = [switched('10.000000'), `            bash-100     [000] ..... 10.000250: ${text}`, switched('10.5')];
    expect(await markersOf(lines)).toEqual([{ text: 'start: of it all', timeNs: 250_000 }]);
  });

  test('what the kernel itself prints with trace_printk is none, nor is an empty one', async () => {
    const lines = ['print:                do_something: x', 'tracing_mark_write: '].map(
      (text) => `            bash-100     [000] ..... 10.000250: ${text}`,
    );
    expect(await markersOf([switched('10.000000'), ...lines])).toEqual([]);
  });

  test('no more than a bound of them are kept, each up to a length', async () => {
    const lines = Array.from(
      { length: MOST_MARKERS + 5 },
      () => `            bash-100     [000] ..... 10.000250: tracing_mark_write: ${'x'.repeat(1100)}`,
    );
    const markers = await markersOf([switched('10.000000'), ...lines]);
    expect(markers.length).toBe(MOST_MARKERS);
    expect(markers[0].text).toBe('x'.repeat(1024));
  });
});
