import { describe, expect, test } from 'vitest';
import { pinningPlan as rule } from '../../../src/findings/rules/pinning-plan.js';
import { evidence } from '../../support/evidence.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';

describe('pinning-plan', () => {
  known(
    'f3-pingpong-stacked',
    'trace.dat',
    'gives each of the two vCPUs one of the two pCPUs',
    ({ placement }, findings) => {
      const plan = findingOf(findings, rule.id)!;
      const pinned = [...plan.title.matchAll(/vm1\/(\d+) → (\d+)/g)].map(([, vcpu, pcpu]) => [vcpu, pcpu]);
      expect(pinned.map(([vcpu]) => vcpu)).toEqual(['0', '1']);
      expect(new Set(pinned.map(([, pcpu]) => pcpu))).toEqual(new Set(['0', '1']));
      // The busier vCPU gets the pCPU that has less else to do.
      const [first, second] = placement.vcpus
        .toSorted((a, b) => b.pcpus[0].ns! - a.pcpus[0].ns!)
        .map(({ vcpu }) => vcpu);
      const other = (pcpu: string) => {
        const { vmmNs, kernelNs, processNs } = placement.pcpus!.find((one) => String(one.pcpu) === pcpu)!;
        return vmmNs + kernelNs + processNs;
      };
      const of = (vcpu: number) => other(pinned.find(([number]) => number === String(vcpu))![1]);
      expect(of(first)).toBeLessThanOrEqual(of(second));
      expect(plan.knobs.find(({ tool }) => tool === 'shell on the host')!.text.split('\n')).toHaveLength(2);
    },
  );

  known('i2-overcommit-pinned', 'trace.dat', 'has none for more busy vCPUs than pCPUs', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  known('f5-pingpong-host-noise', 'trace.dat', 'has none where each vCPU is alone on a pCPU already', (_, findings) => {
    expect(ruleIds(findings)).not.toContain(rule.id);
  });

  test('is silent where nothing asks for it', () => {
    expect(rule.find(evidence(), [])).toEqual([]);
  });
});
