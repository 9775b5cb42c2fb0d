/**
 * Recordings of KVM on RISC-V as the kernel's text, made up: there is no real one here. What happens is drawn from a seed,
 * and what must be found is known exactly. The lines are those of `arch/riscv/kvm/trace.h` (Linux 6.10 and later).
 */
import type { RandomSource } from './random-source.js';

const VCPU_THREAD = 'qemu-system-ris-500';
const IDLE_THREAD = '<idle>-0';
/** Bit 63 of scause. */
const INTERRUPT = 1n << 63n;
const START_US = 50_000_000;

export const WFI_INSTRUCTION = 0x1050_0073;

export interface PlannedExit {
  readonly code: number;
  readonly isInterrupt: boolean;
  readonly stval: number;
  readonly htval: number;
  /** In the guest before it, and outside until the next entry, µs. */
  readonly guestUs: number;
  readonly outsideUs: number;
  /** What follows. `device`: the VMM emulates the address; `sleep`: the vCPU is halted and asleep. */
  readonly next: 'nothing' | 'device' | 'sleep';
}

const exception = (code: number, stval = 0, htval = 0, next: PlannedExit['next'] = 'nothing') => ({
  code,
  isInterrupt: false,
  stval,
  htval,
  next,
});
const interrupt = (code: number) => ({ ...exception(code), isInterrupt: true });

/** `csrr a0, time` and `csrw stimecmp, a0`, as llvm-mc assembles them. */
export const READ_TIME = 0xc010_2573;
export const WRITE_STIMECMP = 0x14d5_1073;
/** QEMU's virt board has a 16550 at 0x10000000; htval holds the address without its two lowest bits. */
const SERIAL_PORT = 0x1000_0000 / 4;
const MEMORY = 0x8020_0000 / 4;

/** All that a guest may do here; interrupts and exceptions share their numbers on purpose. */
export const KINDS: readonly Omit<PlannedExit, 'guestUs' | 'outsideUs'>[] = [
  interrupt(1),
  interrupt(5),
  interrupt(9),
  exception(5),
  exception(9),
  exception(10),
  exception(12),
  exception(20, 0, MEMORY),
  exception(21, 0, MEMORY),
  exception(21, 5, SERIAL_PORT, 'device'),
  exception(22, WFI_INSTRUCTION, 0, 'sleep'),
  exception(22, 0, 0, 'sleep'),
  exception(22, READ_TIME),
  exception(22, WRITE_STIMECMP),
  exception(23, 0, MEMORY),
  exception(23, 0, SERIAL_PORT, 'device'),
  interrupt(13),
  exception(13),
];

export function plan(random: RandomSource, exits: number): PlannedExit[] {
  return Array.from({ length: exits }, () => ({
    ...random.pick(KINDS),
    guestUs: 1 + random.below(500),
    outsideUs: 20 + random.below(200),
  }));
}

/** The kernel's `trace` file of it: an entry, then exits with entries. */
export function traceText(exits: readonly PlannedExit[]): string {
  const lines: string[] = ['# tracer: nop', '#'];
  let us = START_US;
  const put = (event: string, thread = VCPU_THREAD): void => {
    lines.push(`${thread.padStart(24)} [000] d..2. ${(us / 1e6).toFixed(6).padStart(12)}: ${event}`);
  };
  put('kvm_entry: PC: 0xffffffff80001000');
  for (const exit of exits) {
    us += exit.guestUs;
    const scause = BigInt(exit.code) + (exit.isInterrupt ? INTERRUPT : 0n);
    put(
      `kvm_exit: SEPC:0xffffffff80001000, SCAUSE:0x${scause.toString(16)}, STVAL:0x${exit.stval.toString(16)}, HTVAL:0x${exit.htval.toString(16)}, HTINST:0x0`,
    );
    const end = us + exit.outsideUs;
    if (exit.next === 'device') {
      us += 5;
      put('kvm_userspace_exit: reason KVM_EXIT_MMIO (6)');
    } else if (exit.next === 'sleep') {
      us += 2;
      put(switched('qemu-system-ris', 500, 'S', 'swapper/0', 0));
      us = end - 6;
      put('sched_waking: comm=qemu-system-ris pid=500 prio=120 target_cpu=000', IDLE_THREAD);
      us += 2;
      put(switched('swapper/0', 0, 'R', 'qemu-system-ris', 500), IDLE_THREAD);
      us += 2;
      put(`kvm_vcpu_wakeup: wait time ${(exit.outsideUs - 4) * 1000} ns, polling valid`);
    }
    us = end;
    put('kvm_entry: PC: 0xffffffff80001000');
  }
  return `${lines.join('\n')}\n`;
}

const switched = (from: string, pid: number, state: string, to: string, next: number): string =>
  `sched_switch: prev_comm=${from} prev_pid=${pid} prev_prio=120 prev_state=${state} ==> next_comm=${to} next_pid=${next} next_prio=120`;
