/** What codes and payloads of exits are read as. */
import { describe, expect, test } from 'vitest';
import type { ThreadState } from '../../../src/formats/qnx/thread-states.js';
import { AMD, ARM, INTEL, Trace } from './trace.js';

const CLASS = 26;
const LONG = 1 << 25;
const syndrome = (exceptionClass: number, specific = 0) => ((exceptionClass << CLASS) | LONG | specific) >>> 0;

describe('on ARM', () => {
  const arm = () => new Trace(ARM);

  test.each([
    [0x07e0_0000, 'WFI', 'halt'],
    [syndrome(0x01, 0x1e0_0001), 'WFE', 'pause'],
    [syndrome(0x01, 0x1e0_0002), 'WFIT', 'halt'],
    [syndrome(0x01, 0x1e0_0003), 'WFET', 'pause'],
    [syndrome(0x16), 'HVC64', 'hypercall'],
    [syndrome(0x17), 'SMC64', 'hypercall'],
    [syndrome(0x20, 7), 'IABT_LOW', 'page-fault'],
    [syndrome(0x3d), 'class 0x3d', 'other'],
    [0, 'class 0x0', 'other'],
  ])('0x%s is %s', (code, name, cause) => {
    expect(arm().reason(code)).toMatchObject({ name, cause });
  });

  test('the number of a call', () => {
    expect(arm().detail(syndrome(0x16, 0x1234)).text).toBe('HVC #4660 (inferred)');
    expect(arm().detail(syndrome(0x17)).text).toBe('SMC #0 (inferred)');
  });

  test('of a code without a known class the whole number is kept: of several they are told apart', () => {
    expect(arm().detail(0x1_2345).text).toBe('code 0x12345');
    expect(arm().detail(syndrome(0x3d)).text).toBe('code 0xf6000000');
    expect(arm().detail(0).text).toBeUndefined();
    expect(arm().detail(syndrome(0x07)).text).toBeUndefined();
  });

  // The specific part: valid, size, register, write, translation fault of level 3.
  const access = (size: number, register: number, write: boolean) =>
    syndrome(0x24, (1 << 24) | (size << 22) | (register << 16) | (write ? 1 << 6 : 0) | 7);

  test('an access to a device', () => {
    expect(arm().detail(access(0, 1, true), 0x1c09_0000n)).toEqual({
      cause: 'device-mmio',
      text: 'address 0x1c090000, 1-byte write of x1 (inferred)',
      address: 0x1c09_0000,
    });
    expect(arm().detail(access(3, 30, false), 0x80_0000_0018n).text).toBe(
      'address 0x8000000018, 8-byte read of x30 (inferred)',
    );
    expect(arm().detail(access(2, 31, true), 0x1c09_0000n).text).toBe(
      'address 0x1c090000, 4-byte write of xzr (inferred)',
    );
    expect(arm().detail(access(2, 0, true), 0x1c09_0000n).text).toBe(
      'address 0x1c090000, 4-byte write of x0 (inferred)',
    );
  });

  test('a payload that can be no address is none', () => {
    for (const payload of [0n, 1n << 52n, (1n << 64n) - 1n]) {
      expect(arm().detail(access(2, 5, true), payload)).toMatchObject({
        cause: 'device-mmio',
        text: '4-byte write of x5, address not recorded (inferred)',
        address: undefined,
      });
    }
  });

  test.each([
    ['that is not described', syndrome(0x24, 7), undefined],
    [
      'to a page that is protected',
      syndrome(0x24, (1 << 24) | (2 << 22) | 0x0f),
      'address 0x80001000, 4-byte read of x0 (inferred)',
    ],
    ["in the guest's page tables", syndrome(0x24, (1 << 7) | 7), "fault in the guest's page tables (inferred)"],
  ])('an access %s is a page fault', (_what, code, text) => {
    expect(arm().detail(code, 0x8000_1000n)).toMatchObject({ cause: 'page-fault', text });
  });
});

describe('on Intel', () => {
  test.each([
    [12, 'HLT', 'halt'],
    [10, 'CPUID', 'cpuid'],
    [0x8000_0021, 'INVALID_STATE failed entry', 'other'],
    [200, '0xc8', 'other'],
  ])('%s is %s', (code, name, cause) => {
    expect(new Trace(INTEL).reason(code)).toMatchObject({ name, cause, vocabulary: 'vmx' });
  });

  test('the port of IN and OUT, where the payload can be their exit qualification', () => {
    expect(new Trace(INTEL).detail(30, 0x03f8_0000n)).toEqual({
      cause: 'device-port',
      text: 'port 0x3f8, 1-byte write (inferred)',
      address: 0x3f8,
    });
    expect(new Trace(INTEL).detail(30, 0x0cfc_000bn).text).toBe('port 0xcfc, 4-byte read (inferred)');
    for (const payload of [0x03f8_0002n, 0x03f8_0080n, 0x1_03f8_0000n]) {
      expect(new Trace(INTEL).detail(30, payload).text).toBeUndefined();
    }
  });
});

test('on AMD', () => {
  expect(new Trace(AMD).reason(0x78)).toMatchObject({ name: 'hlt', cause: 'halt', vocabulary: 'svm' });
});

describe('where the trace does not say which CPU it is', () => {
  const PC = { architecture: 'x86pc' };
  const codesRemark = (trace: Trace) => trace.translator.remarks().find(({ code }) => code.startsWith('codes-'))!;

  // Codes that only one of the manuals has: those of ARM have a class and bit 25, AMD's highest are above all of Intel's,
  // and Intel's 12 would be a read of CR12 on AMD, which no CPU has.
  test.each([
    [{}, 0x07e0_0000, 'WFI', 'arm64'],
    [{ architecture: 'RaspberryPi4' }, 0x07e0_0000, 'WFI', 'arm64'],
    [{}, 12, 'HLT', 'vmx'],
    [PC, 12, 'HLT', 'vmx'],
    [{}, 0x78, 'hlt', 'svm'],
    [PC, 0x78, 'hlt', 'svm'],
  ])('of %j: a halt 0x%s shows what codes are', (host, code, name, vocabulary) => {
    const trace = new Trace(host);
    expect(trace.reason(code)).toMatchObject({ name, cause: 'halt', vocabulary });
    expect(codesRemark(trace)).toMatchObject({ severity: 'note', code: 'codes-inferred' });
    expect(codesRemark(trace).message).toContain('1 exits have codes that can be nothing else');
  });

  test.each([0, 18, 48, 0x24, 0x4e, 200, 0x300, 0x8000_0021, 0xffff_ffff, 0x05e0_0000, 0x07e0_1000])(
    'code 0x%s can be of several, or of none, and stays a number',
    (code) => {
      const trace = new Trace({});
      expect(trace.reason(code)).toMatchObject({
        name: `0x${code.toString(16)}`,
        cause: 'other',
        vocabulary: 'unknown',
      });
      expect(codesRemark(trace)).toMatchObject({ severity: 'warning', code: 'codes-unknown' });
    },
  );

  test('it is no code of ARM on a PC', () => {
    expect(new Trace(PC).reason(0x07e0_0000)).toMatchObject({ cause: 'other', vocabulary: 'unknown' });
  });

  test('codes that can be of several have names once another one has shown what they are', () => {
    const trace = new Trace(PC);
    expect(trace.reason(48)).toMatchObject({ name: '0x30' });
    expect(trace.reason(30)).toMatchObject({ name: 'IO_INSTRUCTION' });
    expect(trace.reason(48)).toMatchObject({ name: 'EPT_VIOLATION', cause: 'page-fault' });
    expect(trace.detail(30, 0x03f8_0000n)).toMatchObject({ address: 0x3f8 });
  });

  test('most codes decide, and that others are against it is told', () => {
    const trace = new Trace({});
    trace.reason(12);
    trace.reason(0x07e0_0000);
    expect(codesRemark(trace)).toMatchObject({ severity: 'warning' });
    expect(trace.reason(0x07e0_0000)).toMatchObject({ name: 'WFI' });
    expect(codesRemark(trace).message).toContain('; 1 have codes that can only be something else');
    for (let exit = 0; exit < 100; exit++) trace.reason(0x07e0_0000);
    expect(codesRemark(trace)).toMatchObject({ severity: 'note' });
  });

  /** It sleeps for 70 ns after an exit of this code. */
  function accountsOf(reason: number, state: ThreadState) {
    const trace = new Trace(PC);
    trace.state(0, 0, 7, 'RUNNING', 1);
    trace.visit(11, 20, 0, 7, { reason });
    trace.state(30, 0, 7, state);
    trace.state(100, 0, 7, 'READY');
    trace.state(100, 0, 7, 'RUNNING');
    trace.visit(111, 120, 0, 7, { reason });
    return trace.books(7).accounts;
  }

  test('sleep after a halt is idle, and after an exit that may be one nobody knows what it is', () => {
    const { idle, ...others } = accountsOf(12, 'CONDVAR');
    expect(idle).toBe(70);
    expect(accountsOf(48, 'CONDVAR')).toEqual({ ...others, unknown: (others.unknown ?? 0) + 70 });
  });

  test('but what no halted guest sleeps for is a loss', () => {
    expect(accountsOf(48, 'REPLY').blocked).toBe(70);
  });
});

describe('the user can say what codes are', () => {
  const PC = { architecture: 'x86_64' };
  const remarksOf = (trace: Trace) => trace.translator.remarks().filter(({ code }) => code.startsWith('codes-'));

  test.each([
    [PC, 'vmx', 12, 'HLT'],
    [PC, 'svm', 0x78, 'hlt'],
    [{}, 'svm', 0x78, 'hlt'],
    [{}, 'esr', 0x07e0_0000, 'WFI'],
  ] as const)('of %j: %s', (host, exitCodes, code, name) => {
    const trace = new Trace(host, undefined, { exitCodes });
    expect(trace.reason(code)).toMatchObject({ name, cause: 'halt' });
    expect(remarksOf(trace)).toMatchObject([{ severity: 'note', code: 'codes-inferred' }]);
    expect(remarksOf(trace)[0].message).toContain('as --exit-codes says');
  });

  test.each([
    [INTEL, 'svm'],
    [ARM, 'vmx'],
    [PC, 'esr'],
  ] as const)('against the trace, of %j: %s, with a warning', (host, exitCodes) => {
    expect(remarksOf(new Trace(host, undefined, { exitCodes }))).toMatchObject([
      { severity: 'warning', code: 'codes-contradict' },
    ]);
  });

  test('the warning that they are not known says how', () => {
    expect(remarksOf(new Trace(PC))[0].hint).toBe('Say it: --exit-codes vmx (Intel) or --exit-codes svm (AMD).');
    expect(remarksOf(new Trace({}))[0].hint).toContain('--exit-codes esr (ARM)');
  });

  test('a status other than 0 aborts on every CPU of a PC', () => {
    for (const exitCodes of ['vmx', 'svm', 'esr'] as const) {
      const trace = new Trace({}, undefined, { exitCodes });
      trace.visit(11, 20, 0, 7, { status: 5, reason: 12 });
      expect(trace.books(7).accounts.guest).toBe(exitCodes === 'esr' ? 9 : undefined);
    }
  });
});

test('one reason a code, and no more of them than there can be', () => {
  const trace = new Trace({});
  expect(trace.reason(48)).toBe(trace.reason(48));
  for (let code = 0; code < 20_000; code++) trace.reason(0x0800_0000 + code);
  expect(trace.translator.reasons.list.length).toBeLessThan(2000);
  expect(trace.reason(0x0900_0000).name).toBe('further codes');
});
