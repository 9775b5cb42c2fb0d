/** CPUs and caches of the system page of 8.0, laid out by hand from the published headers, apart from our writer. */
import { expect, test } from 'vitest';
import { readSyspage } from '../../../src/formats/qnx-kev/syspage.js';
import { serialConsolePlan } from '../../../src/simulation/qnx/demo-plans.js';
import { simulate } from '../../../src/simulation/qnx/simulate.js';
import { kevBytes } from '../../../src/simulation/qnx/writers/kev.js';
import { syspageBytes } from '../../../src/simulation/qnx/writers/syspage.js';
import { readKev } from '../../support/qnx-records.js';

const END = 240;
const CPU_BYTES = 32;
const CACHE_BYTES = 32;
const NONE = 0xff;

interface Cache {
  readonly next: number;
  readonly line: number;
  readonly lines: number;
  readonly flags: number;
  readonly ways: number;
}

interface Cpu {
  readonly megahertz: number;
  readonly name: string;
  readonly caches: readonly [instructions: number, data: number];
}

function page(cpus: readonly Cpu[], caches: readonly Cache[], littleEndian: boolean): Uint8Array {
  const names = new TextEncoder().encode(cpus.map(({ name }) => `${name}\0`).join(''));
  const cacheStart = END + cpus.length * CPU_BYTES;
  const strings = cacheStart + caches.length * CACHE_BYTES;
  const view = new DataView(new ArrayBuffer(strings + names.length));
  const u16 = (at: number, value: number) => view.setUint16(at, value, littleEndian);
  const u32 = (at: number, value: number) => view.setUint32(at, value, littleEndian);
  // size, total_size, type (AArch64), num_cpu; strings; cpuinfo; cacheattr: offset, size, and size of an element.
  [END, view.byteLength, 0x1101, cpus.length].forEach((value, index) => {
    u16(2 * index, value);
  });
  u16(32, strings);
  u16(34, names.length);
  [END, cpus.length * CPU_BYTES, CPU_BYTES, cacheStart, caches.length * CACHE_BYTES, CACHE_BYTES].forEach(
    (value, index) => {
      u16(206 + 2 * index, value);
    },
  );
  let name = 0;
  cpus.forEach((cpu, index) => {
    const at = END + index * CPU_BYTES;
    u32(at, 0x410f_d083);
    u32(at + 4, cpu.megahertz);
    u16(at + 28, name);
    view.setUint8(at + 30, cpu.caches[0]);
    view.setUint8(at + 31, cpu.caches[1]);
    name += new TextEncoder().encode(cpu.name).length + 1;
  });
  caches.forEach(({ next, line, lines, flags, ways }, index) => {
    const at = cacheStart + index * CACHE_BYTES;
    [next, line, lines, flags].forEach((value, word) => {
      u32(at + 4 * word, value);
    });
    u16(at + 16, ways);
  });
  const bytes = new Uint8Array(view.buffer);
  bytes.set(names, strings);
  return bytes;
}

/** Two small and two large CPUs: L1 of 48 KiB and 32 KiB, one L2 of a megabyte for all. */
const CACHES: Cache[] = [
  { next: 2, line: 64, lines: 768, flags: 0x201, ways: 3 },
  { next: 2, line: 64, lines: 512, flags: 0x22, ways: 0 },
  { next: NONE, line: 64, lines: 16_384, flags: 0x3, ways: 16 },
];
const [LITTLE, BIG]: Cpu[] = [
  { megahertz: 1500, name: 'Cortex-A53', caches: [0, 1] },
  { megahertz: 2100, name: 'Cortex-A72', caches: [NONE, 1] },
];

test.each([true, false])('CPUs, alike ones together, and their caches (little endian: %s)', (littleEndian) => {
  const { host } = readSyspage(page([LITTLE, LITTLE, BIG, LITTLE], CACHES, littleEndian), littleEndian);
  const l1Data = { level: 1, holds: 'data', bytes: 32 * 1024, lineBytes: 64, ways: null };
  const l2 = { level: 2, holds: 'both', bytes: 1024 * 1024, lineBytes: 64, ways: 16 };
  expect(host).toEqual({
    pcpus: 4,
    cpus: [
      {
        name: 'Cortex-A53',
        megahertz: 1500,
        pcpus: [0, 1, 3],
        caches: [{ level: 1, holds: 'instructions', bytes: 48 * 1024, lineBytes: 64, ways: 3 }, l1Data, l2],
      },
      { name: 'Cortex-A72', megahertz: 2100, pcpus: [2], caches: [l1Data, l2] },
    ],
  });
});

test('caches that go round in a circle, that are not there, and that are too large', () => {
  const circle = [
    { ...CACHES[0], next: 0 },
    { ...CACHES[1], lines: 0xffff_ffff, line: 0xffff_ffff },
  ];
  const { host } = readSyspage(
    page(
      [
        { ...LITTLE, caches: [0, 1] },
        { ...BIG, caches: [77, 1] },
      ],
      circle,
      true,
    ),
    true,
  );
  expect(host.cpus?.map(({ caches }) => caches.length)).toEqual([1, 0]);
});

test('whatever byte is damaged, it is read without harm', () => {
  const whole = page([LITTLE, BIG], CACHES, true);
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 0x7f, 0xff]) {
      const bytes = whole.slice();
      bytes[at] = value;
      const cpus = readSyspage(bytes, true).host.cpus ?? [];
      expect(cpus.reduce((sum, { pcpus }) => sum + pcpus.length, 0)).toBeLessThanOrEqual(64);
      for (const { caches } of cpus) expect(caches.length).toBeLessThanOrEqual(16);
    }
    expect(() => readSyspage(whole.subarray(0, at), true)).not.toThrow();
  }
});

test('a frequency of the header that is not that of the system page is told', async () => {
  const { trace } = simulate({ ...serialConsolePlan(), lengthNs: 60_000_000, markers: [] });
  const syspage = syspageBytes(trace.host, { virtualization: 'arm' });
  const codesOf = async (replacedAttributes: Record<string, string>) => {
    const { recording } = await readKev(kevBytes(trace, { syspage, replacedAttributes }));
    return recording.issues.list().map(({ code }) => code);
  };
  expect(await codesOf({})).toEqual([]);
  expect(await codesOf({ CYCLES_PER_SEC: '62500000' })).toEqual(['clock-frequencies-differ']);
});
