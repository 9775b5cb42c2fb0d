/** Short recordings as the kernel's `trace` file prints them, of one vCPU, for what no real recording here has. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Explanation } from '../../src/explain/explanation.js';
import { explainPaths } from './explained.js';

const VCPU = 'CPU 0/KVM-141';
const IDLE = '<idle>-0';

/** Milliseconds, what happened then on pCPU 0, and which thread was there, if it was not the vCPU's: "NAME-NUMBER". */
export type Line = readonly [ms: number, text: string, thread?: string];

/**
 * So many exits of a guest that is left after half of each period, and entered again at its end.
 * @param periodMs milliseconds from one exit to the next
 * @param within what the kernel writes just after the exit itself, which is the first
 */
export function exitsEvery(periodMs: number, count: number, ...within: readonly string[]): Line[] {
  return leavingEvery(entry, periodMs, count, within);
}

/** The same on arm64. */
export const armExitsEvery = (periodMs: number, count: number, ...within: readonly string[]): Line[] =>
  leavingEvery(armEntry, periodMs, count, within);

function leavingEvery(entered: string, periodMs: number, count: number, within: readonly string[]): Line[] {
  const lines: Line[] = [[0, entered]];
  for (let n = 0; n < count; n++) {
    const left = (n + 0.5) * periodMs;
    lines.push(...within.map((text): Line => [left, text]), [(n + 1) * periodMs, entered]);
  }
  return lines;
}

/** An exit for which KVM asks the VMM; by their number in the kernel's include/uapi/linux/kvm.h. */
export const toVmm = {
  port: 'kvm_userspace_exit: reason KVM_EXIT_IO (2)',
  mmio: 'kvm_userspace_exit: reason KVM_EXIT_MMIO (6)',
};

export const entry = 'kvm_entry: vcpu 0, rip 0xffffffff81000000';

export const exit = (reason: string, info1 = 0, info2 = 0): string =>
  `kvm_exit: vcpu 0 reason ${reason} rip 0xffffffff81000000 info1 ${hex(info1)} info2 ${hex(info2)} intr_info 0x00000000 error_code 0x00000000`;

const ARM_PC = '0xffff800008b0f4f8';

/** On arm64 an entry says no vCPU. */
export const armEntry = `kvm_entry: PC: ${ARM_PC}`;

/** @param name of the class as the kernel prints it, for example "DABT_LOW" for 0x24 */
export const armExit = (exceptionClass: number, name: string): string =>
  `kvm_exit: TRAP: HSR_EC: 0x${exceptionClass.toString(16).padStart(4, '0')} (${name}), PC: ${ARM_PC}`;

export const mmio = (what: 'unsatisfied-read' | 'write', size: number, address: number): string =>
  `kvm_mmio: mmio ${what} len ${size} gpa 0x${address.toString(16)} val 0x0`;

export const nestedExit = (reason: string): string =>
  `kvm_nested_vmexit: vcpu 0 reason ${reason} rip 0xffffffff81000000 info1 ${hex(0)} info2 ${hex(0)} intr_info 0x00000000 error_code 0x00000000`;

/** The vCPU's thread leaves the pCPU idle: "S" sleeps, "R" could go on. */
export const switchedOut = (state: 'S' | 'R'): string =>
  `sched_switch: prev_comm=CPU 0/KVM prev_pid=141 prev_prio=120 prev_state=${state} ==> next_comm=swapper/0 next_pid=0 next_prio=120`;

export const wokenUp = 'sched_waking: comm=CPU 0/KVM pid=141 prio=120 target_cpu=000';

export const switchedIn =
  'sched_switch: prev_comm=swapper/0 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=CPU 0/KVM next_pid=141 next_prio=120';

const hex = (value: number): string => `0x${value.toString(16).padStart(16, '0')}`;

/**
 * Explains these lines as a recording of its own.
 * @param vmm the process of all threads but pCPUs that idle, where the recording tells it
 */
export async function explainLines(lines: readonly Line[], vmm?: number): Promise<Explanation> {
  const text = [
    '# tracer: nop',
    '#',
    `# entries-in-buffer/entries-written: ${lines.length}/${lines.length}   #P:2`,
    '#',
    ...lines.map(([ms, event, thread = event === switchedIn || event === wokenUp ? IDLE : VCPU]) => {
      const group = vmm === undefined ? '' : ` (${thread === IDLE ? '-------' : String(vmm).padStart(7)})`;
      return `${thread.padStart(20)}${group} [000] d..2. ${(100 + ms / 1000).toFixed(6).padStart(12)}: ${event}`;
    }),
    '',
  ].join('\n');
  const folder = mkdtempSync(join(tmpdir(), 'vmtoll-lines-'));
  try {
    writeFileSync(join(folder, 'trace'), text);
    return await explainPaths([join(folder, 'trace')]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
