/** Our names of codes against the kernel's own descriptions of its tracepoints. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VMM_REASONS } from '../../../src/hypervisors/kvm/vmm-reasons.js';
import { APIC_REGISTERS } from '../../../src/hypervisors/x86/apic-registers.js';
import { msrName } from '../../../src/hypervisors/x86/msr-names.js';
import { SVM_EXIT_CODES } from '../../../src/hypervisors/x86/svm-exit-codes.js';
import { VMX_EXIT_REASONS } from '../../../src/hypervisors/x86/vmx-exit-reasons.js';
import { CAUSES } from '../../../src/recording/causes.js';
import { RECORDING_ROOTS } from '../../support/recordings.js';

const folders = RECORDING_ROOTS.map((root) => join(root, 'kvm-x86/tracepoint-formats/kvm'));

/** The lists of `{ number, "name" }` in a format file, in order: one a call of __print_symbolic or __print_flags. */
function symbolLists(event: string): Map<number, string>[] {
  const folder = folders.find((candidate) => readdirSync(candidate).includes(event));
  if (folder === undefined) throw new Error(`no format of ${event} below ${folders.join(', ')}`);
  const text = readFileSync(join(folder, event, 'format'), 'utf8');
  return text
    .split(/__print_(?:symbolic|flags)\(/)
    .slice(1)
    .map((call) => new Map([...call.matchAll(/\{ ([^,{}]+), ((?:"[^"]*"\s*)+)\}/g)].map(toEntry)));
}

function toEntry([, number, name]: RegExpExecArray): [number, string] {
  const sum = number.split('+').reduce((total, part) => total + Number(part), 0);
  return [
    sum >>> 0,
    name
      .replaceAll(/"|\s*$|" "/g, '')
      .replaceAll(/\s+(?=KVM|APIC)/g, '')
      .trim(),
  ];
}

describe.each(['kvm_exit', 'kvm_nested_vmexit'])('exit reasons of %s', (event) => {
  const [vmx, svm] = symbolLists(event) as [Map<number, string>, Map<number, string>];

  it('has lists of both vendors', () => {
    expect(vmx.get(48)).toBe('EPT_VIOLATION');
    expect(svm.get(0x7b)).toBe('io');
    expect([vmx.size, svm.size]).toEqual([62, 108]);
  });

  it.each([
    ['VMX', vmx, VMX_EXIT_REASONS],
    ['SVM', svm, SVM_EXIT_CODES],
  ] as const)('%s: code and name are the same', (_vendor, kernel, ours) => {
    const names = new Map(ours.map(([code, name]) => [code, name]));
    for (const [code, name] of kernel) expect([code, names.get(code)]).toEqual([code, name]);
  });
});

it.each([
  ['VMX', VMX_EXIT_REASONS],
  ['SVM', SVM_EXIT_CODES],
] as const)('%s: no code or name twice, every row complete', (_vendor, list) => {
  expect(new Set(list.map(([code]) => code)).size).toBe(list.length);
  expect(new Set(list.map(([, name]) => name)).size).toBe(list.length);
  for (const [, , cause, trigger, meaning] of list) {
    expect(CAUSES).toContain(cause);
    expect(['guest', 'host', 'hardware']).toContain(trigger);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  }
});

it('returns to the VMM: code and name are the same as the kernel has', () => {
  const [kernel] = symbolLists('kvm_userspace_exit') as [Map<number, string>];
  expect(kernel.size).toBe(31);
  for (const [code, name] of kernel) expect(`KVM_EXIT_${VMM_REASONS[code]?.name}`).toBe(name.replaceAll(' ', ''));
  expect(VMM_REASONS.map((reason) => reason.code)).toEqual([...VMM_REASONS.keys()]);
});

it('APIC registers: offset and name are the same as the kernel has', () => {
  const [kernel] = symbolLists('kvm_apic') as [Map<number, string>];
  expect(kernel.size).toBe(Object.keys(APIC_REGISTERS).length);
  for (const [offset, name] of kernel) expect(`APIC_${APIC_REGISTERS[offset]}`).toBe(name.replaceAll(' ', ''));
});

it('knows registers of Intel, AMD, KVM and Hyper-V by name', () => {
  expect(msrName(0x6e0)).toBe('IA32_TSC_DEADLINE');
  expect(msrName(0x830)).toBe('IA32_X2APIC_ICR');
  expect(msrName(0x277)).toBe('IA32_PAT');
  expect(msrName(0xc0000102)).toBe('MSR_KERNEL_GS_BASE');
  expect(msrName(0x4b564d01)).toBe('MSR_KVM_SYSTEM_TIME_NEW');
  expect(msrName(0x400000b1)).toBe('HV_X64_MSR_STIMER0_COUNT');
  expect(msrName(0xdead)).toBeUndefined();
});
