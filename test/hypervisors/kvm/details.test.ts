/** What the details of exits say, what cause they give, and which of several wins. */
import { describe, expect, it } from 'vitest';
import type { TracepointName } from '../../../src/hypervisors/kvm/tracepoints.js';
import { AMD, type Fields, Host, INTEL } from './records.js';

const svm = (exit_reason: number, fields: Fields = {}) => new Host(AMD).detail('kvm_exit', { exit_reason, ...fields });
const vmx = (exit_reason: number, fields: Fields = {}) =>
  new Host(INTEL).detail('kvm_exit', { exit_reason, ...fields });

describe('information in kvm_exit', () => {
  it.each([
    // Real values: kvm_exit info 3f90010 went with "pio_write at 0x3f9 size 1".
    [0x7b, { info1: 0x3f90010 }, 'port 0x3f9, 1-byte write'],
    [0x7b, { info1: 0x1f00025 }, 'port 0x1f0, 2-byte read, string'],
    [0x7b, { info1: 0xcf80040 }, 'port 0xcf8, 4-byte write'],
    [0x7b, { info1: 0xc0000011 }, 'port 0xc000, 1-byte read'],
    [0x10, {}, 'CR0 write'],
    [0x03, {}, 'CR3 read'],
    [0x37, {}, 'DR7 write'],
    [0x26, {}, 'DR6 read'],
    [0x46, {}, '#UD invalid opcode'],
    // Real values: info 10000000e febfb000 went with "mmio write len 2 gpa 0xfebfb000".
    [0x400, { info1: 0x10000000e, info2: 0xfebfb000 }, 'address 0xfebfb000, write'],
    [0x400, { info1: 0x10000000c, info2: 0xfebfb000 }, 'address 0xfebfb000, read'],
    [0x400, { info1: 0x100000006, info2: 0x1234000 }, 'memory write fault, page not mapped'],
    [0x400, { info1: 0x100000004, info2: 0x1234000 }, 'memory read fault, page not mapped'],
    [0x400, { info1: 0x100000007, info2: 0x1234000 }, 'memory write fault, page protected'],
    [0x400, { info1: 0x100000014, info2: 0x1234000 }, 'memory instruction fetch fault, page not mapped'],
    [0x400, { info1: 0x200000006, info2: 0x1234000 }, "memory write fault in the guest's page tables, page not mapped"],
    [0x4e, { info1: 0x7, info2: 0x7fff1000 }, 'memory write fault, page protected'],
    [0x4e, { info1: 0xe, info2: 0x7fff1000 }, 'memory write fault, page not mapped'],
    [0x401, { info1: 0x1000000fd, info2: 0x100000002 }, 'IPI, vector 0xfd: the target vCPU does not run'],
    [0x402, { info1: 0x1000000b0, info2: 0 }, 'APIC EOI write'],
    [0x402, { info1: 0x20 }, 'APIC ID read'],
  ])('SVM 0x%s %o: %s', (code, fields: Fields, text) => {
    expect(svm(code, fields)?.text).toBe(text);
  });

  it.each([
    [30, { info1: 0x03f80000 }, 'port 0x3f8, 1-byte write'],
    [30, { info1: 0x01f00039 }, 'port 0x1f0, 2-byte read, string'],
    [28, { info1: 0x00 }, 'CR0 write'],
    [28, { info1: 0x13 }, 'CR3 read'],
    [28, { info1: 0x20 }, 'CR0 write'],
    [29, { info1: 0x07 }, 'DR7 write'],
    [29, { info1: 0x16 }, 'DR6 read'],
    [48, { info1: 0x182 }, 'memory write fault, page not mapped'],
    [48, { info1: 0x181 }, 'memory read fault, page not mapped'],
    [48, { info1: 0x18a }, 'memory write fault, page protected'],
    [48, { info1: 0x184 }, 'memory instruction fetch fault, page not mapped'],
    [48, { info1: 0x081 }, "memory read fault in the guest's page tables, page not mapped"],
    [44, { info1: 0x10b0 }, 'APIC EOI write'],
    [44, { info1: 0x0020 }, 'APIC ID read'],
    [56, { info1: 0x300 }, 'APIC ICR write'],
    [45, { info1: 0x31 }, 'end of interrupt, vector 0x31'],
    [1, { intr_info: 0x800000ec }, 'host vector 0xec (local timer)'],
    [0, { intr_info: 0x80000306 }, '#UD invalid opcode'],
    [0, { intr_info: 0x80000202 }, 'NMI'],
  ])('VMX %d %o: %s', (code, fields: Fields, text) => {
    expect(vmx(code, fields)?.text).toBe(text);
  });

  it('says nothing where nothing is said', () => {
    expect(svm(0x7b)).toBeUndefined();
    expect(svm(0x400)).toBeUndefined();
    expect(svm(0x60, { info1: 0, info2: 0, intr_info: 0xec })).toBeUndefined();
    expect(vmx(1, { intr_info: 0xec })).toBeUndefined();
    expect(vmx(30)).toBeUndefined();
    expect(vmx(48)).toBeUndefined();
    expect(new Host().detail('kvm_exit', { exit_reason: 0x7b, info1: 0x3f90010 })).toBeUndefined();
  });

  it('reads the interruption information from info2 where the kernel is too old for its own field', () => {
    expect(vmx(1, { info1: 0, info2: 0x800000fd })?.text).toBe('host vector 0xfd (reschedule IPI)');
  });

  it('VMX exceptions: the vector tells the cause', () => {
    expect(vmx(0, { intr_info: 0x80000202 })?.cause).toBe('interrupt');
    expect(vmx(0, { intr_info: 0x80000312 })?.cause).toBe('interrupt');
    expect(vmx(0, { intr_info: 0x80000301 })?.cause).toBe('debug');
    expect(vmx(0, { intr_info: 0x80000b0e })?.cause).toBe('page-fault');
    expect(vmx(0, { intr_info: 0x80000306 })?.cause).toBe('own');
  });
});

it.each<[TracepointName, Fields, string, string]>([
  ['kvm_pio', { rw: 1, port: 0x3f8, size: 1, count: 1 }, 'port 0x3f8, 1-byte write', 'device-port'],
  ['kvm_pio', { rw: 0, port: 0x1f0, size: 2, count: 256 }, 'port 0x1f0, 2-byte read, string', 'device-port'],
  ['kvm_mmio', { type: 2, len: 4, gpa: 0xfebf1000 }, 'address 0xfebf1000, 4-byte write', 'device-mmio'],
  ['kvm_mmio', { type: 0, len: 8, gpa: 0xfebf1000 }, 'address 0xfebf1000, 8-byte read', 'device-mmio'],
  ['kvm_mmio', { type: 2, len: 4, gpa: 0xfee000b0 }, 'APIC EOI write', 'interrupt-control'],
  ['kvm_mmio', { type: 2, len: 4, gpa: 0xfee00380 }, 'APIC TMICT write', 'timer'],
  ['kvm_mmio', { type: 2, len: 4, gpa: 0xfee01000 }, 'address 0xfee01000, 4-byte write', 'device-mmio'],
  ['kvm_fast_mmio', { gpa: 0xfe003000 }, 'address 0xfe003000, write', 'device-mmio'],
  ['kvm_msr', { write: 1, ecx: 0x6e0, exception: 0 }, 'MSR 0x6e0 IA32_TSC_DEADLINE write', 'timer'],
  ['kvm_msr', { write: 0, ecx: 0x10, exception: 0 }, 'MSR 0x10 IA32_TIME_STAMP_COUNTER read', 'register'],
  ['kvm_msr', { write: 0, ecx: 0xdead, exception: 1 }, 'MSR 0xdead read, refused', 'register'],
  ['kvm_msr', { write: 1, ecx: 0x80b }, 'MSR 0x80b IA32_X2APIC_EOI write', 'interrupt-control'],
  ['kvm_msr', { write: 1, ecx: 0x838 }, 'MSR 0x838 IA32_X2APIC_INIT_COUNT write', 'timer'],
  ['kvm_msr', { write: 1, ecx: 0x832 }, 'MSR 0x832 IA32_X2APIC_LVT_TIMER write', 'timer'],
  ['kvm_msr', { write: 1, ecx: 0x83e }, 'MSR 0x83e IA32_X2APIC_DIV_CONF write', 'timer'],
  ['kvm_msr', { write: 1, ecx: 0x400000b1 }, 'MSR 0x400000b1 HV_X64_MSR_STIMER0_COUNT write', 'timer'],
  ['kvm_msr', { write: 1, ecx: 0x40000070 }, 'MSR 0x40000070 HV_X64_MSR_EOI write', 'interrupt-control'],
  ['kvm_msr', { write: 1, ecx: 0x4b564d04 }, 'MSR 0x4b564d04 MSR_KVM_PV_EOI_EN write', 'interrupt-control'],
  ['kvm_cpuid', { function: 0, index: 0 }, 'CPUID leaf 0x0 (vendor)', 'cpuid'],
  ['kvm_cpuid', { function: 0x123 }, 'CPUID leaf 0x123', 'cpuid'],
  ['kvm_cr', { rw: 1, cr: 0 }, 'CR0 write', 'own'],
  ['kvm_hypercall', { nr: 5 }, 'hypercall 5 KVM_HC_KICK_CPU', 'hypercall'],
  ['kvm_hypercall', { nr: 99 }, 'hypercall 99', 'hypercall'],
  ['kvm_hv_hypercall', { code: 0x5c, fast: 0 }, 'Hyper-V hypercall 0x5c HvCallPostMessage', 'hypercall'],
  ['kvm_xen_hypercall', { nr: 32 }, 'Xen hypercall 32 event_channel_op', 'hypercall'],
  ['kvm_page_fault', { fault_address: 0x5000, error_code: 6 }, 'memory write fault, page not mapped', 'page-fault'],
  [
    'kvm_page_fault',
    { fault_address: 0xfebfb000, error_code: 0xc },
    'memory read fault, page not mapped',
    'page-fault',
  ],
  ['kvm_apic', { rw: 1, reg: 0xb0 }, 'APIC EOI write', 'interrupt-control'],
  ['kvm_apic', { rw: 0, reg: 0x390 }, 'APIC TMCCT read', 'timer'],
  ['kvm_apic', { rw: 0, reg: 0x190 }, 'APIC TMR read', 'interrupt-control'],
  ['kvm_apic_ipi', { icr_low: 0xfd, dest_id: 1 }, 'IPI to 0x1, vector 0xfd', 'interrupt-control'],
  ['kvm_apic_ipi', { icr_low: 0xc08fb, dest_id: 3 }, 'IPI to all but self, vector 0xfb', 'interrupt-control'],
  ['kvm_apic_ipi', { icr_low: 0x8fd, dest_id: 3 }, 'IPI to logical 0x3, vector 0xfd', 'interrupt-control'],
  ['kvm_apic_ipi', { icr_low: 0x4500, dest_id: 2 }, 'INIT to 0x2', 'interrupt-control'],
  [
    'kvm_avic_incomplete_ipi',
    { icrl: 0xfd, id: 1 },
    'IPI, vector 0xfd: the target vCPU does not run',
    'interrupt-control',
  ],
  ['kvm_avic_unaccelerated_access', { offset: 0x380, rw: 1 }, 'APIC TMICT write', 'timer'],
  ['kvm_vmgexit_enter', { exit_reason: 0x7b, info1: 0x3f80010 }, 'port 0x3f8, 1-byte write', 'device-port'],
  [
    'kvm_vmgexit_enter',
    { exit_reason: 0x80000002, info1: 0xfebf1000, info2: 4 },
    'address 0xfebf1000, 4-byte write',
    'device-mmio',
  ],
  ['kvm_vmgexit_enter', { exit_reason: 0x72 }, 'call of an encrypted guest: cpuid', 'cpuid'],
  ['kvm_vmgexit_msr_protocol_enter', { ghcb_gpa: 0x5004 }, 'request 0x4 of an encrypted guest (CPUID)', 'cpuid'],
  ['kvm_nested_vmexit', { exit_reason: 48, isa: 1 }, 'exit of a nested guest: EPT_VIOLATION', 'nested'],
])('%s %o: %s, cause %s', (event, fields, text, cause) => {
  expect(new Host().detail(event, fields)).toMatchObject({ text, cause });
});

const injected = (host: Host, code: number) => {
  host.record('kvm_exit', { exit_reason: code });
  return host.detail('kvm_inj_virq', { vector: 0xec })?.text;
};

describe('records that depend on the exit', () => {
  it('an injected interrupt explains a halt, an interrupt, a timer; nothing else', () => {
    expect(injected(new Host(AMD), 0x78)).toBe('woken by vector 0xec');
    expect(injected(new Host(AMD), 0x64)).toBe('injects vector 0xec');
    expect(injected(new Host(AMD), 0x60)).toBe('injects vector 0xec');
    expect(injected(new Host(INTEL), 12)).toBe('woken by vector 0xec');
    expect(injected(new Host(INTEL), 52)).toBe('injects vector 0xec');
    expect(injected(new Host(AMD), 0x7b)).toBeUndefined();
  });

  it('counts for the exit of the same thread only, and only until the next entry', () => {
    const host = new Host(AMD);
    host.record('kvm_exit', { exit_reason: 0x78 }, 100);
    expect(host.detail('kvm_inj_virq', { vector: 0xec }, 101)).toBeUndefined();
    host.record('kvm_entry', {}, 100);
    expect(host.detail('kvm_inj_virq', { vector: 0xec }, 100)).toBeUndefined();
    expect(host.record('kvm_inj_virq', { vector: 0xec }, -1)).toEqual([]);
  });

  it('kvm_page_fault holds an exit qualification after an EPT violation, an error code otherwise', () => {
    const host = new Host(INTEL);
    host.record('kvm_exit', { exit_reason: 48 });
    const fault = { fault_address: 0x5000, error_code: 0x181 };
    expect(host.detail('kvm_page_fault', fault)?.text).toBe('memory read fault, page not mapped');
    host.record('kvm_exit', { exit_reason: 0 });
    expect(host.detail('kvm_page_fault', fault)?.text).toBe('memory read fault, page protected');
  });

  it('kvm_page_fault names the device page after a nested page fault: only there the address is physical', () => {
    const host = new Host(AMD);
    const fault = { fault_address: 0xfebfb000, error_code: 0x10000000e };
    host.record('kvm_exit', { exit_reason: 0x400 });
    expect(host.detail('kvm_page_fault', fault)).toMatchObject({
      text: 'address 0xfebfb000, write',
      cause: 'device-mmio',
    });
    host.record('kvm_exit', { exit_reason: 0x4e });
    expect(host.detail('kvm_page_fault', fault)?.text).toBe('memory write fault, page not mapped');
  });
});

const rank = (event: TracepointName, fields: Fields, host = new Host(AMD)) =>
  host.detail(event, fields)?.rank as number;

describe('what KVM does about an exit', () => {
  it('an exception that it injects is told of exits that nothing else explains, not of halts and interrupts', () => {
    const host = new Host(AMD);
    host.record('kvm_exit', { exit_reason: 0x81 });
    expect(host.detail('kvm_inj_exception', { exception: 6 })).toEqual({
      text: 'injects #UD invalid opcode',
      cause: 'own',
      rank: 1,
    });
    expect(host.detail('kvm_inj_exception', { exception: 25 })?.text).toBe('injects exception 25');
    expect(host.record('kvm_inj_exception', {})).toEqual([]);
    for (const silent of [0x78, 0x60]) {
      host.record('kvm_exit', { exit_reason: silent });
      expect(host.record('kvm_inj_exception', { exception: 6 })).toEqual([]);
    }
  });

  it.each(['kvm_try_async_get_page', 'kvm_async_pf_not_present'] as const)('%s: the page is not in memory', (event) => {
    const host = new Host(AMD);
    const fault = host.detail('kvm_exit', { exit_reason: 0x400, info1: 6, info2: 0x1000 })!;
    const read = host.detail(event, {})!;
    expect(read).toMatchObject({ text: 'page read in by the host (asynchronous page fault)', cause: 'page-fault' });
    expect(read.rank).toBeGreaterThan(fault.rank);
  });
});

describe('the most telling detail has the highest rank', () => {
  const fault = rank('kvm_page_fault', { error_code: 6, fault_address: 0 });
  const marked = rank('kvm_exit', { exit_reason: 0x400, info1: 0xe, info2: 0xfebfb000 });
  const mmio = rank('kvm_mmio', { type: 2, len: 4, gpa: 0xfebf1000 });
  const apic = rank('kvm_apic', { rw: 1, reg: 0x300 });
  const msr = rank('kvm_msr', { write: 1, ecx: 0x830 });
  const ipi = rank('kvm_apic_ipi', { icr_low: 0xfd, dest_id: 1 });
  const nested = rank('kvm_nested_vmexit', { exit_reason: 0x78, isa: 2 });

  it('fault < device page < device access; register of the APIC < its MSR < where the IPI goes < nested', () => {
    expect([fault, marked, mmio]).toEqual([fault, marked, mmio].toSorted((a, b) => a - b));
    expect([apic, msr, ipi, nested]).toEqual([apic, msr, ipi, nested].toSorted((a, b) => a - b));
    expect(new Set([fault, marked, mmio]).size).toBe(3);
    expect(new Set([apic, msr, ipi, nested]).size).toBe(4);
  });

  it('a port is told once, in the same words by the exit and by kvm_pio', () => {
    const exit = svm(0x7b, { info1: 0x3f90010 });
    const pio = new Host().detail('kvm_pio', { rw: 1, port: 0x3f9, size: 1, count: 1 });
    expect(pio).toEqual(exit);
  });
});

it('gives addresses of ports, memory and registers, and of nothing else', () => {
  const host = new Host();
  const address = (event: TracepointName, fields: Fields) => {
    const { a, b } = host.one(event, fields);
    return host.translator.details.address(a, b);
  };
  expect(address('kvm_pio', { rw: 0, port: 0x60, size: 1, count: 1 })).toEqual({ space: 'port', address: 0x60 });
  expect(address('kvm_mmio', { type: 1, len: 4, gpa: 2 ** 40 + 4 })).toEqual({ space: 'mmio', address: 2 ** 40 + 4 });
  expect(address('kvm_msr', { write: 1, ecx: 0x6e0 })).toEqual({ space: 'msr', address: 0x6e0 });
  expect(address('kvm_cpuid', { function: 1 })).toBeUndefined();
  expect(host.translator.details.text(0, 0)).toBeUndefined();
  expect(host.translator.details.address(0, 0)).toBeUndefined();
});
