/** How the words of a qvm configuration are told apart. */
import { describe, expect, it, test } from 'vitest';
import { qvmConfiguration } from '../../../src/platform/configurations/qvm/index.js';
import { interruptsOf } from '../../../src/platform/configurations/qvm/interrupts.js';
import { locationOf } from '../../../src/platform/configurations/qvm/locations.js';
import { numberOf } from '../../../src/platform/configurations/qvm/numbers.js';
import { readConfiguration } from '../../../src/platform/configurations/reading.js';
import { configurationOf } from '../../support/configurations.js';

test.each([
  ['0', 0],
  ['4096', 4096],
  ['0x1c090000', 0x1c090000],
  ['0X1C090000', 0x1c090000],
  ['0d16384', 16_384],
  ['4K', 4096],
  ['4k', 4096],
  ['1m', 1_048_576],
  ['2G', 2_147_483_648],
  ['0x10K', 16_384],
  ['0x1fffffffffffff', 2 ** 53 - 1],
  ['8388607G', 8_388_607 * 2 ** 30],
])('%s is the number %d', (text, value) => expect(numberOf(text)).toBe(value));

test.each([
  '',
  'K',
  '-1',
  '1.5',
  '1T',
  '010',
  '0x',
  '0xg',
  '1e3',
  '0x20000000000000',
  '8388608G',
  '9'.repeat(400),
  '1 ',
])('%s is no number', (text) => expect(numberOf(text)).toBeUndefined());

/** The last value of `cmdline` in a text, and where issues are. */
function read(text: string) {
  const { options, issues } = configurationOf(`cpu\n${text}`);
  return {
    cmdline: options.filter(({ name }) => name === 'cmdline').at(-1)?.values[0],
    options: options.map(({ name, values }) => [name, ...values]),
    issues: issues.map(({ code, place }) => `${code} ${place?.line}:${place?.column}`),
  };
}

describe('quotes', () => {
  test.each([
    ['"a b"', 'a b'],
    ["'a b'", 'a b'],
    ['"a # b"', 'a # b'],
    ['"a \\" b"', 'a " b'],
    ['"a \\\\"', 'a \\'],
    ["'a \\'", 'a \\'],
    ['"a \\\n   b"', 'a    b'],
    ['"a \\\r\n b"', 'a  b'],
    ['root="/dev/v da"', 'root=/dev/v da'],
    ["bob's", "bob's"],
    ['""', ''],
    ['a#b', 'a'],
    ['\\\n  a', 'a'],
    ['C:\\dir', 'C:\\dir'],
  ])('%s is %s', (written, value) => {
    expect(read(`cmdline ${written}\n`)).toMatchObject({ cmdline: value, issues: [] });
  });

  it('that never close end with their line, and what follows is read', () => {
    expect(read('cmdline "a b # c  \r\nload x\nset debug "z\n')).toEqual({
      cmdline: 'a b # c',
      options: [
        ['cmdline', 'a b # c'],
        ['load', 'x'],
      ],
      issues: ['unclosed-quote 2:9', 'unclosed-quote 4:11'],
    });
  });
});

describe('contexts', () => {
  it('last until another one begins; options without a context stand in between', () => {
    const { vcpus, memory, variables } = configurationOf('cpu ram 32m sched 8\nset a b\n  cluster c\ncpu\n');
    expect(vcpus.map(({ scheduling, cluster }) => [scheduling?.priority, cluster])).toEqual([
      [8, 'c'],
      [undefined, null],
    ]);
    expect(memory).toMatchObject([{ length: 32 * 2 ** 20 }]);
    expect(variables).toMatchObject([{ within: 'cpu' }]);
  });

  it('take the last of several values', () => {
    const { vcpus, issues } = configurationOf('cpu sched 8 sched 6\ncpu\n');
    expect(vcpus.map(({ scheduling }) => scheduling?.priority)).toEqual([6, undefined]);
    expect(issues).toMatchObject([{ code: 'repeated-option', severity: 'warning', place: { line: 1, column: 13 } }]);
  });

  it('need no line of their own', () => {
    const { devices, vcpus } = configurationOf('cpu cpu vdev pl011 loc 0x1000 vdev 8259 loc 0x20 pass loc 0x2000,4K,r');
    expect(vcpus.length).toBe(2);
    expect(devices.map(({ type, windows }) => [type, windows[0].space, windows[0].start])).toEqual([
      ['pl011', 'mmio', 0x1000],
      ['8259', 'port', 0x20],
      ['pass', 'mmio', 0x2000],
    ]);
  });

  it('know the variant of a device for safety, and its shared object', () => {
    const { devices, issues } = configurationOf('vdev vdev-pl011 loc 0x1000\nvdev pl011-safety loc 0x2000\n');
    expect(devices.map(({ type }) => type)).toEqual(['pl011', 'pl011']);
    expect(issues).toEqual([]);
  });
});

describe('unknown options', () => {
  it('take the words on their line up to a known one', () => {
    expect(read('colour red green load x\nshape\nround\n').options).toEqual([
      ['colour', 'red', 'green'],
      ['load', 'x'],
      ['shape'],
      ['round'],
    ]);
  });

  it('named like what every object has are no special ones', () => {
    const text = 'constructor 1\n__proto__ 2\nunsupported toString hasOwnProperty\nvdev constructor loc 0x1000\n';
    const { devices } = configurationOf(`cpu\n${text}`);
    expect(devices).toMatchObject([{ type: 'constructor', kind: 'unknown' }]);
    expect(read(text).options.slice(0, 2)).toEqual([
      ['constructor', '1'],
      ['__proto__', '2'],
    ]);
  });
});

describe('locations', () => {
  test.each([
    ['0x1000', { space: 'mmio', start: 0x1000 }],
    ['mem:0x1000,64K', { space: 'mmio', start: 0x1000, length: 65_536 }],
    ['io:0x3f8,8,rw', { space: 'port', start: 0x3f8, length: 8, access: 'rw' }],
    ['0x2000,r=0x1000', { start: 0x2000, length: null, access: 'r', host: 0x1000 }],
    ['0x2000,0x1000,rwn,=0x3000', { length: 0x1000, access: 'rwn', host: 0x3000 }],
    ['0x2000,+rw-x', { access: '+rw-x' }],
    ['pci:0:12.0', 'pci'],
    ['0:12.0', 'pci'],
    ['0x8086/0x1234', 'pci'],
  ])('%s is understood', (text, expected) => {
    const location = locationOf(text);
    if (typeof expected === 'string') expect(location).toBe(expected);
    else expect(location).toMatchObject(expected);
  });

  test.each([
    '',
    'mem:',
    'usb:1',
    '0x1000,,rw',
    '0x1000,0x10,zz',
    '0x1000,r,w',
    '0x1000=',
    '0x1000=a',
    '0x1=2=3',
    '-5',
  ])('%s is not', (text) => expect(locationOf(text)).toHaveProperty('fault'));
});

describe('interrupts', () => {
  const parsed = (text: string) =>
    interruptsOf({ text, place: { source: 'x', line: 1, column: 1 }, startsLine: true, isQuoted: false })?.map(
      ({ controller, line, host, flags }) => [controller, line, host, flags.join()],
    );
  test.each([
    ['gic:37', [['gic', 37, null, '']]],
    ['apic', [['apic', null, null, '']]],
    ['gic:44=150', [['gic', 44, 150, '']]],
    ['gic:44,u=150', [['gic', 44, 150, 'u']]],
    ['gic:44,t=150', [['gic', 44, 150, 't']]],
    ['a:b:3', [['a:b', 3, null, '']]],
    [
      'ioapic:2,ioapic:8',
      [
        ['ioapic', 2, null, ''],
        ['ioapic', 8, null, ''],
      ],
    ],
  ])('%s is understood', (text, expected) => expect(parsed(text)).toEqual(expected));

  test.each(['', '37', 'gic:', ':3', 'gic:x', 'gic:1=', 'gic:1=x', 'gic:1=2=3', 'u', 'gic:1,gic:2=5', 'gic:1,,gic:2'])(
    '%s is not',
    (text) => expect(parsed(text)).toBeUndefined(),
  );
});

describe('what is no qvm configuration', () => {
  const code = (text: string) => {
    const result = readConfiguration({ source: 'x', text });
    return result.ok ? 'ok' : result.issue.code;
  };
  test.each([
    ['', 'empty-input'],
    [' \n\t', 'empty-input'],
    ['\uFEFF', 'empty-input'],
    ['# only a comment', 'unknown-configuration'],
    ['cpu = 2\nmemory = 3\n', 'unknown-configuration'],
    ['system\0', 'unknown-configuration'],
    [`system x\n${'prose of many lines\n'.repeat(100)}`, 'unknown-configuration'],
    ['x'.repeat(600 * 1024), 'too-large'],
    ['\uFEFFsystem x\r\ncpu\r\n', 'ok'],
    ['@board.qvmconf\n', 'ok'],
    ['initrd load x\n', 'ok'],
  ])('%s', (text, expected) => expect(code(text)).toBe(expected));
});

test.each([
  '<domain type="kvm"/>',
  '{"boot-source": {}}',
  'name = "guest"\nvcpus = 2\n',
  'cpu = 2\nmemory = 3\n',
  'qemu-system-x86_64 -m 1G',
])('%s is none of qvm', (text) => expect(qvmConfiguration.sniff(text)).toBe(false));
