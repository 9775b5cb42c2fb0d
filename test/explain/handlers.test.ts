/** Which interrupts of the host had the time of the account interrupt. */
import { describe, expect, test } from 'vitest';
import { explanationOf, realRecordings } from '../support/explained.js';
import { entry, exit, explainLines } from '../support/kernel-text.js';

describe.each(realRecordings(['trace.dat']).map((one) => [one.name, one] as const))('%s', (_, { scenario, file }) => {
  test('handlers have all of the account, each with a name that was counted', async () => {
    const { machines, handlers, interrupts, recording } = await explanationOf(scenario, file);
    const counted = new Map(interrupts.map(({ name, count }) => [name, count]));
    for (const { id, vcpus } of machines) {
      for (const vcpu of vcpus) {
        const own = handlers.filter((row) => row.machine === id && row.vcpu === vcpu.id);
        const sum = own.reduce((total, { ns }) => total + ns, 0);
        if (recording.lostEvents === 0) expect(sum).toBe(vcpu.ledgerNs.interrupt);
        else expect(sum).toBeLessThanOrEqual(vcpu.ledgerNs.interrupt);
        // Softirqs are no interrupts of their own: they are not counted.
        for (const { name, count } of own.filter((row) => !row.name.startsWith('softirq')))
          expect(counted.get(name), name).toBeGreaterThanOrEqual(count);
      }
    }
  });
});

test('an inner handler and the one that it interrupted have their own time each', async () => {
  const { handlers, machines } = await explainLines([
    [0, entry],
    [1, exit('EXTERNAL_INTERRUPT')],
    [1.01, 'irq_handler_entry: irq=24 name=nvme0q1'],
    [1.02, 'local_timer_entry: vector=236'],
    [1.03, 'local_timer_exit: vector=236'],
    [1.05, 'irq_handler_exit: irq=24 ret=handled'],
    [1.1, entry],
    [2, exit('HLT')],
  ]);
  expect(handlers).toEqual([
    { machine: 'vm1', vcpu: 0, name: 'IRQ 24 (nvme0q1)', ns: 30_000, count: 1 },
    { machine: 'vm1', vcpu: 0, name: 'local timer', ns: 10_000, count: 1 },
  ]);
  expect(machines[0].vcpus[0].ledgerNs.interrupt).toBe(40_000);
});
