/** What people ask for, in their words, and the rules that look for it. */
export interface RuleTopic {
  readonly question: string;
  /** Ids of rules. */
  readonly rules: readonly string[];
}

const topic = (question: string, ...rules: readonly string[]): RuleTopic => ({ question, rules });

export const RULE_TOPICS: readonly RuleTopic[] = [
  topic(
    'An emulated device does the work of a VIRTIO one; a doorbell goes to user space',
    'emulated-device',
    'doorbell-in-vmm',
    'frequent-doorbells',
    'event-channel-calls',
  ),
  topic('Exits that reach the VMM, by device', 'exits-to-the-vmm', 'registers-in-qvm'),
  topic('A guest polls a privileged register or CPUID', 'register-polling'),
  topic(
    'Timer tick and timer hardware: PIT, HPET, RTC, PM timer, TSC deadline, no paravirtual clock',
    'clock-reads',
    'guest-timers',
    'guest-timer-interrupts',
  ),
  topic('Interrupts and wake-ups between vCPUs', 'ipis-between-vcpus'),
  topic(
    'Halt polling that burns for nothing, or is missing; halts that leave the guest',
    'halt-polling',
    'halts-leave-guest',
    'trapped-waits',
    'slow-pcpu-wakeups',
    'psci-suspends',
  ),
  topic(
    'Superfluous interrupts: too many of a device, unhandled, spurious',
    'device-interrupts',
    'unhandled-interrupts',
    'host-interrupt-exits',
  ),
  topic(
    'Interrupts delivered by software though the hardware could; ends of interrupts; windows',
    'interrupts-by-software',
    'emulated-interrupt-controller',
    'passed-interrupt-ends',
  ),
  topic('Overload: more vCPUs want to run than there are pCPUs', 'vcpus-outnumber-pcpus'),
  topic(
    'Who preempts vCPUs, and with which priority; threads of the VMM, the recorder',
    'host-threads-take-pcpus',
    'vmm-threads-take-pcpus',
    'recorder-takes-pcpus',
  ),
  topic('vCPUs that wander, or share a pCPU while others are free', 'floating-vcpus', 'stacked-vcpus'),
  topic('Which vCPU to pin where', 'pinning-plan'),
  topic('Quotas of control groups, budgets of partitions', 'cpu-quota', 'partition-budget'),
  topic(
    'Memory: first touch, huge pages, dirty logging, balloon, swapping',
    'first-touch-faults',
    'dirty-logging',
    'memory-taken-back',
    'swapped-memory',
  ),
  topic('A guest wanted to run, and its vCPU slept', 'blocked-in-exits', 'device-model-waits', 'swapped-memory'),
  topic("The host's interrupts and softirqs on the pCPUs of vCPUs", 'host-interrupts-on-vcpus', 'host-interrupt-exits'),
  topic('Debug registers, breakpoints, single steps', 'debugging-left-on'),
  topic('Nested virtualization', 'nested-virtualization'),
  topic('Exits that take much longer than they must', 'exit-latency'),
  topic('The single worst stall, and its chain of causes', 'worst-stall'),
  topic('Is the recording good enough?', 'weak-recording', 'exits-left-out', 'recorder-takes-pcpus'),
  topic('Is there anything to gain at all?', 'nothing-to-gain'),
];
