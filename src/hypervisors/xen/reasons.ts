/** Why vCPUs left the guest: exit codes of the CPU, entries of PV guests to the hypervisor, and what the scheduler tells. */
import { type Reason, ReasonTable } from '../../recording/causes.js';
import type { ExitCodes } from '../translator.js';
import type { ExitReasonRow } from '../x86/exit-reason-row.js';
import { SVM_EXIT_CODES } from '../x86/svm-exit-codes.js';
import { VMX_EXIT_REASONS, VMX_FAILED_ENTRY } from '../x86/vmx-exit-reasons.js';

/** Codes below are looked up in a typed table, all others in a Map. */
const DENSE_CODES = 2048;
/** A damaged recording may name more codes than there are, and must not fill the memory. */
const MOST_SPARSE_CODES = 1024;
/** Instead of codes: the record lacks it, or names one more than are told apart. */
const NO_CODE = -1;
const VMX_BASIC_REASON = 0xffff;

const ROWS = {
  vmx: new Map(VMX_EXIT_REASONS.map((row) => [row[0], row])),
  svm: new Map(SVM_EXIT_CODES.map((row) => [row[0], row])),
};

/** Of codes by which the guest may have used an emulated device: it can have to wait for its device model. */
const DEVICE_CODES = {
  /** #PF and others (shadow paging), I/O instruction, APIC access, EPT violation and misconfiguration. */
  vmx: [0, 30, 44, 48, 49],
  /** #PF (shadow paging), IN and OUT, nested page fault. */
  svm: [0x4e, 0x7b, 0x400],
};

/** PV guests: [number of the event in its class, name, cause, trigger, meaning]. Source: Xen, xen/arch/x86/traps.c and pv/. */
// biome-ignore format: one row a line
const PV_ROWS: readonly ExitReasonRow[] = [
  [1, 'hypercall', 'hypercall', 'guest', 'The guest called the hypervisor.'],
  [3, 'trap', 'exception', 'guest', 'The guest raised an exception, which the hypervisor hands back to it.'],
  [4, 'page_fault', 'page-fault', 'guest', 'The guest had a page fault, which the hypervisor hands back to it.'],
  [5, 'forced_invalid_op', 'cpuid', 'guest', 'The guest asked for CPUID by the instruction that always traps.'],
  [6, 'emulate_privop', 'register', 'guest', 'The guest executed a privileged instruction, which the hypervisor emulates.'],
  [7, 'emulate_4gb', 'exception', 'guest', 'A 32-bit guest used a segment that reaches into the hypervisor (TLS).'],
  [8, 'math_state_restore', 'exception', 'guest', 'The guest used the FPU for the first time since it got its pCPU.'],
  [9, 'paging_fixup', 'page-fault', 'guest', "The guest had a page fault that is the hypervisor's own (shadow paging)."],
  [10, 'gdt_ldt_mapping_fault', 'page-fault', 'guest', 'The guest used a descriptor table that was not mapped.'],
  [11, 'ptwr_emulation', 'page-fault', 'guest', 'The guest wrote a page table, which the hypervisor checks and does for it.'],
  [12, 'ptwr_emulation_pae', 'page-fault', 'guest', 'The guest wrote a page table, which the hypervisor checks and does for it.'],
];
export const PV_HYPERCALL = 1;

/** What only the scheduler tells, where the exit itself is not in the recording. */
const BLOCK: Reason = {
  name: 'block',
  code: 0,
  vocabulary: 'xen',
  cause: 'halt',
  meaning: 'The guest had nothing to do and let the hypervisor block its vCPU (HLT, or the hypercall sched_op).',
  trigger: 'guest',
};
const OFFLINE: Reason = {
  name: 'offline',
  code: 0,
  vocabulary: 'xen',
  cause: 'other',
  meaning: 'The vCPU was taken offline: it waits for its device model, or it was paused.',
  trigger: 'unknown',
};

export class ExitReasons {
  readonly table = new ReasonTable();
  readonly #vocabulary: 'vmx' | 'svm' | undefined;
  readonly #dense = new Int32Array(DENSE_CODES).fill(-1);
  readonly #sparse = new Map<number, number>();
  readonly #pv: number[] = [];
  #block = -1;
  #offline = -1;
  /** By code: 1 where the guest may have used an emulated device. */
  readonly #isDeviceCode = new Uint8Array(DENSE_CODES);

  /** @param shown what the recording itself shows @param told what the user says */
  constructor(shown: 'vmx' | 'svm' | 'arm' | undefined, told?: ExitCodes) {
    const stated = told ?? shown;
    this.#vocabulary = stated === 'vmx' || stated === 'svm' ? stated : undefined;
    if (this.#vocabulary !== undefined) for (const code of DEVICE_CODES[this.#vocabulary]) this.#isDeviceCode[code] = 1;
  }

  get vocabulary(): 'vmx' | 'svm' | undefined {
    return this.#vocabulary;
  }

  /** Whether the guest may have used an emulated device. */
  mayBeDevice(code: number): boolean {
    return this.#vocabulary === undefined || this.#isDeviceCode[code] === 1;
  }

  /** Index in the table. @param code 32 bits; NaN where the record lacks it */
  ofCode(code: number): number {
    if (code >= 0 && code < DENSE_CODES) {
      const known = this.#dense[code];
      if (known >= 0) return known;
      const index = this.#add(this.#reasonOf(code));
      this.#dense[code] = index;
      return index;
    }
    const isKept = code >= 0 && (this.#sparse.has(code) || this.#sparse.size < MOST_SPARSE_CODES);
    const kept = isKept ? code : NO_CODE;
    const known = this.#sparse.get(kept);
    if (known !== undefined) return known;
    const index = this.#add(this.#reasonOf(kept));
    this.#sparse.set(kept, index);
    return index;
  }

  /** @param what the number of the event in its class */
  ofPv(what: number): number {
    const known = this.#pv[what];
    if (known !== undefined) return known;
    const row = PV_ROWS.find(([number]) => number === what);
    const index = this.table.add(row === undefined ? unknown(what, 'pv') : reasonOfRow(row, 'pv'));
    this.#pv[what] = index;
    return index;
  }

  get block(): number {
    if (this.#block < 0) this.#block = this.table.add(BLOCK);
    return this.#block;
  }

  get offline(): number {
    if (this.#offline < 0) this.#offline = this.table.add(OFFLINE);
    return this.#offline;
  }

  #add(reason: Reason): number {
    return this.#vocabulary === undefined ? this.table.addUnclear(reason) : this.table.add(reason);
  }

  #reasonOf(code: number): Reason {
    const vocabulary = this.#vocabulary;
    if (vocabulary === undefined) return unknown(code, 'unknown');
    if (vocabulary === 'vmx' && code >= VMX_FAILED_ENTRY) {
      const basic = code & VMX_BASIC_REASON;
      const name = `${ROWS.vmx.get(basic)?.[1] ?? hex(basic)} failed entry`;
      return { ...unknown(code, vocabulary), name, meaning: 'The CPU refused to enter the guest.' };
    }
    const row = ROWS[vocabulary].get(code);
    return row === undefined ? unknown(code, vocabulary) : reasonOfRow(row, vocabulary);
  }
}

const reasonOfRow = ([code, name, cause, trigger, meaning]: ExitReasonRow, vocabulary: string): Reason => ({
  name,
  code,
  vocabulary,
  cause,
  meaning,
  trigger,
});

const unknown = (code: number, vocabulary: string): Reason => ({
  name: code >= 0 ? hex(code) : 'no code, or further codes',
  code,
  vocabulary,
  cause: 'other',
  meaning: 'This exit code is not known here.',
  trigger: 'unknown',
});

const hex = (value: number): string => `0x${value.toString(16)}`;
