/** pCPUs of this host, for knobs that can be typed as they stand. */
import type { Evidence } from './evidence.js';
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

/** Rules ask for each of thousands of machines. */
const known = new WeakMap<Evidence['placement'], Pcpus>();

export function pcpusOf(evidence: Pick<Evidence, 'placement' | 'recording'>): Pcpus {
  const before = known.get(evidence.placement);
  if (before !== undefined) return before;
  const pcpus = sortedPcpus(evidence);
  known.set(evidence.placement, pcpus);
  return pcpus;
}

function sortedPcpus({ placement, recording }: Pick<Evidence, 'placement' | 'recording'>): Pcpus {
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
