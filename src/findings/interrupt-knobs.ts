/** Settings that keep interrupts of the host off the pCPUs of vCPUs, with the numbers of this host. */
import type { Knob } from './finding.js';
import { listText, maskText, type Pcpus } from './pcpus.js';

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
    {
      tool: 'kernel parameter of the host',
      text: `irqaffinity=${to}${away === '' ? '' : ` nohz_full=${away} rcu_nocbs=${away}`}`,
      does: 'keeps device interrupts, timer ticks and RCU work off the pCPUs of the vCPUs',
    },
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
