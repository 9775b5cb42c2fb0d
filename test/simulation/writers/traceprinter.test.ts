/** The text writer against the lines that are documented, and shapes that are quoted from listings. */
import { expect, test } from 'vitest';
import { traceprinterText } from '../../../src/simulation/qnx/writers/traceprinter.js';
import { DOCUMENTED_SAMPLE } from '../../support/qnx-sample.js';

const linesOf = (text: string): string[] => text.trimEnd().split('\n');
const squeezed = (line: string): string => line.replaceAll(/ +/g, ' ').replace(' :', ' :');

test('the three lines of the documented sample', () => {
  const lines = linesOf(traceprinterText(DOCUMENTED_SAMPLE, { onePerLine: true, noHeader: true }));
  expect(lines.filter((line) => line.includes('QVM')).map(squeezed)).toEqual([
    't:0x2ebe7b16b CPU:00 QVM :GUEST_ENTER guest_ip:0x00000000fe087700',
    't:0x2ebe7c20c CPU:00 QVM :CYCLES at_entry:0x0000000068ed5b7f at_exit:0x0000000068ed620e',
    't:0x2ebe7c6f7 CPU:00 QVM :GUEST_EXIT status:0x00000000 hw_reason:0x07e00000 clockcycles_offset:0xfffffffd7d05a4eb guest_ip:0x00000000fc4047f0 payload:0x0000000000000000',
  ]);
});

test('the header and the first lines of a listing of 6.x', () => {
  const host = { ...DOCUMENTED_SAMPLE.host, release: '6.4.1', cyclesPerSecond: 736_629_000 };
  const text = traceprinterText({
    host,
    events: [
      {
        cycles: 0x37b0_4f81_e320n,
        cpu: 0,
        body: { kind: 'process-name', parent: 0, pid: 1, name: 'proc/boot/procnto-smp-instr' },
      },
      {
        cycles: 0x37b0_4f82_017an,
        cpu: 0,
        body: { kind: 'thread-state', thread: { pid: 1, tid: 1 }, state: 'CREATE', priority: 0, policy: 1 },
      },
    ],
  });
  const lines = linesOf(text);
  expect(lines.slice(0, 3)).toEqual([
    'TRACEPRINTER version 1.02',
    'TRACEPARSER LIBRARY version 1.02',
    ' -- HEADER FILE INFORMATION --',
  ]);
  expect(lines).toContain(' TRACE_CYCLES_PER_SEC:: 736629000');
  expect(lines.slice(lines.indexOf(' -- KERNEL EVENTS --') + 1)).toEqual([
    't:0x4f81e320 CPU:00 CONTROL: BUFFER sequence = 1, num_events = 8',
    't:0x4f81e320 CPU:00 CONTROL :TIME msb:0x000037b0 lsb(offset):0x4f81e320',
    't:0x4f81e320 CPU:00 PROCESS :PROCCREATE_NAME',
    '                        ppid:0',
    '                        pid:1',
    '                        name:proc/boot/procnto-smp-instr',
    't:0x4f82017a CPU:00 THREAD  :THCREATE      pid:1 tid:1',
  ]);
});
