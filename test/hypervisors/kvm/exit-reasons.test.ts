import { describe, expect, it } from 'vitest';
import type { Reason } from '../../../src/recording/causes.js';
import { AMD, Host, INTEL } from './records.js';

function reasonOf(host: Host, code: number | string | undefined, isa?: number): Reason {
  const exit = host.record('kvm_exit', { exit_reason: code, isa })[0];
  return host.translator.reasons.get(exit.a);
}

describe('exit reasons', () => {
  it('goes by the event, then by the CPU of the host', () => {
    expect(new Host(AMD).exitName(0x7b, 1)).toBe('0x7b');
    expect(new Host(AMD).exitName(30, 1)).toBe('IO_INSTRUCTION');
    expect(new Host(INTEL).exitName(0x7b, 2)).toBe('io');
    expect(new Host(AMD).exitName(0x7b)).toBe('io');
    expect(new Host(INTEL).exitName(48)).toBe('EPT_VIOLATION');
    expect(new Host({ cpuid: 'HygonGenuine,24,0,1' }).exitName(0x400)).toBe('npf');
    expect(new Host({ cpuModel: 'AMD EPYC 7763 64-Core Processor' }).exitName(0x400)).toBe('npf');
  });

  it('says that it does not know the vocabulary rather than guess', () => {
    const reason = reasonOf(new Host(), 0x7b);
    expect(reason).toMatchObject({ name: '0x7b', code: 0x7b, vocabulary: 'unknown', cause: 'other' });
  });

  it('shows unknown and missing codes', () => {
    expect(reasonOf(new Host(INTEL), 1000)).toMatchObject({ name: '0x3e8', vocabulary: 'vmx', cause: 'other' });
    expect(reasonOf(new Host(AMD), 0x500)).toMatchObject({ name: '0x500', vocabulary: 'svm', cause: 'other' });
    expect(reasonOf(new Host(AMD), undefined)).toMatchObject({ name: 'unknown', cause: 'other' });
  });

  it('does not guess who made an exit happen that it does not know', () => {
    for (const code of [1000, undefined, 'EXIT_NEVER_HEARD_OF']) {
      expect(reasonOf(new Host(INTEL), code).trigger).toBe('unknown');
    }
  });

  it('says since when Linux knows it, where that is certain', () => {
    expect(reasonOf(new Host(INTEL), 74)).toHaveProperty('since');
    expect(reasonOf(new Host(INTEL), 10)).not.toHaveProperty('since');
  });

  it('knows large codes of SVM', () => {
    expect(new Host(AMD).exitName(0x80000001)).toBe('vmgexit_mmio_read');
    expect(new Host(AMD).exitName(0xffffffff)).toBe('invalid_guest_state');
    expect(new Host(AMD).exitName(2 ** 64)).toBe('invalid_guest_state');
  });

  it('VMX: drops flags, but keeps a refused entry apart', () => {
    const host = new Host(INTEL);
    expect(host.exitName(0x80000021)).toBe('INVALID_STATE FAILED_VMENTRY');
    expect(host.exitName(0x80000021)).toBe('INVALID_STATE FAILED_VMENTRY');
    expect(host.exitName(0x08000000 + 10)).toBe('CPUID');
    expect(host.exitName(10)).toBe('CPUID');
    expect(host.translator.reasons.list).toHaveLength(2);
    expect(reasonOf(host, 0x80000021).code).toBe(0x80000021);
  });

  it.each([
    ['EPT_VIOLATION', INTEL, 'EPT_VIOLATION'],
    ['PENDING_INTERRUPT', INTEL, 'INTERRUPT_WINDOW'],
    ['EXIT_HLT', INTEL, 'HLT'],
    ['INVALID_STATE FAILED_VMENTRY', INTEL, 'INVALID_STATE FAILED_VMENTRY'],
    ['EXIT_IOIO', AMD, 'io'],
    ['EXIT_INTR', AMD, 'interrupt'],
    ['EXIT_MSR', AMD, 'msr'],
    ['EXIT_EXCP_PF', AMD, 'PF excp'],
    ['EXIT_AVIC_INCOMPLETE_IPI', AMD, 'avic_incomplete_ipi'],
    ['PF excp', AMD, 'PF excp'],
    ['UNKNOWN (123)', AMD, 'io'],
    ['0x7b', AMD, 'io'],
    ['io', {}, 'io'],
    ['EXIT_MSR', {}, 'msr'],
    ['MSR_WRITE', {}, 'MSR_WRITE'],
    ['EXIT_NEVER_HEARD_OF', {}, 'EXIT_NEVER_HEARD_OF'],
  ] as const)('text "%s" of %o is %s', (text, facts, name) => {
    expect(new Host(facts).exitName(text)).toBe(name);
  });

  it('gives one reason to all spellings', () => {
    const host = new Host(AMD);
    const indices = [0x7b, 'io', 'EXIT_IOIO', '0x7b'].map(
      (code) => host.record('kvm_exit', { exit_reason: code })[0]?.a,
    );
    expect(new Set(indices).size).toBe(1);
  });

  it('stays small when a damaged recording has ever new codes', () => {
    const host = new Host(AMD);
    for (let code = 0; code < 5000; code++) host.exitName(1e6 + code);
    expect(host.translator.reasons.list.length).toBeLessThan(1100);
  });
});
