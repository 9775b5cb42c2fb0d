/**
 * What a Xen host can be told: with xl in dom0, and on the hypervisor's own command line.
 *
 * Sources: xl(1), xl.cfg(5), Xen, docs/misc/xen-command-line.pandoc.
 */
import type { Machine } from './evidence.js';
import type { Knob } from './finding.js';

interface XenPin {
  readonly vcpu: number;
  readonly pcpu: number;
}

/** The domain's number, by which xl knows it; for pages of rules: DOMAIN. */
const domainOf = ({ process }: Machine): string => (process === undefined ? 'DOMAIN' : String(process));

export function pinWithXl(machine: Machine, pins: readonly XenPin[]): readonly Knob[] {
  if (pins.length === 0) return [];
  return [
    {
      tool: 'shell in dom0',
      text: pins.map(({ vcpu, pcpu }) => `xl vcpu-pin ${domainOf(machine)} ${vcpu} ${pcpu}`).join('\n'),
      does: 'likewise at once, as long as the domain lives',
    },
  ];
}

/** @param pcpus for example "0-3" */
export const spreadWithXl = (machine: Machine, pcpus: string): Knob => ({
  tool: 'shell in dom0',
  text: `xl vcpu-pin ${domainOf(machine)} all ${pcpus}`,
  does: 'lets all vCPUs of the domain run on all pCPUs, at once',
});

export const XL_PIN: Knob = {
  tool: 'shell in dom0',
  text: 'xl vcpu-pin DOMAIN 0 2',
  does: 'keeps vCPU 0 of the domain on pCPU 2, at once',
};

/** For vCPUs that wait for others: what the scheduler gives to whom. */
export const XEN_SCHEDULER: readonly Knob[] = [
  {
    tool: 'shell in dom0',
    text: 'xl sched-credit2 -d DOMAIN -w 512',
    does: 'gives the domain twice the usual weight where domains compete (credit2; xl sched-credit for the older one)',
  },
  {
    tool: 'Xen command line',
    text: 'sched=null',
    does: 'gives each vCPU a pCPU for good, where there are at least as many pCPUs as vCPUs, those of dom0 included',
  },
];

/** For domains that wait while dom0 has their pCPUs, or for what dom0 does for them. */
export const XEN_DOM0: readonly Knob[] = [
  {
    tool: 'shell in dom0',
    text: 'xl vcpu-list\nxl vcpu-pin Domain-0 all 0',
    does: 'shows where vCPUs run, and keeps those of dom0 on pCPU 0, at once',
  },
  {
    tool: 'Xen command line',
    text: 'dom0_max_vcpus=1 dom0_vcpus_pin',
    does: 'gives dom0 one vCPU that stays on its pCPU; keep other domains off it with cpus = "1-3" in theirs',
  },
  {
    tool: 'shell in dom0',
    text: 'xl sched-credit2 -d Domain-0 -w 512',
    does: 'lets dom0 run first where it competes with domains that wait for it',
  },
];

/** For guests whose timers and interrupts Xen emulates. */
export const XEN_TIMERS: readonly Knob[] = [
  {
    tool: 'xl configuration',
    text: 'timer_mode = "no_missed_ticks_pending"',
    does: 'does not make up for ticks that came while the vCPU had no pCPU (HVM)',
  },
  {
    tool: 'xl configuration',
    text: 'viridian = ["base", "freq", "time_ref_count", "reference_tsc", "apic_assist", "synic", "stimer"]',
    does: "gives a Windows guest Hyper-V's clock, timers and ends of interrupts in place of emulated ones (HVM)",
  },
];
