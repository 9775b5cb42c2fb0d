/** The pCPU map: it fits the screen, its bars are the shares, and it is there only where there is something to see. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readFactBundle } from '../../src/platform/host/fact-files.js';
import { readHostFacts } from '../../src/platform/host/reading.js';
import { textReport } from '../../src/report/text/index.js';
import { pcpuMapLines } from '../../src/report/text/pcpu-map.js';
import { shareBar } from '../../src/report/text/share-bar.js';
import { PLAIN, styleFor } from '../../src/report/text/style.js';
import { explanationOf, realRecordings } from '../support/explained.js';
import { scenario } from '../support/recordings.js';

function host(bundle: string) {
  const files = readFactBundle(bundle, 'host.txt');
  if (!files.ok) throw new Error(files.issue.message);
  return readHostFacts(files.value);
}

/** Threads 135 to 138 run vCPUs 0 to 3 of the recording: two are allowed on each pCPU. */
const PINNED = host(
  `vmtoll host facts 1
/sys/devices/system/cpu/online\t0-1
/sys/devices/system/cpu/isolated\t1
/sys/devices/system/cpu/cpu0/topology/thread_siblings_list\t0-1
/sys/devices/system/cpu/cpu1/topology/thread_siblings_list\t0-1
/sys/devices/system/cpu/cpu0/cpu_capacity\t446
/sys/devices/system/cpu/cpu1/cpu_capacity\t1024
/sys/devices/system/cpu/cpu0/topology/cluster_id\t0
/sys/devices/system/cpu/cpu1/topology/cluster_id\t1
/sys/devices/system/node/node0/cpulist\t0
/sys/devices/system/node/node1/cpulist\t1
/proc/130/comm\tqemu-system-x86
${[135, 136, 137, 138].map((thread) => `/proc/130/task/${thread}/status\tCpus_allowed_list:\t${thread < 137 ? 0 : 1}\n`).join('')}end`,
);

const overcommitted = scenario('i1-overcommit-unpinned', 'trace.dat')!;
const explained = await explanationOf(overcommitted, 'trace.dat', { host: PINNED });
const map = pcpuMapLines(explained, 12, PLAIN);

describe('four vCPUs on two pCPUs that are said to be pinned two by two', () => {
  test('each pCPU has a bar of who had it', () => {
    const { placement, recording } = explained;
    for (const { pcpu, idleNs } of placement.pcpus!) {
      const [, bar] = new RegExp(`^  ${pcpu}\\*? .*\\|(.*)\\|`, 'm').exec(map.join('\n'))!;
      const share = (letter: string) => bar.split(letter).length - 1;
      const exact = (ns: number) => (ns / recording.durationNs) * bar.length;
      expect(Math.abs(share('.') - exact(idleNs))).toBeLessThan(1);
      for (const [index, vcpu] of placement.vcpus.entries()) {
        const ns = vcpu.pcpus.find((place) => place.pcpu === pcpu)?.ns ?? 0;
        expect(Math.abs(share('ABCD'[index]) - exact(ns))).toBeLessThan(1);
      }
    }
  });

  test('shows where pCPUs are, which are isolated, and for how long vCPUs were elsewhere', () => {
    const text = map.join('\n');
    expect(text).toMatch(/^ {2}pCPU +node +cluster +capacity +core +shares of T/m);
    expect(text).toMatch(/^ {2}1\* +1 +1 +1024 +0\+1 /m);
    expect(text).toContain('* isolated from balancing');
    const elsewhere = explained.placement.vcpus.map(({ elsewhereNs }) => elsewhereNs);
    expect(elsewhere.every((ns) => ns! > 0)).toBe(true);
    expect(text).toMatch(/^ {2}A vm1\/0 +pCPU 0 +pCPU 0 \(11\.3 %\), 1 \(0\.15 %\) +2 +17\.8 ms$/m);
    expect(text).toContain('More vCPUs than the 2 pCPUs of the host wanted to run at once');
  });

  test('says how to learn where vCPUs are meant to run, where that is not known', async () => {
    const without = pcpuMapLines(await explanationOf(overcommitted, 'trace.dat'), 12, PLAIN);
    expect(without.join('\n')).toContain('--config or --host');
    expect(map.join('\n')).not.toContain('--config or --host');
  });
});

test.each(realRecordings(['trace.dat', 'perf-kvm.data']))(
  '$name: no line is longer than 100',
  async ({ scenario: from, file }) => {
    const facts = host(readFileSync('fixtures/host/two-sockets.txt', 'utf8'));
    for (const options of [{}, { host: facts }, { host: PINNED }]) {
      const lines = pcpuMapLines(await explanationOf(from, file, options), 12, styleFor(false));
      for (const line of lines) expect(Array.from(line).length, line).toBeLessThanOrEqual(100);
    }
  },
);

test('one vCPU that stays on one pCPU needs no map', async () => {
  const explanation = await explanationOf(overcommitted, 'trace.dat');
  const { placement } = explanation;
  const alone = {
    ...explanation,
    placement: {
      ...placement,
      vcpus: [{ ...placement.vcpus[0], pcpus: [{ pcpu: 0, ns: 1000 }] }],
      pcpus: placement.pcpus!.map((cpu) => ({ ...cpu, sharedNs: 0 })),
      demand: { ...placement.demand!, aboveHostNs: 0 },
    },
  };
  expect(pcpuMapLines(alone, 12, PLAIN)).toEqual([]);
  expect(textReport(alone)).not.toContain('pCPU map');
  expect(textReport(explanation)).toContain('pCPU map');
});

test('a bar is as long as it should be, whatever the parts', () => {
  const parts = [
    { letter: 'a', amount: 1 },
    { letter: 'b', amount: 1 },
    { letter: 'c', amount: 1 },
  ];
  expect(shareBar(parts, 3, 10)).toBe('aaaabbbccc');
  expect(shareBar(parts, 6, 10)).toBe('aabbc');
  expect(shareBar([], 0, 10)).toBe('');
});
