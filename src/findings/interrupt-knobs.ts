/** Settings that keep interrupts of the host off the pCPUs of vCPUs, with the numbers of this host. */
import type { Knob } from './finding.js';
import { listText, maskText, type Pcpus } from './pcpus.js';

/**
 * Linux starts on CPU 0 and keeps work there: it takes CPU 0 out of nohz_full= ("Clearing 0 from nohz_full range for
 * timekeeping", kernel/time/tick-sched.c) and adds it to irqaffinity= (kernel/irq/irqdesc.c). rcu_nocbs= follows nohz_full=.
 */
export const BOOT_PCPU = 0;

/** Those that the kernel's parameters can keep free of ticks. */
export const withoutBootPcpu = (pcpus: readonly number[]): readonly number[] =>
  pcpus.filter((pcpu) => pcpu !== BOOT_PCPU);

/** Nothing where every pCPU runs vCPUs: interrupts have to be served somewhere. */
export function interruptKnobs({ free, ofVcpus }: Pcpus): readonly Knob[] {
  if (free.length === 0) return [];
  const [to, away] = [listText(free), listText(ofVcpus)];
  return [
    {
      tool: 'shell on the host',
      text: `echo ${to} > /proc/irq/NUMBER/smp_affinity_list`,
      does: `has the interrupt of a device served by pCPU ${to}; /proc/interrupts tells which ones come`,
    },
    {
      tool: 'shell on the host',
      text: `echo ${maskText(free)} > /sys/devices/virtual/workqueue/cpumask`,
      does: `has unbound work of the kernel done by pCPU ${to} (a mask)`,
    },
    ...parametersOf(free, ofVcpus),
    ...(away === ''
      ? []
      : [
          {
            tool: 'qvm configuration' as const,
            text: `cpu runmask ${ofVcpus.join(',')}`,
            does: `keeps the vCPU off pCPU ${to}, if that is where the interrupts come (QNX 7)`,
          },
        ]),
  ];
}

function parametersOf(free: readonly number[], ofVcpus: readonly number[]): Knob[] {
  const quiet = withoutBootPcpu(ofVcpus);
  const list = listText(quiet);
  const served = free.includes(BOOT_PCPU) ? [`irqaffinity=${listText(free)}`] : [];
  const ticking = quiet.length > 0 ? [`nohz_full=${list}`, `rcu_nocbs=${list}`] : [];
  const what = [
    ...(served.length > 0 ? ['device interrupts'] : []),
    ...(ticking.length > 0 ? ['timer ticks', 'RCU work'] : []),
  ];
  if (what.length === 0) return [];
  const of = quiet.length === ofVcpus.length || quiet.length === 0 ? 'the pCPUs of the vCPUs' : `pCPU ${list}`;
  return [
    {
      tool: 'kernel parameter of the host',
      text: [...served, ...ticking].join(' '),
      does: `keeps ${listed(what)} off ${of}${ofVcpus.includes(BOOT_PCPU) ? '; on pCPU 0 Linux keeps its own' : ''}`,
    },
  ];
}

/** "a, b and c". */
const listed = (parts: readonly string[]): string => parts.join(', ').replace(/, ([^,]*)$/, ' and $1');
