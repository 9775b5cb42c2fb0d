/** Short recordings as the kernel's `trace` file prints them, of one vCPU, for what no real recording here has. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Explanation } from '../../src/explain/explanation.js';
import { explainPaths } from './explained.js';

const VCPU = 'CPU 0/KVM-141';
const IDLE = '<idle>-0';

/** Milliseconds, and what happened then on pCPU 0. */
export type Line = readonly [ms: number, text: string];

export const entry = 'kvm_entry: vcpu 0, rip 0xffffffff81000000';

export const exit = (reason: string, info1 = 0, info2 = 0): string =>
  `kvm_exit: vcpu 0 reason ${reason} rip 0xffffffff81000000 info1 ${hex(info1)} info2 ${hex(info2)} intr_info 0x00000000 error_code 0x00000000`;

export const nestedExit = (reason: string): string =>
  `kvm_nested_vmexit: vcpu 0 reason ${reason} rip 0xffffffff81000000 info1 ${hex(0)} info2 ${hex(0)} intr_info 0x00000000 error_code 0x00000000`;

/** The vCPU's thread leaves the pCPU idle: "S" sleeps, "R" could go on. */
export const switchedOut = (state: 'S' | 'R'): string =>
  `sched_switch: prev_comm=CPU 0/KVM prev_pid=141 prev_prio=120 prev_state=${state} ==> next_comm=swapper/0 next_pid=0 next_prio=120`;

export const wokenUp = 'sched_waking: comm=CPU 0/KVM pid=141 prio=120 target_cpu=000';

export const switchedIn =
  'sched_switch: prev_comm=swapper/0 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=CPU 0/KVM next_pid=141 next_prio=120';

const hex = (value: number): string => `0x${value.toString(16).padStart(16, '0')}`;

/** Explains these lines as a recording of its own. */
export async function explainLines(lines: readonly Line[]): Promise<Explanation> {
  const text = [
    '# tracer: nop',
    '#',
    `# entries-in-buffer/entries-written: ${lines.length}/${lines.length}   #P:2`,
    '#',
    ...lines.map(([ms, event]) => {
      const thread = event === switchedIn || event === wokenUp ? IDLE : VCPU;
      return `${thread.padStart(20)} [000] d..2. ${(100 + ms / 1000).toFixed(6).padStart(12)}: ${event}`;
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
