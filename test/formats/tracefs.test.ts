import { describe, expect, test } from 'vitest';
import { FieldStorage, findField, parseEventFormat } from '../../src/formats/tracefs/event-format.js';
import { fieldExtractor } from '../../src/formats/tracefs/field-extractor.js';
import { HandlerNames } from '../../src/formats/tracefs/handler-names.js';
import { ThreadNames } from '../../src/formats/tracefs/thread-names.js';
import { InterruptNames } from '../../src/recording/interrupt-names.js';
import { ThreadTable } from '../../src/recording/threads.js';
import type { FieldSpec, TracepointSpec } from '../../src/recording/tracepoint.js';
import { ByteWriter } from '../support/byte-writer.js';

const COMMON = [
  '\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
  '\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;',
  '\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;',
  '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
  '',
];
const describeEvent = (...fields: string[]) =>
  parseEventFormat(
    ['name: sample', 'ID: 42', 'format:', ...COMMON, ...fields, '', 'print fmt: "%d", REC->a'].join('\n'),
  )!;

describe("the kernel's description of an event", () => {
  test('names, places, signs and kinds of fields', () => {
    const format = describeEvent(
      '\tfield:unsigned long long a;\toffset:8;\tsize:8;\tsigned:0;',
      '\tfield:char comm[16];\toffset:16;\tsize:16;\tsigned:0;',
      '\tfield:__data_loc char[] name;\toffset:32;\tsize:4;\tsigned:1;',
      '\tfield:__rel_loc char[] other;\toffset:36;\tsize:4;\tsigned:1;',
      '\tfield:const void *address;\toffset:40;\tsize:8;\tsigned:0;',
    );
    expect(format).toMatchObject({ name: 'sample', id: 42 });
    expect(format.fields.map((field) => field.name)).toEqual([
      'common_type',
      'common_flags',
      'common_preempt_count',
      'common_pid',
      'a',
      'comm',
      'name',
      'other',
      'address',
    ]);
    expect(findField(format.fields, 'common_pid')).toMatchObject({ type: 'int', offset: 4, size: 4, signed: true });
    expect(findField(format.fields, 'comm')).toMatchObject({ type: 'char[16]', storage: FieldStorage.Array });
    expect(findField(format.fields, 'name')!.storage).toBe(FieldStorage.Located);
    expect(findField(format.fields, 'other')!.storage).toBe(FieldStorage.RelativelyLocated);
    expect(findField(format.fields, 'missing', 'address')).toMatchObject({ type: 'const void *', offset: 40 });
  });

  test('old kernels do not state signs: the C type does', () => {
    const format = describeEvent('\tfield:pid_t pid;\toffset:8;\tsize:4;', '\tfield:u32 count;\toffset:12;\tsize:4;');
    expect(format.fields.slice(4).map((field) => field.signed)).toEqual([true, false]);
  });

  test('impossible numbers and texts are left out', () => {
    expect(parseEventFormat('name: x\nID: 70000\n')).toBeUndefined();
    expect(parseEventFormat('nothing of the kind')).toBeUndefined();
    const format = describeEvent('\tfield:int a;\toffset:4294967295;\tsize:4;\tsigned:1;');
    expect(format.fields.length).toBe(4);
    const long = `\tfield:${'a['.repeat(500_000)} b;\toffset:8;\tsize:4;`;
    expect(describeEvent(long).fields.length).toBe(4);
  });
});

const record = (littleEndian: boolean) =>
  new ByteWriter(littleEndian)
    .zeros(4) // not aligned to what follows
    .zeros(8)
    .u8(200)
    .u8(0xfe)
    .u16(0xfffd)
    .u32(0xfffffffe)
    .u32(0xfffffff0)
    .u64(0xffffffff81a592ebn)
    .u64(-3n)
    .text('sixteen letters!')
    .finish();
const number = (name: string, ...aliases: string[]): FieldSpec => ({ name, aliases, type: 'number' });
const wide = (name: string): FieldSpec => ({ name, type: 'u64' });

const noteNames = (fields: string[], record: Uint8Array, threads: ThreadTable) => {
  const spec: TracepointSpec = { system: 's', event: 'sample', kind: 1, fields: [], threadNames: [['pid', 'comm']] };
  const extractor = fieldExtractor(spec, describeEvent(...fields), true);
  const interrupts = new HandlerNames(new InterruptNames());
  extractor.noteNames(new DataView(record.buffer), 0, record.length, { threads: new ThreadNames(threads), interrupts });
  return extractor.hasNames;
};

describe('fields of a record', () => {
  const format = describeEvent(
    '\tfield:u8 byte;\toffset:8;\tsize:1;\tsigned:0;',
    '\tfield:s8 small;\toffset:9;\tsize:1;\tsigned:1;',
    '\tfield:s16 half;\toffset:10;\tsize:2;\tsigned:1;',
    '\tfield:unsigned int word;\toffset:12;\tsize:4;\tsigned:0;',
    '\tfield:int negative;\toffset:16;\tsize:4;\tsigned:1;',
    '\tfield:u64 wide;\toffset:20;\tsize:8;\tsigned:0;',
    '\tfield:long signed_wide;\toffset:28;\tsize:8;\tsigned:1;',
    '\tfield:char text[16];\toffset:36;\tsize:16;\tsigned:0;',
  );
  const read = (fields: FieldSpec[], littleEndian: boolean, size = 52): number[] => {
    const spec: TracepointSpec = { system: 's', event: 'sample', kind: 7, fields };
    const extractor = fieldExtractor(spec, format, littleEndian);
    expect(extractor.kind).toBe(7);
    const slots = new Float64Array(16).fill(77);
    extractor.extract(new DataView(record(littleEndian).buffer), 4, size, slots, 8);
    expect([...slots.subarray(0, 8)]).toEqual(Array.from({ length: 8 }, () => 77));
    return [...slots.subarray(8)];
  };

  test.each([true, false])('every size, little endian %s', (littleEndian) => {
    const all = ['byte', 'small', 'half', 'word', 'negative', 'wide', 'signed_wide'].map((name) => number(name));
    expect(read(all, littleEndian).slice(0, 7)).toEqual([
      200,
      -2,
      -3,
      0xfffffffe,
      -16,
      Number(0xffffffff81a592ebn),
      -3,
    ]);
    const pairs = [wide('wide'), wide('signed_wide'), wide('negative'), wide('byte')];
    expect(read(pairs, littleEndian)).toEqual([
      0xffffffff, 0x81a592eb, 0xffffffff, 0xfffffffd, 0xffffffff, 0xfffffff0, 0, 200,
    ]);
  });

  test('aliases in their order; what is missing, no number or beyond the end is NaN', () => {
    expect(read([number('gone', 'absent', 'byte'), number('byte', 'word')], true).slice(0, 2)).toEqual([200, 200]);
    expect(read([number('gone'), wide('gone'), number('text')], true).slice(0, 4)).toEqual([NaN, NaN, NaN, NaN]);
    expect(read([number('word'), wide('wide'), number('negative')], true, 22).slice(0, 4)).toEqual([
      0xfffffffe,
      NaN,
      NaN,
      -16,
    ]);
  });

  test.each([true, false])('elements of an array, little endian %s', (littleEndian) => {
    const arrays = describeEvent(
      '\tfield:unsigned long wide[2];\toffset:20;\tsize:16;\tsigned:0;',
      '\tfield:u8 bytes[4];\toffset:8;\tsize:4;\tsigned:0;',
      '\tfield:char odd[3];\toffset:8;\tsize:4;\tsigned:0;',
      '\tfield:char named[LENGTH];\toffset:8;\tsize:4;\tsigned:0;',
      '\tfield:__data_loc char[4] located;\toffset:8;\tsize:4;\tsigned:0;',
    );
    const read = (...names: string[]): number[] => {
      const fields = names.map((name) => number(name));
      const extractor = fieldExtractor({ system: 's', event: 'sample', kind: 7, fields }, arrays, littleEndian);
      const slots = new Float64Array(names.length);
      extractor.extract(new DataView(record(littleEndian).buffer), 4, 52, slots, 0);
      return [...slots];
    };
    const wide = Number(0xffffffff81a592ebn);
    expect(read('wide[0]', 'wide[1]', 'bytes[0]', 'bytes[1]')).toEqual([wide, 2 ** 64, 200, 0xfe]);
    const none = ['wide[2]', 'wide', 'bytes[4]', 'odd[0]', 'named[0]', 'located[0]', 'gone[0]', 'bytes[]'];
    for (const name of none) expect(read(name), name).toEqual([Number.NaN]);
  });

  test('too many slots are a mistake of the catalog', () => {
    expect(() =>
      read(
        Array.from({ length: 5 }, () => wide('wide')),
        true,
      ),
    ).toThrow(RangeError);
  });
});

describe('thread names', () => {
  const PID = '\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;';

  test('in the record', () => {
    const threads = new ThreadTable();
    const record = new ByteWriter().zeros(8).u32(123).string('CPU 0/KVM').zeros(6).finish();
    noteNames([PID, '\tfield:char comm[16];\toffset:12;\tsize:16;\tsigned:0;'], record, threads);
    expect(threads.name(123)).toBe('CPU 0/KVM');
  });

  test('behind it, from its start or from the field', () => {
    const threads = new ThreadTable();
    const located = new ByteWriter()
      .zeros(8)
      .u32(5)
      .u32((8 << 16) | 16)
      .string('kworker')
      .finish();
    noteNames([PID, '\tfield:__data_loc char[] comm;\toffset:12;\tsize:4;\tsigned:0;'], located, threads);
    expect(threads.name(5)).toBe('kworker');
    const relative = new ByteWriter()
      .zeros(8)
      .u32(6)
      .u32((5 << 16) | 0)
      .string('qemu')
      .finish();
    noteNames([PID, '\tfield:__rel_loc char[] comm;\toffset:12;\tsize:4;\tsigned:0;'], relative, threads);
    expect(threads.name(6)).toBe('qemu');
  });

  test('places beyond the record and the idle thread are passed over', () => {
    const threads = new ThreadTable();
    const beyond = new ByteWriter()
      .zeros(8)
      .u32(5)
      .u32((200 << 16) | 16)
      .finish();
    noteNames([PID, '\tfield:__data_loc char[] comm;\toffset:12;\tsize:4;\tsigned:0;'], beyond, threads);
    expect(threads.name(5)).toBeUndefined();
    expect(noteNames([PID], beyond, threads)).toBe(false);
  });

  test('a new name of a known thread is seen; threads that share a cache line do not mix', () => {
    const threads = new ThreadTable();
    const cache = new ThreadNames(threads);
    const note = (thread: number, name: string) => {
      const bytes = new ByteWriter().string(name).padTo(16).finish();
      cache.note(thread, new DataView(bytes.buffer), 0, 16);
    };
    note(1, 'before');
    note(1 + 4096, 'neighbour');
    note(1, 'before');
    note(1, 'after');
    expect(threads.name(1)).toBe('after');
    expect(threads.name(1 + 4096)).toBe('neighbour');
  });
});

describe('names of interrupts', () => {
  const IRQ = '\tfield:int irq;\toffset:8;\tsize:4;\tsigned:1;';
  const LOCATED = '\tfield:__data_loc char[] name;\toffset:12;\tsize:4;\tsigned:0;';
  const FIXED = '\tfield:char name[20];\toffset:12;\tsize:20;\tsigned:0;';
  const located = (irq: number, name: string, littleEndian = true) =>
    new ByteWriter(littleEndian)
      .zeros(8)
      .u32(irq)
      .u32(((name.length + 1) << 16) | 16)
      .string(name)
      .finish();
  const fixed = (irq: number, name: string, littleEndian = true) =>
    new ByteWriter(littleEndian).zeros(8).u32(irq).string(name).padTo(32).finish();
  const learnt = (field: string, records: readonly Uint8Array[], littleEndian = true) => {
    const names = new InterruptNames();
    const spec: TracepointSpec = { system: 's', event: 'e', kind: 1, fields: [], interruptName: ['irq', 'name'] };
    const extractor = fieldExtractor(spec, describeEvent(IRQ, field), littleEndian);
    const keepers = { threads: new ThreadNames(new ThreadTable()), interrupts: new HandlerNames(names) };
    for (const bytes of records) extractor.noteNames(new DataView(bytes.buffer), 0, bytes.length, keepers);
    return names;
  };

  test.each([true, false])('behind the record or within it, little endian %s', (littleEndian) => {
    const pairs = [
      [24, 'nvme0q1'],
      [9, 'acpi'],
      [0, 'timer'],
      [24, 'nvme0q1'],
    ] as const;
    for (const [field, record] of [
      [LOCATED, located],
      [FIXED, fixed],
    ] as const) {
      const names = learnt(
        field,
        pairs.map(([irq, name]) => record(irq, name, littleEndian)),
        littleEndian,
      );
      expect([24, 9, 0, 1].map((irq) => names.text(irq))).toEqual(['nvme0q1', 'acpi', 'timer', undefined]);
    }
  });

  test('of devices that share a line, however often each comes', () => {
    const records = Array.from({ length: 100 }, (_, index) => located(16, index % 2 === 0 ? 'snd_hda' : 'ehci_hcd'));
    expect(learnt(LOCATED, records).text(16)).toBe('ehci_hcd, snd_hda');
  });

  test.each([
    ['virtio0-req.0', 'virtio1-req.0'],
    ['virtio0-req.0', 'virtio0-req.1'],
    ['ab', 'ac'],
    ['abcd', 'abce'],
  ])('that differ in one letter: %s and %s', (first, second) => {
    const records = [first, second, first].map((name) => located(5, name));
    expect(learnt(LOCATED, records).text(5)).toBe(`${first}, ${second}`);
  });

  test('damaged ones are passed over: places beyond the record, no number, no name', () => {
    const beyond = new ByteWriter()
      .zeros(8)
      .u32(7)
      .u32((200 << 16) | 16)
      .finish();
    const cut = located(8, 'eth0').subarray(0, 14);
    expect(learnt(LOCATED, [beyond, located(-1, 'eth0'), located(9, ''), cut.slice()]).entries()).toEqual([]);
  });

  test('long ones are cut where the table cuts them', () => {
    expect(learnt(LOCATED, [located(3, 'x'.repeat(500)), located(3, `${'x'.repeat(64)}y`)]).text(3)).toBe(
      'x'.repeat(64),
    );
  });
});
