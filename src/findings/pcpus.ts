/** pCPUs and threads of this recording, for knobs that can be typed as they stand. */
import type { Evidence, Machine } from './evidence.js';
import type { Knob } from './finding.js';
import { usedPcpus } from './sharing.js';

/** A pCPU on which vCPUs ran for less of T is free of them. Own judgement. */
const FREE = 0.02;

export interface Pcpus {
  /** By number, ascending: all of the host that are known. */
  readonly all: readonly number[];
  /** Those that ran no vCPU worth mentioning, and that none is pinned to; empty where no events of the scheduler tell. */
  readonly free: readonly number[];
  /** The others. */
  readonly ofVcpus: readonly number[];
}

export function pcpusOf({ placement, recording }: Evidence): Pcpus {
  const seen = (placement.pcpus ?? []).map(({ pcpu }) => pcpu);
  const isNumberedFromZero = seen.every((pcpu) => pcpu < placement.hostPcpus);
  const silent = isNumberedFromZero ? Array.from({ length: placement.hostPcpus }, (_, pcpu) => pcpu) : [];
  const all = [...new Set([...seen, ...silent])].sort((a, b) => a - b);
  const taken = new Set(usedPcpus(placement.vcpus));
  for (const { configured, affinity } of placement.vcpus) {
    const meant = configured ?? affinity ?? [];
    if (meant.length === 1) taken.add(meant[0]);
  }
  for (const { pcpu, vcpuNs } of placement.pcpus ?? []) if (vcpuNs >= FREE * recording.durationNs) taken.add(pcpu);
  const free = placement.pcpus === null ? [] : all.filter((pcpu) => !taken.has(pcpu));
  return { all, free, ofVcpus: all.filter((pcpu) => !free.includes(pcpu)) };
}

/** For remedies: why nothing can be moved away; undefined where there is a free pCPU. */
export function noneFree({ all, free }: Pcpus): string | undefined {
  return free.length > 0 ? undefined : `No pCPU is known to be free of vCPUs: the host has ${listText(all)}.`;
}

/** As Linux writes lists of CPUs: "0,2-3". */
export function listText(pcpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const pcpu of pcpus) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === pcpu - 1) last[1] = pcpu;
    else ranges.push([pcpu, pcpu]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/** As Linux writes masks of CPUs: hexadecimal, in groups of 32 bits. */
export function maskText(pcpus: readonly number[]): string {
  const mask = pcpus.reduce((bits, pcpu) => bits | (1n << BigInt(pcpu)), 0n).toString(16);
  const padded = mask.padStart(8 * Math.ceil(mask.length / 8), '0');
  return (padded.match(/.{8}/g) ?? []).join(',').replace(/^0+(?=.)/, '');
}

/** A pCPU of its own for each vCPU of a machine: where it ran most, or else one that a sibling leaves or that is free; none where they are too few. */
export function pinsOf(evidence: Evidence, { id }: Machine): readonly { vcpu: number; thread: number; pcpu: number }[] {
  const { free } = pcpusOf(evidence);
  const own = evidence.placement.vcpus.filter(({ machine }) => machine === id);
  const left = [...new Set([...usedPcpus(own), ...free])];
  if (own.length > left.length) return [];
  return own.map(({ vcpu, thread, pcpus }) => {
    const home = pcpus.find(({ pcpu }) => left.includes(pcpu))?.pcpu ?? left[0];
    left.splice(left.indexOf(home), 1);
    return { vcpu, thread, pcpu: home };
  });
}

/** The pins for libvirt, Linux, qvm and xl; nothing where there are none. */
export function pinKnobs(evidence: Evidence, machine: Machine): readonly Knob[] {
  const pins = pinsOf(evidence, machine);
  if (pins.length === 0) return [];
  const clusters = pins.map(({ pcpu }) =>
    evidence.recording.host.clusters?.find(({ pcpus }) => pcpus.length === 1 && pcpus[0] === pcpu),
  );
  const qvm = pins.map(({ pcpu }, index) => {
    const cluster = clusters[index];
    return cluster === undefined ? `cpu runmask ${pcpu}` : `cpu cluster ${cluster.name}`;
  });
  const known = pins.filter(({ thread }) => thread >= 0);
  const lines = pins.map(({ vcpu, pcpu }) => `  <vcpupin vcpu='${vcpu}' cpuset='${pcpu}'/>`);
  return [
    {
      tool: 'libvirt XML',
      text: ['<cputune>', ...lines, '</cputune>'].join('\n'),
      does: 'gives each vCPU a pCPU of its own',
    },
    ...(known.length === 0
      ? []
      : [
          {
            tool: 'shell on the host' as const,
            text: known.map(({ thread, pcpu }) => `taskset -c -p ${pcpu} ${thread}`).join('\n'),
            does: 'likewise at once, for the threads of this recording',
          },
        ]),
    {
      tool: 'qvm configuration',
      text: qvm.join('\n'),
      does: 'gives each vCPU a pCPU of its own; priorities that these lines have stay',
    },
    { tool: 'xl configuration', text: `cpus = [${pins.map(({ pcpu }) => `"${pcpu}"`).join(', ')}]`, does: 'likewise' },
  ];
}
