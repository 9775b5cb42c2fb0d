/** The documented visit to a guest, from a .kev and from text, through the whole of vmtoll. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { explain } from '../../src/explain/explain.js';
import type { Explanation } from '../../src/explain/explanation.js';
import { openRecording } from '../../src/formats/open.js';
import { hypervisorOf } from '../../src/hypervisors/registry.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { kevBytes } from '../../src/simulation/qnx/writers/kev.js';
import { traceprinterText } from '../../src/simulation/qnx/writers/traceprinter.js';
import { DOCUMENTED_SAMPLE } from '../support/qnx-sample.js';

/** At 31.25 MHz. */
const NS_PER_CYCLE = 32;

/** The three lines of the documentation, with what says which thread runs, and what makes times of cycles. */
const TYPED = `TRACEPRINTER version 1.02
 -- HEADER FILE INFORMATION --
  TRACE_CYCLES_PER_SEC:: 31250000
         TRACE_CPU_NUM:: 1
         TRACE_MACHINE:: aarch64le
     TRACE_SYS_RELEASE:: 7.1.0
 -- KERNEL EVENTS --
t:0x2ebe7b010 CPU:00 THREAD          :THRUNNING          pid:4101 tid:2
t:0x2ebe7b16b CPU:00 QVM :GUEST_ENTER guest_ip:0x00000000fe087700
t:0x2ebe7c20c CPU:00 QVM :CYCLES at_entry:0x0000000068ed5b7f at_exit:0x0000000068ed620e
t:0x2ebe7c6f7 CPU:00 QVM :GUEST_EXIT status:0x00000000 hw_reason:0x07e00000 clockcycles_offset:0xfffffffd7d05a4eb guest_ip:0x00000000fc4047f0 payload:0x0000000000000000
`;

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const FORMS: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['a .kev', kevBytes(DOCUMENTED_SAMPLE)],
  ['a .kev, high bytes first', kevBytes(DOCUMENTED_SAMPLE, { littleEndian: false })],
  ['traceprinter’s text', bytesOf(traceprinterText(DOCUMENTED_SAMPLE))],
  ['traceprinter’s text, one line an event', bytesOf(traceprinterText(DOCUMENTED_SAMPLE, { onePerLine: true }))],
  ['the lines of the documentation', bytesOf(TYPED)],
];

async function explained(bytes: Uint8Array): Promise<Explanation> {
  const source = new MemorySource(bytes, 'sample');
  // The format says which hypervisor it is, and so what is read.
  const head = await openRecording(source, { catalog: [], codecs: nodeCodecs });
  if (!head.ok) throw new Error(head.issue.message);
  const hypervisor = hypervisorOf(head.value.format);
  const recording = await openRecording(source, { catalog: hypervisor.catalog, codecs: nodeCodecs });
  if (!recording.ok) throw new Error(recording.issue.message);
  const result = await explain(recording.value, hypervisor);
  if (!result.ok) throw new Error(result.issue.message);
  return result.value;
}

describe.each(FORMS)('%s', (_name, bytes) => {
  test('the guest ran for 1679 cycles, was 1321 on the way in, and 2516 on the way out', async () => {
    const { machines, worldSwitches, recording } = await explained(bytes);
    expect(recording.hypervisor).toBe('qnx');
    const [{ process, vcpus }] = machines;
    expect(process).toBe(4101);
    expect(vcpus).toHaveLength(1);
    expect(vcpus[0].ledgerNs).toMatchObject({ guest: 1679 * NS_PER_CYCLE, hypervisor: (1321 + 2516) * NS_PER_CYCLE });
    expect(worldSwitches).toMatchObject({
      entry: { count: 1, totalNs: 1321 * NS_PER_CYCLE },
      exit: { count: 1, totalNs: 2516 * NS_PER_CYCLE },
      notEntered: 0,
      broken: 0,
    });
  });

  test('why it was left: it waits for an interrupt', async () => {
    const { exits } = await explained(bytes);
    expect(exits.filter(({ count }) => count > 0)).toMatchObject([{ cause: 'halt', reason: 'WFI', count: 1 }]);
  });
});
