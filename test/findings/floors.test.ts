import { describe, expect, test } from 'vitest';
import { floorOf, kernelExitOf } from '../../src/findings/floors.js';
import { evidence, exitRow } from '../support/evidence.js';
import { hostOf } from '../support/host-facts.js';

const on = (host: ReturnType<typeof evidence>['recording']['host']) =>
  evidence({ recording: { ...evidence().recording, host } });

describe('floors', () => {
  test('the frequency is that of the pCPU where its name tells it, else a stated one', () => {
    const named = floorOf(on({ cpuModel: 'Intel(R) Xeon(R) CPU E5-2450 0 @ 2.10GHz' }), 'vmm device');
    const assumed = floorOf(on({}), 'vmm device');
    expect(named.ns).toBeCloseTo((4500 + 7000) / 2 / 2.1);
    expect(assumed.ns).toBeCloseTo((4500 + 7000) / 2 / 3);
    expect(assumed.basis).toContain('assumed 3 GHz');
  });

  test('facts of the host tell it where the recording does not', () => {
    const host = hostOf({
      '/sys/devices/system/cpu/online': '0-1',
      '/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq': '4000000',
      '/sys/devices/system/cpu/cpu1/cpufreq/cpuinfo_max_freq': '2000000',
    });
    expect(floorOf(evidence({ host }), 'vmm device').ns).toBeCloseTo((4500 + 7000) / 2 / 4);
  });

  // Dall et al., USENIX ATC 2017, table 2, in cycles: exits handled in the kernel's device and in QEMU.
  test.each([
    ['x86_64', 'kernel device', 2565],
    ['x86_64', 'vmm device', 6732],
    ['aarch64', 'kernel device', 1604],
    ['aarch64', 'vmm device', 7630],
  ] as const)('%s, %s: not above what was measured', (architecture, of, cycles) => {
    expect(floorOf(on({ architecture }), of).ns * 3).toBeLessThanOrEqual(cycles);
  });

  test('what exits cost here counts for more than what was published, if there are enough of them', () => {
    const cpuid = (timed: number, p50Ns: number) => exitRow({ cause: 'cpuid', reason: 'cpuid', timed, p50Ns });
    const given = (...exits: ReturnType<typeof cpuid>[]) => evidence({ exits });
    const of = (one: ReturnType<typeof evidence>) => kernelExitOf(one, one.machines[0]).ns;
    expect(of(given(cpuid(15, 9000), cpuid(30, 20_000)))).toBe(20_000);
    expect(of(given(cpuid(19, 20_000)))).toBe(floorOf(evidence(), 'kernel device').ns);
    expect(of(given(cpuid(50, 10)))).toBe(floorOf(evidence(), 'kernel device').ns);
  });
});
