/** .kev files that no simulated host writes: times, parts and threads as real kernels, and damage, leave them. */
import { describe, expect, test } from 'vitest';
import { threadState } from '../../../src/formats/qnx/thread-states.js';
import { kevBytes } from '../../../src/simulation/qnx/writers/kev.js';
import { syspageBytes } from '../../../src/simulation/qnx/writers/syspage.js';
import { KevAuthor } from '../../support/kev-author.js';
import { codes, enters, readKev } from '../../support/qnx-records.js';
import { DOCUMENTED_SAMPLE } from '../../support/qnx-sample.js';

const WRAP = 2 ** 32;

describe('times', () => {
  test('the documented sample has the 64-bit times that its documentation has', async () => {
    const { recording, rows } = await readKev(kevBytes(DOCUMENTED_SAMPLE, { openedBefore: 16 }));
    const { hz, origin } = recording.cycles!;
    const cycles = rows.map(({ time }) => origin + (BigInt(time) * BigInt(hz)) / 1_000_000_000n);
    expect(cycles).toEqual([0x2_ebe7_b010n, 0x2_ebe7_b16bn, 0x2_ebe7_c20cn, 0x2_ebe7_c6f7n]);
    expect(rows[2].fields).toEqual({ at_entry: 0x68ed_5b7fn, at_exit: 0x68ed_620en });
    expect(recording.originNs).toBe((0x2_ebe7_b010n * 1_000_000_000n) / 31_250_000n);
  });

  test('what comes before the first TIME of a CPU is of its high half; also where it wrapped just before', async () => {
    const plain = new KevAuthor().enter(100, 1).time(200, 7).enter(300, 2);
    expect(enters(await readKev(plain.bytes()))).toEqual([
      [0, 1],
      [200, 2],
    ]);
    const wrapped = new KevAuthor()
      .enter(WRAP - 100, 1)
      .time(200, 7)
      .enter(300, 2);
    const records = await readKev(wrapped.bytes());
    expect(enters(records)).toEqual([
      [0, 1],
      [400, 2],
    ]);
    expect(records.recording.cycles!.origin).toBe(BigInt(6 * WRAP + WRAP - 100));
  });

  test('a wrap without TIME, a TIME after a wrap, an event that is written a little late', async () => {
    const author = new KevAuthor()
      .time(WRAP - 1000, 1)
      .enter(WRAP - 1000, 1)
      .enter(500, 2)
      .enter(400, 3)
      .time(700, 2)
      .enter(700, 4)
      .enter(WRAP - 50, 5);
    const late = await readKev(author.bytes());
    expect(enters(late)).toEqual([
      [0, 1],
      [950, 5],
      [1400, 3],
      [1500, 2],
      [1700, 4],
    ]);
    expect(codes(late)).toEqual([]);
  });

  test('a CPU that slept for longer than the low half lasts', async () => {
    const author = new KevAuthor().time(100, 1).enter(100, 1).time(50, 4).enter(60, 2);
    expect(enters(await readKev(author.bytes()))).toEqual([
      [0, 1],
      [3 * WRAP - 40, 2],
    ]);
  });

  test('a CPU that never tells its time is as late as the others', async () => {
    const author = new KevAuthor().time(100, 9).enter(100, 1).enter(150, 2, 3).enter(200, 3);
    expect(enters(await readKev(author.bytes())).map(([time]) => time)).toEqual([0, 50, 100]);
  });

  test('one high half for all CPUs, where the system page says so', async () => {
    const trace = { ...DOCUMENTED_SAMPLE, host: { ...DOCUMENTED_SAMPLE.host, release: '8.0.0' }, events: [] };
    const page = syspageBytes(trace.host, { globalClock: true });
    const author = new KevAuthor().time(100, 1).enter(100, 1).enter(150, 2, 1).time(10, 5).enter(20, 3).enter(30, 4, 1);
    const header = author.bytes({ SYSPAGE_LEN: page.length });
    const end = Buffer.from(header).indexOf('HEADER_END::') + 'HEADER_END::'.length;
    const bytes = Buffer.concat([header.subarray(0, end), page, header.subarray(end)]);
    const times = enters(await readKev(bytes)).map(([time]) => time);
    expect(times).toEqual([0, 50, 4 * WRAP - 80, 4 * WRAP - 70]);
  });

  test('a buffer that tells a wrong time is put between its neighbours', async () => {
    // After the last one nothing comes that could tell.
    for (const wrong of [0, 1, 2]) {
      const author = new KevAuthor('8.0.0');
      for (let sequence = 0; sequence < 4; sequence++) {
        const low = 1000 * sequence;
        author
          .buffer(low, sequence + 1, 0, 3)
          .time(low, sequence === wrong ? 77 : 5)
          .enter(low + 10, sequence);
      }
      const records = await readKev(author.bytes());
      expect(enters(records), `buffer ${wrong}`).toEqual([0, 1, 2, 3].map((n) => [1000 * n, n]));
      expect(codes(records)).toEqual(['impossible-times']);
    }
  });

  test('a clock that goes back is told', async () => {
    const author = new KevAuthor('6.5.0').time(0, 5).enter(10, 1).time(0, 4).enter(20, 2);
    expect(codes(await readKev(author.bytes()))).toEqual(['times-went-back']);
  });

  test('from 7.x on, a clock cannot go back behind the beginning of its buffer', async () => {
    const author = new KevAuthor().time(0, 5).enter(10, 1).time(0, 4).enter(20, 2);
    const records = await readKev(author.bytes());
    expect(codes(records)).toEqual(['impossible-times']);
    expect(enters(records).map(([time]) => time)).toEqual([0, 10]);
  });

  test('a time of 2^52 cycles later is damage', async () => {
    const author = new KevAuthor().time(0, 1).enter(10, 1).time(0, 0x4000_0000).enter(20, 2).time(30, 1).enter(40, 3);
    const records = await readKev(author.bytes());
    expect(enters(records).map(([time]) => time)).toEqual([0, 10, 30]);
    expect(codes(records)).toEqual(['impossible-times']);
  });
});

describe('events of several parts', () => {
  const cycles = (
    author: KevAuthor,
    part: 'begin' | 'continue' | 'end',
    low: number,
    data: [number, number],
    cpu = 0,
  ) => author.event(10, 7, { part, low, data, cpu });

  test('interleaved with other CPUs, with an interrupt, and with each other', async () => {
    const author = new KevAuthor().buffer(1, 1).time(1, 0).time(1, 0, 1);
    cycles(author, 'begin', 10, [1, 0]);
    cycles(author, 'begin', 10, [3, 0], 1);
    author.event(3, 1, { low: 11, data: [27, 0] });
    cycles(author, 'end', 10, [4, 0], 1);
    author.event(3, 2, { low: 12, data: [27, 0] });
    cycles(author, 'end', 10, [2, 0]);
    const { rows, recording } = await readKev(author.bytes());
    expect(rows.map(({ pcpu, time, event, fields }) => [pcpu, time, event, fields])).toEqual([
      [1, 0, 'CYCLES', { at_entry: 3n, at_exit: 4n }],
      [0, 0, 'CYCLES', { at_entry: 1n, at_exit: 2n }],
      [0, 1, 'ENTRY', { interrupt: 27 }],
      [0, 2, 'EXIT', { interrupt: 27 }],
    ]);
    expect(recording.totals.events).toBe(7);
    expect(recording.issues.list()).toEqual([]);
  });

  test('what never ends and what never began is counted, and holds up nothing', async () => {
    const author = new KevAuthor().time(1, 0);
    cycles(author, 'begin', 10, [1, 0]);
    cycles(author, 'end', 11, [1, 0]);
    cycles(author, 'continue', 12, [1, 0]);
    for (let low = 20; low < 40; low++) cycles(author, 'begin', low, [low, 0]);
    cycles(author, 'end', 39, [77, 0]);
    const { rows, recording } = await readKev(author.enter(50, 1).bytes());
    expect(rows.map(({ event, fields }) => [event, fields])).toEqual([
      ['CYCLES', { at_entry: 39n, at_exit: 77n }],
      ['GUEST_ENTER', { guest_ip: 1n }],
    ]);
    expect(recording.issues.list()).toMatchObject([
      { code: 'events-unfinished', message: expect.stringContaining('20 events that never ended, 2 parts') },
    ]);
  });

  test('longer than any that is known', async () => {
    const author = new KevAuthor().time(1, 0).event(10, 0, { part: 'begin', low: 5, data: [1, 0] });
    for (let part = 0; part < 1000; part++) author.event(10, 0, { part: 'continue', low: 5, data: [9, 9] });
    author.event(10, 0, { part: 'end', low: 5 }).enter(6, 2);
    expect(enters(await readKev(author.bytes()))).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});

describe('threads', () => {
  test('the state dump at the start is no change, and tells nobody runs', async () => {
    const author = new KevAuthor().time(0, 0);
    author.event(4, 192, { part: 'begin', low: 1, data: [0, 1] });
    author.event(4, 192, { part: 'end', low: 1, data: [0x636f_7270, 0x006f_746e] });
    author.event(4, 24, { low: 2, data: [1, 1] }).running(3, 1, 1);
    author.event(4, 24, { low: 4, data: [50, 2] }).event(4, 6, { low: 5, data: [50, 2] });
    author.running(6, 50, 2).enter(7, 1);
    const { rows, recording } = await readKev(author.bytes());
    expect(rows.map(({ thread, event, fields }) => [thread, event, fields['thread'], fields['initial']])).toEqual([
      [-1, 'STATE', 0, 1],
      [-1, 'STATE', 0, 1],
      [-1, 'STATE', 1, 1],
      [-1, 'STATE', 1, 1],
      [-1, 'STATE', 1, 0],
      [1, 'GUEST_ENTER', undefined, undefined],
    ]);
    expect(recording.threads.processName(1)).toBe('procnto');
    expect(recording.threads.process(1)).toBe(50);
    expect(recording.threads.name(1)).toBe('pid 50 tid 2');
  });

  test('who enters a guest is not the thread that has left; the end of a visit is still its own', async () => {
    const READY = 2;
    const author = new KevAuthor()
      .time(0, 0)
      .running(1, 50, 2)
      .enter(2, 1)
      .event(4, READY, { low: 3, data: [50, 2] });
    author.event(10, 7, { low: 4, part: 'begin' }).event(10, 7, { low: 4, part: 'end' });
    author.enter(5, 2).event(10, 7, { low: 6, part: 'begin' }).event(10, 7, { low: 6, part: 'end' });
    // Running elsewhere it has left, too; nobody leaves by what another idle thread does.
    author.time(7, 0, 1).running(8, 50, 2).running(9, 50, 2, 1).enter(10, 3);
    author.running(11, 1, 1).running(12, 1, 2, 1).enter(13, 4);
    const { rows } = await readKev(author.bytes());
    expect(rows.filter(({ event }) => event !== 'STATE').map(({ event, thread }) => [event, thread])).toEqual([
      ['GUEST_ENTER', 1],
      ['CYCLES', 1],
      ['GUEST_ENTER', -1],
      ['CYCLES', -1],
      ['GUEST_ENTER', -1],
      ['GUEST_ENTER', 0],
    ]);
  });

  test.each([
    ['7.1.0', 7, 'STACK'],
    ['7.1.0', 19, 'NET_SEND'],
    ['8.0.0', 7, 'MQ_SEND'],
    ['8.0.0', 8, 'MQ_RECEIVE'],
    ['8.0.0', 22, 'PIPE'],
    ['8.0.0', 26, 'MUON_MUTEX'],
    ['8.0.0', 30, 'SEND_NOTIFY'],
  ] as const)('%s: state %i is %s', async (release, number, name) => {
    const author = new KevAuthor(release).time(0, 0).event(4, number, { low: 1, data: [50, 2] });
    const { rows } = await readKev(author.bytes());
    expect(rows).toMatchObject([{ fields: { state: threadState(name) } }]);
  });

  test('events that a process wrote, unknown ones, and virtual threads are counted', async () => {
    const author = new KevAuthor().time(0, 0).event(10, 0, { low: 1, flags: 0x1_0000 });
    author.event(13, 5, { low: 2 }).event(10, 99, { low: 3 }).event(4, 30, { low: 4 }).event(7, 2, { low: 5 });
    const { rows, recording } = await readKev(author.bytes());
    expect(rows).toHaveLength(1);
    expect(Object.fromEntries(recording.totals.eventCounts)).toEqual({
      'CONTROL:TIME': 1,
      'QVM:GUEST_ENTER': 1,
      'QVM:99': 1,
      'class 13:5': 1,
      'VTHREAD:STATE': 1,
      'COMM:REC_MESSAGE': 1,
    });
  });
});

describe('events that a process wrote', () => {
  const INJECTED = 0x1_0000;

  test('from 8.0 on they are counted apart and nothing else; but markers are what they are', async () => {
    const author = (flags: number) =>
      new KevAuthor('8.0.0')
        .buffer(0, 1)
        .time(0, 5)
        .running(5, 50, 2)
        .enter(10, 1)
        .event(10, 7, { low: 11, part: 'begin', data: [1, 0], flags })
        .event(10, 7, { low: 11, part: 'end', data: [2, 0], flags })
        .event(4, 1, { low: 12, data: [60, 1], flags })
        .event(6, 1, { low: 13, data: [0x0064_6e65, 0], flags: INJECTED })
        .enter(14, 2);
    const { rows, recording } = await readKev(author(INJECTED).bytes());
    expect(rows.map(({ event, thread }) => [event, thread])).toEqual([
      ['STATE', -1],
      ['GUEST_ENTER', 1],
      ['GUEST_ENTER', 1],
    ]);
    expect(recording.totals.markers).toMatchObject([{ text: 'end' }]);
    expect(Object.fromEntries(recording.totals.eventCounts)).toMatchObject({
      'injected QVM:CYCLES': 1,
      'injected THREAD:STATE': 1,
      'QVM:GUEST_ENTER': 2,
      'THREAD:STATE': 1,
    });
    expect(recording.issues.list()).toMatchObject([
      {
        code: 'events-injected',
        severity: 'note',
        message: expect.stringMatching(/^2 events were written by processes/),
      },
    ]);
    expect((await readKev(author(0).bytes())).rows).toHaveLength(5);
  });

  test('a hypervisor all of whose events are marked so is not taken for nothing', async () => {
    const author = new KevAuthor('8.0.0').buffer(0, 1).time(0, 5).running(5, 50, 2);
    author.event(10, 0, { low: 10, data: [1, 0], flags: INJECTED });
    author.event(10, 7, { low: 11, part: 'begin', data: [1, 0], flags: INJECTED });
    author.event(10, 7, { low: 11, part: 'end', data: [2, 0], flags: INJECTED });
    for (const part of ['begin', 'continue', 'continue', 'end'] as const) {
      author.event(10, 1, { low: 12, part, data: [0, 0], flags: INJECTED });
    }
    const { rows } = await readKev(author.bytes());
    expect(rows.map(({ event }) => event)).toEqual(['STATE', 'GUEST_ENTER', 'CYCLES', 'GUEST_EXIT']);
  });
});
