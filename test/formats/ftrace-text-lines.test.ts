/** Lines of text as kernels and tools write them, with losses, damage and hostile names. */
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../src/base/byte-source.js';
import { ftraceText } from '../../src/formats/ftrace-text/index.js';
import { nodeCodecs } from '../../src/node/codecs.js';
import { readRecords, readText, textIn } from '../support/read-records.js';
import { scenario } from '../support/recordings.js';

const line = (rest: string, name = 'bash', tid = '125'): string => `${name.padStart(16)}-${tid.padEnd(7)} ${rest}\n`;
const SWITCH =
  'sched_switch: prev_comm=a prev_pid=1 prev_prio=120 prev_state=S ==> next_comm=b next_pid=2 next_prio=120';

const wholeCpu = (number: number): string =>
  Array.from({ length: 12_000 }, (_, index) =>
    line(`[00${number}] d..2. ${20 + index}.000000: softirq_entry: vec=1`),
  ).join('');
const event = (cpu: number, time: number): string => line(`[00${cpu}] d..2.   10.00000${time}: softirq_entry: vec=1`);
const sniff = (text: string): number => ftraceText.sniff(new TextEncoder().encode(text));

describe('columns', () => {
  it('takes processes from the tgid column', async () => {
    const { recording, rows } = await readText(
      ftraceText,
      line('(    120) [001] d..2.   10.000001: softirq_entry: vec=1 [action=TIMER]') +
        line('(-------) [000] d..2.   10.000002: softirq_exit: vec=1 [action=TIMER]', '<...>', '77'),
    );
    expect(rows.map(({ time, pcpu, thread }) => [time, pcpu, thread])).toEqual([
      [0, 1, 125],
      [1000, 0, 77],
    ]);
    expect(recording.threads.process(125)).toBe(120);
    expect(recording.threads.process(77)).toBeUndefined();
    expect(recording.threads.name(77)).toBeUndefined();
    expect(recording.originNs).toBe(10_000_001_000n);
  });

  it.each(['d..2', 'dNh4.', 'd..2..', '....', 'D.Zff.', ''])('reads past latency flags "%s"', async (flags) => {
    const { rows } = await readText(ftraceText, line(`[003] ${flags}  10.000001: softirq_entry: vec=9 [action=RCU]`));
    expect(rows).toEqual([{ time: 0, pcpu: 3, thread: 125, event: 'softirq_entry', fields: { vec: 9 } }]);
  });

  it.each([
    'CPU 0/KVM',
    'kworker/0:2-ev',
    'a-1 [003] d..2.',
    '[x] (1): y: z',
    'vhost-1234',
    '-5 -6 [007] 1:',
    'µs ünï',
  ])('keeps the thread name "%s"', async (name) => {
    const { recording, rows } = await readText(
      ftraceText,
      line('[001] d..2.   10.000001: softirq_entry: vec=9', name, '4711'),
    );
    expect(rows).toMatchObject([{ pcpu: 1, thread: 4711, fields: { vec: 9 } }]);
    expect(recording.threads.name(4711)).toBe(name);
  });

  it('reads lines without alignment, and with the names of buffers before them', async () => {
    const text =
      'bash-125 [001] 10.000001: softirq_entry: vec=1\nlong-name-1-126 [001] 10.000002: softirq_exit: vec=1\n';
    expect((await readText(ftraceText, text)).rows.map(({ thread }) => thread)).toEqual([125, 126]);
    const mixed =
      'one.dat: cpus=2\ntwo.dat: cpus=2\n' +
      `one.dat: ${line('[000] 10.000001: softirq_entry: vec=1')}two.dat: ${line('[000] 10.000002: softirq_entry: vec=1')}`;
    const { recording, rows } = await readText(ftraceText, mixed);
    expect(rows.length).toBe(2);
    expect(recording.threads.name(125)).toBe('bash');
    expect(recording.issues.list()).toMatchObject([
      { code: 'several-buffers', message: expect.stringContaining('one.dat, two.dat') },
    ]);
  });

  it('does not take a name cut to eight characters for the whole', async () => {
    const text = `qemu-sys-136     0d..2.    10.000001: sched_wakeup: comm=qemu-system-x86 pid=136 prio=120 target_cpu=001\n`;
    const { recording, rows } = await readText(ftraceText, text + text.replace('sched_wakeup', 'sched_waking'));
    expect(rows.length).toBe(2);
    expect(recording.threads.name(136)).toBe('qemu-system-x86');
  });

  it('reads the times of latency tracers', async () => {
    const text =
      '  <idle>-0         0dN.2.  123us : softirq_entry: vec=1\n    bash-125       1d..2. 1234us+: softirq_exit: vec=1\n';
    expect((await readText(ftraceText, text)).rows).toMatchObject([
      { time: 0, pcpu: 0 },
      { time: 1_111_000, pcpu: 1 },
    ]);
  });

  it('reads system calls and function calls as the kernel prints them', async () => {
    const { recording, rows } = await readText(
      ftraceText,
      line('[001] .....   10.000001: sys_ioctl(fd: d, cmd: ae80, arg: 0)') +
        line('[001] .....   10.000002: sys_ioctl -> 0x0') +
        line('[001] .....   10.000003: vfs_ioctl <-ksys_ioctl') +
        line('[001] .....   10.000004: sys_enter: NR 16 (d, ae80, 0, 0, 0, 0)'),
    );
    expect(rows.map(({ fields }) => fields)).toEqual([
      { fd: 13, cmd: 0xae80 },
      { id: 16, cmd: 0xae80 },
    ]);
    expect(Object.fromEntries(recording.totals.eventCounts)).toEqual({
      'syscalls:sys_enter_ioctl': 1,
      sys_exit_ioctl: 1,
      function: 1,
      'raw_syscalls:sys_enter': 1,
    });
  });
});

describe('time', () => {
  it('is exact to the nanosecond for any uptime', async () => {
    const { rows, recording } = await readText(
      ftraceText,
      line(`[000] d..2. 123456789.999999999: ${SWITCH}`) + line(`[000] d..2. 123456790.000000001: ${SWITCH}`),
    );
    expect(rows.map(({ time }) => time)).toEqual([0, 2]);
    expect(recording.originNs).toBe(123_456_789_999_999_999n);
    expect(recording.clock.resolutionNs).toBe(1);
  });

  it('stays in counts where the frequency is unknown, and says so', async () => {
    const text = line(`[000] d..2. 18446744073709551000: ${SWITCH}`) + line(`[001]18446744073709551610: ${SWITCH}`);
    const counts = await readText(ftraceText, text);
    expect(counts.rows.map(({ time }) => time)).toEqual([0, 610]);
    expect(counts.recording.clock.measuresTime).toBe(false);
    expect(counts.recording.issues.list()).toMatchObject([
      { code: 'clock-frequency-unknown', hint: expect.stringContaining('--clock-hz') },
    ]);
    const times = await readText(ftraceText, text, { clockHz: 2e9 });
    expect(times.rows.map(({ time }) => time)).toEqual([0, 305]);
    expect(times.recording.clock).toMatchObject({ measuresTime: true, estimated: true });
    expect(times.recording.issues.list()).toEqual([]);
  });

  it('sorts neighbours of different CPUs, and moves up what goes back on one CPU', async () => {
    const { rows, recording } = await readText(
      ftraceText,
      [
        [0, 5],
        [1, 3],
        [0, 6],
        [0, 4],
        [1, 7],
      ]
        .map(([cpu, time]) => line(`[00${cpu}] d..2.   10.00000${time}: softirq_entry: vec=${time}`))
        .join(''),
    );
    expect(rows.map(({ time, fields }) => [time, fields['vec']])).toEqual([
      [0, 3],
      [2000, 5],
      [3000, 6],
      [3000, 4],
      [4000, 7],
    ]);
    expect(recording.totals.timeWentBack).toBe(1);
    expect(recording.issues.list()).toMatchObject([{ code: 'time-went-back' }]);
    expect(recording.totals).toMatchObject({ firstNs: 0, lastNs: 4000, longestFrozenRun: 2 });
  });

  it('stays in order however far a CPU is behind', async () => {
    const { rows, recording } = await readText(ftraceText, wholeCpu(0) + wholeCpu(1));
    expect(rows.length).toBe(24_000);
    expect(recording.totals.timeWentBack).toBeGreaterThan(10_000);
  });
});

describe('lost events', () => {
  it('become a row before the next event of their CPU, or at the end', async () => {
    const { rows, recording } = await readText(
      ftraceText,
      `${event(1, 0)}CPU:1 [LOST 123 EVENTS]\n${event(0, 1)}CPU:0 [EVENTS DROPPED]\n${event(1, 2)}CPU:1 [7 EVENTS DROPPED]\n##### CPU 2 buffer started ####\n${event(2, 3)}`,
    );
    expect(rows.map(({ time, pcpu, event, fields }) => [time, pcpu, event, fields['from'], fields['count']])).toEqual([
      [0, 1, 'softirq_entry', undefined, undefined],
      [1000, 0, 'softirq_entry', undefined, undefined],
      [2000, 1, 'loss', 0, 123],
      [2000, 1, 'softirq_entry', undefined, undefined],
      [3000, 2, 'softirq_entry', undefined, undefined],
      [3000, 0, 'loss', 1000, Number.NaN],
      [3000, 1, 'loss', 2000, 7],
    ]);
    expect(recording.totals).toMatchObject({ gaps: 3, lostEvents: 130, events: 4 });
    expect(recording.issues.list()).toEqual([]);
  });

  it('at the end of many CPUs all become rows', async () => {
    const cpus = Array.from({ length: 3000 }, (_, cpu) => cpu);
    const { rows } = await readText(
      ftraceText,
      event(0, 0) + cpus.map((cpu) => `CPU:${cpu} [LOST 5 EVENTS]\n`).join(''),
    );
    const losses = rows.filter((row) => row.event === 'loss');
    expect(losses.map(({ pcpu }) => pcpu).sort((a, b) => a - b)).toEqual(cpus);
  });

  it('that the ring buffer overwrote are told', async () => {
    const text = `# tracer: nop\n#\n# entries-in-buffer/entries-written: 1/15000   #P:2\n#\n${line(`[000] d..2.   10.000000: ${SWITCH}`)}`;
    const { recording } = await readText(ftraceText, text);
    expect(recording.issues.list()).toMatchObject([{ code: 'older-events-overwritten', severity: 'note' }]);
  });
});

describe('hostile and damaged input', () => {
  it('counts what it does not understand, with the offset', async () => {
    const good = line(`[000] d..2.   10.000000: ${SWITCH}`);
    const { recording, rows } = await readText(ftraceText, `${good}what is this\n${good}${good}`);
    expect(rows.length).toBe(3);
    expect(recording.issues.list()).toMatchObject([
      { code: 'line-not-understood', severity: 'warning', offset: good.length },
    ]);
    const bad = await readText(ftraceText, good + 'garbage\n'.repeat(2));
    expect(bad.recording.issues.list().map(({ severity }) => severity)).toContain('error');
  });

  it('refuses what has no events', async () => {
    const opened = await ftraceText.open(new MemorySource(new Uint8Array(100_000).fill(7), 'x'), {
      catalog: [],
      codecs: nodeCodecs,
    });
    expect(opened).toMatchObject({ ok: false, issue: { code: 'no-events' } });
  });

  it('cuts endless lines', async () => {
    const good = line(`[000] d..2.   10.000000: ${SWITCH}`);
    const endless = line(`[000] d..2.   10.000001: tracing_mark_write: ${'x'.repeat(700_000)}`);
    const { recording, rows } = await readText(ftraceText, good + endless + good + endless.trimEnd());
    expect(rows.length).toBe(2);
    expect(recording.totals.events).toBe(4);
    expect(recording.issues.list()).toMatchObject([
      { code: 'long-lines', message: expect.stringContaining('2 lines') },
      { code: 'time-went-back' },
    ]);
  });

  it('survives any cut and any damaged byte, and a source that gives one byte after another', async () => {
    const text = textIn(scenario('k1-raw-ftrace-mixed', 'ftrace-trace.txt'), 'ftrace-trace.txt');
    const head = new TextEncoder().encode(text.slice(0, 20_000));
    let seed = 1;
    const random = (limit: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % limit;
    };
    for (let round = 0; round < 60; round++) {
      const damaged = head.slice(0, 2000 + random(18_000));
      for (let fault = 0; fault < 40; fault++) damaged[random(damaged.length)] = random(256);
      const { recording, rows } = await readRecords(ftraceText, new MemorySource(damaged));
      expect(rows.length).toBeLessThanOrEqual(recording.totals.events);
    }
    const whole = await readRecords(ftraceText, new MemorySource(head));
    const pipe = {
      name: 'pipe',
      size: Infinity,
      read: (offset: number, length: number) => Promise.resolve(head.subarray(offset, offset + length)),
    };
    expect((await readRecords(ftraceText, pipe)).rows).toEqual(whole.rows);
  });

  it('takes names and numbers out of bounds for no event', async () => {
    const good = line(`[000] d..2.   10.000000: ${SWITCH}`);
    for (const rest of [
      `[9999] d..2. 10.0: ${SWITCH}`,
      `[000] d..2. 99999999999999999.0: ${SWITCH}`,
      `[000] d..2. 1e5.0: ${SWITCH}`,
    ]) {
      const { rows } = await readText(ftraceText, good + line(rest));
      expect(rows.length).toBe(1);
    }
    expect(
      (await readText(ftraceText, good + line(`[000] d..2. 10.0: ${SWITCH}`, 'a', '99999999999'))).rows.length,
    ).toBe(1);
  });

  it('is recognized by its lines only', () => {
    expect(sniff('# tracer: nop\n#\n')).toBeGreaterThan(0.9);
    expect(sniff(`cpus=2\n${line(`[000]   10.000000: ${SWITCH}`)}`)).toBeGreaterThan(0.8);
    expect(sniff('{"version": 1}\n')).toBe(0);
    expect(sniff('            perf  1521 [000]   315.556322:    irq:softirq_raise: vec=1\n')).toBe(0);
    expect(ftraceText.sniff(new Uint8Array([0x17, 8, 0x44, 0]))).toBe(0);
  });
});
