/** The documented visit to a guest, from a .kev and from text, through the whole of vmtoll. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import type { ExplainOptions } from '../../src/explain/options.js';
import { openRecording } from '../../src/formats/open.js';
import { hypervisorOf } from '../../src/hypervisors/registry.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { textReport } from '../../src/report/text/index.js';
import { kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import { traceprinterText } from '../../src/simulation/qnx/writers/traceprinter.js';
import { KevAuthor } from '../support/kev-author.js';
import { DOCUMENTED_SAMPLE } from '../support/qnx-sample.js';

/** At 31.25 MHz. */
const NS_PER_CYCLE = 32;

const THREE_LINES = `t:0x2ebe7b16b CPU:00 QVM :GUEST_ENTER guest_ip:0x00000000fe087700
t:0x2ebe7c20c CPU:00 QVM :CYCLES at_entry:0x0000000068ed5b7f at_exit:0x0000000068ed620e
t:0x2ebe7c6f7 CPU:00 QVM :GUEST_EXIT status:0x00000000 hw_reason:0x07e00000 clockcycles_offset:0xfffffffd7d05a4eb guest_ip:0x00000000fc4047f0 payload:0x0000000000000000
`;

/** The three lines of the documentation, with what says which thread runs, and what makes times of cycles. */
const TYPED = `TRACEPRINTER version 1.02
 -- HEADER FILE INFORMATION --
  TRACE_CYCLES_PER_SEC:: 31250000
         TRACE_CPU_NUM:: 1
         TRACE_MACHINE:: aarch64le
     TRACE_SYS_RELEASE:: 7.1.0
 -- KERNEL EVENTS --
t:0x2ebe7b010 CPU:00 THREAD          :THRUNNING          pid:4101 tid:2
${THREE_LINES}`;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const FORMS: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['a .kev', kevBytes(DOCUMENTED_SAMPLE)],
  ['a .kev, high bytes first', kevBytes(DOCUMENTED_SAMPLE, { littleEndian: false })],
  ['traceprinter’s text', bytesOf(traceprinterText(DOCUMENTED_SAMPLE))],
  ['traceprinter’s text, one line an event', bytesOf(traceprinterText(DOCUMENTED_SAMPLE, { onePerLine: true }))],
  ['the lines of the documentation', bytesOf(TYPED)],
];

async function explained(bytes: Uint8Array, clockHz?: number, options: ExplainOptions = {}): Promise<Explanation> {
  const source = new MemorySource(bytes, 'sample');
  // The format says which hypervisor it is, and so what is read.
  const head = await openRecording(source, { catalog: [], codecs: nodeCodecs });
  if (!head.ok) throw new Error(head.issue.message);
  const hypervisor = hypervisorOf(head.value.format);
  const recording = await openRecording(source, {
    catalog: hypervisor.catalog,
    codecs: nodeCodecs,
    ...(clockHz !== undefined && { clockHz }),
  });
  if (!recording.ok) throw new Error(recording.issue.message);
  const result = await explain(recording.value, hypervisor, options);
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}

describe.each(FORMS)('%s', (_name, bytes) => {
  test('the guest ran for 1679 cycles, was 1321 on the way in, 1257 until CYCLES and 2516 on the way out', async () => {
    const { machines, worldSwitches, recording } = await explained(bytes);
    expect(recording.hypervisor).toBe('qnx');
    const [{ process, vcpus }] = machines;
    expect(process).toBe(4101);
    expect(vcpus).toHaveLength(1);
    expect(vcpus[0].ledgerNs).toMatchObject({ guest: 1679 * NS_PER_CYCLE, hypervisor: (1321 + 2516) * NS_PER_CYCLE });
    expect(worldSwitches).toMatchObject({
      entry: { count: 1, totalNs: 1321 * NS_PER_CYCLE },
      exit: { count: 1, totalNs: 2516 * NS_PER_CYCLE },
      inGuest: { count: 1, totalNs: 1679 * NS_PER_CYCLE },
      exitToCycles: { count: 1, totalNs: 1257 * NS_PER_CYCLE },
      notEntered: 0,
      broken: 0,
    });
  });

  test('why it was left: it waits for an interrupt', async () => {
    const { exits } = await explained(bytes);
    expect(exits.filter(({ count }) => count > 0)).toMatchObject([{ cause: 'halt', reason: 'WFI', count: 1 }]);
  });
});

/** The same three events as words, with what gives them whole times, and nothing else. */
function bareKev(): Uint8Array {
  const [enter, cycles, exit] = [0xebe7_b16b, 0xebe7_c20c, 0xebe7_c6f7];
  const qvm = 10;
  return new KevAuthor()
    .time(0xebe7_b001, 2)
    .event(qvm, 0, { low: enter, data: [0xfe08_7700, 0] })
    .event(qvm, 7, { low: cycles, part: 'begin', data: [0x68ed_5b7f, 0] })
    .event(qvm, 7, { low: cycles, part: 'end', data: [0x68ed_620e, 0] })
    .event(qvm, 1, { low: exit, part: 'begin', data: [0, 0x07e0_0000] })
    .event(qvm, 1, { low: exit, part: 'continue', data: [0x7d05_a4eb, 0xffff_fffd] })
    .event(qvm, 1, { low: exit, part: 'continue', data: [0xfc40_47f0, 0] })
    .event(qvm, 1, { low: exit, part: 'end', data: [0, 0] })
    .bytes({ CYCLES_PER_SEC: '' });
}

describe.each([
  ['the bare three lines', bytesOf(THREE_LINES)],
  ['a .kev of these events alone', bareKev()],
])('%s', (_name, bytes) => {
  test('tell the four numbers in cycles, of the pCPU', async () => {
    const { machines, worldSwitches, recording, quality } = await explained(bytes);
    expect(recording).toMatchObject({ timeUnit: 'cycles', durationNs: 1321 + 1679 + 2516 });
    const [{ vcpusKnown, vcpus }, ...others] = machines;
    expect([vcpusKnown, others.length, vcpus.length, vcpus[0].id, vcpus[0].thread]).toEqual([false, 0, 1, 0, -1]);
    expect(vcpus[0].ledgerNs).toMatchObject({ guest: 1679, hypervisor: 1321 + 2516, unknown: 0 });
    expect(worldSwitches).toMatchObject({
      inGuest: { count: 1, totalNs: 1679 },
      entry: { count: 1, totalNs: 1321 },
      exitToCycles: { count: 1, totalNs: 1257 },
      exit: { count: 1, totalNs: 2516 },
    });
    expect(quality.grade).toBe('D');
    expect(quality.issues.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['pcpus-for-vcpus', 'times-in-cycles']),
    );
  });

  test('as text: the numbers, in cycles and nothing else', async () => {
    const text = textReport(await explained(bytes), { width: 400 });
    const row = text.split('\n').find((line) => / pcpu\/0 .*cycles/.test(line));
    for (const cycles of ['1,679', '1,321', '1,257', '2,516']) expect(row).toContain(`${cycles} cycles`);
    expect(text).toMatch(/^Which vCPU ran cannot be known/m);
    expect(text.match(/.*\d (?:ns|µs|ms|s)\b.*/g)).toBeNull();
  });

  test('and in time, with a frequency; the reason of the exit by name, where the user says what CPU it is', async () => {
    const { worldSwitches, exits, recording } = await explained(bytes, 31_250_000, { exitCodes: 'esr' });
    expect(recording).toMatchObject({ timeUnit: 'ns', clockEstimated: true });
    expect(worldSwitches!.exitToCycles.totalNs).toBe(1257 * NS_PER_CYCLE);
    expect(exits.filter(({ count }) => count > 0)).toMatchObject([{ cause: 'halt', reason: 'WFI', count: 1 }]);
  });
});

test('what no event tells is not recorded and no nothing; what to record is named', async () => {
  const explanation = await explained(bytesOf(TYPED));
  expect(explanation.quality.notRecorded).toContain('vmm');
  const report = textReport(explanation);
  expect(report).toContain('kept out by the VMM not recorded');
  expect(report).not.toContain('Record them: tracelogger');
  // Threads are in this trace, so that leaving them out is not to blame.
  expect(explanation.quality.issues.find(({ code }) => code === 'no-wakeups')?.hint).not.toContain('-F4');
});
