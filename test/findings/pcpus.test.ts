import { describe, expect, test } from 'vitest';
import { listText, maskText, noneFree, pcpusOf } from '../../src/findings/pcpus.js';
import { evidence } from '../support/evidence.js';
import { findingOf, known } from '../support/findings.js';

const pcpu = (number: number, vcpuNs: number) => ({
  pcpu: number,
  vcpuNs,
  vmmNs: 0,
  kernelNs: 0,
  processNs: 0,
  idleNs: 1e9 - vcpuNs,
  unknownNs: 0,
  waitedForNs: 0,
  sharedNs: 0,
  threads: [],
});

describe('pCPUs in knobs', () => {
  test('a pCPU that vCPUs of any machine ran on is not free, one that wrote nothing is', () => {
    const placement = { ...evidence().placement, pcpus: [pcpu(0, 5e8), pcpu(1, 1e6)], hostPcpus: 3 };
    expect(pcpusOf(evidence({ placement }))).toEqual({ all: [0, 1, 2], free: [1, 2], ofVcpus: [0] });
    const unknown = pcpusOf(evidence({ placement: { ...placement, pcpus: null } }));
    expect(noneFree(unknown)).toBe('No pCPU is known to be free of vCPUs: the host has 0-2.');
  });

  test('lists and masks are as Linux writes them', () => {
    expect(listText([0, 2, 3, 4, 7])).toBe('0,2-4,7');
    expect(['0', '0,5', '33'].map((list) => maskText(list.split(',').map(Number)))).toEqual(['1', '21', '2,00000000']);
  });

  known('f5-pingpong-host-noise', 'trace.dat', 'a process is not moved to a pCPU that runs a vCPU', (_, findings) => {
    const finding = findingOf(findings, 'host-threads-take-pcpus')!;
    expect(finding.knobs.map(({ text }) => text).join('\n')).not.toMatch(/taskset|isolcpus|AllowedCPUs|-a /);
    expect(finding.remedy).toContain('No pCPU is known to be free of vCPUs: the host has 0-1.');
    // What to do comes first: the first screen shows no more than that.
    expect(finding.remedy).toMatch(/^(?:Stop|Pin|Keep|Have|Give) /);
  });

  known(
    'f3-pingpong-stacked',
    'trace.dat',
    'stacked vCPUs get the pCPUs of the host and their own threads',
    ({ placement }, findings) => {
      const text = findingOf(findings, 'stacked-vcpus')!.knobs.find(({ tool }) => tool === 'shell on the host')!.text;
      const pins = [...text.matchAll(/^taskset -c -p (\d+) (\d+)$/gm)];
      expect(pins.map(([, number]) => Number(number)).toSorted((a, b) => a - b)).toEqual([0, 1]);
      expect(pins.map(([, , thread]) => Number(thread))).toEqual(placement.vcpus.map(({ thread }) => thread));
    },
  );

  known(
    'c1-ide-read',
    'trace.dat',
    'one vCPU that wanders over both pCPUs can be pinned to one, which leaves the other',
    (_, findings) => {
      const { remedy, knobs } = findingOf(findings, 'host-interrupts-on-vcpus')!;
      // What took its time there are ticks, and what they ask for: pCPU 0 cannot do without.
      expect(remedy).toMatch(/^Pin the vCPUs, and stop the host's ticks on their pCPUs/);
      const texts = knobs.map(({ text }) => text);
      expect(texts.find((text) => text.startsWith('taskset'))).toMatch(/^taskset -c -p 1 \d+$/);
      expect(texts).toContain('echo 0 > /proc/irq/NUMBER/smp_affinity_list');
      const parameter = texts.findIndex((text) => text.includes('nohz_full=1'));
      expect(parameter).toBeGreaterThan(0);
      expect(parameter).toBeLessThan(texts.findIndex((text) => text.includes('smp_affinity_list')));
    },
  );
});
