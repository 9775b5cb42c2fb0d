import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../../src/findings/evidence.js';
import { planOf } from '../../../src/findings/pinning.js';
import type { Draft } from '../../../src/findings/rule.js';
import { pinningPlan as rule } from '../../../src/findings/rules/pinning-plan.js';
import { configurationOf } from '../../support/configurations.js';
import { evidence, machine, vcpu } from '../../support/evidence.js';
import { explanationOf } from '../../support/explained.js';
import { findingOf, known, ruleIds } from '../../support/findings.js';
import { hostOf } from '../../support/host-facts.js';

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

  known(
    'vconflood',
    'trace.dat',
    'the pCPU that is left over is the one that other findings of the same report advise against',
    (_, findings) => {
      expect(findingOf(findings, rule.id)!.title).toContain('vm1/0 → 1');
      const advice = findings.map(({ remedy }) => remedy).join('\n');
      expect(advice).toMatch(/(?:on|by) pCPU 0, which that leaves over/);
      expect(advice).not.toContain('another pCPU of 0-1 than 0');
    },
    'kvm-arm64',
  );

  for (const name of ['c1-ide-read', 'c2-virtio-blk-read'])
    known(
      name,
      'trace.dat',
      'a pinning that is configured and not in force is not advised again',
      async (_e, _f, found) => {
        const xml = (pcpus: string) =>
          configurationOf(
            `<domain type='kvm'><name>g1</name><vcpu>1</vcpu><cputune><vcpupin vcpu='0' cpuset='${pcpus}'/></cputune></domain>`,
            { source: 'g1.xml' },
          );
        const advised = async (pcpus: string) => {
          const given = { configurations: [{ configuration: xml(pcpus) }] };
          const { findings } = await explanationOf(found, 'trace.dat', given);
          return findings.filter(({ knobs }) => knobs.some(({ text }) => text.includes('taskset -c -p 1')));
        };
        const ignored = await advised('1');
        expect(ignored.length).toBeGreaterThan(0);
        for (const { remedy, knobs, evidence: seen } of ignored) {
          expect(remedy).toMatch(/^See why the pinning of the configuration.* is not in force/);
          expect(knobs.map(({ text }) => text).join('\n')).not.toContain('<vcpupin');
          expect(knobs.map(({ text }) => text).join('\n')).toContain('virsh vcpupin NAME 0 1 --live');
          expect(seen).not.toContain('pinned there already');
        }
        // What leaves both pCPUs is in force, and the vCPU is to be pinned.
        for (const { remedy } of await advised('0-1')) expect(remedy).not.toContain('in force');
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

  describe('with facts of the host', () => {
    /** Two nodes of two cores, two threads each; the pCPUs of core 1 and 3 are isolated. */
    const host = hostOf({
      '/sys/devices/system/cpu/online': '0-7',
      '/sys/devices/system/cpu/isolated': '2-3,6-7',
      '/sys/devices/system/node/node0/cpulist': '0-3',
      '/sys/devices/system/node/node1/cpulist': '4-7',
      ...Object.fromEntries(
        [0, 1, 2, 3, 4, 5, 6, 7].map((pcpu) => [
          `/sys/devices/system/cpu/cpu${pcpu}/topology/thread_siblings_list`,
          `${pcpu - (pcpu % 2)}-${pcpu - (pcpu % 2) + 1}`,
        ]),
      ),
    });

    interface Vcpu {
      readonly machine?: string;
      readonly on: Readonly<Record<number, number>>;
      readonly configured?: readonly number[];
    }

    /** @param vcpus where each ran, in hundredths of T */
    function given(vcpus: readonly Vcpu[], facts: typeof host | null = host): Evidence {
      const none = {
        vmmNs: 0,
        kernelNs: 0,
        processNs: 0,
        idleNs: 0,
        unknownNs: 0,
        waitedForNs: 0,
        sharedNs: 0,
        threads: [],
      };
      const ids = [...new Set(vcpus.map((one) => one.machine ?? 'vm1'))];
      const placed = vcpus.map((one, index) => ({
        machine: one.machine ?? 'vm1',
        vcpu: vcpus.slice(0, index).filter((other) => (other.machine ?? 'vm1') === (one.machine ?? 'vm1')).length,
        thread: 100 + index,
        pcpus: Object.entries(one.on).map(([pcpu, part]) => ({ pcpu: Number(pcpu), ns: part * 1e7 })),
        moves: 0,
        configured: one.configured ?? null,
        affinity: null,
        elsewhereNs: null,
      }));
      return evidence({
        host: facts,
        machines: ids.map((id) =>
          machine(id, ...placed.filter((one) => one.machine === id).map((one) => vcpu(one.vcpu))),
        ),
        placement: {
          fromScheduler: true,
          hostPcpus: 8,
          vcpus: placed,
          pcpus: [0, 1, 2, 3, 4, 5, 6, 7].map((pcpu) => ({ ...none, pcpu, vcpuNs: 0 })),
          demand: null,
        },
      });
    }

    const pinsIn = (from: Evidence) =>
      planOf(from).map(({ machine: id, vcpu: number, pcpu }) => [`${id}/${number}`, pcpu]);

    test('a core each comes before siblings of a core, in the node where the machine ran', () => {
      const plan = pinsIn(given([{ on: { 4: 60, 5: 10 } }, { on: { 5: 50 } }]));
      const cores = plan.map(([, pcpu]) => Math.floor(Number(pcpu) / 2));
      expect(new Set(cores)).toEqual(new Set([2, 3]));
      // The busiest gets the isolated one.
      expect([6, 7]).toContain(plan[0][1]);
    });

    test('a machine that no node has cores for shares them with itself, not with another machine', () => {
      const plan = pinsIn(
        given([
          { on: { 0: 90 } },
          { on: { 0: 80 } },
          { on: { 0: 70 } },
          { machine: 'vm2', on: { 0: 60 } },
          { machine: 'vm2', on: { 0: 50 } },
        ]),
      );
      const nodeOf = (pcpu: unknown) => Math.floor(Number(pcpu) / 4);
      expect(new Set(plan.map(([, pcpu]) => pcpu)).size).toBe(5);
      expect(new Set(plan.slice(0, 3).map(([, pcpu]) => nodeOf(pcpu)))).toEqual(new Set([0]));
      expect(new Set(plan.slice(3).map(([, pcpu]) => nodeOf(pcpu)))).toEqual(new Set([1]));
    });

    test('with pCPUs to spare Linux keeps the one that it started on, though others have more to do', () => {
      const from = given([{ on: { 0: 60, 1: 30 } }], null);
      const pcpus = from.placement.pcpus!.slice(0, 2).map((one) => ({ ...one, processNs: 1e8 * one.pcpu }));
      const two = { ...from, placement: { ...from.placement, pcpus, hostPcpus: 2 } };
      expect(pinsIn(two)).toEqual([['vm1/0', 1]]);
      const onXen = { ...two, placement: { ...two.placement }, recording: { ...two.recording, hypervisor: 'xen' } };
      expect(pinsIn(onXen)).toEqual([['vm1/0', 0]]);
      expect(rule.find(two, [{ rule: 'floating-vcpus' } as Draft])[0].evidence).toContain('leaves pCPU 0 to the host');
    });

    test('who is pinned to a pCPU of its own stays there; of two that are pinned to one the configuration has to change', () => {
      const from = given([
        { on: { 1: 90 }, configured: [1] },
        { on: { 1: 50 }, configured: [1] },
        { on: { 5: 50 }, configured: [5] },
      ]);
      expect(pinsIn(from)[0]).toEqual(['vm1/0', 1]);
      expect(pinsIn(from)[2]).toEqual(['vm1/2', 5]);
      expect(planOf(from).map(({ against }) => against)).toEqual([null, [1], null]);
      const [finding] = rule.find(from, [{ ...rule.find(from, [stacked])[0], rule: 'stacked-vcpus' }]);
      expect(finding.remedy).toContain('1 vCPU of it may not run there now: change that first');
    });

    test('within several pCPUs that a configuration allows, as long as there are any', () => {
      const plan = pinsIn(
        given([
          { on: { 0: 90 }, configured: [0, 1, 2, 3] },
          { on: { 0: 90 }, configured: [0, 1] },
        ]),
      );
      expect([0, 1, 2, 3]).toContain(plan[0][1]);
      expect([0, 1]).toContain(plan[1][1]);
    });

    test('none for more busy vCPUs than pCPUs', () => {
      expect(planOf(given(Array.from({ length: 9 }, () => ({ on: { 0: 11 } }))))).toEqual([]);
    });

    const stacked = { rule: 'stacked-vcpus' } as Draft;
  });
});
