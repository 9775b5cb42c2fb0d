/** Headers of .kev files as tracelogger writes them, with whatever values, and those that are wrong. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../../src/base/byte-source.js';
import { threadState } from '../../../src/formats/qnx/thread-states.js';
import { qnxKev } from '../../../src/formats/qnx-kev/index.js';
import { QNX_CATALOG } from '../../../src/hypervisors/qnx/trace-events.js';
import { nodeCodecs } from '../../../src/node/codecs.js';
import { kevBytes } from '../../../src/simulation/qnx/writers/kev.js';
import { headerAttributes } from '../../../src/simulation/qnx/writers/options.js';
import { syspageBytes } from '../../../src/simulation/qnx/writers/syspage.js';
import { randomSource } from '../../../src/simulation/random-source.js';
import { KevAuthor } from '../../support/kev-author.js';
import { codes, enters, readKev } from '../../support/qnx-records.js';
import { DOCUMENTED_SAMPLE } from '../../support/qnx-sample.js';
import { readRecords } from '../../support/read-records.js';

describe('header', () => {
  test('values that look like keys, in any order, with NUL bytes', async () => {
    const bytes = kevBytes(DOCUMENTED_SAMPLE, {
      extraAttributes: [['ZZ_TOP', 'a\0TRACE_CPU_NUM::many TRACE_HEADER_END:: of it']],
      replacedAttributes: { FILE_NAME: '/dev/shmem/TRACE_CYCLES_PER_SEC::5TRACE_CPU_NUM::9' },
    });
    const { recording, rows } = await readKev(bytes);
    expect(rows).toHaveLength(4);
    expect(recording.cycles!.hz).toBe(31_250_000);
    expect(recording.host).toMatchObject({ pcpus: 1, kernel: '7.1.0', architecture: 'aarch64le' });
  });

  test('attributes in any order', async () => {
    const host = { ...DOCUMENTED_SAMPLE.host, cpus: 3 };
    const keys = Object.keys(Object.fromEntries(headerAttributes(host, true, 0, {})));
    const random = randomSource(4);
    for (let order = 0; order < 50; order++) {
      const shuffled = keys.map((key) => ({ key, place: random.below(1e6) })).toSorted((a, b) => a.place - b.place);
      const values = Object.fromEntries(headerAttributes(host, true, 0, {}));
      const author = new KevAuthor('').time(0, 5).enter(10, 1);
      const bytes = author.headed(shuffled.map(({ key }) => [key, values[key]] as const));
      const { recording } = await readKev(bytes);
      expect(recording.cycles).toMatchObject({ hz: 31_250_000 });
      expect(recording.host).toMatchObject({
        pcpus: 3,
        kernel: '7.1.0',
        architecture: 'aarch64le',
        hostname: 'localhost',
      });
      expect(recording.issues.list()).toEqual([]);
    }
  });

  test('a value that ends like the beginning of a key; values that look like other attributes before these', async () => {
    const sample = kevBytes(DOCUMENTED_SAMPLE, {
      extraAttributes: [
        [
          'TRACELOGGER_ARGS',
          '-A a=TRACE_CYCLES_PER_SEC::5000 TRACE_SYSPAGE_LEN::99 TRACE_SYS_RELEASE::8.0 or 9 TRACE_CPU_NUM::9 ',
        ],
      ],
      replacedAttributes: { NODENAME: 'x::y\r\n"z TRACE_' },
    });
    const { recording, rows } = await readKev(sample);
    expect(rows).toHaveLength(4);
    expect(recording.cycles!.hz).toBe(31_250_000);
    expect(recording.host).toMatchObject({ pcpus: 1, kernel: '7.1.0', architecture: 'aarch64le' });
    expect(codes({ recording, rows })).toEqual([]);
  });

  test('a frequency that cannot be, in a path, where nothing tells where the path ends', async () => {
    const bytes = kevBytes(DOCUMENTED_SAMPLE, {
      replacedAttributes: { FILE_NAME: '/var/TRACE_CYCLES_PER_SEC::7', DATE: undefined },
    });
    const { recording } = await readKev(bytes);
    expect(recording.cycles!.hz).toBe(31_250_000);
    expect(recording.clock.measuresTime).toBe(true);
  });

  test('the system page of 8.0', async () => {
    const host = {
      ...DOCUMENTED_SAMPLE.host,
      release: '8.0.0',
      architecture: 'x86_64' as const,
      cpus: 4,
      clusters: [
        { name: '_all', mask: 0xf },
        { name: 'little', mask: 0b1100 },
      ],
    };
    const event = { cycles: 5n, cpu: 0, body: { kind: 'guest-enter', guestIp: 1n } } as const;
    for (const littleEndian of [true, false]) {
      const syspage = syspageBytes(host, { littleEndian, virtualization: 'svm' });
      const replacedAttributes = { CYCLES_PER_SEC: undefined };
      const { recording } = await readKev(
        kevBytes({ host, events: [event] }, { littleEndian, syspage, replacedAttributes }),
      );
      expect(recording.host).toMatchObject({
        virtualization: 'svm',
        clusters: [
          { name: '_all', pcpus: [0, 1, 2, 3] },
          { name: 'little', pcpus: [2, 3] },
        ],
      });
      expect(recording.cycles).toEqual({ hz: 31_250_000, origin: 5n });
    }
  });

  test('without a frequency times mean nothing, unless the user gives one', async () => {
    const bytes = new KevAuthor().time(0, 0).enter(0, 1).enter(1000, 2).bytes({ CYCLES_PER_SEC: 'fast' });
    const unknown = await readKev(bytes);
    expect(unknown.recording.clock).toMatchObject({ measuresTime: false });
    expect(unknown.recording.cycles).toEqual({ hz: 1e9, origin: 0n });
    expect(codes(unknown)).toEqual(['clock-frequency-unknown']);
    const options = { catalog: QNX_CATALOG, codecs: nodeCodecs, clockHz: 1e6 };
    const given = await readRecords(qnxKev, new MemorySource(bytes, 'trace'), options);
    expect(given.recording.clock).toMatchObject({ measuresTime: true, estimated: true });
    expect(enters(given)).toEqual([
      [0, 1],
      [1_000_000, 2],
    ]);
  });

  test('what the user says of the frequency counts, and a warning says so where the header has another', async () => {
    const bytes = new KevAuthor().time(0, 0).enter(0, 1).enter(1000, 2).bytes({ CYCLES_PER_SEC: 2_000_000 });
    const read = (clockHz: number) =>
      readRecords(qnxKev, new MemorySource(bytes, 'trace'), { catalog: QNX_CATALOG, codecs: nodeCodecs, clockHz });
    const other = await read(1e6);
    expect(enters(other).map(([time]) => time)).toEqual([0, 1_000_000]);
    expect(other.recording.clock.estimated).toBe(true);
    expect(other.recording.issues.list()).toMatchObject([
      { code: 'clock-frequency-told', message: expect.stringMatching(/2000000 .*--clock-hz, which says 1000000/) },
    ]);
    const same = await read(2e6);
    expect(enters(same).map(([time]) => time)).toEqual([0, 500_000]);
    expect(codes(same)).toEqual([]);
  });

  test('a header without an end cannot be read', async () => {
    const bytes = new KevAuthor().enter(1, 1).bytes();
    const opened = await qnxKev.open(new MemorySource(bytes.subarray(0, 60)), {
      catalog: QNX_CATALOG,
      codecs: nodeCodecs,
    });
    expect(opened).toMatchObject({ ok: false, issue: { code: 'kev-no-header' } });
  });
});

describe('a header that is wrong', () => {
  const trace = (): KevAuthor => new KevAuthor('8.0.0').buffer(0, 1).time(0, 5).enter(10, 1).enter(20, 2).enter(30, 3);
  const read = (attributes: Record<string, string | number>) => readKev(trace().bytes(attributes));

  test.each(['99999999', '1048577', '18446744073709551616', '12x', '-1', '7'])(
    'a system page of %s bytes: it is said where, and the events are read',
    async (length) => {
      const bytes = trace().bytes({ SYSPAGE_LEN: length });
      const records = await readKev(bytes);
      expect(enters(records)).toHaveLength(3);
      const [issue] = records.recording.issues.list();
      expect(issue).toMatchObject({ code: 'kev-syspage-length', severity: 'warning', source: 'trace' });
      expect(Buffer.from(bytes.subarray(issue.offset)).toString('latin1')).toMatch(/^TRACE_SYSPAGE_LEN::/);
      expect(issue.message).toContain(`"${length}"`);
    },
  );

  test.each(['x TRACE_BIG_ENDIAN::TRUE', 'TRACE_BIG_ENDIAN::TRUE'])(
    'a value that holds the key of the byte order (%s) does not set it',
    async (value) => {
      for (const attributes of [{ NODENAME: value }, { AAA: value, TRACELOGGER_ARGS: value }]) {
        const records = await read(attributes);
        expect(enters(records).map(([, address]) => address)).toEqual([1, 2, 3]);
        expect(codes(records)).toEqual([]);
      }
    },
  );

  test('a byte order that is not that of the events', async () => {
    const records = await read({ LITTLE_ENDIAN: 'FALSE', BIG_ENDIAN: 'TRUE' });
    expect(enters(records)).toHaveLength(3);
    expect(codes(records)).toEqual(['kev-byte-order']);
  });

  test('a release that is newer than all that are known, and ones that are none', async () => {
    const newer = await read({ SYS_RELEASE: '9.1.0' });
    expect(newer.recording.issues.list()).toMatchObject([
      { code: 'qnx-release-newer', message: expect.stringMatching(/9\.1\.0.*8\.x, the newest/) },
    ]);
    const state = new KevAuthor('10.0').time(0, 0).event(4, 8, { low: 1, data: [50, 2] });
    const { rows } = await readKev(state.bytes());
    expect(rows).toMatchObject([{ fields: { state: threadState('MQ_RECEIVE') } }]);
    const older = await read({ SYS_RELEASE: '4.25' });
    expect(older.recording.issues.list()).toMatchObject([
      { code: 'qnx-release-unknown', message: expect.stringContaining('"4.25", which is not known') },
    ]);
  });
});
