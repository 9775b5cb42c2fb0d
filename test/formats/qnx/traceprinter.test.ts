/** Text as traceprinter prints it in documents and listings: its spellings, columns, headers, and what is none of it. */

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../../src/base/byte-source.js';
import { detectFormat } from '../../../src/formats/open.js';
import { threadState } from '../../../src/formats/qnx/thread-states.js';
import { traceprinter } from '../../../src/formats/traceprinter/index.js';
import { QNX_CATALOG } from '../../../src/hypervisors/qnx/trace-events.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { serialConsolePlan } from '../../../src/simulation/qnx/demo-plans.js';
import { simulate } from '../../../src/simulation/qnx/simulate.js';
import { kevBytes } from '../../../src/simulation/qnx/writers/kev.js';
import { traceprinterText } from '../../../src/simulation/qnx/writers/traceprinter.js';
import { ForwardSource } from '../../fuzz/forward-source.js';
import { readKev, readPrinted } from '../../support/qnx-records.js';
import { DOCUMENTED_SAMPLE } from '../../support/qnx-sample.js';
import { anyTrace } from '../../support/qnx-traces.js';
import { readRecords } from '../../support/read-records.js';

/** As the documentation of the hypervisor prints it. */
const DOCUMENTED = `t:0x2ebe7b16b CPU:00 QVM :GUEST_ENTER guest_ip:0x00000000fe087700
t:0x2ebe7c20c CPU:00 QVM :CYCLES at_entry:0x0000000068ed5b7f at_exit:0x0000000068ed620e
t:0x2ebe7c6f7 CPU:00 QVM :GUEST_EXIT status:0x00000000 hw_reason:0x07e00000 clockcycles_offset:0xfffffffd7d05a4eb guest_ip:0x00000000fc4047f0 payload:0x0000000000000000
`;
const header = (release: string, hz = 1_000_000_000): string =>
  `TRACEPRINTER version 1.02\n -- HEADER FILE INFORMATION --\n TRACE_CYCLES_PER_SEC:: ${hz}\n     TRACE_CPU_NUM:: 2\n TRACE_SYS_RELEASE:: ${release}\n -- KERNEL EVENTS --\n`;
const fieldsOf = async (text: string) => (await readPrinted(text)).rows.map(({ event, fields }) => [event, fields]);
const codesOf = async (text: string) => (await readPrinted(text)).recording.issues.list().map(({ code }) => code);

/** A cycle is a nanosecond. */
const AS_KEV = kevBytes({ ...DOCUMENTED_SAMPLE, host: { ...DOCUMENTED_SAMPLE.host, cyclesPerSecond: 1_000_000_000 } });

test.each([
  ['as text', () => readPrinted(header('8.0.0') + DOCUMENTED)],
  ['as .kev', () => readKev(AS_KEV)],
])('the documented sample gives the documented cycles, %s', async (_, read) => {
  const { rows, recording } = await read();
  const [enter, cycles, exit] = rows.slice(-3);
  const atEntry = cycles.fields['at_entry'] as bigint;
  const atExit = cycles.fields['at_exit'] as bigint;
  const offset = exit.fields['clockcycles_offset'] as bigint;
  const host = (guest: bigint) => Number(BigInt.asUintN(64, guest - offset) - recording.cycles!.origin);
  expect(atExit - atEntry).toBe(1679n);
  expect(host(atEntry) - enter.time).toBe(1321);
  expect(cycles.time - host(atExit)).toBe(1257);
  expect(exit.time - host(atExit)).toBe(2516);
  expect(exit.fields).toMatchObject({ status: 0, reason: 0x07e0_0000, guest_ip: 0xfc40_47f0n, payload: 0n });
});

describe('spellings', () => {
  test('of interrupts and kernel calls in 6.x', async () => {
    const text = `t:0x00000010 CPU:00 CONTROL: BUFFER sequence = 33, num_events = 714
t:0x00000010 CPU:00 CONTROL :TIME msb:0x00000001 lsb(offset):0x00000010
t:0x00000011 CPU:00 INT_ENTR:0x0000001c (28)                 IP:0x0806f24b
t:0x00000012 CPU:00 INT_HANDLER_ENTR:0x0000001c (28)         PID:8200 IP:0x08054c92 AREA:0xcb1f3000
t:0x00000013 CPU:00 INT_HANDLER_EXIT:0x0000001c (28)         SIGEVENT:NONE
t:0x00000014 CPU:00 INT_EXIT:0x0000001c (28)                 inkernel:0x00000000
t:0x00000015 CPU:00 KER_CALL:MSG_SENDV/11    coid:0x00000004 msg:""
t:0x00000016 CPU:00 KER_EXIT:MSG_SENDV/11    ret_val:-1, errno:2
t:0x00000017 CPU:00 INT_CALL:MSG_SENDV/11
t:0x00000018 CPU:00 COMM    :SND_MESSAGE     rcvid:0x7 pid:4099
`;
    const { rows, recording } = await readPrinted(header('6.5.0') + text);
    expect(rows.map(({ event, fields }) => [event, fields])).toEqual([
      ['ENTRY', { interrupt: 28 }],
      ['HANDLER_ENTRY', { interrupt: 28, process: 8200 }],
      ['HANDLER_EXIT', { interrupt: 28 }],
      ['EXIT', { interrupt: 28 }],
      ['ENTER', { call: 11 }],
      ['EXIT', { call: 11 }],
    ]);
    expect(recording.cycles!.origin).toBe(0x1_0000_0011n);
    expect(Object.fromEntries(recording.totals.eventCounts)).toMatchObject({
      'KER_CALL:INT': 1,
      'COMM:SND_MESSAGE': 1,
    });
    expect(recording.issues.list()).toEqual([]);
  });

  test('of the same event in different releases', async () => {
    const text = `t:0x100000001 CPU:00 INTERRUPT       :INT_DELIVER        intr_id:0x1c(28)
t:0x100000002 CPU:01 QVM             :RAISE_INTR         0x1b 1
t:0x100000003 CPU:01 QVM             :INTR_LOWER         intr:27 cpu:1
t:0x100000004 CPU:01 QVM             :GUEST_EXIT         status:0 reason:1 cc_offset:0x10 ip:0x20 hw_payload:0x30
t:0x100000005 CPU:01 QVM             :CREATE_VCPU_THREAD virtual cpu num:3
t:0x100000006 CPU:01 THREAD          :THINTR_ATTACH_EV   pid:5 tid:6
t:0x100000007 CPU:01 SYSTEM          :APS_BANKRUPTCY     suspect pid:5 tid:6 partition:2
`;
    expect(await fieldsOf(header('8.0.0') + text)).toEqual([
      ['DELIVER', { interrupt: 28 }],
      ['INTR_RAISE', {}],
      ['INTR_LOWER', { word0: 27, word1: 1 }],
      ['GUEST_EXIT', { status: 0, reason: 1, clockcycles_offset: 16n, guest_ip: 32n, payload: 48n }],
      ['CREATE_VCPU_THREAD', { vcpu_id: 3 }],
      ['STATE', { state: threadState('INTR_ATTACH_EVENT'), thread: 1, initial: 0 }],
      ['APS_BNKR', { thread: 1, partition: 2 }],
    ]);
  });

  test('markers, with what stands behind them, and as two numbers', async () => {
    const text = `t:0x100000000 CPU:00 USREVENT        :EVENT:20 STR:"begin of "run"", d0:0x00000001
t:0x100000005 CPU:00 USREVENT:EVENT:7, d0:0x00646e65 d1:0x00000000
t:0x100000006 CPU:00 USREVENT:EVENT:7, d0:0x00000001 d1:0x00000002
`;
    const { recording } = await readPrinted(header('8.0.0') + text);
    expect(recording.totals.markers).toEqual([
      { text: 'begin of "run"', timeNs: 0 },
      { text: 'end', timeNs: 5 },
    ]);
    expect(recording.totals.eventCounts.get('USREVENT:EVENT')).toBe(3);
  });

  test('further columns, and lines that are none', async () => {
    const text = `12345us t:0x100000001 id:7 CPU:00 core=a QVM :GUEST_ENTER guest_ip:0x1
what is this?
t:0x100000002 CPU:99 QVM :GUEST_ENTER guest_ip:0x2
t:0x100000003 CPU:01 QVM :GUEST_ENTER guest_ip:0x3
`;
    const all = header('8.0.0') + text.replace('core=a ', '');
    expect(await fieldsOf(all)).toEqual([
      ['GUEST_ENTER', { guest_ip: 1n }],
      ['GUEST_ENTER', { guest_ip: 3n }],
      ['loss', { from: 0, count: NaN }],
    ]);
    expect(await codesOf(all)).toEqual(['line-not-understood', 'line-not-understood']);
  });
});

test.each([
  'id:7',
  'e=0x7',
  '0x0007',
  '12345us id:7',
  '0x1c05 12.345us',
  'ID:7',
  'US=123.5us',
  'EVENT_ID:0x14 id:7 PRI:10',
])('a column between CPU and class is passed over: %s', async (column) => {
  const text = header('8.0.0') + DOCUMENTED;
  expect(await fieldsOf(text.replaceAll('CPU:00 QVM', `CPU:00 ${column} QVM`))).toEqual(await fieldsOf(text));
});

test('events may have blanks before them', async () => {
  const text = DOCUMENTED.replaceAll(/^t:/gm, '  t:');
  expect(text).toContain('  t:');
  expect(await fieldsOf(header('8.0.0') + text)).toEqual(await fieldsOf(header('8.0.0') + DOCUMENTED));
});

test('a number after a name in capitals is a column only where a class follows', async () => {
  const text = `${header('6.5.0')}t:0x00000010 CPU:00 ID:7 CONTROL :TIME msb:0x00000001 lsb(offset):0x00000010
t:0x00000011 CPU:00 ID:8 INT_ENTR:0x0000001c (28)                 IP:0x0806f24b
t:0x00000012 CPU:00 INT_EXIT:0x0000001c (28)                 inkernel:0x00000000
t:0x00000013 CPU:00 NEWCLASS:7 what:8
`;
  const { recording, rows } = await readPrinted(text);
  expect(rows.map(({ event, fields }) => [event, fields['interrupt']])).toEqual([
    ['ENTRY', 28],
    ['EXIT', 28],
  ]);
  expect([...recording.totals.eventCounts.keys()].toSorted()).toEqual([
    'CONTROL:TIME',
    'INTERRUPT:ENTRY',
    'INTERRUPT:EXIT',
    'NEWCLASS:7',
  ]);
});

test('a line that is not understood is a gap on every CPU', async () => {
  const line = (time: number, cpu: number) => `t:0x10000000${time} CPU:0${cpu} QVM :GUEST_ENTER guest_ip:0x1\n`;
  const text = `${header('8.0.0')}${line(1, 0)}${line(2, 1)}t:0x100000003 CP\n${line(4, 0)}${line(5, 1)}`;
  const { rows, recording } = await readPrinted(text);
  expect(recording.totals.gaps).toBe(1);
  const losses = rows
    .filter(({ fields }) => 'from' in fields)
    .map(({ pcpu, fields, time }) => [pcpu, fields['from'], time]);
  expect(losses).toEqual([
    [0, 0, 3],
    [1, 1, 4],
  ]);
});

describe('without its header', () => {
  test('frequency and release are not known', async () => {
    const { recording } = await readPrinted(DOCUMENTED);
    expect(recording.clock.measuresTime).toBe(false);
    expect(recording.issues.list().map(({ code }) => code)).toEqual(['clock-frequency-unknown', 'qnx-release-unknown']);
  });

  test.each(['7.1.0', '8.0.0'] as const)('%s is told by what it writes', async (release) => {
    const [trace] = fc.sample(anyTrace(release), { numRuns: 1, seed: 3 });
    const options = { onePerLine: true, bufferEvents: 40 };
    const [bare, whole] = await Promise.all(
      [true, false].map((noHeader) => readPrinted(traceprinterText(trace, { ...options, noHeader }))),
    );
    expect(bare.recording.totals.gaps).toBe(0);
    expect(bare.rows.map(({ event, pcpu }) => [event, pcpu])).toEqual(
      whole.rows.map(({ event, pcpu }) => [event, pcpu]),
    );
  });
});

test('is recognised by its content alone', async () => {
  const idOf = async (text: string) => {
    const format = await detectFormat(new MemorySource(new TextEncoder().encode(text)));
    return format.ok ? format.value.id : format.issue.code;
  };
  expect(await idOf(header('8.0.0'))).toBe('traceprinter');
  expect(await idOf(DOCUMENTED)).toBe('traceprinter');
  expect(await idOf('t:0x1 CPU:zero QVM :GUEST_ENTER\n')).toBe('unknown-format');
});

test('a text without events cannot be read', async () => {
  const source = new MemorySource(new TextEncoder().encode(header('8.0.0')));
  const opened = await traceprinter.open(source, { catalog: QNX_CATALOG, codecs: nodeCodecs });
  expect(opened).toMatchObject({ ok: false, issue: { code: 'no-events' } });
});

test('a pipe of many blocks is read like a file', async () => {
  const line = (index: number) =>
    `t:0x${(0x1_0000_0000 + 10 * index).toString(16)} CPU:0${index % 2} QVM :GUEST_ENTER guest_ip:0x${index.toString(16)}\n`;
  const text = header('8.0.0') + Array.from({ length: 12_000 }, (_, index) => line(index)).join('');
  const options = { catalog: QNX_CATALOG, codecs: nodeCodecs };
  const { rows } = await readRecords(traceprinter, new ForwardSource(new TextEncoder().encode(text)), options);
  expect(rows).toHaveLength(12_000);
  expect(rows).toEqual((await readPrinted(text)).rows);
});

describe('times of 32 bits without the lines that tell the high half', () => {
  const { trace } = simulate({ ...serialConsolePlan(), release: '7.1.0', lengthNs: 60_000_000, markers: [] });
  /** As 6.x prints them. */
  const lowHalves = (text: string): string =>
    text.replaceAll(/^t:0x([0-9a-f]+)/gm, (_, digits: string) => `t:0x${digits.slice(-8).padStart(8, '0')}`);
  const withoutTimes = (text: string): string => text.replaceAll(/^t:\S+ CPU:\d+ CONTROL *:TIME.*\n/gm, '');

  test.each([true, false])('the clocks of guests tell it (one line an event: %s)', async (onePerLine) => {
    const text = lowHalves(traceprinterText(trace, { onePerLine }));
    const whole = await readPrinted(text);
    const bare = await readPrinted(withoutTimes(text));
    expect(whole.recording.cycles!.origin).toBeGreaterThan(2n ** 32n);
    expect(bare.recording.cycles).toEqual(whole.recording.cycles);
    expect(bare.rows).toEqual(whole.rows);
    expect(bare.recording.issues.list()).toMatchObject([
      {
        code: 'times-without-high-half',
        severity: 'note',
        message: expect.stringContaining('taken from the guests'),
        hint: expect.stringContaining('%c'),
      },
    ]);
  });

  test('without visits nothing does, and that is said', async () => {
    const text = withoutTimes(lowHalves(traceprinterText(trace, { onePerLine: true })));
    const { recording } = await readPrinted(text.replaceAll(/^t:.* QVM .*\n/gm, ''));
    expect(recording.issues.list()).toMatchObject([
      {
        code: 'times-without-high-half',
        severity: 'warning',
        hint: expect.stringContaining('CONTROL lines with TIME'),
      },
    ]);
  });
});
