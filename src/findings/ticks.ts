/** The tick of a guest's kernel: how often it comes, and how it comes less often. */
import type { Machine } from './evidence.js';
import type { Finding, Knob } from './finding.js';
import { listText } from './pcpus.js';

/** Ticks per second of a usual Linux kernel (CONFIG_HZ), and of one that is made to tick seldom. */
export const USUAL_TICK_HZ = 250;
export const SLOW_TICK_HZ = 100;

const SHOW_TICK: Knob = {
  tool: 'shell in the guest',
  text: 'grep CONFIG_HZ= /boot/config-$(uname -r)',
  does: 'shows how many times a second its kernel ticks; that is chosen when a kernel is built',
};

const withoutTick = (vcpus: string, of: string): Knob => ({
  tool: 'kernel parameter of the guest',
  text: `nohz_full=${vcpus} rcu_nocbs=${vcpus}`,
  does: `stops the tick of ${of} while they run a single program each`,
});

/** For the page of a rule. */
export const FEWER_TICKS: readonly Knob[] = [SHOW_TICK, withoutTick('1-3', 'vCPUs 1 to 3')];

/** vCPU 0 has to tick: of a guest that has no other nothing can do without. */
export function fewerTicks({ vcpus }: Machine): Pick<Finding, 'remedy' | 'knobs' | 'risk'> {
  const others = vcpus.map(({ id }) => id).filter((id) => id > 0);
  if (others.length === 0) {
    return {
      remedy: `Let the guest tick less: a kernel with a tick of ${SLOW_TICK_HZ} Hz.`,
      knobs: [SHOW_TICK],
      risk: `With a tick of ${SLOW_TICK_HZ} Hz programs take turns in longer pieces.`,
    };
  }
  return {
    remedy: `Let the guest tick less: a tickless kernel for vCPUs that compute, or one with a tick of ${SLOW_TICK_HZ} Hz.`,
    knobs: [withoutTick(listText(others.toSorted((a, b) => a - b)), 'these vCPUs'), SHOW_TICK],
    risk: 'nohz_full makes switches to the kernel slower; vCPU 0 has to go on ticking.',
  };
}
