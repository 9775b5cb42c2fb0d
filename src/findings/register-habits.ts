/** Who usually uses a register again and again, and how to make it stop. Own experience with Linux guests, and its source. */
import type { Knob } from './finding.js';

export interface RegisterHabit {
  /** A phrase. */
  readonly who: string;
  readonly remedy: string;
  readonly knobs: readonly Knob[];
  readonly risk: string;
}

interface HabitRow extends RegisterHabit {
  /** Of the detail of a row of exits, or its reason where it has no detail. */
  readonly pattern: RegExp;
}

const inGuest = (text: string, does: string): Knob => ({ tool: 'shell in the guest', text, does });

const STALE = 'A value that does change must be read again when it does.';

const HABITS: readonly HabitRow[] = [
  {
    pattern: /^CPUID leaf 0x(b|1f)\b/,
    who: 'a program that asks on which vCPU it runs, or a library that counts cores',
    remedy: 'Have the program ask with getcpu() or RDPID instead of CPUID, or once a thread.',
    knobs: [],
    risk: 'A thread that is not pinned can move; the number is then old.',
  },
  {
    pattern: /^CPUID leaf 0x4000/,
    who: 'a driver or program that checks whether it runs under a hypervisor',
    remedy: 'Have the program check for a hypervisor once, at its start.',
    knobs: [],
    risk: STALE,
  },
  {
    pattern: /^(CPUID|cpuid)/i,
    who: 'a program that serializes RDTSC with it (use LFENCE or RDTSCP), checks features at each call, or starts very often (each start asks)',
    remedy:
      'Find the program in the guest that executes CPUID in a loop; have it keep the answer, or use LFENCE where it only serializes.',
    knobs: [],
    risk: 'LFENCE orders instructions but does not drain stores as CPUID does.',
  },
  {
    pattern:
      /IA32_(PMC|FIXED_CTR|PERFEVTSEL|PERF_GLOBAL|PERF_CAP)|MSR_(K7|F15H)_(PERF|EVNTSEL)|MSR_AMD64_PERF|^(rdpmc|RDPMC)|^PM(CR|CNT|OVS|SEL|XEV|EV|INT|CCNTR|CCFILTR)/,
    who: 'a profiler, or the watchdog of the guest kernel, which keeps a performance counter running',
    remedy: 'End the profiler in the guest, and turn off the NMI watchdog of its kernel.',
    knobs: [
      inGuest('sysctl kernel.nmi_watchdog=0', 'turns the watchdog off until the next boot'),
      { tool: 'kernel parameter of the guest', text: 'nmi_watchdog=0', does: 'turns it off for good' },
      { tool: 'QEMU option', text: '-cpu host,pmu=off', does: 'gives the guest no performance counters' },
    ],
    risk: 'Without the watchdog a vCPU that hangs with interrupts off is not reported; without counters perf has no cycles.',
  },
  {
    pattern: /IA32_(APERF|MPERF)|MSR_[AM]PERF_RDONLY|IA32_PERF_(STATUS|CTL)|IA32_HWP|PSTATE|CPPC/,
    who: 'the frequency governor of the guest, or a program that reads /proc/cpuinfo over and over',
    remedy: 'Leave the frequency to the host: no cpufreq driver in the guest, and no program that polls it.',
    knobs: [
      { tool: 'kernel parameter of the guest', text: 'cpufreq.off=1', does: 'has the guest leave frequencies alone' },
    ],
    risk: 'None: a guest cannot set the frequency anyway.',
  },
  {
    pattern: /IA32_(PACKAGE_)?THERM|MSR_TEMPERATURE|RAPL|ENERGY_STATUS|MSR_SMI_COUNT|MSR_(CORE|PKG)_C\d/,
    who: 'a monitor of temperatures or power (turbostat, lm-sensors, powertop, an agent)',
    remedy: 'Run monitors of temperature and power on the host, not in the guest.',
    knobs: [],
    risk: 'The guest no longer sees these values, which are not its own anyway.',
  },
  {
    pattern: /IA32_SPEC_CTRL|IA32_PRED_CMD|VIRT_SPEC_CTRL|IA32_FLUSH_CMD/,
    who: 'mitigations of the guest kernel, at each switch between programs, or between program and kernel',
    remedy: 'Give the guest a CPU model that tells it which mitigations its CPU does without.',
    knobs: [
      { tool: 'QEMU option', text: '-cpu host', does: 'shows the guest the features of the real CPU' },
      { tool: 'libvirt XML', text: "<cpu mode='host-passthrough'/>", does: 'likewise' },
    ],
    risk: 'A guest with the CPU of the host can be migrated to like hosts only.',
  },
  {
    pattern: /IA32_TIME_STAMP_COUNTER/,
    who: 'a tool or driver that reads the time stamp counter as a register (RDMSR) instead of by RDTSC',
    remedy: 'Have the guest read the time stamp counter by RDTSC, which needs no exit.',
    knobs: [],
    risk: 'None where RDTSC is not intercepted: then it would show as exits of its own.',
  },
  {
    pattern: /IA32_APIC_BASE/,
    who: 'a kernel that reads the base of its APIC at each access instead of once',
    remedy: 'Have the guest kernel read the base of its APIC once, at its start.',
    knobs: [],
    risk: STALE,
  },
  {
    pattern: /^OSLSR/,
    who: 'a kernel that asks for the lock of the debug unit at each switch or exception',
    remedy: 'Have the guest kernel ask for the lock of the debug unit once, or only while something is debugged.',
    knobs: [],
    risk: STALE,
  },
  {
    pattern: /^(DC|IC) |^(wbinvd|WBINVD)|^(invd|INVD)/,
    who: 'a driver that flushes whole caches, for a device that does not see them (graphics, DMA without coherence)',
    remedy: 'Have the driver flush the range that the device needs, not whole caches.',
    knobs: [],
    risk: 'A range too small leaves the device with old data.',
  },
  {
    pattern: /^CR[0348] |cr0_sel_write|^(invlpg|INVLPG)|LDTR_TR|GDTR_IDTR/,
    who: 'an old kernel that switches the FPU or its paging mode often, or a host without nested paging',
    remedy:
      'See that nested paging is on in the host; then use a guest kernel that leaves its FPU on (Linux 4.6 and later).',
    knobs: [
      {
        tool: 'shell on the host',
        text: 'cat /sys/module/kvm_intel/parameters/ept || cat /sys/module/kvm_amd/parameters/npt',
        does: 'says Y, or 1, where nested paging is on',
      },
    ],
    risk: 'None.',
  },
];

/** @param what the detail of a row of exits, or its reason; undefined where nothing is known of it */
export const habitOf = (what: string): RegisterHabit | undefined => HABITS.find(({ pattern }) => pattern.test(what));

/** All that they may advise. */
export const HABIT_KNOBS: readonly Knob[] = HABITS.flatMap(({ knobs }) => knobs);
